"""Hand-overs to and from the public postal service (BCCI). Written by postal_gateway.

The CloudEvent's `subject` is the dossier code; of a bundle (bảng kê) it is the bundle's number.
`by` is the operator who said it on the desk. Source: [QD-45-2016].
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from .fields import (
    AgencyCode,
    BundleDirection,
    BundleSide,
    Code,
    Event,
    Explanation,
    Leg,
    OperatorName,
    Reference,
    Small,
    SubjectId,
    Vnd,
)

BUNDLE_ITEMS_MAX = 200
# The order numbers of the legs that change hands together.
Items = Annotated[tuple[SubjectId, ...], Meta(max_length=BUNDLE_ITEMS_MAX)]


class PostalEvent(Event, frozen=True, kw_only=True):
    """Every postal fact names the agency whose paper it is, and the leg."""

    agency_code: AgencyCode
    leg: Leg
    attempt: Small = 1
    carrier: Code | None = None
    tracking_number: Reference | None = None


class PostalPickupRequested(PostalEvent, frozen=True, kw_only=True):
    """The applicant wants the dossier fetched. Yêu cầu nhận hồ sơ tận nơi."""

    event_type: ClassVar[str] = "postal.pickup_requested.v1"
    contact_ref: Reference | None = None
    by: OperatorName | None = None


class PostalPickedUp(PostalEvent, frozen=True, kw_only=True):
    """The post took the dossier; both signed the Phiếu gửi hồ sơ (art. 6)."""

    event_type: ClassVar[str] = "postal.picked_up.v1"
    record_ref: Reference | None = None
    paper_count: Small | None = None  # as listed on the Phiếu gửi


class PostalHandedToAgency(PostalEvent, frozen=True, kw_only=True):
    """Both signed the Biên bản giao nhận; this is the legal filing time (art. 7)."""

    event_type: ClassVar[str] = "postal.handed_to_agency.v1"
    record_ref: Reference | None = None
    signed_by: OperatorName | None = None
    handed_by: OperatorName | None = None  # who signed for the post


class PostalTransferRequested(PostalEvent, frozen=True, kw_only=True):
    """Papers are to go to another agency by post (art. 16). Chuyển liên thông."""

    event_type: ClassVar[str] = "postal.transfer_requested.v1"
    to_agency_code: AgencyCode
    by: OperatorName | None = None


class PostalReturnRequested(PostalEvent, frozen=True, kw_only=True):
    """The result is to go home by post. Yêu cầu chuyển trả kết quả."""

    event_type: ClassVar[str] = "postal.return_requested.v1"
    contact_ref: Reference | None = None
    by: OperatorName | None = None


class PostalHandedToCarrier(PostalEvent, frozen=True, kw_only=True):
    """The carrier accepted the order or the parcel (art. 9)."""

    event_type: ClassVar[str] = "postal.handed_to_carrier.v1"
    record_ref: Reference | None = None
    signed_by: OperatorName | None = None


class PostalInTransit(PostalEvent, frozen=True, kw_only=True):
    """The carrier reported a scan on the way."""

    event_type: ClassVar[str] = "postal.in_transit.v1"
    status_code: Code | None = None


class PostalDelivered(PostalEvent, frozen=True, kw_only=True):
    """The addressee or an authorised person has it (art. 10)."""

    event_type: ClassVar[str] = "postal.delivered.v1"
    status_code: Code | None = None
    relation: Code | None = None


class PostalDeliveryFailed(PostalEvent, frozen=True, kw_only=True):
    """A delivery attempt failed; `at_fault` pays the next one (art. 12)."""

    event_type: ClassVar[str] = "postal.delivery_failed.v1"
    status_code: Code | None = None
    at_fault: Code | None = None


class PostalReturnedToSender(PostalEvent, frozen=True, kw_only=True):
    """It came back."""

    event_type: ClassVar[str] = "postal.returned_to_sender.v1"
    status_code: Code | None = None


class PostalLost(PostalEvent, frozen=True, kw_only=True):
    """The paper is lost (art. 14)."""

    event_type: ClassVar[str] = "postal.lost.v1"
    by: OperatorName | None = None
    record_ref: Reference | None = None


class PostalDamaged(PostalEvent, frozen=True, kw_only=True):
    """The paper is damaged (art. 14)."""

    event_type: ClassVar[str] = "postal.damaged.v1"
    by: OperatorName | None = None
    record_ref: Reference | None = None


class PostalFeeCollected(PostalEvent, frozen=True, kw_only=True):
    """The post collected a fee for the agency (art. 11)."""

    event_type: ClassVar[str] = "postal.fee_collected.v1"
    amount_vnd: Vnd
    receipt_ref: Reference | None = None
    post_office: Code | None = None
    by: OperatorName | None = None


class PostalFeeRemitted(PostalEvent, frozen=True, kw_only=True):
    """The post paid it over (art. 11)."""

    event_type: ClassVar[str] = "postal.fee_remitted.v1"
    amount_vnd: Vnd
    receipt_ref: Reference | None = None
    post_office: Code | None = None
    by: OperatorName | None = None


class PostalClaimOpened(PostalEvent, frozen=True, kw_only=True):
    """A claim for loss, damage or lateness was made (art. 14)."""

    event_type: ClassVar[str] = "postal.claim_opened.v1"
    kind: Code
    charge_vnd: Vnd | None = None
    by: OperatorName | None = None
    note: Explanation | None = None


class PostalClaimSettled(PostalEvent, frozen=True, kw_only=True):
    """The claim was answered and paid, or refused."""

    event_type: ClassVar[str] = "postal.claim_settled.v1"
    paid_vnd: Vnd = 0
    refused: bool = False
    by: OperatorName | None = None
    note: Explanation | None = None


class PostalOrderCancelled(PostalEvent, frozen=True, kw_only=True):
    """The order was taken back before any paper changed hands; who held it still does."""

    event_type: ClassVar[str] = "postal.order_cancelled.v1"
    status_code: Code | None = None
    by: OperatorName | None = None


class PostalBundleListed(Event, frozen=True, kw_only=True):
    """A desk wrote down what changes hands together; a later list replaces it. Bảng kê.

    An empty list withdraws the bundle. Nothing changed hands yet.
    """

    event_type: ClassVar[str] = "postal.bundle_listed.v1"
    agency_code: AgencyCode
    direction: BundleDirection
    carrier: Code | None = None
    items: Items = ()
    by: OperatorName


class PostalBundleConfirmed(Event, frozen=True, kw_only=True):
    """One side signed the Biên bản giao nhận, with what it found otherwise (art. 7, 9).

    Papers change hands at the later of the two sides' signatures.
    """

    event_type: ClassVar[str] = "postal.bundle_confirmed.v1"
    agency_code: AgencyCode
    side: BundleSide
    by: OperatorName
    missing: Items = ()
    extra: Items = ()
    damaged: Items = ()
    note: Explanation | None = None
