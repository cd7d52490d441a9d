"""What was refused, kept whole: why in plain words for programs, the body sealed.

A message holds at most 32 KiB (docs/adr/0009), and a body of that size does not fit into one once
it is sealed: what is left over follows in parts, which are stored before their record.
"""

import hashlib
import zlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum, unique
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta, Struct

from shared.bus.publishing import LogMessage
from shared.bus.streams import MESSAGE_SIZE_MAX_BYTES
from shared.bus.subjects import reject_subject
from shared.errors import RejectReason
from shared.events.fields import Explanation, OperatorName, SourceName

from .domain.judging import Fault
from .sealing import Seal

PAYLOAD_KEPT_BYTES_MAX: Final = 131_072
"""Of a DVCQG dossier, which may bring hundreds of papers; an event has 32 KiB at most."""
# As base64 26,704 characters: the other fields fit beside it even if every character of theirs
# must be escaped.
_PART_BYTES: Final = 20_000
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
    EXPIRED = "expired"  # by nobody: it reached the age at which the broker lets go of it


class RejectRecord(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="what", tag="raised"
):
    """One refused submission. `sealed` holds its body, deflated; `cut` if only its beginning.

    `rest` are the sequences of its further parts, in their order; most bodies have none.
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
    rest: tuple[int, ...] = ()
    sealed: str


class RejectPart(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="what", tag="part"
):
    """What did not fit into the record; `number` counts from 1."""

    reject_id: _NAME
    number: int
    sealed: str


class RejectSettled(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="what",
                    tag="settled"):  # fmt: skip
    """A person ended it, or its age did. The first one said stands."""

    reject_id: _NAME
    how: How
    by: OperatorName
    reason: Explanation
    at: datetime
    new_fact_id: _NAME = ""


RejectEvent = RejectRecord | RejectPart | RejectSettled
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


class Kept(NamedTuple):
    """A record and its parts; once these are stored, `with_rest` says where."""

    record: RejectRecord
    parts: Sequence[RejectPart]

    def with_rest(self, sequences: Sequence[int]) -> RejectRecord:
        """Return the record that knows where its parts are."""
        return msgspec.structs.replace(self.record, rest=tuple(sequences))


def kept_of(refused: Refused, *, publisher: str, via: Via, at: datetime, seal: Seal) -> Kept:
    """Return what is kept of a refused submission.

    Each part is sealed by itself under a label of its own: where a first try was stored half, the
    second one may go on with what is there.
    """
    made = reject_id(publisher, refused.body, refused.service)
    first, *others = _pieces(refused)
    event_id, event_type, subject = refused.named
    record = RejectRecord(
        reject_id=made,
        publisher=publisher,
        via=via,
        reason=refused.fault.reason,
        field=refused.fault.field[:300],
        detail=refused.fault.detail[:300],
        at=at,
        size_bytes=len(refused.body),
        cut=len(refused.body) > kept_bytes_max(refused.service),
        service=refused.service,
        event_id=event_id,
        event_type=event_type,
        subject=subject,
        sealed=seal.sealed(first, made),
    )
    parts = [
        RejectPart(reject_id=made, number=n, sealed=seal.sealed(piece, _label(made, n)))
        for n, piece in enumerate(others, start=1)
    ]
    return Kept(record, parts)


def kept_bytes_max(service: str) -> int:
    """Return up to which size a body is kept whole; of a larger one only the beginning is."""
    return PAYLOAD_KEPT_BYTES_MAX if service else MESSAGE_SIZE_MAX_BYTES


def body_of(record: RejectRecord, parts: Sequence[RejectPart], seal: Seal) -> bytes:
    """Return the submission's body, or its beginning where it was cut.

    Raises:
        SealBrokenError: it was sealed with another key.
    """
    packed = seal.opened(record.sealed, record.reject_id)
    for part in parts:
        packed += seal.opened(part.sealed, _label(record.reject_id, part.number))
    return zlib.decompressobj().decompress(packed, PAYLOAD_KEPT_BYTES_MAX)


def raised_message(record: RejectRecord) -> LogMessage:
    """Return what is appended to REJECTS."""
    return LogMessage(
        reject_subject("raised", record.publisher), msgspec.json.encode(record), record.reject_id
    )


def part_message(part: RejectPart, publisher: str) -> LogMessage:
    """Return what is appended to REJECTS before the record of the part."""
    return LogMessage(
        reject_subject("part", publisher),
        msgspec.json.encode(part),
        f"part-{part.reject_id}-{part.number}",
    )


def settled_message(settled: RejectSettled, publisher: str) -> LogMessage:
    """Return what is appended to REJECTS when it is ended."""
    return LogMessage(
        reject_subject("settled", publisher),
        msgspec.json.encode(settled),
        f"settled-{settled.reject_id}",
    )


def _label(made: str, number: int) -> str:
    return f"{made}#{number}"


def _pieces(refused: Refused) -> list[bytes]:
    body = refused.body
    packed = zlib.compress(
        body if len(body) <= kept_bytes_max(refused.service) else body[:_CUT_BYTES]
    )
    return [packed[start : start + _PART_BYTES] for start in range(0, len(packed), _PART_BYTES)]
