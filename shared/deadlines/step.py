"""One more fact of a dossier, and what it does to the clock. Facts come in (time, id) order."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from shared.calendar import (
    ExtendedTo,
    Pause,
    WorkingCalendar,
    WorkingHours,
    given_due_at,
)
from shared.calendar import due_epoch as counted_due_epoch
from shared.calendar.civil_time import epoch_of, instant_of
from shared.catalogue.model import Catalogue
from shared.deadlines.state import DeadlineState, Ending, Waiting
from shared.events.envelope import Fact

Limits = Mapping[str, float]
"""Working hours by procedure code: what the catalogue promises where the receipt is silent."""

_BASE_CODE_LENGTH: Final = 8  # 1.000123 of 1.000123.000.00.00.H44
_UNUSED_LIMIT: Final = WorkingHours(1)  # beside a decided due time no limit is counted


def limits_of(catalogue: Catalogue) -> dict[str, float]:
    """The limits of the catalogue's procedures; those without one are left out."""
    return {
        procedure.code: procedure.limit_working_hours
        for procedure in catalogue.procedures
        if procedure.limit_working_hours is not None
    }


def deadline_step(
    state: DeadlineState, fact: Fact, *, calendar: WorkingCalendar, limits: Limits
) -> bool:
    """Change `state` by one dossier fact; True if it could have moved the clock.

    Facts of other nouns, and dossier facts that do not concern the clock, change nothing.
    """
    act = _ACTS.get(fact.data.event_type)
    if act is None:
        return False
    act(state, fact.data, epoch_of(fact.time), calendar, limits)
    state.due = due_epoch(state, calendar=calendar)
    return True


def due_epoch(state: DeadlineState, *, calendar: WorkingCalendar) -> int | None:
    """The last epoch second that is still on time; None while unknown or held up by a pause.

    A decided due time is kept as given and moved only by the working time of pauses that came
    after the decision; otherwise the limit is counted from receipt without the pauses (D8, D10).
    """
    if state.received is None:
        return None
    if state.decided is None and state.limit_hours is None:
        return None
    if state.decided is not None and not state.pauses:
        return state.decided
    extension = None
    if state.decided is not None:
        decided_at = state.received if state.decided_at is None else state.decided_at
        extension = ExtendedTo(due_at=instant_of(state.decided), granted_at=instant_of(decided_at))
    limit = _UNUSED_LIMIT if state.limit_hours is None else WorkingHours(state.limit_hours)
    return counted_due_epoch(
        state.received, limit, calendar=calendar, pauses=_pauses(state), extension=extension
    )


def _pauses(state: DeadlineState) -> tuple[Pause, ...]:
    marks = state.pauses
    return tuple(
        Pause(
            start_at=instant_of(marks[at]),
            end_at=instant_of(marks[at + 1]) if at + 1 < len(marks) else None,
        )
        for at in range(0, len(marks), 2)
    )


def _decide(
    state: DeadlineState,
    calendar: WorkingCalendar,
    due: datetime | date | None,
    decided_at: int | None,
) -> None:
    if due is not None:
        state.decided = epoch_of(given_due_at(due, calendar=calendar))
        state.decided_at = decided_at


def _catalogue_limit(limits: Limits, procedure_code: str) -> float | None:
    return limits.get(procedure_code) or limits.get(procedure_code[:_BASE_CODE_LENGTH])


def _on_received(
    state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
) -> None:
    if state.ending == Ending.REJECTED:  # refused at first, and accepted after all
        state.ended, state.ending = None, Ending.NONE
    state.received = at
    state.decided = state.decided_at = None
    state.limit_is_own = said.limit_working_hours is not None
    state.limit_hours = said.limit_working_hours or _catalogue_limit(limits, said.procedure_code)
    _decide(state, calendar, said.due_at or said.due_on, None)


def _on_corrected(
    state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
) -> None:
    state.is_void = state.is_void or said.void
    if said.received_at is not None:
        state.received = epoch_of(said.received_at)
    if said.procedure_code is not None and not state.limit_is_own:
        state.limit_hours = _catalogue_limit(limits, said.procedure_code)
    _decide(state, calendar, said.due_at or said.due_on, at)


def _pausing(reason: Waiting) -> "_Act":
    def on_paused(
        state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
    ) -> None:
        del said, calendar, limits
        if reason is Waiting.SUPPLEMENT:
            state.supplement_count += 1
        if state.ended is not None:
            return
        if not state.waiting:
            state.pauses = (*state.pauses, at)
        state.waiting |= reason

    return on_paused


def _resuming(ends: Waiting) -> "_Act":
    def on_resumed(
        state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
    ) -> None:
        del limits
        # A source that names the wrong kind of end must not leave the clock stopped for ever.
        left = state.waiting & ~ends
        state.waiting = 0 if left == state.waiting else left
        if not state.waiting:
            _close_pause(state, at)
        _decide(state, calendar, said.due_at or said.due_on, at)

    return on_resumed


def _close_pause(state: DeadlineState, at: int) -> None:
    if len(state.pauses) % 2:
        state.pauses = (*state.pauses, at)


def _on_extended(
    state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
) -> None:
    del limits
    state.extension_count += 1
    _decide(state, calendar, said.due_at or said.due_on, at)


def _ending(how: Ending) -> "_Act":
    def on_ended(
        state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
    ) -> None:
        del said, calendar, limits
        # Resolved is the first choice (DOMAIN 3.1); of the others the first kind said stays.
        if how is not Ending.RESOLVED and state.ending not in (Ending.NONE, how):
            return
        state.ended, state.ending = at, how
        state.waiting = 0
        _close_pause(state, at)  # an end within a pause is judged by what was left of the limit

    return on_ended


_Act = Callable[[DeadlineState, Any, int, WorkingCalendar, Limits], None]
_ACTS: Final[Mapping[str, _Act]] = {
    "dossier.received.v1": _on_received,
    "dossier.corrected.v1": _on_corrected,
    "dossier.supplement_requested.v1": _pausing(Waiting.SUPPLEMENT),
    "dossier.financial_duty_requested.v1": _pausing(Waiting.FINANCIAL_DUTY),
    "dossier.suspended.v1": _pausing(Waiting.SUSPENSION),
    "dossier.supplemented.v1": _resuming(Waiting.SUPPLEMENT),
    "dossier.resumed.v1": _resuming(Waiting.FINANCIAL_DUTY | Waiting.SUSPENSION),
    "dossier.extended.v1": _on_extended,
    "dossier.rejected.v1": _ending(Ending.REJECTED),
    "dossier.withdrawn.v1": _ending(Ending.WITHDRAWN),
    "dossier.stopped.v1": _ending(Ending.STOPPED),
    "dossier.returned.v1": _ending(Ending.RETURNED),
    "dossier.resolved.v1": _ending(Ending.RESOLVED),
}
