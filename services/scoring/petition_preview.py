"""What another calendar would do to the limits of open petitions; pure."""

from collections.abc import Iterable

from msgspec import Struct, structs

from shared.calendar import WorkingCalendar

from .domain.petition import PetitionState
from .domain.rules import Rules


class MovedPetitions(Struct, frozen=True, kw_only=True):
    """The effect on open petitions; what waits for its sender is never overdue."""

    open_count: int
    moved_count: int
    entering_overdue_count: int
    leaving_overdue_count: int


def moved_petitions(
    states: Iterable[PetitionState], rules: Rules, after: WorkingCalendar, now: int
) -> MovedPetitions:
    """Compare the limits of open petitions as they are with those by the calendar `after`."""
    changed = structs.replace(rules, calendar=after)
    pairs = [(one, changed.petition_due(one.since)) for one in states]
    runs = [(one.due, due) for one, due in pairs if not one.asked]
    return MovedPetitions(
        open_count=len(pairs),
        moved_count=sum(one.due != due for one, due in pairs),
        entering_overdue_count=sum(due < now <= before for before, due in runs),
        leaving_overdue_count=sum(before < now <= due for before, due in runs),
    )
