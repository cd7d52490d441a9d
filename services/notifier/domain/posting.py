"""Where the paper of a dossier is, as far as limits of the post need it. Pure.

Two clocks run at a carrier: until it has the paper, and until it is delivered; a third starts anew
with every scan. What goes to an agency is delivered when both signed, not when it was scanned
there ([QD-45-2016] art. 7). Defaults of the limits: [D17]; of claims: shared/rules.
"""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from services.notifier.domain.clocks import Clock, Running
from shared.calendar.civil_time import epoch_of
from shared.events.envelope import Fact
from shared.events.fields import Leg
from shared.rules.postal_claims import postal_claims

_ASKED, _HANDED, _MOVING, _OVER = 0, 1, 2, 3
_RANKS: Final = {
    "postal.pickup_requested.v1": _ASKED,
    "postal.return_requested.v1": _ASKED,
    "postal.picked_up.v1": _HANDED,
    "postal.handed_to_carrier.v1": _HANDED,
    "postal.in_transit.v1": _MOVING,
    "postal.delivery_failed.v1": _MOVING,
    "postal.handed_to_agency.v1": _OVER,
    "postal.delivered.v1": _OVER,
    "postal.returned_to_sender.v1": _OVER,
    "postal.lost.v1": _OVER,
    "postal.order_cancelled.v1": _OVER,
}


class LegWatch(Struct, array_like=True, gc=False):
    """One attempt of one way of the paper. Epoch seconds; None: it did not happen."""

    name: str
    rank: int
    since: int  # when it came to this rank
    handed: int | None = None
    seen: int = 0
    fee: int | None = None  # collected, and not yet paid over
    harmed: int | None = None  # lost or damaged, and the claim is not settled
    claimed: int | None = None  # a claim was made, and is not answered
    claim_kind: str = ""
    charge_vnd: int = 0
    pay_until: int | None = None  # a claim was answered, and less was paid than the law gives


def posted(legs: tuple[LegWatch, ...], fact: Fact) -> tuple[LegWatch, ...]:
    """The legs after one more postal fact; nothing goes backwards."""
    said: Any = fact.data
    name, at, kind = f"{said.leg}-{said.attempt}", epoch_of(fact.time), said.event_type
    leg = next((one for one in legs if one.name == name), None)
    if leg is None:
        leg = LegWatch(name, _ASKED, at)
        legs = (*legs, leg)
    _move(leg, kind, at, has_paper=getattr(said, "record_ref", None) is not None)
    match kind:
        case "postal.fee_collected.v1":
            leg.fee = at
        case "postal.fee_remitted.v1":
            leg.fee = None
        case "postal.lost.v1" | "postal.damaged.v1":
            leg.harmed = leg.harmed or at
        case "postal.claim_opened.v1":
            leg.claimed, leg.pay_until = at, None
            leg.claim_kind, leg.charge_vnd = said.kind, said.charge_vnd or 0
        case "postal.claim_settled.v1":
            _settle(leg, at, paid_vnd=said.paid_vnd, refused=said.refused)
    return legs


def _settle(leg: LegWatch, at: int, *, paid_vnd: int, refused: bool) -> None:
    terms = postal_claims().of(at if leg.claimed is None else leg.claimed)
    least_vnd = terms.least_vnd(leg.claim_kind, leg.charge_vnd)
    leg.harmed = leg.claimed = None
    leg.pay_until = terms.pay_until(at) if not refused and paid_vnd < least_vnd else None


def _move(leg: LegWatch, kind: str, at: int, *, has_paper: bool) -> None:
    rank = _RANKS.get(kind)
    if rank is None or leg.rank == _OVER:
        return
    if kind == "postal.order_cancelled.v1" and leg.rank != _ASKED:
        return  # the paper is on its way all the same
    if kind == "postal.delivered.v1" and not leg.name.startswith(Leg.RETURN.value):
        rank = _MOVING
    if kind == "postal.handed_to_carrier.v1" and not has_paper:
        rank = _ASKED  # the order was accepted; the paper is where it was
    leg.seen = max(leg.seen, at)
    if rank > leg.rank:
        leg.rank, leg.since = rank, at
        if leg.handed is None:
            leg.handed = at


def is_on_its_way(leg: LegWatch) -> bool:
    """Whether something about the leg is still to come."""
    owed = (leg.fee, leg.harmed, leg.claimed, leg.pay_until)
    return leg.rank != _OVER or any(one is not None for one in owed)


def postal_clocks(legs: tuple[LegWatch, ...]) -> Iterator[Running]:
    """The limits that run for these legs."""
    for leg in legs:
        if leg.rank == _ASKED:
            yield Running(Clock.POSTAL_COLLECTION, leg.since, None, leg.name)
        elif leg.rank != _OVER:
            handed = leg.since if leg.handed is None else leg.handed
            yield Running(Clock.POSTAL_DELIVERY, handed, None, leg.name)
            yield Running(Clock.POSTAL_SCAN, leg.seen, None, leg.name)
        if leg.fee is not None:
            yield Running(Clock.POSTAL_FEE, leg.fee, None, leg.name)
        if leg.harmed is not None:
            yield Running(Clock.POSTAL_LOSS, leg.harmed, None, leg.name)
        if leg.claimed is not None:
            until = postal_claims().of(leg.claimed).answer_until(leg.claimed)
            yield Running(Clock.POSTAL_CLAIM, until, until, leg.name)
        if leg.pay_until is not None:
            yield Running(Clock.POSTAL_PAYMENT, leg.pay_until, leg.pay_until, leg.name)
