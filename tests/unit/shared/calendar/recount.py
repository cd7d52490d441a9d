"""A second opinion on working time: one minute after the other, over a list of days off by hand.

Shares no code and no data with the calendar. Knows clock times in Việt Nam only (naive
datetimes), whole minutes, and the days below.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

# Written by hand from the announcements: 2024 (2450/VPCP-KGVX for 29/4), 2025 (6150/TB-BLĐTBXH),
# 2026 (12729/VPCP-KGVX for 2/1), and the first days of 2027. Saturdays and Sundays go without say.
DAYS_OFF_BY_HAND = """
Mon 2024-01-01 New Year
Thu 2024-02-08 Tết    Fri 2024-02-09 Tết    Mon 2024-02-12 Tết    Tue 2024-02-13 Tết
Wed 2024-02-14 Tết
Thu 2024-04-18 Hùng Kings
Mon 2024-04-29 swap   Tue 2024-04-30 Victory    Wed 2024-05-01 Labour
Mon 2024-09-02 National Day    Tue 2024-09-03 National Day
Wed 2025-01-01 New Year
Mon 2025-01-27 Tết    Tue 2025-01-28 Tết    Wed 2025-01-29 Tết    Thu 2025-01-30 Tết
Fri 2025-01-31 Tết
Mon 2025-04-07 Hùng Kings
Wed 2025-04-30 Victory    Thu 2025-05-01 Labour    Fri 2025-05-02 swap
Mon 2025-09-01 National Day    Tue 2025-09-02 National Day
Thu 2026-01-01 New Year    Fri 2026-01-02 swap
Mon 2026-02-16 Tết    Tue 2026-02-17 Tết    Wed 2026-02-18 Tết    Thu 2026-02-19 Tết
Fri 2026-02-20 Tết
Mon 2026-04-27 Hùng Kings, instead of Sunday
Thu 2026-04-30 Victory    Fri 2026-05-01 Labour
Mon 2026-08-31 swap    Tue 2026-09-01 National Day    Wed 2026-09-02 National Day
Tue 2026-11-24 Culture
Fri 2027-01-01 New Year
"""
SATURDAYS_WORKED_BY_HAND = "Sat 2024-05-04, Sat 2025-04-26, Sat 2026-01-10, Sat 2026-08-22"

FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2027, 1, 31)
MINUTE = timedelta(minutes=1)
SESSIONS = ((time(7, 30), time(11, 30)), (time(13, 0), time(17, 0)))
Span = tuple[datetime, datetime | None]


def _dates(text: str) -> Iterator[date]:
    """Every `Www YYYY-MM-DD` in a text; ValueError if the weekday is not that of the date."""
    words = text.replace(",", " ").split()
    for weekday, day in pairwise(words):
        if len(day) == len("2024-01-01") and day[4] == day[7] == "-":
            found = date.fromisoformat(day)
            if f"{found:%a}" != weekday:
                raise ValueError(f"{day} is a {found:%a}, not a {weekday}")
            yield found


DAYS_OFF = frozenset(_dates(DAYS_OFF_BY_HAND))
SATURDAYS_WORKED = frozenset(_dates(SATURDAYS_WORKED_BY_HAND))


def is_worked(day: date) -> bool:
    if day in SATURDAYS_WORKED:
        return True
    return day.weekday() < 5 and day not in DAYS_OFF


def minutes_between(start: datetime, end: datetime) -> int:
    """Open minutes in [start, end)."""
    return sum(1 for _ in _open_minutes(start, end))


def due(start: datetime, minutes: int, pauses: Sequence[Span] = ()) -> datetime | None:
    """When `minutes` open, unpaused minutes have passed; None if an open pause stops the clock."""
    left = minutes
    for minute in _open_minutes(start, datetime.combine(LAST_DAY, time(0))):
        if any(begin <= minute and end is None for begin, end in pauses):
            return None
        if any(begin <= minute and end is not None and minute < end for begin, end in pauses):
            continue
        left -= 1
        if left == 0:
            return minute + MINUTE
    raise ValueError("the hand-written days end before the limit does")


def minutes_left_today(start: datetime) -> int:
    """Open minutes from `start`, or else of the next worked day: the limit of a same-day job."""
    for offset in range(30):
        day = start.date() + timedelta(days=offset)
        begin = max(start, datetime.combine(day, time(0)))
        left = minutes_between(begin, datetime.combine(day, time(23, 59)))
        if left:
            return left
    raise ValueError("no worked day in a month")


def start_after_cutoff(received: datetime, cutoff: time) -> datetime:
    """Received later than the cut-off on a worked day: the next worked day at 07:30."""
    if not is_worked(received.date()) or received.time() <= cutoff:
        return received
    day = received.date() + timedelta(days=1)
    while not is_worked(day):
        day += timedelta(days=1)
    return datetime.combine(day, time(7, 30))


def _open_minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    """The minutes in [start, end) in which an office is open, named by their beginning."""
    day = start.date()
    while day <= end.date():
        if is_worked(day):
            for opening, closing in SESSIONS:
                minute = datetime.combine(day, opening)
                while minute < datetime.combine(day, closing):
                    if start <= minute < end:
                        yield minute
                    minute += MINUTE
        day += timedelta(days=1)
