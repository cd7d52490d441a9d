"""Working time by hand, for the oracle: seconds of open sessions over days off written down.

Shares no code with the calendar. The days are those of the second opinion that the calendar's own
table is checked against, and the year before them, for the historical profiles.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache

from tests.unit.shared.calendar.recount import DAYS_OFF, SATURDAYS_WORKED

_OFF_2023 = {
    date(2023, 1, 2), *(date(2023, 1, day) for day in range(20, 27)), date(2023, 5, 1),
    date(2023, 5, 2), date(2023, 5, 3), date(2023, 9, 1), date(2023, 9, 4),
}  # fmt: skip
_SESSIONS = ((27_000, 41_400), (46_800, 61_200))  # 07:30-11:30, 13:00-17:00, seconds of the day
_SHIFT = 7 * 3600
_DAY = 86_400
_EPOCH = date(1970, 1, 1)


@lru_cache(maxsize=100_000)
def _is_worked(number: int) -> bool:
    day = _EPOCH + timedelta(days=number)
    if day in SATURDAYS_WORKED:
        return True
    return day.weekday() < 5 and day not in DAYS_OFF and day not in _OFF_2023


def open_seconds(start: int, end: int) -> int:
    """Open seconds in [start, end), epoch seconds, day by day."""
    total = 0
    for number in range((start + _SHIFT) // _DAY, (end + _SHIFT) // _DAY + 1):
        if not _is_worked(number):
            continue
        midnight = number * _DAY - _SHIFT
        for opening, closing in _SESSIONS:
            first = max(start, midnight + opening)
            last = min(end, midnight + closing)
            total += max(0, last - first)
    return total


def before(end: int, seconds: int) -> int:
    """The latest start from which `seconds` are open until `end`, by halving."""
    low, high = end - 60 * _DAY, end
    while high - low > 1:
        middle = (low + high) // 2
        if open_seconds(middle, end) >= seconds:
            low = middle
        else:
            high = middle
    return low


def after(start: int, seconds: int) -> int:
    """The first instant at which `seconds` have been open since `start`, by halving."""
    low, high = start, start + 200 * _DAY
    while high - low > 1:
        middle = (low + high) // 2
        if open_seconds(start, middle) >= seconds:
            high = middle
        else:
            low = middle
    return high


def closing_of(day: date) -> int:
    """17:00 of a civil day, in epoch seconds."""
    return (day - _EPOCH).days * _DAY - _SHIFT + 61_200


def civil(epoch: float) -> datetime:
    """The civil time in Việt Nam, naive."""
    return datetime(1970, 1, 1) + timedelta(seconds=epoch + _SHIFT)  # noqa: DTZ001 - civil, naive
