"""The counts as questions: which dossiers a number counts, which it leaves out, and why.

The number comes from the counters, the list from the states; both follow from the same state, so
on one snapshot they are equal, and a test holds them to it.
"""

from collections.abc import Iterable
from enum import StrEnum, unique

from msgspec import Struct

from .contribution import CLOSED, DUTY, OPEN, RECEIVED
from .contribution import OVERDUE as OVERDUE_BY_AGE
from .dossier import DossierState, end_of, is_settled
from .index import Index, Rest
from .rules import CHANNELS, SECOND_US, Rules, month_of
from .stages import APOLOGY, EXPLANATION, age_band, duties_of, stage_of, timeliness_of


@unique
class Count(StrEnum):
    """What can be counted; the values are the `id` of the API."""

    RECEIVED = "received"
    CLOSED = "closed"
    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    UNJUDGED = "unknown"
    OPEN = "open"
    NOT_DUE = "not_due"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    LONG_OVERDUE = "long_overdue"
    PAUSED = "paused"
    EXPLANATION_OWED = "explanation_owed"
    APOLOGY_OWED = "apology_owed"


@unique
class LeftOut(StrEnum):
    """Why a dossier in question is not counted, where no stage or timeliness says it."""

    NOT_RECEIVED = "not_received"
    VOID = "void"
    STILL_OPEN = "still_open"


COUNTED = ""
STAGES = {Count.NOT_DUE, Count.DUE_SOON, Count.OVERDUE, Count.PAUSED}
DUTIES = {Count.EXPLANATION_OWED: EXPLANATION, Count.APOLOGY_OWED: APOLOGY}
OPEN_ONLY = STAGES | {Count.OPEN, Count.LONG_OVERDUE}
"""Counts of what has not ended."""
NOW_ONLY = OPEN_ONLY | DUTIES.keys()
"""Counts as of now: they have no period."""


class Question(Struct, frozen=True, kw_only=True):
    """One count and its filters; None and empty texts filter nothing.

    `months` belongs to what happened (received, closed); what is open is open now.
    """

    count: Count
    agencies: frozenset[str] | None = None
    field: str = ""
    channel: str = ""
    months: tuple[str, ...] = ()


def number_of(index: Index, question: Question) -> int | None:
    """The number, from the counters; None where they do not know the channel."""
    count, field = question.count, question.field
    if question.channel and count is not Count.RECEIVED:
        return None
    if count is Count.RECEIVED:
        rows = index.rows(RECEIVED, question.months, question.agencies)
        return _sum(rows, field, question.channel)
    if count is Count.LONG_OVERDUE or count in DUTIES:
        # The counters know the age of what is overdue, and what is owed, by agency, not by field.
        return None if field else _by_agency(index, question)
    if count in NOW_ONLY:
        rows = index.rows(OPEN, agencies=question.agencies)
        return _sum(rows, field, "" if count is Count.OPEN else count.value)
    rows = index.rows(CLOSED, question.months, question.agencies)
    return _sum(rows, field, "" if count is Count.CLOSED else count.value)


def _by_agency(index: Index, question: Question) -> int:
    duty = DUTIES.get(question.count)
    rows = index.rows(DUTY if duty else OVERDUE_BY_AGE, agencies=question.agencies)
    return sum(n for _, (name,), n in rows if (name == duty if duty else name.startswith("gt")))


def _sum(rows: Iterable[tuple[str, Rest, int]], field: str, last: str) -> int:
    return sum(
        value
        for _, rest, value in rows
        if (not field or rest[0] == field) and (not last or rest[1] == last)
    )


def verdict(state: DossierState, now: int, question: Question, rules: Rules) -> str | None:
    """COUNTED, or the reason why not; None for a dossier that is not in question at all.

    In question are: for received, what was received in the period and what waits for receipt; for
    closed and its kinds, what ended in the period and what is still open; for what is open now,
    everything that has not ended; for a duty, what owes it.
    """
    if not _in_scope(state, question):
        return None
    if state.is_void:
        return LeftOut.VOID.value if _touches(state, question) else None
    if question.count is Count.RECEIVED:
        return _judge_received(state, question)
    if question.count in DUTIES:
        return COUNTED if DUTIES[question.count] in duties_of(state, now) else None
    end = end_of(state)
    if question.count in NOW_ONLY:
        is_over = bool(end) or is_settled(state)
        return None if is_over else _judge_open(state, now, question, rules)
    return _judge_closed(state, end, question, rules)


def _judge_received(state: DossierState, question: Question) -> str | None:
    if not state.received:
        return LeftOut.NOT_RECEIVED.value
    return COUNTED if month_of(state.received) in question.months else None


def _judge_open(state: DossierState, now: int, question: Question, rules: Rules) -> str:
    if not state.received:
        return LeftOut.NOT_RECEIVED.value
    stage = stage_of(state, now)
    if question.count is Count.LONG_OVERDUE and stage == Count.OVERDUE.value:
        is_long = age_band(state.due // SECOND_US, now, rules) == rules.last_band
        return COUNTED if is_long else stage
    return COUNTED if question.count.value in {"open", stage} else stage


def _judge_closed(state: DossierState, end: int, question: Question, rules: Rules) -> str | None:
    if not state.received:
        return LeftOut.NOT_RECEIVED.value if end else None
    if not end:
        return LeftOut.STILL_OPEN.value
    if month_of(end) not in question.months:
        return None
    timeliness = timeliness_of(state, end, rules)
    is_counted = question.count.value in {"closed", timeliness}
    return COUNTED if is_counted else timeliness


def _in_scope(state: DossierState, question: Question) -> bool:
    agency = state.agency
    if question.count is Count.RECEIVED:
        agency = state.received_agency or agency
    if question.agencies is not None and agency not in question.agencies:
        return False
    if question.channel and CHANNELS[state.channel] != question.channel:
        return False
    return not question.field or question.field == state.field


def _touches(state: DossierState, question: Question) -> bool:
    """Whether a void dossier would have been in question."""
    if question.count in NOW_ONLY:
        return False  # it is not open either
    at = state.received if question.count is Count.RECEIVED else end_of(state)
    return not at or month_of(at) in question.months


TEXT_VI: dict[str, str] = {
    Count.RECEIVED.value: "tiếp nhận",
    Count.CLOSED.value: "đã giải quyết",
    Count.EARLY.value: "giải quyết trước hạn",
    Count.ON_TIME.value: "giải quyết đúng hạn",
    Count.LATE.value: "giải quyết trễ hạn",
    Count.OPEN.value: "đang giải quyết",
    Count.NOT_DUE.value: "chưa đến hạn",
    Count.DUE_SOON.value: "sắp đến hạn",
    Count.OVERDUE.value: "quá hạn",
    Count.LONG_OVERDUE.value: "quá hạn lâu",
    Count.PAUSED.value: "tạm dừng",
    Count.EXPLANATION_OWED.value: "còn nợ giải trình",
    Count.APOLOGY_OWED.value: "còn nợ xin lỗi",
    Count.UNJUDGED.value: "không rõ hạn",
    LeftOut.NOT_RECEIVED.value: "chưa được tiếp nhận",
    LeftOut.VOID.value: "ghi nhầm, đã hủy",
    LeftOut.STILL_OPEN.value: "chưa giải quyết xong",
}

HOW_VI: dict[Count, str] = {
    Count.RECEIVED: "Hồ sơ có ngày tiếp nhận trong kỳ, tính cho cơ quan tiếp nhận.",
    Count.CLOSED: "Hồ sơ đã tiếp nhận và kết thúc trong kỳ: có kết quả, đã trả, dừng, từ chối"
    " hoặc rút; tính cho cơ quan đang giải quyết khi kết thúc.",
    Count.EARLY: "Kết thúc trong kỳ, vào một ngày trước ngày hẹn trả; thời hạn dưới một ngày làm"
    " việc không có trước hạn.",
    Count.ON_TIME: "Kết thúc trong kỳ, trong ngày hẹn trả và không sau giờ hẹn.",
    Count.LATE: "Kết thúc trong kỳ, sau thời điểm hẹn trả.",
    Count.UNJUDGED: "Kết thúc trong kỳ, không ai cho biết hạn trả: không tính vào tỷ lệ đúng hạn.",
    Count.OPEN: "Đã tiếp nhận và chưa kết thúc, tại thời điểm tính.",
    Count.NOT_DUE: "Đang giải quyết, còn hơn 8 giờ làm việc hoặc không có hạn.",
    Count.DUE_SOON: "Đang giải quyết, còn không quá 8 giờ làm việc.",
    Count.OVERDUE: "Đang giải quyết, đã qua thời điểm hẹn trả; hồ sơ tạm dừng không tính.",
    Count.LONG_OVERDUE: "Trong số quá hạn: đã vào khung quá hạn lâu nhất (bảng khung tuổi).",
    Count.PAUSED: "Đang chờ bổ sung, thực hiện nghĩa vụ tài chính hoặc tạm dừng.",
    Count.EXPLANATION_OWED: "Hồ sơ trễ hạn hoặc đang quá hạn chưa có báo cáo giải trình.",
    Count.APOLOGY_OWED: "Hồ sơ trễ hạn hoặc đang quá hạn chưa có văn bản xin lỗi.",
}
