"""What was refused, kept whole: why in plain words for programs, the body sealed."""

import hashlib
import zlib
from datetime import datetime
from enum import StrEnum, unique
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from shared.bus.publishing import LogMessage
from shared.bus.subjects import reject_subject
from shared.errors import RejectReason
from shared.events.fields import Explanation, OperatorName, SourceName

from .domain.judging import Fault
from .sealing import Seal

BODY_KEPT_BYTES_MAX: Final = 32_768
# Base64 and the other fields come on top, within the stream's 32 KiB.
_PACKED_BYTES_MAX: Final = 22_000
_CUT_BYTES: Final = 16_384
_TEXT = Annotated[str, Meta(max_length=300)]
_NAME = Annotated[str, Meta(max_length=128)]


@unique
class Via(StrEnum):
    """How an event came in."""

    HTTP = "http"
    NATS = "nats"
    IMPORT = "import"
    DVCQG = "dvcqg"


@unique
class How(StrEnum):
    """How a reject was settled."""

    RESUBMITTED = "resubmitted"
    DISMISSED = "dismissed"


class RejectRecord(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="what", tag="raised"
):
    """One refused submission. `sealed` holds its body, deflated; `cut` if only its beginning.

    Id, type and subject stand in the open only where the event was read and its code is a code:
    elsewhere they may be anything, also somebody's name. `service` is the DVCQG service the body
    belongs to, if any.
    """

    reject_id: _NAME
    publisher: SourceName
    via: Via
    reason: RejectReason
    field: _TEXT = ""
    detail: _TEXT = ""
    at: datetime
    size_bytes: int
    cut: bool = False
    service: _NAME = ""
    event_id: _NAME = ""
    event_type: _NAME = ""
    subject: _NAME = ""
    sealed: str


class RejectSettled(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="what",
                    tag="settled"):  # fmt: skip
    """A person ended it. The first one said stands."""

    reject_id: _NAME
    how: How
    by: OperatorName
    reason: Explanation
    at: datetime
    new_fact_id: _NAME = ""


RejectEvent = RejectRecord | RejectSettled
DECODER: msgspec.json.Decoder[RejectEvent] = msgspec.json.Decoder(RejectEvent)


class Refused(Struct, frozen=True, kw_only=True):
    """About to become a reject; `named` is its (id, type, subject) if they may be shown."""

    body: bytes
    fault: Fault
    service: str = ""
    named: tuple[str, str, str] = ("", "", "")


def reject_id(publisher: str, body: bytes, service: str = "") -> str:
    """Return the id: the same body from the same publisher is the same reject."""
    name = f"{publisher}|{service}|".encode() + hashlib.sha256(body).digest()
    return hashlib.blake2b(name, digest_size=16).hexdigest()


def record_of(
    refused: Refused, *, publisher: str, via: Via, at: datetime, seal: Seal
) -> RejectRecord:
    """Return the record of a refused submission."""
    made = reject_id(publisher, refused.body, refused.service)
    packed, cut = _packed(refused.body)
    event_id, event_type, subject = refused.named
    return RejectRecord(
        reject_id=made,
        publisher=publisher,
        via=via,
        reason=refused.fault.reason,
        field=refused.fault.field[:300],
        detail=refused.fault.detail[:300],
        at=at,
        size_bytes=len(refused.body),
        cut=cut,
        service=refused.service,
        event_id=event_id,
        event_type=event_type,
        subject=subject,
        sealed=seal.sealed(packed, made),
    )


def body_of(record: RejectRecord, seal: Seal) -> bytes:
    """Return the submission's body, or its beginning where it was cut.

    Raises:
        SealBrokenError: it was sealed with another key.
    """
    packed = seal.opened(record.sealed, record.reject_id)
    return zlib.decompressobj().decompress(packed, BODY_KEPT_BYTES_MAX)


def raised_message(record: RejectRecord) -> LogMessage:
    """Return what is appended to REJECTS."""
    return LogMessage(
        reject_subject("raised", record.publisher), msgspec.json.encode(record), record.reject_id
    )


def settled_message(settled: RejectSettled, publisher: str) -> LogMessage:
    """Return what is appended to REJECTS when a person is done with it."""
    return LogMessage(
        reject_subject("settled", publisher),
        msgspec.json.encode(settled),
        f"settled-{settled.reject_id}",
    )


def _packed(body: bytes) -> tuple[bytes, bool]:
    if len(body) <= BODY_KEPT_BYTES_MAX:
        packed = zlib.compress(body)
        if len(packed) <= _PACKED_BYTES_MAX:
            return packed, False
    return zlib.compress(body[:_CUT_BYTES]), True
