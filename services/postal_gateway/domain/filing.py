"""When a dossier that came by post counts as filed. Pure. Source: [QD-45-2016] article 7, [D19]."""

from enum import StrEnum, unique

from msgspec import Struct

from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.states import LegState, PostState
from shared.events.fields import Leg


@unique
class FilingBasis(StrEnum):
    """What the instant rests on."""

    RECORD = "record"  # both signed the Biên bản giao nhận
    COMPLETION = "completion"  # the last paper that was asked for came later
    DESK = "desk"  # no record: the desk's own time, and the gap is listed


class Filing(Struct, frozen=True):
    """The filing instant, an epoch second."""

    at: int
    basis: FilingBasis


def filing(state: PostState) -> Filing | None:
    """The legal filing instant; None while nothing was signed or received, or papers are missing.

    The signature of the hand-over record, replaced by a later completion where the desk asked
    for more before it received the dossier; without a record the desk's own time.
    """
    signed = signed_pickup(state)
    if signed is None:
        return None if state.received is None else Filing(state.received, FilingBasis.DESK)
    at = signed.reached(LegStatus.HANDED_TO_AGENCY) or signed.since
    if state.supplement_asked is not None and state.supplement_asked >= at:
        if state.completed is None:
            return None
        return Filing(max(at, state.completed), FilingBasis.COMPLETION)
    return Filing(at, FilingBasis.RECORD)


def signed_pickup(state: PostState) -> LegState | None:
    """The first pick-up that ended with a hand-over record; None where there is none."""
    for leg in state.legs:
        if leg.leg == Leg.PICKUP and leg.status == LegStatus.HANDED_TO_AGENCY and leg.record_ref:
            return leg
    return None


def has_filing_gap(state: PostState) -> bool:
    """Whether the desk received what a pick-up brought, and nobody signed a record for it."""
    came = any(
        leg.leg == Leg.PICKUP and leg.status not in (LegStatus.CANCELLED, LegStatus.RETURNED)
        for leg in state.legs
    )
    return came and state.received is not None and signed_pickup(state) is None
