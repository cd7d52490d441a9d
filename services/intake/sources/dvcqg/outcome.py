"""What came out of one payload: facts, refusals, and what the payload left unsaid."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from shared.errors import RejectReason
from shared.events.envelope import Fact

from .codes import DONE, FAILED


class Rejection(Struct, frozen=True):
    """Why one dossier, or one part of it, cannot become a fact. `index` counts `data` from 0."""

    reason: RejectReason
    detail: str
    field: str
    index: int


class UnknownCode(Struct, frozen=True):
    """A code in none of our tables: the field stayed empty. `code` is "?" if it is no code."""

    field: str
    code: str
    index: int


class Untold(Struct, frozen=True):
    """A status whose instant this payload does not carry: the other service tells it."""

    field: str
    status: str
    index: int


class Translation(NamedTuple):
    """Everything one payload said. An empty `data` gives four empty lists."""

    facts: list[Fact]
    rejections: list[Rejection]
    unknown: list[UnknownCode]
    untold: list[Untold]


def answer(
    rejections: Sequence[Rejection] = (), *, accepted: int = 0, duplicate: int = 0
) -> dict[str, Any]:
    """Return the answer in the portal's shape: `error_code` "0" when nothing was refused.

    With "1" the sender may send the whole payload again: what was recorded changes nothing.
    """
    done: dict[str, Any] = {
        "error_code": FAILED if rejections else DONE,
        "message": (
            f"Có {len(rejections)} mục bị từ chối; các mục khác đã được ghi nhận."
            if rejections
            else "Thành công"
        ),
        "accepted": accepted,
        "duplicate": duplicate,
    }
    if rejections:
        done["errors"] = [
            {"index": r.index, "field": r.field, "code": r.reason.value, "message": r.detail}
            for r in rejections
        ]
    return done
