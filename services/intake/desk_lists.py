"""The lists of the desk: columns, filters, and what a row matches. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from shared.desk import Choice, Column, Filter, ListShape
from shared.desk.formats import moment
from shared.errors import RejectReason

from .domain.answers import Outcome
from .domain.judging import NoticeCode
from .domain.words import REASONS
from .ledger import Recent, RejectRow, RejectsFold, UnknownRow
from .rejects import How, Via

VIA_NAMES: Final = {
    Via.HTTP: "HTTP",
    Via.NATS: "NATS",
    Via.IMPORT: "Nhập tệp",
    Via.DVCQG: "Đồng bộ DVCQG",
}
HOW_NAMES: Final = {
    How.RESUBMITTED: "Đã sửa và gửi lại",
    How.DISMISSED: "Đã bỏ qua",
    How.EXPIRED: "Hết hạn lưu, chưa ai xử lý",
}
WARNED_WITHIN: Final = timedelta(days=30)
"""So long before its body is gone the desk warns of a reject that is open."""
OUTCOME_NAMES: Final = {
    Outcome.ACCEPTED: "Đã ghi nhận",
    Outcome.DUPLICATE: "Gửi lặp",
    Outcome.CONFLICT: "Mâu thuẫn",
    Outcome.REJECTED: "Từ chối",
}
KIND_NAMES: Final = {
    NoticeCode.UNKNOWN_AGENCY.value: "Cơ quan",
    NoticeCode.UNKNOWN_PROCEDURE.value: "Thủ tục",
    "dvcqg": "Mã đồng bộ DVCQG",
}


class PublisherRow(Struct, frozen=True):
    """One publisher as the desk lists it."""

    name: str
    last_at: datetime | None
    is_silent: bool
    is_revoked: bool
    today: dict[Outcome, int]
    open_count: int


def reason_name(reason: str) -> str:
    """Return the reason in Vietnamese, without its full stop; empty for none."""
    return REASONS[RejectReason(reason)].vi.rstrip(".") if reason else ""


class Keeping(Struct, frozen=True):
    """How the list is kept: days (0: for ever), how many go within a month, the first of them."""

    days: int
    leaving_count: int
    first_at: datetime | None


def keeping_of(rejects: RejectsFold, now: datetime) -> Keeping | None:
    """Return what the desk says of it; None until the broker was asked."""
    if rejects.kept_seconds is None:
        return None
    leaving = (
        rejects.open_since_before(now + WARNED_WITHIN - rejects.kept)
        if rejects.kept_seconds
        else []
    )
    first = leaving[0].at + rejects.kept if leaving else None
    return Keeping(rejects.kept.days, len(leaving), first)


def rejects_shape(publishers: Sequence[str], kept: timedelta) -> ListShape[RejectRow]:
    """Return the list of refused events."""
    return ListShape[RejectRow](
        columns=[
            Column("luc", "Lúc", cell=lambda r: moment(r.at), order=lambda r: r.at),
            Column("nguon", "Nguồn gửi", cell=lambda r: r.publisher, order=lambda r: r.publisher),
            Column("ly-do", "Lý do", cell=lambda r: reason_name(r.reason),
                   order=lambda r: r.reason.value),
            Column("truong", "Trường", cell=lambda r: r.field),
            Column("ho-so", "Hồ sơ", cell=lambda r: r.subject, order=lambda r: r.subject or None),
            Column("loai", "Loại sự kiện", cell=lambda r: r.event_type),
            Column("lap", "Gửi lại", cell=lambda r: r.repeat_count, is_number=True,
                   order=lambda r: r.repeat_count),
            Column("ma", "Mã từ chối", cell=lambda r: r.reject_id),
            Column("giu", "Giữ đến", cell=lambda r: moment(r.at + kept) if kept else "",
                   order=lambda r: r.at),
        ],
        filters=[
            Filter("nguon", "Nguồn gửi", choices=[Choice(name, name) for name in publishers]),
            Filter("ly-do", "Lý do", choices=[
                Choice(reason.value, reason_name(reason)) for reason in RejectReason]),
            Filter("tim", "Tìm mã hồ sơ, mã sự kiện, trường"),
        ],
        sort="-luc",
    )  # fmt: skip


def has_text(row: RejectRow, text: str) -> bool:
    """Whether the text stands in what the list shows of the row."""
    shown = (
        row.subject, row.event_id, row.event_type, row.field, row.detail, row.reject_id,
        reason_name(row.reason),
    )  # fmt: skip
    return any(text.casefold() in part.casefold() for part in shown)


UNKNOWN_SHAPE: Final = ListShape[UnknownRow](
    columns=[
        Column("loai", "Loại mã", cell=lambda r: KIND_NAMES.get(r.kind, r.kind),
               order=lambda r: r.kind),
        Column("ma", "Mã", cell=lambda r: r.code, order=lambda r: r.code),
        Column("nguon", "Nguồn gửi", cell=lambda r: r.publisher, order=lambda r: r.publisher),
        Column("lan", "Số lần", cell=lambda r: r.count, order=lambda r: r.count, is_number=True),
        Column("dau", "Lần đầu", cell=lambda r: moment(r.first_at), order=lambda r: r.first_at),
        Column("cuoi", "Lần cuối", cell=lambda r: moment(r.last_at), order=lambda r: r.last_at),
    ],
    filters=[
        Filter("loai", "Loại mã", choices=[Choice(k, v) for k, v in KIND_NAMES.items()]),
        Filter("tim", "Tìm mã"),
    ],
    sort="-lan",
)  # fmt: skip

PUBLISHERS_SHAPE: Final = ListShape[PublisherRow](
    columns=[
        Column("ten", "Nguồn gửi", cell=lambda r: r.name, order=lambda r: r.name),
        Column("cuoi", "Sự kiện cuối", cell=lambda r: moment(r.last_at), order=lambda r: r.last_at),
        Column("im", "Tình trạng", cell=lambda r: "Im lặng" if r.is_silent else "Đang gửi"),
        *(
            Column(
                outcome.value, OUTCOME_NAMES[outcome], is_number=True,
                cell=lambda r, o=outcome: r.today[o],  # type: ignore[misc]  # bound in the loop
                order=lambda r, o=outcome: r.today[o],  # type: ignore[misc]  # bound in the loop
            )
            for outcome in Outcome
        ),
        Column("cho", "Chờ xử lý", cell=lambda r: r.open_count, order=lambda r: r.open_count,
               is_number=True),
    ],
    sort="ten",
)  # fmt: skip

RECENT_SHAPE: Final = ListShape[Recent](
    columns=[
        Column("luc", "Lúc nhận", cell=lambda r: moment(r.at), order=lambda r: r.at),
        Column("ket-qua", "Kết quả", cell=lambda r: OUTCOME_NAMES[r.outcome]),
        Column("ly-do", "Lý do", cell=lambda r: reason_name(r.reason)),
        Column("loai", "Loại sự kiện", cell=lambda r: r.type, order=lambda r: r.type),
        Column("ho-so", "Hồ sơ", cell=lambda r: r.subject, order=lambda r: r.subject),
        Column("ma", "Mã sự kiện", cell=lambda r: r.id),
    ],
    filters=[
        Filter("ket-qua", "Kết quả", choices=[
            Choice(outcome.value, name) for outcome, name in OUTCOME_NAMES.items()]),
        Filter("tim", "Tìm mã hồ sơ, mã sự kiện"),
    ],
    sort="-luc",
    page_size=100,
)  # fmt: skip


def recent_matches(event: Recent, filters: Mapping[str, str]) -> bool:
    """Whether the event passes the filters of the list."""
    if filters.get("ket-qua", event.outcome.value) != event.outcome.value:
        return False
    text = filters.get("tim", "").casefold()
    return text in event.subject.casefold() or text in event.id.casefold()
