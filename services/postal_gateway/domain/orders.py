"""What passes between the gateway and any carrier: orders, answers, statuses. Pure."""

import hashlib
import re
from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from msgspec import Struct

from shared.events.contact import Contact
from shared.events.fields import Leg

_SUFFIX: Final = re.compile(r"\A(?P<dossier>.+)_(?P<leg>[PRT])(?P<attempt>[0-9]{1,3})\Z")
_LETTERS: Final = {Leg.PICKUP: "P", Leg.RETURN: "R", Leg.TRANSFER: "T"}
_LEGS: Final = {letter: leg for leg, letter in _LETTERS.items()}


class LegName(Struct, frozen=True):
    """One attempt of one leg of one dossier: what is ordered once."""

    dossier: str
    leg: Leg = Leg.RETURN
    attempt: int = 1

    @property
    def order_number(self) -> str:
        """The order number at the carrier: the dossier code for the first return.

        Other legs and attempts add `_P1`, `_R2` and so on. Source: [VNPOST].
        """
        if self.leg is Leg.RETURN and self.attempt == 1:
            return self.dossier
        return f"{self.dossier}_{_LETTERS[self.leg]}{self.attempt}"

    @property
    def key(self) -> str:
        """The idempotency key and the name of the claim: 24 hex digits, safe in a subject."""
        said = f"{self.dossier}|{self.leg.value}|{self.attempt}"
        return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


def leg_of(order_number: str) -> LegName:
    """Which leg an order number of ours means."""
    found = _SUFFIX.match(order_number)
    if found is None:
        return LegName(order_number)
    return LegName(found["dossier"], _LEGS[found["leg"]], int(found["attempt"]))


class Order(Struct, frozen=True):
    """What a carrier is asked to fetch and bring. `contact` is never stored or logged.

    Without a contact the addressee stands on the Phiếu gửi that travels with the paper. A
    transfer goes from `agency` to `to_agency` and has no contact.
    """

    name: LegName
    agency: str
    contact: Contact | None = None
    to_agency: str = ""


class Accepted(Struct, frozen=True):
    """The carrier has the order. `at` is its own moment: the same in every answer about it."""

    tracking_number: str
    at: datetime


@unique
class NotOrdered(StrEnum):
    """Why there is no order, or none that we know of; the values are metric labels."""

    REFUSED = "refused"  # this order will never be taken
    NOT_SENT = "not_sent"  # the carrier did not get it, or said "later"
    UNKNOWN = "unknown"  # no answer: it may have it


Answer = Accepted | NotOrdered


@unique
class Meaning(StrEnum):
    """What a carrier's status means to us; UNKNOWN moves nothing and is listed."""

    REGISTERED = "registered"
    HANDED = "handed"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    LOST = "lost"
    NOTED = "noted"  # known, and moves nothing
    UNKNOWN = "unknown"


class Status(Struct, frozen=True):
    """One row of a carrier's tracking. `row` is the carrier's own number of the row."""

    row: int
    order_number: str
    tracking_number: str
    code: str
    meaning: Meaning
    at: datetime
    at_fault: str = ""  # of a failed delivery: who pays the next one (art. 12)
    repeats_acceptance: bool = True  # a REGISTERED row that says the same as the order's answer


class Standing(Struct, frozen=True):
    """One order in the carrier's daily statement, with its latest status there."""

    order_number: str
    tracking_number: str
    status: Status | None = None


class TrackingPage(Struct, frozen=True):
    """Rows after the one asked for, in order; `last_row` is where to go on."""

    statuses: tuple[Status, ...]
    last_row: int
