"""How one more fact changes a dossier as the post sees it. Facts come in order of time."""

from typing import Any, Final

from services.postal_gateway.domain.machine import LegStatus, may_follow
from services.postal_gateway.domain.states import Claim, Fee, LegState, PostState, Step
from shared.calendar.civil_time import epoch_of
from shared.events.envelope import Fact
from shared.events.fields import Channel, Leg, ResultDelivery

_STATUS: Final = {
    "postal.pickup_requested.v1": LegStatus.REQUESTED,
    "postal.return_requested.v1": LegStatus.REQUESTED,
    "postal.transfer_requested.v1": LegStatus.REQUESTED,
    "postal.order_cancelled.v1": LegStatus.CANCELLED,
    "postal.picked_up.v1": LegStatus.HANDED,
    "postal.handed_to_carrier.v1": LegStatus.HANDED,
    "postal.in_transit.v1": LegStatus.IN_TRANSIT,
    "postal.handed_to_agency.v1": LegStatus.HANDED_TO_AGENCY,
    "postal.delivered.v1": LegStatus.DELIVERED,
    "postal.delivery_failed.v1": LegStatus.DELIVERY_FAILED,
    "postal.returned_to_sender.v1": LegStatus.RETURNED,
    "postal.lost.v1": LegStatus.LOST,
}
_BESIDE: Final = {
    "postal.damaged.v1",
    "postal.fee_collected.v1",
    "postal.fee_remitted.v1",
    "postal.claim_opened.v1",
    "postal.claim_settled.v1",
}
_DOSSIER: Final = {
    "dossier.submitted.v1",
    "dossier.received.v1",
    "dossier.supplement_requested.v1",
    "dossier.supplemented.v1",
    "dossier.transferred.v1",
    "dossier.resolved.v1",
    "dossier.corrected.v1",
    "dossier.returned.v1",
    "dossier.withdrawn.v1",
    "dossier.stopped.v1",
    "dossier.rejected.v1",
}
DOSSIER_KINDS: Final = frozenset(_STATUS) | _BESIDE | _DOSSIER
BUNDLE_KINDS: Final = frozenset({"postal.bundle_listed.v1", "postal.bundle_confirmed.v1"})


def fold_dossier(state: PostState, fact: Fact) -> None:
    """Change the dossier by one fact of `DOSSIER_KINDS`."""
    kind = fact.data.event_type
    if kind in _STATUS:
        _move(state, _STATUS[kind], fact)
    elif kind in _BESIDE:
        _note(state, kind, fact)
    else:
        _hear(state, kind, fact)


def _hear(state: PostState, kind: str, fact: Fact) -> None:
    was_over, at = state.is_over, epoch_of(fact.time)
    _take_in(state, kind, fact.data, at)
    if state.is_over and not was_over:
        state.over_at = at


def _take_in(state: PostState, kind: str, said: Any, at: int) -> None:
    match kind:
        case "dossier.submitted.v1":
            _submit(state, said, at)
        case "dossier.received.v1":
            _receive(state, said, at)
        case "dossier.supplement_requested.v1" | "dossier.supplemented.v1":
            _complete(state, kind, at)
        case "dossier.transferred.v1":
            state.agency = said.to_agency_code
        case "dossier.resolved.v1":
            state.resolved = at
        case "dossier.corrected.v1":
            _correct(state, said)
        case "dossier.returned.v1":
            state.is_over, state.returned = True, at
        case _:  # withdrawn, stopped, rejected
            state.is_over = True


def _submit(state: PostState, said: Any, at: int) -> None:
    state.agency = state.agency or said.agency_code
    if said.pickup_wanted:
        state.pickup_wanted, state.pickup_contact = at, said.contact_ref or ""
    state.contact_ref = state.contact_ref or said.contact_ref or ""


def _complete(state: PostState, kind: str, at: int) -> None:
    """What is asked for and comes before the dossier is received moves its filing."""
    if state.received is not None:
        return
    if kind == "dossier.supplement_requested.v1":
        state.supplement_asked, state.completed = at, None
    elif state.supplement_asked is not None:
        state.completed = at


def _correct(state: PostState, said: Any) -> None:
    state.is_void = state.is_void or said.void
    state.is_over = state.is_over or said.void
    if said.channel is not None and state.received is not None:
        state.channel = said.channel.value


def _receive(state: PostState, said: Any, at: int) -> None:
    state.agency = state.received_by = said.agency_code
    state.by_post = said.result_delivery == ResultDelivery.POSTAL
    state.contact_ref = said.contact_ref or state.contact_ref
    state.received, state.procedure = at, said.procedure_code
    state.channel = said.channel.value


def came_by_post(state: PostState) -> bool:
    """Whether it was received by post: so said its desk, or a pick-up brought it."""
    if state.received is None:
        return False
    return state.channel == Channel.POSTAL or any(
        leg.leg == Leg.PICKUP and leg.status == LegStatus.HANDED_TO_AGENCY for leg in state.legs
    )


def _move(state: PostState, status: LegStatus, fact: Fact) -> None:
    said: Any = fact.data
    at = epoch_of(fact.time)
    state.agency = state.agency or said.agency_code
    record = getattr(said, "record_ref", None) or ""
    if fact.data.event_type == "postal.handed_to_carrier.v1" and not record:
        status = LegStatus.ORDERED  # the carrier accepted the order, not yet the paper
    is_signed = bool(record and getattr(said, "signed_by", None))
    leg = _leg(state, said, status, at)
    if getattr(said, "to_agency_code", None):
        leg.to_agency = said.to_agency_code
    leg.contact_ref = getattr(said, "contact_ref", None) or leg.contact_ref
    if status is not LegStatus.REQUESTED:
        leg.scanned_at = at
    if may_follow(Leg(leg.leg), LegStatus(leg.status), status):
        leg.status, leg.since = status, at
        code = getattr(said, "status_code", None) or ""
        leg.steps = (*leg.steps, Step(status, at, code, record))
    elif status not in (LegStatus.REQUESTED, leg.status) and not is_signed:
        leg.ignored_count += 1
    if is_signed:
        leg.record_ref = record


def _leg(state: PostState, said: Any, status: LegStatus, at: int) -> LegState:
    """The leg it is about; one that nobody asked for begins with what is said of it."""
    leg = state.leg(said.leg, said.attempt)
    if leg is None:
        leg = LegState(said.leg, said.attempt, LegStatus.REQUESTED, at)
        state.legs = (*state.legs, leg)
        if status is LegStatus.REQUESTED:
            leg.steps = (Step(status, at),)
    leg.carrier = said.carrier or leg.carrier
    leg.tracking_number = said.tracking_number or leg.tracking_number
    return leg


def _note(state: PostState, kind: str, fact: Fact) -> None:
    said: Any = fact.data
    at = epoch_of(fact.time)
    state.agency = state.agency or said.agency_code
    match kind:
        case "postal.damaged.v1":
            _leg(state, said, LegStatus.HANDED, at).is_damaged = True
        case "postal.fee_collected.v1" | "postal.fee_remitted.v1":
            word = kind.split(".")[1].removeprefix("fee_")
            fee = Fee(word, at, said.amount_vnd, said.post_office or "", said.receipt_ref or "")
            state.fees = (*state.fees, fee)
        case "postal.claim_opened.v1":
            claim = Claim(said.leg, said.attempt, said.kind, at, said.charge_vnd or 0)
            state.claims = (*state.claims, claim)
        case _:
            _settle(state, said, at)


def _settle(state: PostState, said: Any, at: int) -> None:
    """The oldest open claim of that leg; one that nobody opened settles nothing."""
    for claim in state.claims:
        if (claim.leg, claim.attempt) == (said.leg, said.attempt) and claim.settled is None:
            claim.settled, claim.paid, claim.is_refused = at, said.paid_vnd, said.refused
            return
