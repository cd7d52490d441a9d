"""The calendar of an installation: DATA/calendar.toml by its catalogue's province, or the shipped.

Whatever counts due times beside the services (reports from the log, backtests, the demo) counts by
this one.
"""

from pathlib import Path

from shared.calendar import WorkingCalendar, province_calendar
from shared.catalogue.model import load_catalogue


def province_of(data: Path) -> str | None:
    """The province of the installation's catalogue; None where it names none.

    Raises:
        msgspec.DecodeError: there is a catalogue, and it is none.
    """
    file = data / "catalogue.json"
    return load_catalogue(file if file.exists() else None).province


def own_file(data: Path) -> Path | None:
    """The province's own calendar, if the installation has one."""
    file = data / "calendar.toml"
    return file if file.exists() else None


def calendar_of(data: Path, province: str | None, given: Path | None = None) -> WorkingCalendar:
    """The calendar in force there; `given` is another file in its place.

    Raises:
        OverrideTableError: the file cannot be read or contradicts itself; it names file and row.
    """
    return province_calendar(given or own_file(data), scope=province)
