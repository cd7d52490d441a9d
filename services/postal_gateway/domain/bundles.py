"""Bundles (bảng kê) and the hand-over record that both sides sign. Pure. Source: [QD-45-2016]."""

from collections.abc import Iterable
from enum import StrEnum, unique
from typing import Any

from msgspec import Struct

from services.postal_gateway.domain.machine import Hand, LegStatus
from services.postal_gateway.domain.rows import ParcelRow
from services.postal_gateway.domain.states import BundleState, LegState, PostState, Signature
from shared.calendar.civil_time import epoch_of
from shared.events.envelope import Fact
from shared.events.fields import BundleDirection, BundleSide, Leg


@unique
class BundleStanding(StrEnum):
    """How far a bundle is."""

    LISTED = "listed"
    AWAITS_AGENCY = "awaits_agency"
    AWAITS_CARRIER = "awaits_carrier"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


def fold_bundle(state: BundleState, fact: Fact) -> None:
    """Change the bundle by one more fact: its list stands once somebody signed it."""
    said: Any = fact.data
    at = epoch_of(fact.time)
    state.agency = state.agency or said.agency_code
    if said.event_type == "postal.bundle_listed.v1":
        # A copy's clock may be behind: a signature stands under the first list there is.
        if not state.signatures or not state.items:
            state.direction, state.carrier = said.direction.value, said.carrier or ""
            state.items, state.by, state.listed = said.items, said.by, state.listed or at
        return
    if any(one.side == said.side for one in state.signatures):
        return  # a side signs once
    signature = Signature(
        said.side.value, said.by, at, said.missing, said.extra, said.damaged, said.note or ""
    )
    state.signatures = (*state.signatures, signature)


def standing(state: BundleState) -> BundleStanding:
    """How far it is."""
    if not state.items and not state.signatures:
        return BundleStanding.WITHDRAWN
    if state.signed is not None:
        return BundleStanding.SIGNED
    sides = {one.side for one in state.signatures}
    if BundleSide.AGENCY in sides:
        return BundleStanding.AWAITS_CARRIER
    return BundleStanding.AWAITS_AGENCY if sides else BundleStanding.LISTED


class Differences(Struct, frozen=True):
    """What the joint count found otherwise than listed, as either side noted it."""

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.missing) + len(self.extra) + len(self.damaged)


def differences(state: BundleState) -> Differences:
    """All of them, each once, in the order they were noted."""
    said = state.signatures
    return Differences(
        tuple(dict.fromkeys(item for one in said for item in one.missing)),
        tuple(dict.fromkeys(item for one in said for item in one.extra)),
        tuple(dict.fromkeys(item for one in said for item in one.damaged)),
    )


def changed_hands(state: BundleState) -> tuple[str, ...]:
    """What both sides signed for: the list, without what was missing, with what was extra."""
    if state.signed is None:
        return ()
    found = differences(state)
    everything = dict.fromkeys((*state.items, *found.extra))
    return tuple(item for item in everything if item not in found.missing)


def may_join(direction: str, leg: LegState | ParcelRow) -> bool:
    """Whether a leg may stand on a bundle of that direction.

    To the carrier: what an agency holds and a carrier has an order for. From the carrier: what
    the carrier holds and owes to this desk.
    """
    if direction == BundleDirection.TO_CARRIER:
        return leg.hand is Hand.AGENCY and leg.status == LegStatus.ORDERED
    if leg.leg == Leg.RETURN:  # on its way back
        return leg.status == LegStatus.DELIVERY_FAILED
    return leg.hand is Hand.CARRIER or (leg.leg == Leg.PICKUP and leg.status == LegStatus.ORDERED)


def desk_of(state: PostState | ParcelRow, leg: LegState | ParcelRow, direction: str) -> str:
    """The agency at whose counter the leg changes hands."""
    if leg.leg == Leg.TRANSFER and direction == BundleDirection.FROM_CARRIER:
        return leg.to_agency
    return state.agency


def is_expected(leg: LegState | ParcelRow) -> bool:
    """Whether the carrier says that it is at the desk, and nobody signed."""
    return leg.leg != Leg.RETURN and leg.status == LegStatus.DELIVERED


def next_number(agency: str, day: str, taken: Iterable[str]) -> str:
    """The number of the next bundle of an agency on a day (`20261122`): `BK-<agency>-<day>-01`."""
    head = f"BK-{agency}-{day}-"
    last = max((int(one[len(head) :]) for one in taken if one.startswith(head)), default=0)
    return f"{head}{last + 1:02d}"
