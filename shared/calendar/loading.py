"""The calendar from its tables: the shipped years, those of a province in their place, its rows."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from shared.calendar.days import every_day
from shared.calendar.override_table import (
    NATIONAL,
    Override,
    OverrideStatus,
    OverrideYear,
    load_override_years,
)
from shared.calendar.working_time import (
    FIRST_YEAR,
    LAST_YEAR,
    OFFICE_SESSIONS,
    Session,
    WorkingCalendar,
)


def load_calendar(
    *,
    scope: str = NATIONAL,
    sessions: Sequence[Session] = OFFICE_SESSIONS,
    year_tables: Sequence[OverrideYear] = (),
    extra_overrides: Sequence[Override] = (),
    overrides_directory: Path | None = None,
    first_year: int = FIRST_YEAR,
    last_year: int = LAST_YEAR,
) -> WorkingCalendar:
    """The calendar of one scope (`national` or a province code), in about 0.2 s.

    `year_tables` stand in place of the table's own years; `extra_overrides` come after all of
    them and so win within a scope. Without `overrides_directory` the table shipped here is read;
    rows outside the loaded years do not count. Raises OverrideTableError for a faulty table and
    ValueError for sessions that overlap.
    """
    shipped = load_override_years(overrides_directory)
    years = {one.year: one for one in (*shipped, *year_tables)}
    newest = max((one.year for one in shipped), default=FIRST_YEAR - 1)
    rows = [row for year in sorted(years) for row in years[year].override]
    return WorkingCalendar(
        scope=scope,
        sessions=sessions,
        overrides=(*rows, *extra_overrides),
        unconfirmed_years=_unconfirmed_years(years, newest, last_year),
        first_year=first_year,
        last_year=last_year,
    )


def assumed_overrides(calendar: WorkingCalendar) -> tuple[Override, ...]:
    """The rows in force that nobody has confirmed: what `doctor` lists (D13)."""
    return calendar.assumed


@lru_cache(maxsize=4)
def calendar_version(calendar: WorkingCalendar) -> str:
    """A name for all that a calendar decides: hours, worked days, and which may still change.

    Words that decide nothing (sources, names, comments, the order of rows) are not in it. About
    20 ms when a calendar is asked for the first time.
    """
    days = every_day(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
    marks = "".join(
        "0123"[2 * calendar.is_provisional(day, day) + calendar.is_working_day(day)] for day in days
    )
    hours = [f"{one.start}-{one.end}" for one in calendar.sessions]
    return hashlib.sha256("\n".join([*hours, marks]).encode()).hexdigest()[:16]


def _unconfirmed_years(
    years: Mapping[int, OverrideYear], newest: int, last_year: int
) -> frozenset[int]:
    """Years marked `assumed`, and all without a table after the shipped ones; before is history."""
    marked = {year for year, one in years.items() if one.swap_days is OverrideStatus.ASSUMED}
    unknown = {year for year in range(newest + 1, last_year + 1) if year not in years}
    return frozenset(marked | unknown)
