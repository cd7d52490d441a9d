"""What a clock says at a given moment. Epoch seconds in, plain answers out."""

from enum import StrEnum, unique
from typing import Final

from shared.calendar import WorkingCalendar
from shared.deadlines.state import DeadlineState, end_of

DUE_SOON_WORKING_SECONDS: Final = 8 * 3600
"""How long before the due time a dossier is due soon. Source: D12 (8 working hours)."""


@unique
class DossierStage(StrEnum):
    """Where an open dossier stands; the values are metric labels."""

    NOT_DUE = "not_due"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    PAUSED = "paused"


def is_open(state: DeadlineState) -> bool:
    """Whether it was received and nothing has ended it."""
    return state.received is not None and not state.is_void and end_of(state) is None


def is_paused(state: DeadlineState) -> bool:
    """Whether its clock stands still."""
    return len(state.pauses) % 2 == 1


def overdue_from(state: DeadlineState) -> int | None:
    """The last second before it is overdue, as far as is known now; None if it cannot become so.

    It is the due time, or the end of a pause that began after the due time: a paused dossier is
    never overdue (D10), and is overdue again from the moment the work goes on.
    """
    if state.due is None or not is_open(state) or is_paused(state):
        return None
    last_end = state.pauses[-1] if state.pauses else state.due
    return max(state.due, last_end)


def soon_from(
    due: int, *, calendar: WorkingCalendar, working_seconds: int = DUE_SOON_WORKING_SECONDS
) -> int:
    """The second from which something due then is due soon."""
    return calendar.subtract_working_epoch(due, working_seconds)


def stage_at(
    state: DeadlineState,
    now: int,
    *,
    calendar: WorkingCalendar,
    soon_working_seconds: int = DUE_SOON_WORKING_SECONDS,
) -> DossierStage | None:
    """Where it stands at `now`; None unless it is open. Without a due time it is never due."""
    if not is_open(state):
        return None
    if is_paused(state):
        return DossierStage.PAUSED
    if state.due is None:
        return DossierStage.NOT_DUE
    if now > state.due:
        return DossierStage.OVERDUE
    soon = soon_from(state.due, calendar=calendar, working_seconds=soon_working_seconds)
    return DossierStage.DUE_SOON if now >= soon else DossierStage.NOT_DUE
