"""What the notifier keeps of a dossier: how a fact changes it, which limits run. Pure."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from services.notifier.domain.clocks import Clock, Running
from services.notifier.domain.posting import LegWatch, is_on_its_way, postal_clocks, posted
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import epoch_of
from shared.deadlines import DeadlineState, Limits, deadline_step, is_open, overdue_from
from shared.deadlines.state import Waiting
from shared.events.envelope import Fact


class DossierState(Struct, array_like=True, gc=False, tag="d"):
    """One dossier: whose it is, its clock, and what is owed. No code: that is its key.

    Instants are epoch seconds. `late_since` is the last second in good order of a dossier that
    was overdue once: its duties outlive a new due time and its end (D12).
    """

    agency: str
    clock: DeadlineState
    procedure: str = ""
    field: str = ""
    late_since: int | None = None
    asked: tuple[int, ...] = ()  # each request for a supplement after receipt
    answer_by: int | None = None
    extended: tuple[int, ...] = ()
    explained: int | None = None
    apologised: int | None = None
    legs: tuple[LegWatch, ...] = ()


_MOVES_LATENESS: Final = "dossier.corrected.v1"


def dossier_step(
    state: DossierState, fact: Fact, *, calendar: WorkingCalendar, limits: Limits
) -> DossierState:
    """The dossier after one more fact of its own, or of the post."""
    said: Any = fact.data
    kind, at = said.event_type, epoch_of(fact.time)
    if kind.startswith("postal."):
        state.legs = posted(state.legs, fact)
        return state
    if kind != _MOVES_LATENESS:
        _note_lateness(state, at)
    supplements, extensions = state.clock.supplement_count, state.clock.extension_count
    deadline_step(state.clock, fact, calendar=calendar, limits=limits)
    _take_in(state, said, at, calendar)
    if state.clock.supplement_count > supplements:
        state.asked = (*state.asked, at)
    if state.clock.extension_count > extensions:
        state.extended = (*state.extended, at)
    return state


def _take_in(state: DossierState, said: Any, at: int, calendar: WorkingCalendar) -> None:
    """What the clock has no use for."""
    match said.event_type:
        case "dossier.received.v1":
            state.agency, state.procedure = said.agency_code, said.procedure_code
            state.field = said.field_code or state.field
        case "dossier.transferred.v1":
            state.agency = said.to_agency_code
        case "dossier.explained.v1":
            state.explained = at
        case "dossier.apologised.v1":
            state.apologised = at
        case "dossier.corrected.v1":
            _on_corrected(state, said)
        case "dossier.supplement_requested.v1":
            on = said.answer_by_on
            state.answer_by = on and epoch_of(calendar.end_of_working_day(on))


def _note_lateness(state: DossierState, at: int) -> None:
    start = overdue_from(state.clock)
    if state.late_since is None and start is not None and at > start:
        state.late_since = start


def _on_corrected(state: DossierState, said: Any) -> None:
    state.field = said.field_code or state.field
    if said.due_at is None and said.due_on is None and said.received_at is None:
        return
    # It was late by a mistake in the record, or not late by one: judge its end again.
    clock = state.clock
    ends = [end for end in (clock.resolved, clock.returned) if end is not None]
    late = clock.due is not None and bool(ends) and min(ends) > clock.due
    state.late_since = clock.due if late else None


def dossier_clocks(state: DossierState) -> Iterator[Running]:
    """Every limit of the dossier that runs, or has run out and is not settled."""
    clock = state.clock
    if clock.is_void or clock.received is None:
        yield from postal_clocks(state.legs)
        return
    start = overdue_from(clock)
    if start is not None:
        yield Running(Clock.DUE, start, clock.due)
    if is_open(clock):
        yield from _steps_on_the_way(state)
    late = start if state.late_since is None else state.late_since
    if late is not None and state.explained is None:
        yield Running(Clock.EXPLANATION, late)
    if late is not None and state.apologised is None:
        yield Running(Clock.APOLOGY, late)
    yield from postal_clocks(state.legs)


def _steps_on_the_way(state: DossierState) -> Iterator[Running]:
    if state.clock.waiting & Waiting.SUPPLEMENT and state.asked:
        yield Running(Clock.SUPPLEMENT, state.asked[-1], state.answer_by)
        if state.answer_by is not None:
            yield Running(Clock.SUPPLEMENT_ANSWER, state.answer_by, state.answer_by)
    if len(state.asked) > 1:
        yield Running(Clock.SECOND_SUPPLEMENT, state.asked[1], state.clock.due)
    if len(state.extended) > 1:
        yield Running(Clock.SECOND_EXTENSION, state.extended[1], state.clock.due)


def is_dossier_hot(state: DossierState) -> bool:
    """Whether time or a fact may still make it owe something."""
    if any(is_on_its_way(leg) for leg in state.legs) or is_open(state.clock):
        return True
    owes = state.explained is None or state.apologised is None
    return state.late_since is not None and owes and not state.clock.is_void
