"""Which civil days are worked, and why: weekends, the holiday library, the override table.

Weekends have been free for the public sector since October 1999; for earlier years and past the
last loaded one the calendar knows weekends only and says so (`outside_calendar`).
Source: Labour Code 2019 art. 112 through the `holidays` library; overrides carry their own.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import version
from typing import Final, NamedTuple

import holidays
import msgspec

from shared.calendar.civil_time import WEEKDAYS_VI
from shared.calendar.override_table import Override, OverrideKind

SATURDAY: Final = 5
_SWAP_NAME: Final = "Ngày nghỉ (thay cho ngày"


class DayReason(StrEnum):
    """Why a day is worked or not."""

    WORKDAY = "workday"
    MAKE_UP_DAY = "make_up_day"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    DECLARED_OFF = "declared_off"
    OUTSIDE_CALENDAR = "outside_calendar"


class DayStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One civil day as a clerk would explain it.

    `name_vi` is the holiday's name, else the weekday's. `source` is empty for an ordinary day.
    `provisional` means that the day may still be decided otherwise.
    """

    day: date
    is_working: bool
    reason: DayReason
    name_vi: str
    source: str = ""
    provisional: bool = False


class LibraryDays(NamedTuple):
    """What the holiday library says about a span of years."""

    names: Mapping[date, str]
    make_up_days: frozenset[date]
    source: str


@lru_cache(maxsize=8)
def library_days(first_year: int, last_year: int) -> LibraryDays:
    """Public holidays and make-up Saturdays of Việt Nam, both years included.

    A year more is read on each side: the library notes a make-up Saturday with the year of the
    day off it repays, which may be the next or the last one.
    """
    book = holidays.country_holidays(
        "VN", years=range(first_year - 1, last_year + 2), language="vi"
    )
    span = range(first_year, last_year + 1)
    return LibraryDays(
        names={day: name for day, name in book.items() if day.year in span},
        make_up_days=frozenset(day for day in book.weekend_workdays if day.year in span),
        source=f"holidays {version('holidays')} (VN)",
    )


def exceptional_days(
    library: LibraryDays,
    overrides: Mapping[date, Override],
    unconfirmed_years: frozenset[int],
) -> dict[date, DayStatus]:
    """The status of every day named by the library or by an override; an override wins."""
    found: dict[date, DayStatus] = {}
    for day in {*library.names, *library.make_up_days, *overrides}:
        status = _library_status(day, library)
        override = overrides.get(day)
        if override is not None:
            status = _override_status(override, status)
        if day.year in unconfirmed_years:
            status = msgspec.structs.replace(status, provisional=True)
        found[day] = status
    return found


def ordinary_day(day: date, *, provisional: bool, outside: bool = False) -> DayStatus:
    """A day that nobody decided anything about: Monday to Friday are worked."""
    is_working = day.weekday() < SATURDAY
    reason = DayReason.WORKDAY if is_working else DayReason.WEEKEND
    return DayStatus(
        day=day,
        is_working=is_working,
        reason=DayReason.OUTSIDE_CALENDAR if outside else reason,
        name_vi=WEEKDAYS_VI[day.weekday()],
        provisional=provisional or outside,
    )


def every_day(first: date, last: date) -> Iterator[date]:
    """The days from `first` to `last`, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def working_days(statuses: Mapping[date, DayStatus], first: date, last: date) -> Iterable[date]:
    """The worked days from `first` to `last`, both included, in order."""
    for day in every_day(first, last):
        status = statuses.get(day)
        if status.is_working if status is not None else day.weekday() < SATURDAY:
            yield day


def _library_status(day: date, library: LibraryDays) -> DayStatus:
    """The library's word on a day; an ordinary day where it has none."""
    if day in library.make_up_days:
        return DayStatus(
            day=day,
            is_working=True,
            reason=DayReason.MAKE_UP_DAY,
            name_vi="Ngày làm bù",
            source=library.source,
        )
    name = library.names.get(day)
    if name is None:
        return ordinary_day(day, provisional=False)
    return DayStatus(
        day=day,
        is_working=False,
        reason=DayReason.DECLARED_OFF if name.startswith(_SWAP_NAME) else DayReason.HOLIDAY,
        name_vi=name,
        source=library.source,
    )


def _override_status(override: Override, known: DayStatus) -> DayStatus:
    """The row's word, named by the row, else by what the day was called before."""
    is_working = override.kind is OverrideKind.WORK
    return DayStatus(
        day=override.date,
        is_working=is_working,
        reason=_override_reason(override, known),
        name_vi=override.name or known.name_vi,
        source=override.source,
        provisional=override.is_assumed,
    )


def _override_reason(override: Override, known: DayStatus) -> DayReason:
    if override.kind is OverrideKind.WORK:
        is_weekend = override.date.weekday() >= SATURDAY
        return DayReason.MAKE_UP_DAY if is_weekend else DayReason.WORKDAY
    return DayReason.HOLIDAY if known.reason is DayReason.HOLIDAY else DayReason.DECLARED_OFF
