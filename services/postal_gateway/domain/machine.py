"""Where a leg stands, which state may follow which, who holds the paper, and in whose time.

Nothing goes backwards: a status that would is kept in the log and moves nothing.
Source: [QD-45-2016].
"""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final

from shared.events.fields import Leg


@unique
class LegStatus(StrEnum):
    """Where a leg stands; the values are metric labels."""

    REQUESTED = "requested"
    ORDERED = "ordered"  # the carrier has the order; the paper is where it was
    HANDED = "handed_to_carrier"  # the carrier has the paper
    IN_TRANSIT = "in_transit"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERED = "delivered"  # of a pick-up or transfer: the carrier says so, nobody signed yet
    HANDED_TO_AGENCY = "handed_to_agency"  # both signed the hand-over record
    RETURNED = "returned_to_sender"
    LOST = "lost"
    CANCELLED = "cancelled"  # the order was taken back before any paper changed hands


_SIGNED_ENDS: Final = frozenset(
    {LegStatus.HANDED_TO_AGENCY, LegStatus.RETURNED, LegStatus.LOST, LegStatus.CANCELLED}
)
_RETURN_ENDS: Final = frozenset(
    {LegStatus.DELIVERED, LegStatus.RETURNED, LegStatus.LOST, LegStatus.CANCELLED}
)

# A failed delivery and the way to the next attempt may follow each other.
_RANKS: Final[Mapping[LegStatus, int]] = {
    LegStatus.REQUESTED: 0,
    LegStatus.ORDERED: 1,
    LegStatus.CANCELLED: 1,
    LegStatus.HANDED: 2,
    LegStatus.IN_TRANSIT: 3,
    LegStatus.DELIVERY_FAILED: 3,
    LegStatus.DELIVERED: 4,
    LegStatus.RETURNED: 4,
    LegStatus.LOST: 4,
    LegStatus.HANDED_TO_AGENCY: 5,
}


def ends(leg: Leg) -> frozenset[LegStatus]:
    """Where that leg's way ends. What goes to an agency ends with two signatures (art. 7)."""
    return _RETURN_ENDS if leg is Leg.RETURN else _SIGNED_ENDS


def is_end(leg: Leg, status: LegStatus) -> bool:
    """Whether the leg's way has ended there."""
    return status in ends(leg)


def may_follow(leg: Leg, now: LegStatus, then: LegStatus) -> bool:
    """Whether `then` moves a leg that stands at `now`: never backwards, never out of an end."""
    if now is then or is_end(leg, now):
        return False
    if then is LegStatus.HANDED_TO_AGENCY:
        return leg is not Leg.RETURN
    if now is LegStatus.DELIVERED:
        # Said to be at the agency: what is not found at the joint count is lost.
        return then is LegStatus.LOST
    return _RANKS[then] >= _RANKS[now]


@unique
class Hand(StrEnum):
    """Who holds the paper."""

    APPLICANT = "applicant"
    AGENCY = "agency"
    OTHER_AGENCY = "other_agency"  # the one that a transfer goes to
    CARRIER = "carrier"
    NOBODY = "nobody"


_SENDERS: Final = {
    Leg.PICKUP: Hand.APPLICANT,
    Leg.RETURN: Hand.AGENCY,
    Leg.TRANSFER: Hand.AGENCY,
}
_RECEIVERS: Final = {
    Leg.PICKUP: Hand.AGENCY,
    Leg.RETURN: Hand.APPLICANT,
    Leg.TRANSFER: Hand.OTHER_AGENCY,
}
_AT_SENDER: Final = frozenset(
    {LegStatus.REQUESTED, LegStatus.ORDERED, LegStatus.CANCELLED, LegStatus.RETURNED}
)


def holder(leg: Leg, status: LegStatus) -> Hand:
    """Who holds the paper of a leg that stands there.

    A pick-up or transfer that the carrier calls delivered is still the carrier's: the paper
    changes hands with the signatures, not with a scan.
    """
    if status is LegStatus.LOST:
        return Hand.NOBODY
    if status in _AT_SENDER:
        return _SENDERS[leg]
    if is_end(leg, status):
        return _RECEIVERS[leg]
    return Hand.CARRIER


@unique
class TimeOf(StrEnum):
    """In whose time it is: the agency's clock and the post's run apart."""

    AGENCY = "agency"
    POST = "post"
    NOBODY = "nobody"  # over, or with the applicant


def time_of(leg: Leg, status: LegStatus) -> TimeOf:
    """Whose time runs while a leg stands there.

    From the accepted order on the post must come for the paper; a lost paper is the post's until
    the claim is settled. What came back or was cancelled is the agency's, if it is its paper.
    """
    if status is LegStatus.LOST:
        return TimeOf.POST
    if status is LegStatus.REQUESTED:
        return TimeOf.AGENCY
    if status in (LegStatus.RETURNED, LegStatus.CANCELLED):
        return TimeOf.NOBODY if leg is Leg.PICKUP else TimeOf.AGENCY
    if is_end(leg, status):
        return TimeOf.NOBODY if leg is Leg.RETURN else TimeOf.AGENCY
    return TimeOf.POST
