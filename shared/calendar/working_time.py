"""Working time of Vietnamese offices: sessions, weekends, holidays, make-up days.

Everything is prepared when a calendar is loaded; each question then takes about a microsecond
and reads nothing outside. Instants are aware and answered in UTC, `_epoch` versions take and give
whole epoch seconds, days are civil days of Asia/Ho_Chi_Minh. Parts of a second are dropped.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, time
from itertools import pairwise
from typing import Final

import msgspec

from shared.calendar import civil_time
from shared.calendar.civil_time import DAY_SECONDS, epoch_day, epoch_of, instant_of, seconds_of
from shared.calendar.days import (
    SATURDAY,
    DayStatus,
    exceptional_days,
    library_days,
    ordinary_day,
    working_days,
)
from shared.calendar.open_axis import OpenAxis
from shared.calendar.override_table import Override, rows_in_scope

FIRST_YEAR: Final = 2000  # the first whole year of the 40-hour week in the public sector
LAST_YEAR: Final = 2040


class Session(msgspec.Struct, frozen=True):
    """A stretch of one day in which the office is open: [start, end), civil times."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"a session ends after it starts, got {self.start}-{self.end}")


OFFICE_SESSIONS: Final = (Session(time(7, 30), time(11, 30)), Session(time(13), time(17)))


class WorkingCalendar:
    """The worked days and hours of one scope. Never changes once built; see `loading`."""

    __slots__ = (
        "_assumed",
        "_assumed_numbers",
        "_days",
        "_first_year",
        "_last_year",
        "_seconds",
        "_statuses",
        "_unconfirmed_years",
        "scope",
        "sessions",
        "working_day_seconds",
    )

    def __init__(
        self,
        *,
        scope: str,
        sessions: Sequence[Session],
        overrides: Sequence[Override],
        unconfirmed_years: frozenset[int],
        first_year: int,
        last_year: int,
    ) -> None:
        self.scope = scope
        self.sessions = _ordered(sessions)
        spans = [(seconds_of(s.start), seconds_of(s.end)) for s in self.sessions]
        self.working_day_seconds = sum(end - start for start, end in spans)
        self._first_year, self._last_year = first_year, last_year
        self._unconfirmed_years = unconfirmed_years
        loaded = (row for row in overrides if first_year <= row.date.year <= last_year)
        deciding = rows_in_scope(loaded, scope)
        self._assumed = tuple(deciding[day] for day in sorted(deciding) if deciding[day].is_assumed)
        self._assumed_numbers = [epoch_day(row.date) for row in self._assumed]
        self._statuses = exceptional_days(
            library_days(first_year, last_year), deciding, unconfirmed_years
        )
        self._days, self._seconds = self._axes(spans)

    def _axes(self, spans: Sequence[tuple[int, int]]) -> tuple[OpenAxis, OpenAxis]:
        """Days and seconds as axes, with one ordinary week before and after the loaded years."""
        january, december = date(self._first_year, 1, 1), date(self._last_year, 12, 31)
        first = epoch_day(january) - january.weekday() - 7
        last = epoch_day(december) - december.weekday() + 14
        worked = [
            epoch_day(day)
            for day in working_days(
                self._statuses,
                civil_time.day_of_number(first),
                civil_time.day_of_number(last - 1),
            )
        ]
        shift = -civil_time.UTC_OFFSET_SECONDS
        seconds = OpenAxis(
            (
                (number * DAY_SECONDS + shift + start, number * DAY_SECONDS + shift + end)
                for number in worked
                for start, end in spans
            ),
            first=first * DAY_SECONDS + shift,
            last=last * DAY_SECONDS + shift,
            week=7 * DAY_SECONDS,
        )
        return OpenAxis(((n, n + 1) for n in worked), first=first, last=last, week=7), seconds

    # Days

    def day_status(self, day: date) -> DayStatus:
        """Whether a day is worked, and why. Outside the loaded years only weekends are known."""
        status = self._statuses.get(day)
        if status is not None:
            return status
        outside = not self._first_year <= day.year <= self._last_year
        return ordinary_day(day, provisional=day.year in self._unconfirmed_years, outside=outside)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on that day."""
        status = self._statuses.get(day)
        return day.weekday() < SATURDAY if status is None else status.is_working

    def next_working_day(self, day: date) -> date:
        """The first worked day after `day`, never `day` itself."""
        return self.shift_working_days(day, 1)

    def shift_working_days(self, day: date, count: int) -> date:
        """The `count`-th worked day after `day`; before it when negative; zero gives `day`.

        `day` itself is never counted, worked or not.
        """
        number = epoch_day(day)
        if count == 0:
            return day
        if count > 0:
            end = self._days.earliest(self._days.open_before(number + 1) + count)
            return civil_time.day_of_number(end - 1)
        return civil_time.day_of_number(self._days.latest(self._days.open_before(number) + count))

    def working_days_between(self, after: date, until: date) -> int:
        """Worked days d with after < d <= until: the delay of something due on `after`.

        Negative when `until` is earlier.
        """
        days = self._days
        return days.open_before(epoch_day(until) + 1) - days.open_before(epoch_day(after) + 1)

    def end_of_working_day(self, day: date) -> datetime:
        """The closing time of that day. A day nobody works is kept: its usual closing time (D8)."""
        return civil_time.civil_instant(day, self.sessions[-1].end)

    def is_provisional(self, first: date, last: date) -> bool:
        """Whether a count over these days, both included, may still change by a decision (D13).

        True if one of them is an assumed row, lies in a year whose swap days are not decided, or
        outside the loaded years.
        """
        if first.year < self._first_year or last.year > self._last_year:
            return True
        if any(first.year <= year <= last.year for year in self._unconfirmed_years):
            return True
        index = bisect_left(self._assumed_numbers, epoch_day(first))
        return index < len(self._assumed_numbers) and self._assumed_numbers[index] <= epoch_day(
            last
        )

    @property
    def assumed(self) -> tuple[Override, ...]:
        """The rows in force that nobody has confirmed, by date."""
        return self._assumed

    @property
    def unconfirmed_years(self) -> tuple[int, ...]:
        """The loaded years whose swap days are not decided yet, in order."""
        return tuple(sorted(self._unconfirmed_years))

    # Seconds

    def add_working_epoch(self, epoch: int, seconds: int) -> int:
        """When `seconds` of working time after `epoch` have passed.

        A full session ends at its closing time, not at the next opening. Zero gives `epoch`;
        a negative count goes back.
        """
        if seconds > 0:
            return self._seconds.earliest(self._seconds.open_before(epoch) + seconds)
        if seconds < 0:
            return self._seconds.latest(self._seconds.open_before(epoch) + seconds)
        return epoch

    def subtract_working_epoch(self, epoch: int, seconds: int) -> int:
        """The last moment that still leaves `seconds` of working time before `epoch`."""
        return self.add_working_epoch(epoch, -seconds)

    def working_seconds_between_epoch(self, start: int, end: int) -> int:
        """Working seconds in [start, end); negative when `end` is earlier."""
        return self._seconds.open_before(end) - self._seconds.open_before(start)

    def next_opening_epoch(self, epoch: int) -> int:
        """`epoch` itself if the office is open then, else when it opens next."""
        return self._seconds.latest(self._seconds.open_before(epoch))

    def add_working(self, start: datetime, seconds: int) -> datetime:
        """`add_working_epoch` for instants."""
        return instant_of(self.add_working_epoch(epoch_of(start), seconds))

    def subtract_working(self, end: datetime, seconds: int) -> datetime:
        """`subtract_working_epoch` for instants."""
        return instant_of(self.add_working_epoch(epoch_of(end), -seconds))

    def working_seconds_between(self, start: datetime, end: datetime) -> int:
        """`working_seconds_between_epoch` for instants."""
        return self.working_seconds_between_epoch(epoch_of(start), epoch_of(end))

    def is_working_instant(self, now: datetime) -> bool:
        """Whether the office is open at `now`; the closing second itself is closed."""
        epoch = epoch_of(now)
        return self.next_opening_epoch(epoch) == epoch

    def next_opening(self, now: datetime) -> datetime:
        """`next_opening_epoch` for instants."""
        return instant_of(self.next_opening_epoch(epoch_of(now)))


def _ordered(sessions: Sequence[Session]) -> tuple[Session, ...]:
    """The sessions of a day in order; ValueError when there is none or two overlap."""
    ordered = tuple(sorted(sessions, key=lambda session: session.start))
    if not ordered:
        raise ValueError("a working day has at least one session")
    for one, following in pairwise(ordered):
        if following.start < one.end:
            raise ValueError(f"sessions overlap at {following.start}")
    return ordered
