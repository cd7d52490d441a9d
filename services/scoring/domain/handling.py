"""How long dossiers took, procedure by procedure: indicator 2.2, watched and without points. Pure.

A mean says something within one procedure only, so nothing is summed over several of them.
Source: [PORTAL-2026] 2.2: the mean over dossiers that have their result (status 9 or 10).
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from .dossier import DossierState
from .pauses import Pauses
from .rules import SECOND_US, Rules, month_of
from .stages import counts


class HandlingTime(Struct, frozen=True, kw_only=True):
    """One procedure in a period. Working seconds, without the time that the clock stood still."""

    procedure: str
    dossier_count: int  # at least one
    total_seconds: int
    shortest_seconds: int
    longest_seconds: int

    @property
    def mean_seconds(self) -> float:
        """The mean over its dossiers."""
        return self.total_seconds / self.dossier_count


def handling_seconds(state: DossierState, rules: Rules) -> int | None:
    """Working seconds from the receipt to the result; None for a dossier that has none.

    What was stopped, rejected, withdrawn or recorded by mistake was not handled to its end.
    """
    end = state.resolved or state.returned
    if not end or not counts(state):
        return None
    start, stop = state.received // SECOND_US, end // SECOND_US
    if stop <= start:
        return 0
    worked = rules.calendar.working_seconds_between_epoch
    still = sum(worked(*one) for one in _stood_still(state.pauses, start, stop))
    return worked(start, stop) - still


def handling_times(
    states: Iterable[DossierState], months: Iterable[str], rules: Rules
) -> list[HandlingTime]:
    """Return what took how long, of what got its result in these months; in order of codes."""
    wanted = frozenset(months)
    taken: dict[str, list[int]] = {}
    for state in states:
        seconds = handling_seconds(state, rules)
        if seconds is not None and month_of(state.resolved or state.returned) in wanted:
            taken.setdefault(state.procedure, []).append(seconds)
    return [
        HandlingTime(
            procedure=procedure, dossier_count=len(some), total_seconds=sum(some),
            shortest_seconds=min(some), longest_seconds=max(some),
        )
        for procedure, some in sorted(taken.items())
    ]  # fmt: skip


def _stood_still(pauses: Pauses, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield when the clock stood still between two instants, each moment once."""
    at = start
    spans = sorted((pauses[i + 1], pauses[i + 2] or stop) for i in range(0, len(pauses), 3))
    for begun, ended in spans:
        first, last = max(begun, at), min(ended, stop)
        if first < last:
            yield first, last
            at = last
