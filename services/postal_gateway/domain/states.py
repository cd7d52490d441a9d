"""What the gateway keeps of a dossier and of a bundle. Instants are epoch seconds."""

from msgspec import Struct

from services.postal_gateway.domain.machine import Hand, LegStatus, TimeOf, holder, is_end, time_of
from shared.events.fields import Leg

BUNDLE: str = "bundle/"
"""In front of a bundle's number it is its key; a dossier's key is its code."""


class Step(Struct, array_like=True, gc=False):
    """One hand-over or scan: what it was, when, the carrier's code, the record that was signed."""

    status: str
    at: int
    code: str = ""
    record: str = ""


class LegState(Struct, array_like=True, gc=False):
    """One way of the paper. `steps` is the line of hands."""

    leg: str
    attempt: int
    status: str
    since: int
    carrier: str = ""
    tracking_number: str = ""
    contact_ref: str = ""
    steps: tuple[Step, ...] = ()
    ignored_count: int = 0  # statuses that came later and would have gone backwards
    record_ref: str = ""  # of the hand-over record that both sides signed
    to_agency: str = ""  # of a transfer
    is_damaged: bool = False
    scanned_at: int = 0  # the last word of the carrier or a signature

    @property
    def is_final(self) -> bool:
        """Whether its way has ended."""
        return is_end(Leg(self.leg), LegStatus(self.status))

    @property
    def hand(self) -> Hand:
        """Who holds the paper now."""
        return holder(Leg(self.leg), LegStatus(self.status))

    @property
    def time_of(self) -> TimeOf:
        """In whose time it is now."""
        return time_of(Leg(self.leg), LegStatus(self.status))

    def reached(self, status: LegStatus) -> int | None:
        """When it first stood there; None if it never did."""
        return next((step.at for step in self.steps if step.status == status), None)


class Fee(Struct, array_like=True, gc=False):
    """Money that the post took for the agency, or paid over; `amount` in đồng."""

    kind: str  # collected, remitted
    at: int
    amount: int
    office: str = ""
    receipt: str = ""


class Claim(Struct, array_like=True, gc=False):
    """A claim for loss, damage or lateness; amounts in đồng, instants None while open."""

    leg: str
    attempt: int
    kind: str
    opened: int
    charge: int = 0
    settled: int | None = None
    paid: int = 0
    is_refused: bool = False


class PostState(Struct, array_like=True, gc=False, tag="d"):
    """One dossier as the post sees it. No code: that is its key."""

    agency: str = ""
    by_post: bool = False
    contact_ref: str = ""
    resolved: int | None = None
    is_over: bool = False  # returned by other means, withdrawn, stopped, refused or void
    legs: tuple[LegState, ...] = ()
    pickup_wanted: int | None = None  # when the applicant ticked it
    pickup_contact: str = ""
    received: int | None = None
    received_by: str = ""  # the agency; a dossier counts where it was received
    channel: str = ""
    procedure: str = ""
    supplement_asked: int | None = None  # before it was received
    completed: int | None = None  # when what was asked for had come
    returned: int | None = None
    is_void: bool = False
    fees: tuple[Fee, ...] = ()
    claims: tuple[Claim, ...] = ()
    over_at: int = 0  # when it was first over

    def leg(self, leg: str, attempt: int) -> LegState | None:
        """That attempt of that leg; None if it was never asked for."""
        return next((o for o in self.legs if o.leg == leg and o.attempt == attempt), None)

    def last(self, leg: Leg) -> LegState | None:
        """The latest attempt of a leg; None where there is none."""
        return max((o for o in self.legs if o.leg == leg), key=lambda o: o.attempt, default=None)


class Signature(Struct, array_like=True, gc=False):
    """One side's signature under a hand-over record, with what it found otherwise."""

    side: str
    by: str
    at: int
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    note: str = ""


class BundleState(Struct, array_like=True, gc=False, tag="b"):
    """A bundle (bảng kê): what is to change hands together, and who signed. Items: order numbers.

    Its list is closed by the first signature; an empty one is withdrawn.
    """

    agency: str = ""
    direction: str = ""
    carrier: str = ""
    listed: int = 0
    by: str = ""
    items: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()

    @property
    def signed(self) -> int | None:
        """When the second side signed; None while one is missing."""
        if {one.side for one in self.signatures} != {"agency", "carrier"}:
            return None
        return max(one.at for one in self.signatures)


State = PostState | BundleState
