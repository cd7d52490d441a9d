"""Rows of the lists: what comparisons, deadlines and pages are made of. Instants: epoch seconds."""

from msgspec import Struct

from services.postal_gateway.domain.machine import Hand, LegStatus, TimeOf, holder, time_of
from shared.events.fields import Leg


class ParcelRow(Struct, frozen=True):
    """One leg as lists show it; instants are epoch seconds, None for what never happened."""

    dossier: str
    leg: str
    attempt: int
    agency: str
    carrier: str
    tracking: str
    status: str
    since: int
    is_open: bool
    to_agency: str
    record: str
    item: str  # its order number
    scanned: int
    ordered: int | None
    handed: int | None
    received: int | None
    returned: int | None

    @property
    def hand(self) -> Hand:
        """Who holds the paper now."""
        return holder(Leg(self.leg), LegStatus(self.status))

    @property
    def time_of(self) -> TimeOf:
        """In whose time it is now."""
        return time_of(Leg(self.leg), LegStatus(self.status))


class BundleRow(Struct, frozen=True):
    """One bundle as lists show it."""

    number: str
    agency: str
    direction: str
    carrier: str
    listed: int
    standing: str
    items: int
    differences: int
    by: str


class FeeRow(Struct, frozen=True):
    """Money that was collected or remitted for one dossier."""

    dossier: str
    place: int
    kind: str
    at: int
    agency: str
    office: str
    amount: int
    receipt: str


class ClaimRow(Struct, frozen=True):
    """One claim."""

    dossier: str
    place: int
    leg: str
    attempt: int
    agency: str
    kind: str
    opened: int
    charge: int
    settled: int | None
    paid: int
    refused: bool


class DifferenceRow(Struct, frozen=True):
    """One difference between records; `since` is when it was first found."""

    kind: str
    item: str
    owner: str
    dossier: str
    leg: str
    agency: str
    carrier: str
    since: int
