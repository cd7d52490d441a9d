"""What a publisher is answered, event by event. Pure."""

from collections.abc import Sequence
from enum import StrEnum, unique
from typing import Any

from msgspec import Struct

from shared.errors import RejectReason

from .details import detail_vi
from .judging import Fault, Notice
from .words import NOTICES, REASONS


@unique
class Outcome(StrEnum):
    """What became of one event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


REFUSALS = frozenset({Outcome.CONFLICT, Outcome.REJECTED})


class Remark(Struct, frozen=True):
    """A reason or a notice: a closed code, words for people, and the field where there is one."""

    code: str
    message_vi: str
    message_en: str
    field: str | None = None


class Result(Struct, frozen=True, kw_only=True):
    """One event's answer. `sequence` is its place in the log; none for what is not there.

    `kept` is false for a refusal that was counted but not stored, because the publisher already
    has too many open ones.
    """

    id: str | None
    outcome: Outcome
    sequence: int | None = None
    reasons: Sequence[Remark] = ()
    notices: Sequence[Remark] = ()
    kept: bool = True


class Answer(Struct, frozen=True):
    """The body of every answer to `POST /v1/events`: results in the order of the events."""

    results: Sequence[Result]
    accepted: int
    duplicate: int
    conflict: int
    rejected: int


def reason_remark(fault: Fault) -> Remark:
    """Return the fault in words; the rule it breaks follows the sentence."""
    words = REASONS[fault.reason]
    vi = f"{words.vi} ({detail_vi(fault.detail)})" if fault.detail else words.vi
    en = f"{words.en} ({fault.detail})" if fault.detail else words.en
    return Remark(fault.reason.value, vi, en, fault.field or None)


def notice_remark(notice: Notice) -> Remark:
    """Return the notice in words."""
    words = NOTICES[notice.code]
    return Remark(notice.code.value, words.vi, words.en, notice.field or None)


def answer(results: Sequence[Result]) -> Answer:
    """Return the answer with its counts."""
    counts = dict.fromkeys(Outcome, 0)
    for result in results:
        counts[result.outcome] += 1
    return Answer(
        results,
        accepted=counts[Outcome.ACCEPTED],
        duplicate=counts[Outcome.DUPLICATE],
        conflict=counts[Outcome.CONFLICT],
        rejected=counts[Outcome.REJECTED],
    )


def status_code(results: Sequence[Result], *, is_single: bool) -> int:
    """Return the HTTP status: 202 where nothing was refused, 207 where a batch has refusals."""
    if not any(result.outcome in REFUSALS for result in results):
        return 202
    if not is_single:
        return 207
    if results[0].outcome is Outcome.CONFLICT:
        return 409
    code = results[0].reasons[0].code
    return {RejectReason.TOO_LARGE: 413, RejectReason.OUR_FAULT: 500}.get(RejectReason(code), 422)


def pub_ack(result: Result, *, stream: str) -> dict[str, Any]:
    """Return the answer to a NATS request, in the shape of a PubAck with the verdict beside it.

    A refusal carries `error`, so that a JetStream client raises it.
    """
    said: dict[str, Any] = {
        "stream": stream,
        "seq": result.sequence or 0,
        "outcome": result.outcome,
        "sequence": result.sequence,
        "reasons": result.reasons,
        "notices": result.notices,
    }
    if result.outcome is Outcome.DUPLICATE:
        said["duplicate"] = True
    if result.outcome in REFUSALS:
        first = result.reasons[0]
        code = status_code([result], is_single=True)
        said["error"] = {
            "code": code,
            "err_code": 10000,
            "description": f"{first.code}: {first.message_en}",
        }
    return said
