"""The bounded field types of all facts: nothing enters without a limit.

Patterns of codes: Source: [QD-20-2020], [TT-01-2018] (docs/sources.md).
"""

from datetime import date, datetime
from enum import StrEnum, unique
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

# Anchors are \A and \Z: "$" would let a trailing line break through.
AgencyCode = Annotated[
    str, Meta(pattern=r"\A[A-Z0-9]{2,6}(?:\.[A-Z0-9]{2,6}){0,4}\Z", max_length=32)
]
ProcedureCode = Annotated[
    str, Meta(pattern=r"\A\d\.\d{6}(?:\.000\.00\.00\.[A-Z]\d{2})?\Z", max_length=32)
]
FieldCode = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z", max_length=32)]
SourceName = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_-]{1,31}\Z", max_length=32)]
SubjectId = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._/:-]{0,79}\Z", max_length=80)]
FactId = Annotated[str, Meta(pattern=r"\A[\x21-\x7e]{1,128}\Z", max_length=128)]
IndicatorId = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,47}\Z", max_length=48)]
PeriodName = Annotated[
    str, Meta(pattern=r"\A20\d{2}(?:-(?:0[1-9]|1[0-2])|-Q[1-4]|-H[12])?\Z", max_length=8)
]
OfficerCode = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z", max_length=32)
]  # a pseudonym that only the agency can resolve, never a name
Reference = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._/:-]{0,63}\Z", max_length=64)]
Code = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z", max_length=32)]
OperatorName = Annotated[str, Meta(min_length=1, max_length=80)]  # who acted on a desk
Explanation = Annotated[str, Meta(min_length=1, max_length=500)]  # an operator's own words
Vnd = Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
Count = Annotated[int, Meta(ge=0, le=10_000_000_000)]
Small = Annotated[int, Meta(ge=0, le=10_000)]
LimitHours = Annotated[float, Meta(gt=0, le=20_000)]  # working hours; a working day is eight
Instant = Annotated[datetime, Meta(tz=True)]
Day = date


class Event(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What happened, without who says so and when: the `data` of one CloudEvent."""

    event_type: ClassVar[str] = ""  # the versioned type of the wire: dossier.received.v1


@unique
class Channel(StrEnum):
    """How a dossier came in (KenhThucHien 1, 2, 3)."""

    DIRECT = "direct"
    ONLINE = "online"
    POSTAL = "postal"


@unique
class ResultDelivery(StrEnum):
    """How a result goes out (HinhThuc, and the electronic way)."""

    COUNTER = "counter"
    POSTAL = "postal"
    ELECTRONIC = "electronic"


@unique
class ApplicantKind(StrEnum):
    """LoaiDoiTuong, mapped by each adapter (D20)."""

    CITIZEN = "citizen"
    BUSINESS = "business"
    AGENCY = "agency"


@unique
class ServiceLevel(StrEnum):
    """Mức dịch vụ công trực tuyến: chưa cung cấp, một phần, toàn trình."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"


@unique
class Leg(StrEnum):
    """Which way the paper travels: to the agency, to the applicant, between agencies."""

    PICKUP = "pickup"
    RETURN = "return"
    TRANSFER = "transfer"


@unique
class BundleDirection(StrEnum):
    """Which way a bundle (bảng kê) changes hands at the counter."""

    TO_CARRIER = "to_carrier"
    FROM_CARRIER = "from_carrier"


@unique
class BundleSide(StrEnum):
    """Who signs a hand-over record (biên bản giao nhận)."""

    AGENCY = "agency"
    CARRIER = "carrier"


@unique
class PetitionAbout(StrEnum):
    """Phân loại phản ánh, kiến nghị (indicator 5.1)."""

    PROCEDURE = "procedure"
    STAFF = "staff"
    OTHER = "other"
