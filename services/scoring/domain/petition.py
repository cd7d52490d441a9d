"""Petitions (phản ánh, kiến nghị): what is known of one, and how each fact changes that.

Open until an answer, a refusal or its publication exists. The limit starts with receipt and anew
with each transfer (D19); waiting for the sender stops it for good, as the national portal counts.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from shared.events import petition as p

from .rules import SECOND_US, Rules
from .stages import DUE_SOON, NOT_DUE, OVERDUE, PAUSED


class PetitionState(Struct, array_like=True, gc=False, tag="p"):
    """One petition; epoch seconds, 0 means that it did not happen."""

    agency: str = ""
    received: int = 0
    since: int = 0  # when the limit in force started
    due: int = 0
    soon: int = 0
    is_waiting: bool = False  # for the sender
    answered: int = 0
    published: int = 0


def is_open(state: PetitionState) -> bool:
    """Whether somebody still has to answer."""
    return bool(state.received) and not state.answered and not state.published


def stage_of(state: PetitionState, now: int) -> str:
    """The stage of an open petition at an epoch second."""
    if state.is_waiting:
        return PAUSED
    if now < state.soon:
        return NOT_DUE
    return OVERDUE if now > state.due else DUE_SOON


def next_change_at(state: PetitionState, now: int) -> int | None:
    """When time alone changes the stage; None if it never will."""
    if not is_open(state) or state.is_waiting or now > state.due:
        return None
    return state.soon if now < state.soon else state.due + 1


def _start(state: PetitionState, at: int, rules: Rules) -> None:
    state.since = since = at // SECOND_US
    state.due = rules.calendar.add_working_epoch(since, rules.petition_seconds(since))
    state.soon = rules.calendar.subtract_working_epoch(state.due, rules.soon_seconds)
    state.is_waiting = False


def _received(state: PetitionState, data: p.PetitionReceived, at: int, rules: Rules) -> None:
    state.agency, state.received = data.agency_code, at // SECOND_US
    _start(state, at, rules)


def _transferred(state: PetitionState, data: p.PetitionTransferred, at: int, rules: Rules) -> None:
    state.agency = data.to_agency_code
    _start(state, at, rules)


def _asked(state: PetitionState, _data: Any, _at: int, _rules: Rules) -> None:
    state.is_waiting = True


def _answered(state: PetitionState, _data: Any, at: int, _rules: Rules) -> None:
    state.answered = at // SECOND_US


def _published(state: PetitionState, _data: Any, at: int, _rules: Rules) -> None:
    state.published = at // SECOND_US


CHANGES: Final[dict[str, Callable[[PetitionState, Any, int, Rules], None]]] = {
    p.PetitionReceived.event_type: _received,
    p.PetitionTransferred.event_type: _transferred,
    p.PetitionSupplementRequested.event_type: _asked,
    p.PetitionAnswered.event_type: _answered,
    p.PetitionPublished.event_type: _published,
}
"""What each fact changes: called with (state, data, microseconds, rules)."""
