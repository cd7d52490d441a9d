"""What happens to a dossier (hồ sơ TTHC). Written by intake; read by all services.

The CloudEvent's `subject` is the dossier code; `agency_code` is the agency where it happened.
Terms and status codes: docs/glossary.md.
"""

from typing import ClassVar

from .fields import (
    AgencyCode,
    ApplicantKind,
    Channel,
    Code,
    Day,
    Event,
    Explanation,
    FieldCode,
    Instant,
    LimitHours,
    OfficerCode,
    OperatorName,
    ProcedureCode,
    Reference,
    ResultDelivery,
    ServiceLevel,
    Small,
    Vnd,
)


class DossierEvent(Event, frozen=True, kw_only=True):
    """Every dossier fact names the agency where it happened."""

    agency_code: AgencyCode


class DossierSubmitted(DossierEvent, frozen=True, kw_only=True):
    """An applicant handed in a dossier that nobody has accepted yet. Nộp hồ sơ (1)."""

    event_type: ClassVar[str] = "dossier.submitted.v1"
    procedure_code: ProcedureCode | None = None
    channel: Channel | None = None
    pickup_wanted: bool = False  # the applicant ticked home or post-office pick-up
    contact_ref: Reference | None = None


class DossierReceived(DossierEvent, frozen=True, kw_only=True):
    """A one-stop desk accepted a complete dossier and issued its receipt. Tiếp nhận (2).

    The clock starts at the CloudEvent's `time`. `due_at` is kept as given; with only `due_on`
    the dossier is due when that working day ends (D8); with neither it follows from
    `limit_working_hours` or the catalogue's limit of the procedure.
    """

    event_type: ClassVar[str] = "dossier.received.v1"
    procedure_code: ProcedureCode
    field_code: FieldCode | None = None
    channel: Channel = Channel.DIRECT
    due_at: Instant | None = None
    due_on: Day | None = None
    limit_working_hours: LimitHours | None = None
    applicant_kind: ApplicantKind | None = None
    identified: bool | None = None  # TaiKhoanDuocXacThucVoiVNeID
    own_account: bool | None = None  # filed by the applicant's own account, away from the desk
    service_level: ServiceLevel | None = None
    result_delivery: ResultDelivery | None = None
    desk_code: Code | None = None
    officer_code: OfficerCode | None = None
    contact_ref: Reference | None = None


class DossierRejected(DossierEvent, frozen=True, kw_only=True):
    """The desk refused to accept it. Từ chối tiếp nhận (3)."""

    event_type: ClassVar[str] = "dossier.rejected.v1"
    reason_code: Code | None = None


class DossierAssigned(DossierEvent, frozen=True, kw_only=True):
    """It was passed to whoever will handle it. Phân công, đang xử lý (4)."""

    event_type: ClassVar[str] = "dossier.assigned.v1"
    officer_code: OfficerCode | None = None
    step_code: Code | None = None


class DossierSupplementRequested(DossierEvent, frozen=True, kw_only=True):
    """The applicant was asked for missing papers; the clock stops. Yêu cầu bổ sung (5)."""

    event_type: ClassVar[str] = "dossier.supplement_requested.v1"
    answer_by_on: Day | None = None


class DossierSupplemented(DossierEvent, frozen=True, kw_only=True):
    """The missing papers came; the clock runs again. Đã bổ sung."""

    event_type: ClassVar[str] = "dossier.supplemented.v1"
    due_at: Instant | None = None
    due_on: Day | None = None


class DossierFinancialDutyRequested(DossierEvent, frozen=True, kw_only=True):
    """A tax or fee must be paid before work goes on; the clock stops. (6)."""

    event_type: ClassVar[str] = "dossier.financial_duty_requested.v1"


class DossierSuspended(DossierEvent, frozen=True, kw_only=True):
    """Work stopped for another lawful reason; the clock stops. Tạm dừng."""

    event_type: ClassVar[str] = "dossier.suspended.v1"
    reason_code: Code | None = None


class DossierResumed(DossierEvent, frozen=True, kw_only=True):
    """Work goes on after a financial duty or a suspension. Tiếp tục."""

    event_type: ClassVar[str] = "dossier.resumed.v1"
    due_at: Instant | None = None
    due_on: Day | None = None


class DossierExtended(DossierEvent, frozen=True, kw_only=True):
    """A new due date was set, with an apology where one is owed. Gia hạn, hẹn lại ngày trả."""

    event_type: ClassVar[str] = "dossier.extended.v1"
    due_at: Instant | None = None
    due_on: Day | None = None
    reason_code: Code | None = None


class DossierTransferred(DossierEvent, frozen=True, kw_only=True):
    """Another agency handles it from now on. Chuyển cơ quan xử lý."""

    event_type: ClassVar[str] = "dossier.transferred.v1"
    to_agency_code: AgencyCode


class DossierResolved(DossierEvent, frozen=True, kw_only=True):
    """The result exists. Có kết quả, đã xử lý xong (9)."""

    event_type: ClassVar[str] = "dossier.resolved.v1"
    electronic_result: bool | None = None
    granted: bool | None = None


class DossierReturned(DossierEvent, frozen=True, kw_only=True):
    """The applicant has the result. Trả kết quả (10)."""

    event_type: ClassVar[str] = "dossier.returned.v1"
    delivery: ResultDelivery | None = None
    electronic_result: bool | None = None


class DossierWithdrawn(DossierEvent, frozen=True, kw_only=True):
    """The applicant took it back. Rút hồ sơ (7)."""

    event_type: ClassVar[str] = "dossier.withdrawn.v1"


class DossierStopped(DossierEvent, frozen=True, kw_only=True):
    """An officer ended the work without a result. Dừng xử lý (8)."""

    event_type: ClassVar[str] = "dossier.stopped.v1"
    reason_code: Code | None = None


class DossierDigitised(DossierEvent, frozen=True, kw_only=True):
    """Papers or result became data. Số hóa thành phần, kết quả."""

    event_type: ClassVar[str] = "dossier.digitised.v1"
    components: bool = False
    result: bool = False


class DossierReused(DossierEvent, frozen=True, kw_only=True):
    """Data already held was used instead of asking again. Tái sử dụng dữ liệu số hóa."""

    event_type: ClassVar[str] = "dossier.reused.v1"
    digitised_data: bool = False
    personal_storage: bool = False  # DuocLayTuKhoDMQG
    population_data: bool = False


class DossierFeeAssessed(DossierEvent, frozen=True, kw_only=True):
    """A fee or charge is due, in đồng; 0 means none. Xác định phí, lệ phí."""

    event_type: ClassVar[str] = "dossier.fee_assessed.v1"
    amount_vnd: Vnd


class DossierPaid(DossierEvent, frozen=True, kw_only=True):
    """A fee or charge was paid. Thanh toán."""

    event_type: ClassVar[str] = "dossier.paid.v1"
    amount_vnd: Vnd
    online: bool = False
    national_gateway: bool = False  # DuocThanhToanTrucTuyen 1: through DVCQG


class DossierRated(DossierEvent, frozen=True, kw_only=True):
    """The applicant said how it went. Đánh giá hài lòng."""

    event_type: ClassVar[str] = "dossier.rated.v1"
    satisfied: bool
    score: Small | None = None
    desk_code: Code | None = None
    officer_code: OfficerCode | None = None


class DossierApologised(DossierEvent, frozen=True, kw_only=True):
    """A letter of apology went out (form 04, [TT-03-2025]). Xin lỗi."""

    event_type: ClassVar[str] = "dossier.apologised.v1"
    letter_ref: Reference | None = None
    by: OperatorName | None = None


class DossierExplained(DossierEvent, frozen=True, kw_only=True):
    """The agency explained why it is late. Báo cáo giải trình."""

    event_type: ClassVar[str] = "dossier.explained.v1"
    explanation: Explanation | None = None
    by: OperatorName | None = None


class DossierSynced(DossierEvent, frozen=True, kw_only=True):
    """The dossier is on the national portal. Đồng bộ lên Cổng DVCQG."""

    event_type: ClassVar[str] = "dossier.synced.v1"


class DossierCorrected(DossierEvent, frozen=True, kw_only=True):
    """A recorded particular was wrong; only the fields given change. Đính chính."""

    event_type: ClassVar[str] = "dossier.corrected.v1"
    received_at: Instant | None = None
    procedure_code: ProcedureCode | None = None
    field_code: FieldCode | None = None
    channel: Channel | None = None
    due_at: Instant | None = None
    due_on: Day | None = None
    void: bool = False  # the dossier was recorded by mistake and counts nowhere
