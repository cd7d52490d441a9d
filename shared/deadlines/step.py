"""One more fact of a dossier, and what it does to the clock. Facts come in (time, id) order."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from shared.calendar import (
    IntakeCutoff,
    Pause,
    WorkingCalendar,
    WorkingHours,
    given_due_at,
)
from shared.calendar import due_epoch as counted_due_epoch
from shared.calendar.civil_time import epoch_of, instant_of
from shared.catalogue.model import Catalogue
from shared.deadlines.state import DeadlineState, Ending, Waiting, end_of
from shared.events.envelope import Fact


class Limits(Struct, frozen=True):
    """What the catalogue promises where the receipt is silent: working hours by procedure code.

    `cutoff` is the province's, for what is due the same day (D11).
    """

    hours: Mapping[str, float]
    cutoff: IntakeCutoff | None = None


_BASE_CODE_LENGTH: Final = 8  # 1.000123 of 1.000123.000.00.00.H44
# "Work goes on" ends whatever kept it waiting.
_EVERYTHING: Final = Waiting.SUPPLEMENT | Waiting.FINANCIAL_DUTY | Waiting.SUSPENSION


def limits_of(catalogue: Catalogue) -> Limits:
    """The limits of the catalogue's procedures; those without one are left out."""
    hours = {
        procedure.code: procedure.limit_working_hours
        for procedure in catalogue.procedures
        if procedure.limit_working_hours is not None
    }
    return Limits(hours, cutoff_of(catalogue))


def cutoff_of(catalogue: Catalogue) -> IntakeCutoff | None:
    """The province's intake cut-off, or None."""
    after = catalogue.received_after
    return None if after is None else IntakeCutoff(received_after=after)


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
    state.due = due_epoch(state, calendar=calendar, cutoff=limits.cutoff)
    return True


def due_epoch(
    state: DeadlineState, *, calendar: WorkingCalendar, cutoff: IntakeCutoff | None = None
) -> int | None:
    """The last epoch second that is still on time; None while unknown or held up by a pause.

    A decided due time is kept exactly as given (D8); otherwise the limit is counted from receipt
    without the pauses (D10).
    """
    if state.received is None or state.decided is not None or state.limit_hours is None:
        return None if state.received is None else state.decided
    limit = WorkingHours(state.limit_hours)
    return counted_due_epoch(
        state.received, limit, calendar=calendar, pauses=_pauses(state), cutoff=cutoff
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


def _decide(state: DeadlineState, said: Any, calendar: WorkingCalendar) -> None:
    due = said.due_at or said.due_on
    if due is not None:
        state.decided = epoch_of(given_due_at(due, calendar=calendar))


def _catalogue_limit(limits: Limits, procedure_code: str) -> float | None:
    hours = limits.hours
    return hours.get(procedure_code) or hours.get(procedure_code[:_BASE_CODE_LENGTH])


def _on_received(
    state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
) -> None:
    state.received = at
    state.limit_is_own = said.limit_working_hours is not None
    state.limit_hours = said.limit_working_hours or _catalogue_limit(limits, said.procedure_code)
    _decide(state, said, calendar)
    _end_pause(state, at)  # accepted means complete: what was asked for before has come


def _on_corrected(
    state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
) -> None:
    del at
    state.is_void = state.is_void or said.void
    # Without a receipt there is nothing to correct: the receipt itself will say when.
    if said.received_at is not None and state.received is not None:
        state.received = epoch_of(said.received_at)
    if said.procedure_code is not None and not state.limit_is_own:
        state.limit_hours = _catalogue_limit(limits, said.procedure_code)
    _decide(state, said, calendar)


def _pausing(reason: Waiting) -> "_Act":
    def on_paused(
        state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
    ) -> None:
        del said, calendar, limits
        if end_of(state):
            return
        is_supplement = reason is Waiting.SUPPLEMENT and state.received is not None
        if is_supplement and not state.waiting & reason:
            # Asking again for what is still awaited is the same request.
            state.supplement_count += 1
        if not state.waiting:
            state.pauses = (*state.pauses, at)
        state.waiting |= reason

    return on_paused


def _resuming(ends: Waiting) -> "_Act":
    def on_resumed(
        state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
    ) -> None:
        del limits
        if end_of(state):
            return
        state.waiting &= ~ends
        if not state.waiting:
            _end_pause(state, at)
        _decide(state, said, calendar)

    return on_resumed


def _end_pause(state: DeadlineState, at: int) -> None:
    state.waiting = 0
    if len(state.pauses) % 2:
        state.pauses = (*state.pauses, at)


def _on_extended(
    state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
) -> None:
    del at, limits
    if end_of(state):
        return
    state.extension_count += 1
    _decide(state, said, calendar)


def _ending(how: Ending) -> "_Act":
    def on_ended(
        state: DeadlineState, said: Any, at: int, calendar: WorkingCalendar, limits: Limits
    ) -> None:
        del said, calendar, limits
        setattr(state, how.value, at)
        if end_of(state):
            _end_pause(state, at)  # an end within a pause is judged by what was left of the limit

    return on_ended


_Act = Callable[[DeadlineState, Any, int, WorkingCalendar, Limits], None]
_ACTS: Final[Mapping[str, _Act]] = {
    "dossier.received.v1": _on_received,
    "dossier.corrected.v1": _on_corrected,
    "dossier.supplement_requested.v1": _pausing(Waiting.SUPPLEMENT),
    "dossier.financial_duty_requested.v1": _pausing(Waiting.FINANCIAL_DUTY),
    "dossier.suspended.v1": _pausing(Waiting.SUSPENSION),
    "dossier.supplemented.v1": _resuming(Waiting.SUPPLEMENT),
    "dossier.resumed.v1": _resuming(_EVERYTHING),
    "dossier.extended.v1": _on_extended,
    "dossier.rejected.v1": _ending(Ending.REJECTED),
    "dossier.withdrawn.v1": _ending(Ending.WITHDRAWN),
    "dossier.stopped.v1": _ending(Ending.STOPPED),
    "dossier.returned.v1": _ending(Ending.RETURNED),
    "dossier.resolved.v1": _ending(Ending.RESOLVED),
}
