"""What a person at the desk may say about one dossier, and what becomes of it. Pure."""

from enum import StrEnum, unique
from typing import Any

from msgspec import Struct

from services.postal_gateway.domain.machine import LegStatus, may_follow
from services.postal_gateway.domain.states import LegState, PostState
from shared.events import postal
from shared.events.fields import Event, Leg


@unique
class Word(StrEnum):
    """What may be said."""

    PICKUP = "pickup"
    RETURN = "return"
    TRANSFER = "transfer"
    CANCEL = "cancel"
    COLLECTED = "collected"
    REMITTED = "remitted"
    LOST = "lost"
    DAMAGED = "damaged"
    CLAIM = "claim"
    SETTLE = "settle"
    ERASE = "erase"


class Said(Struct, frozen=True, kw_only=True):
    """The form's fields; amounts in đồng. `leg` and `attempt` are empty for a new leg."""

    word: Word
    by: str
    leg: str = ""
    attempt: int = 0
    to_agency: str = ""
    amount: int = 0
    office: str = ""
    receipt: str = ""
    kind: str = ""
    note: str = ""
    is_refused: bool = False


@unique
class Why(StrEnum):
    """Why it cannot be said."""

    UNDER_WAY = "under_way"  # the last one has not ended
    NO_LEG = "no_leg"
    NOT_NOW = "not_now"  # the leg's state does not allow it
    NO_CLAIM = "no_claim"
    SAME_AGENCY = "same_agency"


_NEW = {Word.PICKUP: Leg.PICKUP, Word.RETURN: Leg.RETURN, Word.TRANSFER: Leg.TRANSFER}


def event_of(state: PostState, said: Said) -> Event | Why:
    """The fact's content, or why there is none."""
    if said.word in _NEW:
        return _new_leg(state, said, _NEW[said.word])
    leg = state.leg(said.leg, said.attempt)
    if leg is None:
        return Why.NO_LEG
    about: dict[str, Any] = {
        "agency_code": state.agency, "leg": Leg(leg.leg), "attempt": leg.attempt,
        "carrier": leg.carrier or None, "tracking_number": leg.tracking_number or None,
        "by": said.by,
    }  # fmt: skip
    if said.word in (Word.COLLECTED, Word.REMITTED):
        kind: Any = {
            Word.COLLECTED: postal.PostalFeeCollected, Word.REMITTED: postal.PostalFeeRemitted,
        }[said.word]  # fmt: skip
        more = {"receipt_ref": said.receipt or None, "post_office": said.office or None}
        event: Event = kind(amount_vnd=said.amount, **more, **about)
        return event
    if said.word in (Word.CLAIM, Word.SETTLE):
        return _claim(state, leg, said, about)
    return _misfortune(leg, said, about)


def _new_leg(state: PostState, said: Said, leg: Leg) -> Event | Why:
    last = state.last(leg)
    if last is not None and not last.is_final:
        return Why.UNDER_WAY
    if leg is Leg.TRANSFER and said.to_agency in ("", state.agency):
        return Why.SAME_AGENCY
    about: dict[str, Any] = {
        "agency_code": state.agency, "leg": leg, "attempt": last.attempt + 1 if last else 1,
        "by": said.by,
    }  # fmt: skip
    if leg is Leg.PICKUP:
        reference = state.pickup_contact or state.contact_ref or None
        return postal.PostalPickupRequested(contact_ref=reference, **about)
    if leg is Leg.RETURN:
        return postal.PostalReturnRequested(contact_ref=state.contact_ref or None, **about)
    return postal.PostalTransferRequested(to_agency_code=said.to_agency, **about)


def _claim(state: PostState, leg: LegState, said: Said, about: dict[str, Any]) -> Event | Why:
    note = said.note or None
    if said.word is Word.CLAIM:
        return postal.PostalClaimOpened(kind=said.kind, charge_vnd=said.amount, note=note, **about)
    is_open = any(
        (one.leg, one.attempt) == (leg.leg, leg.attempt) and one.settled is None
        for one in state.claims
    )
    if not is_open:
        return Why.NO_CLAIM
    return postal.PostalClaimSettled(
        paid_vnd=said.amount, refused=said.is_refused, note=note, **about
    )


def _misfortune(leg: LegState, said: Said, about: dict[str, Any]) -> Event | Why:
    if said.word is Word.DAMAGED:
        return postal.PostalDamaged(**about)
    then = LegStatus.LOST if said.word is Word.LOST else LegStatus.CANCELLED
    if not may_follow(Leg(leg.leg), LegStatus(leg.status), then):
        return Why.NOT_NOW
    if then is LegStatus.LOST:
        return postal.PostalLost(**about)
    return postal.PostalOrderCancelled(**about)
