"""Procedures, documents, measures, sources: what is known besides dossiers. By intake."""

from typing import ClassVar

from .fields import (
    AgencyCode,
    Count,
    Day,
    Event,
    FieldCode,
    IndicatorId,
    LimitHours,
    PeriodName,
    Reference,
    ServiceLevel,
    SubjectId,
)


class ProcedureEvent(Event, frozen=True, kw_only=True):
    """About one procedure (TTHC) at one agency; `subject` is the procedure code."""

    agency_code: AgencyCode


class ProcedureAnnounced(ProcedureEvent, frozen=True, kw_only=True):
    """A decision announced the procedure. Công bố."""

    event_type: ClassVar[str] = "procedure.announced.v1"
    decided_on: Day
    law_effective_on: Day | None = None
    provincial: bool = False  # province-specific: other limits apply [PORTAL-2026]
    field_code: FieldCode | None = None
    limit_working_hours: LimitHours | None = None
    eligible_full_online: bool | None = None


class ProcedurePublished(ProcedureEvent, frozen=True, kw_only=True):
    """The procedure is public. Công khai."""

    event_type: ClassVar[str] = "procedure.published.v1"
    decided_on: Day
    published_on: Day
    provincial: bool = False
    content_full: bool | None = None


class ProcedureUpdated(ProcedureEvent, frozen=True, kw_only=True):
    """Its public text was brought up to date. Cập nhật."""

    event_type: ClassVar[str] = "procedure.updated.v1"
    content_full: bool | None = None


class ProcedureServiceLevelSet(ProcedureEvent, frozen=True, kw_only=True):
    """How far it can be done online. Mức DVC (một phần, toàn trình)."""

    event_type: ClassVar[str] = "procedure.service_level_set.v1"
    service_level: ServiceLevel


class ProcedurePaymentIntegrated(ProcedureEvent, frozen=True, kw_only=True):
    """Its fees can, or can no longer, be paid online. Tích hợp thanh toán."""

    event_type: ClassVar[str] = "procedure.payment_integrated.v1"
    has_fee: bool = True
    integrated: bool = True


class ProcedureRetired(ProcedureEvent, frozen=True, kw_only=True):
    """The procedure ended. Bãi bỏ."""

    event_type: ClassVar[str] = "procedure.retired.v1"


class DocumentProcessed(Event, frozen=True, kw_only=True):
    """An official letter was handled. Xử lý văn bản trên môi trường mạng hoặc bản giấy."""

    event_type: ClassVar[str] = "document.processed.v1"
    agency_code: AgencyCode
    on_network: bool


class DocumentCertifiedCopyIssued(Event, frozen=True, kw_only=True):
    """A copy was certified. Chứng thực bản sao (điện tử, giấy)."""

    event_type: ClassVar[str] = "document.certified_copy_issued.v1"
    agency_code: AgencyCode
    electronic: bool


class MeasureReported(Event, frozen=True, kw_only=True):
    """Another system's count of one indicator, unit and period. The last one said wins.

    `subject` is `<agency>/<indicator>/<period>`: H99.12/2.1/2026-02.
    """

    event_type: ClassVar[str] = "measure.reported.v1"
    agency_code: AgencyCode
    indicator_id: IndicatorId
    period: PeriodName
    numerator: Count | None = None
    denominator: Count | None = None
    points_hundredths: Count | None = None  # where a system shows points only


class SourceHeartbeat(Event, frozen=True, kw_only=True):
    """A publishing system is alive, though it may have nothing to say."""

    event_type: ClassVar[str] = "source.heartbeat.v1"
    pending_count: Count | None = None
    note_ref: Reference | None = None
    of: SubjectId | None = None
