"""What is known of one dossier, and how each fact about it changes that.

Facts come in the order of (time, id). Instants are microseconds since 1970, because the order of
an end and a due time can hang on less than a second; pauses are whole seconds, as the calendar
counts. 0 means that it did not happen or is not known.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from shared.calendar import Pause, WorkingHours, due_epoch
from shared.calendar.civil_time import instant_of
from shared.events import dossier as d

from .marks import with_due
from .pauses import ended, has_open
from .rules import (
    CHANNEL_NUMBERS,
    SECOND_US,
    UNKNOWN,
    Rules,
    due_us,
    microseconds,
    seconds_of_hours,
)
from .seats import named

# Why the clock stands still.
SUPPLEMENT, FINANCIAL_DUTY, SUSPENSION = 1, 2, 3
# Who decided the due time; 0: nobody, it is computed.
BY_RECEIPT, BY_EXTENSION, BY_RESUMPTION, BY_CORRECTION = 1, 2, 3, 4


class DossierState(Struct, array_like=True, gc=False, tag="d"):
    """One dossier. `pauses` are triples (why, start, end); an open one ends at 0."""

    agency: str = ""  # who handles it now
    received_agency: str = ""  # who received it, where that is another one
    procedure: str = ""
    field: str = UNKNOWN  # as given, else the catalogue's
    is_field_given: bool = False
    channel: int = 0
    is_void: bool = False
    received: int = 0
    limit: int = 0  # working seconds, as at intake
    is_limit_given: bool = False  # by the source; else it is the catalogue's
    decided: int = 0  # a due time that a source decided
    decided_by: int = 0
    counted: int = 0  # a due time counted from the limit; 0: unknown, or a pause holds it up
    soon: int = 0  # epoch second from which it is about to be due
    pauses: tuple[int, ...] = ()
    supplement_count: int = 0
    late_since: int = 0  # epoch second at which it was overdue first, where due changed later
    resolved: int = 0
    returned: int = 0
    stopped: int = 0
    rejected: int = 0
    withdrawn: int = 0
    explained: int = 0
    apologised: int = 0
    marks: int = 0  # see `marks.py`
    served_by: str = ""  # "desk/officer" of the receipt; either may be missing
    rated_who: str = ""  # "desk/officer" that the last rating names

    @property
    def due(self) -> int:
        """The last microsecond that is still on time: as decided, else as counted."""
        return self.decided or self.counted


def end_of(state: DossierState) -> int:
    """When it ended, or 0 while it is open.

    The first there is of: result, return, then stopped, rejected, withdrawn, which end only what
    had been received by then. Source: [PORTAL-2026] indicator 2.1.
    """
    if state.resolved:
        return state.resolved
    if state.returned:
        return state.returned
    if state.received:
        for end in (state.stopped, state.rejected, state.withdrawn):
            if end >= state.received:
                return end
    return 0


def is_settled(state: DossierState) -> bool:
    """Whether nothing more is expected of it without a new fact, though never received."""
    ends = state.resolved or state.returned or state.stopped or state.rejected or state.withdrawn
    return state.is_void or bool(ends)


def is_paused(state: DossierState) -> bool:
    """Whether the clock stands still now; an ended dossier has no open pause."""
    return bool(state.pauses) and 0 in state.pauses[2::3]


# -------------------------------------------------------------------- the due time


def _settle(state: DossierState, rules: Rules) -> None:
    """Work out the due time anew: as decided, or from the limit with pauses deducted."""
    state.counted = 0
    if not state.decided and state.limit and state.received:
        state.counted = _computed_due(state, rules) * SECOND_US
    due = state.decided or state.counted
    state.soon = (
        rules.calendar.subtract_working_epoch(due // SECOND_US, rules.soon_seconds) if due else 0
    )


def _computed_due(state: DossierState, rules: Rules) -> int:
    received = state.received // SECOND_US
    if not state.pauses and rules.cutoff is None:
        return rules.calendar.add_working_epoch(received, state.limit)
    limit, pauses = WorkingHours(state.limit / 3600), pauses_of(state)
    due = due_epoch(received, limit, calendar=rules.calendar, pauses=pauses, cutoff=rules.cutoff)
    return due or 0


def pauses_of(state: DossierState, reasons: Mapping[int, str] | None = None) -> list[Pause]:
    """The pauses as the calendar takes them, with a text for each kind."""
    flat = iter(state.pauses)
    return [
        Pause(
            start_at=instant_of(start),
            end_at=instant_of(end) if end else None,
            reason_vi=(reasons or {}).get(why, ""),
        )
        for why, start, end in zip(flat, flat, flat, strict=True)
    ]


def _decide(state: DossierState, data: Any, by: int, rules: Rules) -> None:
    decided, is_on_day = due_us(data.due_at, data.due_on, rules.calendar)
    if decided:
        state.decided, state.decided_by = decided, by
        state.marks = with_due(state.marks, is_on_day=is_on_day)


def _note_lateness(state: DossierState, at: int) -> None:
    """Remember that it was overdue before this pause or new due time: its duties remain (D12)."""
    if state.received and state.due and at > state.due and not is_paused(state):
        state.late_since = state.late_since or state.due // SECOND_US + 1


# -------------------------------------------------------------------- facts, one by one


def _received(state: DossierState, data: d.DossierReceived, at: int, rules: Rules) -> None:
    state.received = at
    state.agency, state.received_agency = data.agency_code, ""
    state.procedure = data.procedure_code
    state.is_field_given = data.field_code is not None
    state.field = data.field_code or rules.field_of(data.procedure_code)
    state.channel = CHANNEL_NUMBERS[data.channel.value]
    hours = data.limit_working_hours
    state.is_limit_given = hours is not None
    state.limit = (
        seconds_of_hours(hours) if hours is not None else rules.limit_seconds(data.procedure_code)
    )
    state.served_by = named(data) or state.served_by
    _decide(state, data, BY_RECEIPT, rules)
    # Accepted means complete: what was asked for before has come.
    state.pauses = ended(state.pauses, at)
    _settle(state, rules)


def _corrected(state: DossierState, data: d.DossierCorrected, _at: int, rules: Rules) -> None:
    # Without a receipt there is nothing to correct: the receipt itself will say when.
    if data.received_at is not None and state.received:
        state.received = microseconds(data.received_at)
    if data.procedure_code is not None:
        state.procedure = data.procedure_code
        if not state.is_limit_given:
            state.limit = rules.limit_seconds(data.procedure_code)
        if not state.is_field_given:
            state.field = rules.field_of(data.procedure_code)
    if data.field_code is not None:
        state.field, state.is_field_given = data.field_code, True
    if data.channel is not None:
        state.channel = CHANNEL_NUMBERS[data.channel.value]
    state.is_void = state.is_void or data.void
    _decide(state, data, BY_CORRECTION, rules)
    _settle(state, rules)


def _pausing(why: int) -> Callable[[DossierState, Any, int, Rules], None]:
    def pause(state: DossierState, _data: Any, at: int, rules: Rules) -> None:
        if end_of(state):
            return
        _note_lateness(state, at)
        if not has_open(state.pauses, why):
            # Asking again for what is still awaited is the same request.
            state.supplement_count += why == SUPPLEMENT and bool(state.received)
            state.pauses += (why, at // SECOND_US, 0)
            _settle(state, rules)

    return pause


def _supplemented(state: DossierState, data: d.DossierSupplemented, at: int, rules: Rules) -> None:
    _resume(state, data, at, rules, SUPPLEMENT)


def _resumed(state: DossierState, data: d.DossierResumed, at: int, rules: Rules) -> None:
    # "Work goes on" ends whatever kept it waiting.
    _resume(state, data, at, rules, 0)


def _resume(state: DossierState, data: Any, at: int, rules: Rules, why: int) -> None:
    if end_of(state):
        return
    _note_lateness(state, at)
    state.pauses = ended(state.pauses, at, why)
    _decide(state, data, BY_RESUMPTION, rules)
    _settle(state, rules)


def _extended(state: DossierState, data: d.DossierExtended, at: int, rules: Rules) -> None:
    if end_of(state):
        return
    _note_lateness(state, at)
    _decide(state, data, BY_EXTENSION, rules)
    _settle(state, rules)


def _transferred(state: DossierState, data: d.DossierTransferred, _at: int, _rules: Rules) -> None:
    if end_of(state):
        return
    if state.received and not state.received_agency:
        state.received_agency = state.agency
    state.agency = data.to_agency_code


def _ending(name: str) -> Callable[[DossierState, Any, int, Rules], None]:
    def end(state: DossierState, data: Any, at: int, rules: Rules) -> None:
        setattr(state, name, at)
        state.agency = state.agency or data.agency_code
        if state.pauses and end_of(state) and is_paused(state):
            state.pauses = ended(state.pauses, at)
            _settle(state, rules)

    return end


def _submitted(state: DossierState, data: d.DossierSubmitted, _at: int, rules: Rules) -> None:
    if state.received:
        return
    state.agency = data.agency_code
    if data.procedure_code is not None:
        state.procedure = data.procedure_code
        state.field = rules.field_of(data.procedure_code)
    if data.channel is not None:
        state.channel = CHANNEL_NUMBERS[data.channel.value]


def _explained(state: DossierState, _data: Any, at: int, _rules: Rules) -> None:
    state.explained = at


def _apologised(state: DossierState, _data: Any, at: int, _rules: Rules) -> None:
    state.apologised = at


def _rated(state: DossierState, data: d.DossierRated, _at: int, _rules: Rules) -> None:
    state.rated_who = named(data)


CHANGES: Final[dict[str, Callable[[DossierState, Any, int, Rules], None]]] = {
    d.DossierSubmitted.event_type: _submitted,
    d.DossierReceived.event_type: _received,
    d.DossierCorrected.event_type: _corrected,
    d.DossierSupplementRequested.event_type: _pausing(SUPPLEMENT),
    d.DossierFinancialDutyRequested.event_type: _pausing(FINANCIAL_DUTY),
    d.DossierSuspended.event_type: _pausing(SUSPENSION),
    d.DossierSupplemented.event_type: _supplemented,
    d.DossierResumed.event_type: _resumed,
    d.DossierExtended.event_type: _extended,
    d.DossierTransferred.event_type: _transferred,
    d.DossierResolved.event_type: _ending("resolved"),
    d.DossierReturned.event_type: _ending("returned"),
    d.DossierStopped.event_type: _ending("stopped"),
    d.DossierRejected.event_type: _ending("rejected"),
    d.DossierWithdrawn.event_type: _ending("withdrawn"),
    d.DossierExplained.event_type: _explained,
    d.DossierApologised.event_type: _apologised,
    d.DossierRated.event_type: _rated,
}
"""What each fact changes: called with (state, data, microseconds, rules)."""
