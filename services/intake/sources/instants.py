"""How outside systems write points in time, read into instants and civil days."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

ISO = "iso"
# .NET writes 0001-01-01 and Excel 1899-12-30 where there is no date at all.
_FIRST_REAL_YEAR = 1900
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_DIGITS_ONLY = re.compile(r"(?:%[YmdHMS])+")
_WIDTH = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}


class Moment(NamedTuple):
    """A point in time as a source wrote it.

    `at` is aware, UTC. `on` is the civil day in the source's zone. `whole_day` says that no time
    of day was told, or 00:00:00, which means the same (D8).
    """

    at: datetime
    on: date
    whole_day: bool


class UnreadableTimeError(ValueError):
    """None of the agreed forms fits. The message never carries what was written."""

    def __init__(self) -> None:
        super().__init__("not a date or time in any of the agreed forms")


def moment(written: object, *, forms: Sequence[str], zone: tzinfo) -> Moment | None:
    """Return the moment a cell or JSON value means; None where nothing is written.

    `forms` are `strptime` formats or "iso", tried in order. A stamp without its own offset is
    civil time in `zone`. A number is an Excel day count. Years before 1900 mean "no date".

    Raises:
        UnreadableTimeError: something is written, and no form fits.
    """
    try:
        stamp = _stamp(written, forms)
        if stamp is None or stamp.year < _FIRST_REAL_YEAR:
            return None
        if stamp.tzinfo is None:
            stamp = stamp.replace(tzinfo=zone)
        local, at = stamp.astimezone(zone), stamp.astimezone(UTC)
    except (OverflowError, ValueError):
        # The last hours of the year 9999 are next year elsewhere; an Excel day count may be any
        # number, and one of thousands of digits cannot be written out.
        raise UnreadableTimeError from None
    return Moment(at=at, on=local.date(), whole_day=local.time() == time.min)


def stamp_text(at: datetime) -> str:
    """Return the compact UTC form used inside event ids: 20260609T013000Z, micros if any."""
    utc = at.astimezone(UTC)
    fraction = f".{utc.microsecond:06d}" if utc.microsecond else ""
    return f"{utc:%Y%m%dT%H%M%S}{fraction}Z"


def _stamp(written: object, forms: Sequence[str]) -> datetime | None:
    if written is None:
        return None
    if isinstance(written, datetime):
        return written
    if isinstance(written, date):
        return datetime.combine(written, time.min)
    if isinstance(written, bool):
        raise UnreadableTimeError
    if isinstance(written, float) and written < 100_000:  # noqa: PLR2004 - a day in the year 2173
        return _from_excel(written)
    text = str(written).strip()
    if not text:
        return None
    for form in forms:
        found = _parsed(text, form)
        if found is not None:
            return found
    raise UnreadableTimeError


def _from_excel(days: float) -> datetime:
    midnight = datetime.combine(_EXCEL_DAY_ZERO, time.min)
    # A day count carries about a tenth of a millisecond: whole seconds are what was meant.
    return midnight + timedelta(seconds=round(days * 86_400))


def _parsed(text: str, form: str) -> datetime | None:
    try:
        if form == ISO:
            return datetime.fromisoformat(text)
        if _DIGITS_ONLY.fullmatch(form) and len(text) != _width(form):
            return None  # strptime would take 2026060 for a date, too
        return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is set by the caller
    except ValueError:
        return None


def _width(form: str) -> int:
    return sum(_WIDTH[form[i : i + 2]] for i in range(0, len(form), 2))
