"""How well a warning so many hours before the due time would have foretold lateness. Pure.

A dossier that will be late is open at every moment before its due time, so the earlier the
warning, the more dossiers it names that would have been ready anyhow; and the later it comes, the
less time is left. The table shows both, for people to choose from.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from shared.calendar import WorkingCalendar

HOURS: Final = (1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 24.0, 40.0)


class Watched(Struct, frozen=True):
    """One due time of one dossier. `stretches`: when it ran towards it, half open, epoch seconds.

    `is_passed`: it was over while the dossier was open.
    """

    due: int
    stretches: tuple[tuple[int, int], ...]
    is_passed: bool


class Foretold(Struct, frozen=True):
    """A warning `hours` working hours before: how many it names, and what became of them."""

    hours: float
    warned_count: int
    warned_late_count: int
    in_time_count: int  # of the late, those that were open for the whole of these hours
    late_count: int

    @property
    def precision(self) -> float | None:
        """Of the warned, the share that became late: 0 to 1; None where nobody was warned."""
        return self.warned_late_count / self.warned_count if self.warned_count else None

    @property
    def in_time_ratio(self) -> float | None:
        """Of the late, the share that was named so many hours before; None: nothing was late."""
        return self.in_time_count / self.late_count if self.late_count else None


def foretold(
    watched: Sequence[Watched], calendar: WorkingCalendar, hours: Iterable[float] = HOURS
) -> list[Foretold]:
    """One row for each of `hours`."""
    late_count = sum(one.is_passed for one in watched)
    return [_foretold(watched, calendar, one, late_count) for one in hours]


def _foretold(
    watched: Sequence[Watched], calendar: WorkingCalendar, hours: float, late_count: int
) -> Foretold:
    warned = late = in_time = 0
    for one in watched:
        begin = calendar.add_working_epoch(one.due, -round(hours * 3600))
        if not any(until > begin and since <= one.due for since, until in one.stretches):
            continue
        warned += 1
        late += one.is_passed
        in_time += one.is_passed and any(since <= begin < until for since, until in one.stretches)
    return Foretold(hours, warned, late, in_time, late_count)
