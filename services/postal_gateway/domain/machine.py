"""The states of one leg of a parcel's way, and which may follow which. Nothing goes backwards."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final


@unique
class LegStatus(StrEnum):
    """Where a leg stands; the values are metric labels."""

    REQUESTED = "requested"
    ORDERED = "ordered"  # the carrier has the order; the paper is where it was
    HANDED = "handed_to_carrier"  # the carrier has the paper
    IN_TRANSIT = "in_transit"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERED = "delivered"
    RETURNED = "returned_to_sender"
    LOST = "lost"


FINAL: Final = frozenset({LegStatus.DELIVERED, LegStatus.RETURNED, LegStatus.LOST})

# A failed delivery and the way to the next attempt may follow each other.
_RANKS: Final[Mapping[LegStatus, int]] = {
    LegStatus.REQUESTED: 0,
    LegStatus.ORDERED: 1,
    LegStatus.HANDED: 2,
    LegStatus.IN_TRANSIT: 3,
    LegStatus.DELIVERY_FAILED: 3,
    LegStatus.DELIVERED: 4,
    LegStatus.RETURNED: 4,
    LegStatus.LOST: 4,
}


def may_follow(now: LegStatus, then: LegStatus) -> bool:
    """Whether `then` moves a leg that stands at `now`: never backwards, and never out of an end."""
    if now in FINAL or now is then:
        return False
    return _RANKS[then] >= _RANKS[now]


@unique
class Hand(StrEnum):
    """Who holds the paper."""

    AGENCY = "agency"
    CARRIER = "carrier"
    APPLICANT = "applicant"
    NOBODY = "nobody"


def holder(status: LegStatus) -> Hand:
    """Who holds the paper of a return leg that stands there."""
    if status in (LegStatus.REQUESTED, LegStatus.ORDERED, LegStatus.RETURNED):
        return Hand.AGENCY
    if status is LegStatus.DELIVERED:
        return Hand.APPLICANT
    return Hand.NOBODY if status is LegStatus.LOST else Hand.CARRIER
