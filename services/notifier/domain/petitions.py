"""What the notifier keeps of a petition (phản ánh, kiến nghị), and which of its limits run. Pure.

Limits start with receipt and anew with each transfer; waiting for the sender stops the answer's
limit for good, as the national portal counts. Source: [PORTAL-2026], [D19].
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from services.notifier.domain.clocks import Clock, Running
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import epoch_of
from shared.events.envelope import Fact
from shared.rules.petition_limits import PetitionLimits, PetitionStep


class PetitionState(Struct, array_like=True, gc=False, tag="p"):
    """One petition. Epoch seconds; None: it did not happen."""

    agency: str
    since: int | None = None  # when the limits in force started
    is_waiting: bool = False  # for the sender
    answered: int | None = None
    is_refused: bool = False
    published: int | None = None
    refuse_by: int = 0
    ask_by: int = 0
    answer_by: int = 0
    publish_by: int = 0


def petition_step(
    state: PetitionState, fact: Fact, *, calendar: WorkingCalendar, limits: PetitionLimits
) -> PetitionState:
    """The petition after one more fact."""
    said: Any = fact.data
    at = epoch_of(fact.time)
    match said.event_type:
        case "petition.received.v1":
            state.agency = said.agency_code
            _start(state, at, calendar, limits)
        case "petition.transferred.v1":
            state.agency = said.to_agency_code
            # Whoever has it now must answer: what was said before was another agency's.
            state.answered, state.is_refused, state.published = None, False, None
            _start(state, at, calendar, limits)
        case "petition.supplement_requested.v1":
            state.is_waiting = True
        case "petition.answered.v1":
            state.answered, state.is_refused = at, said.refused
            state.publish_by = limits.last_second(PetitionStep.PUBLISH, at, calendar=calendar)
        case "petition.published.v1":
            state.published = at
    return state


def _start(
    state: PetitionState, at: int, calendar: WorkingCalendar, limits: PetitionLimits
) -> None:
    state.since, state.is_waiting = at, False
    state.refuse_by = limits.last_second(PetitionStep.REFUSE, at, calendar=calendar)
    state.ask_by = limits.last_second(PetitionStep.SUPPLEMENT, at, calendar=calendar)
    state.answer_by = limits.last_second(PetitionStep.ANSWER, at, calendar=calendar)


def is_petition_open(state: PetitionState) -> bool:
    """Whether something is still to be done about it."""
    if state.since is None or state.published is not None:
        return False
    return state.answered is None or not state.is_refused


def petition_clocks(state: PetitionState) -> Iterator[Running]:
    """Every limit of the petition that runs, or has run out and is not settled."""
    if not is_petition_open(state):
        return
    if state.answered is not None:
        yield Running(Clock.PETITION_PUBLISHING, state.publish_by, state.publish_by)
    elif not state.is_waiting:
        yield Running(Clock.PETITION_REFUSAL, state.refuse_by, state.refuse_by)
        yield Running(Clock.PETITION_SUPPLEMENT, state.ask_by, state.ask_by)
        yield Running(Clock.PETITION_ANSWER, state.answer_by, state.answer_by)
