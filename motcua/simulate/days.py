"""How the dossiers of a stretch of time fall on its working days."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from motcua.simulate.profiles import Season
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import epoch_of, midnight_epoch

_LONG_HOLIDAY_DAYS: Final = 6  # only Tết closes the desks for so long
_BUSY_AFTERWARDS_DAYS: Final = 10


class OpenDay(NamedTuple):
    """A working day; instants in epoch seconds. `before` is when the day before it closed."""

    day: date
    before: int
    opening: int
    closing: int
    dossiers: int


def open_days(
    calendar: WorkingCalendar, season: Season, first: date, last: date, dossiers: int
) -> list[OpenDay]:
    """The working days of [first, last], both included, with every dossier on one of them.

    Without a working day in between the list is empty, and there are no dossiers.
    """
    days = [
        day
        for number in range((last - first).days + 1)
        if calendar.is_working_day(day := first + timedelta(days=number))
    ]
    counts = _spread([_weight(calendar, season, day) for day in days], dossiers)
    before = midnight_epoch(first)
    found: list[OpenDay] = []
    for day, count in zip(days, counts, strict=True):
        closing = epoch_of(calendar.end_of_working_day(day))
        opening = calendar.next_opening_epoch(midnight_epoch(day))
        found.append(OpenDay(day, before, opening, closing, count))
        before = closing
    return found


def _weight(calendar: WorkingCalendar, season: Season, day: date) -> float:
    weight = season.weekday[min(day.weekday(), 5)] * season.month[day.month - 1]
    return weight * season.after_long_holiday if _follows_tet(calendar, day) else weight


def _follows_tet(calendar: WorkingCalendar, day: date) -> bool:
    """Whether a long closure ended within the ten working days before."""
    for _ in range(_BUSY_AFTERWARDS_DAYS):
        previous = calendar.shift_working_days(day, -1)
        if (day - previous).days > _LONG_HOLIDAY_DAYS:
            return True
        day = previous
    return False


def _spread(weights: Sequence[float], count: int) -> list[int]:
    """`count` split by weight into whole numbers that add up to it."""
    total = sum(weights)
    counts: list[int] = []
    reached, given = 0.0, 0
    for weight in weights:
        reached += weight
        upto = round(count * reached / total)
        counts.append(upto - given)
        given = upto
    return counts
