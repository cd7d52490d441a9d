"""Petitions (phản ánh, kiến nghị): what is known of one, and how each fact changes that.

Open until an answer, a refusal or its publication exists. The limit starts with receipt and anew
with each transfer (D19); waiting for the sender stops it for good, as the national portal counts.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from shared.events import petition as p

from .facets import PETITION
from .rules import SECOND_US, Rules
from .stages import DUE_SOON, NOT_DUE, OVERDUE, PAUSED


class PetitionState(Struct, array_like=True, gc=False, tag="p"):
    """One petition; epoch seconds, 0 means that it did not happen."""

    agency: str = ""
    received: int = 0
    since: int = 0  # when the limit in force started
    due: int = 0
    soon: int = 0
    asked: int = 0  # when the sender was asked for more; the answer waits
    answered: int = 0
    published: int = 0
    is_repeated: bool = False
    about: str = ""
    likes: int = 0
    dislikes: int = 0


def is_open(state: PetitionState) -> bool:
    """Whether somebody still has to answer."""
    return bool(state.received) and not state.answered and not state.published


def stage_of(state: PetitionState, now: int) -> str:
    """The stage of an open petition at an epoch second."""
    if state.asked:
        return PAUSED
    if now < state.soon:
        return NOT_DUE
    return OVERDUE if now > state.due else DUE_SOON


def next_change_at(state: PetitionState, now: int) -> int | None:
    """When time alone changes the stage; None if it never will."""
    if not is_open(state) or state.asked or now > state.due:
        return None
    return state.soon if now < state.soon else state.due + 1


def _start(state: PetitionState, at: int, rules: Rules) -> None:
    state.since = since = at // SECOND_US
    state.due = rules.petition_due(since)
    state.soon = rules.calendar.subtract_working_epoch(state.due, rules.soon_seconds)
    state.asked = 0


def _received(state: PetitionState, data: p.PetitionReceived, at: int, rules: Rules) -> None:
    state.agency, state.received = data.agency_code, at // SECOND_US
    state.is_repeated, state.about = data.repeated, data.about.value
    _start(state, at, rules)


def _transferred(state: PetitionState, data: p.PetitionTransferred, at: int, rules: Rules) -> None:
    state.agency = data.to_agency_code
    # Whoever has it now must answer: a refusal or an answer from before was another agency's.
    state.answered = state.published = 0
    _start(state, at, rules)


def _asked(state: PetitionState, _data: Any, at: int, _rules: Rules) -> None:
    state.asked = state.asked or at // SECOND_US


def _answered(state: PetitionState, _data: Any, at: int, _rules: Rules) -> None:
    state.answered = at // SECOND_US


def _published(state: PetitionState, _data: Any, at: int, _rules: Rules) -> None:
    state.published = at // SECOND_US


def _rated(state: PetitionState, data: p.PetitionRated, _at: int, _rules: Rules) -> None:
    state.likes += data.satisfied
    state.dislikes += not data.satisfied


def facets_of(state: PetitionState, now: int) -> int:
    """Its facets for indicators 5.1 to 5.3 at an epoch second. Source: [PORTAL-2026] 5.2, 5.3.

    On time: answered, published, or the sender asked for more within the limit, by whoever has
    it since its last transfer; still open, as long as the limit has not passed.
    """
    handled = [at for at in (state.answered, state.published, state.asked) if at]
    facets = PETITION["on_time"] if (min(handled) if handled else now) <= state.due else 0
    if state.dislikes > state.likes:
        facets |= PETITION["disliked"]
    if state.is_repeated:
        facets |= PETITION["repeated"]
    return facets | PETITION.get(state.about, 0)


CHANGES: Final[dict[str, Callable[[PetitionState, Any, int, Rules], None]]] = {
    p.PetitionReceived.event_type: _received,
    p.PetitionTransferred.event_type: _transferred,
    p.PetitionSupplementRequested.event_type: _asked,
    p.PetitionAnswered.event_type: _answered,
    p.PetitionPublished.event_type: _published,
    p.PetitionRated.event_type: _rated,
}
"""What each fact changes: called with (state, data, microseconds, rules)."""
