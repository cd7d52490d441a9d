"""What the pages show of alerts. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from services.notifier.domain.endings import Because
from services.notifier.domain.records import AlertRecord, Delivery
from services.notifier.domain.rules import AlertRules, Severity
from services.notifier.domain.telling import Outcome
from shared.calendar.civil_time import instant_of
from shared.desk import Choice, Column, Filter, ListShape
from shared.desk.formats import moment

BECAUSE_VI: Final = {
    Because.RESOLVED: "hồ sơ đã có kết quả",
    Because.RETURNED: "đã trả kết quả",
    Because.WITHDRAWN: "người nộp rút hồ sơ",
    Because.STOPPED: "dừng xử lý",
    Because.REJECTED: "từ chối tiếp nhận",
    Because.VOID: "hồ sơ ghi nhầm, đã hủy",
    Because.PAUSED: "hồ sơ đang tạm dừng",
    Because.DUE_MOVED: "ngày hẹn trả đã đổi",
    Because.NEXT_STAGE: "chuyển sang mức sau",
    Because.RULE_ENDED: "quy tắc không còn hiệu lực",
    Because.EXPLAINED: "đã giải trình",
    Because.APOLOGISED: "đã xin lỗi",
    Because.SUPPLEMENTED: "đã bổ sung",
    Because.ANSWERED: "đã trả lời",
    Because.PUBLISHED: "đã công khai",
    Because.TRANSFERRED: "đã chuyển cơ quan khác",
    Because.POST_MOVED: "bưu gửi đã có trạng thái mới",
    Because.REMITTED: "bưu chính đã nộp lệ phí",
    Because.CLAIM_SETTLED: "đã giải quyết khiếu nại bưu chính",
    Because.HEARD: "nguồn gửi đã hoạt động lại",
    Because.WORKS_AGAIN: "kênh đã gửi được",
}
_OUTCOME_VI: Final = {
    Outcome.CLAIMED: ("Đang gửi", "idle"),
    Outcome.SENT: ("Đã gửi", "good"),
    Outcome.FAILED: ("Gửi không được, sẽ gửi lại", "bad"),
    Outcome.UNKNOWN: ("Chưa rõ đã tới chưa, sẽ nhắc lại", "warn"),
}
_TONES: Final = {Severity.NOTICE: "idle", Severity.WARNING: "warn", Severity.CRITICAL: "bad"}
_LONG_SECONDS: Final = 5 * 86_400


class AlertRow(Struct, frozen=True, kw_only=True):
    """One line of a list."""

    alert_id: str
    dossier: str
    agency: str
    agency_name: str
    stage: str
    stage_name: str
    do_vi: str
    order: int
    tone: str
    since_at: datetime
    due_at: datetime | None
    raised_at: datetime
    is_open: bool
    is_acknowledged: bool
    acknowledged: str
    ended: str


def row_of(record: AlertRecord, rules: AlertRules, agencies: Mapping[str, str]) -> AlertRow:
    """The alert with its names."""
    stage = rules.by_code.get(record.stage)
    ended = BECAUSE_VI.get(Because(record.because), "") if record.because else ""
    return AlertRow(
        alert_id=record.alert_id,
        dossier=record.dossier,
        agency=record.agency,
        agency_name=agencies.get(record.agency, record.agency),
        stage=record.stage,
        stage_name=rules.name_vi(record.stage),
        do_vi=stage.do_vi if stage else "",
        order=stage.order if stage else 0,
        tone=_TONES[stage.severity] if stage else "idle",
        since_at=instant_of(record.since),
        due_at=None if record.due is None else instant_of(record.due),
        raised_at=instant_of(record.raised_at),
        is_open=record.is_open,
        is_acknowledged=record.is_acknowledged,
        acknowledged=record.acknowledged_by,
        ended=ended,
    )


def tone_at(row: AlertRow, now: datetime) -> str:
    """The colour of how long it has been true: after five days it is bad."""
    return "bad" if (now - row.since_at).total_seconds() > _LONG_SECONDS else row.tone


def alert_shape(
    rules: AlertRules, agencies: Mapping[str, str], open_agencies: Sequence[str]
) -> ListShape[AlertRow]:
    """The list of open alerts; agencies are offered that have one."""
    stages = [Choice(code, stage.name_vi) for code, stage in rules.by_code.items()]
    return ListShape[AlertRow](
        columns=[
            Column("ho-so", "Hồ sơ", cell=lambda r: r.dossier, order=lambda r: r.dossier),
            Column("co-quan", "Cơ quan", cell=lambda r: r.agency_name,
                   order=lambda r: r.agency_name),
            Column("muc", "Mức", cell=lambda r: r.stage_name,
                   order=lambda r: (-r.order, r.since_at)),
            Column("hen-tra", "Hẹn trả", cell=lambda r: moment(r.due_at),
                   order=lambda r: r.due_at),
            Column("tu-luc", "Thời gian", cell=lambda r: moment(r.since_at),
                   order=lambda r: r.since_at),
            Column("tiep-nhan", "Người tiếp nhận", cell=lambda r: r.acknowledged,
                   order=lambda r: r.acknowledged or None),
        ],
        filters=[
            Filter("co-quan", "Cơ quan",
                   choices=[Choice(code, agencies.get(code, code)) for code in open_agencies]),
            Filter("muc", "Mức", choices=stages),
            Filter("tinh-trang", "Tình trạng",
                   choices=[Choice("cho", "Chờ tiếp nhận"), Choice("co", "Đã có người")]),
            Filter("tim", "Tìm mã hồ sơ"),
        ],
        sort="muc",
    )  # fmt: skip


def matching(rows: Sequence[AlertRow], filters: Mapping[str, str]) -> list[AlertRow]:
    """The rows that every given filter lets through."""
    agency, stage = filters.get("co-quan"), filters.get("muc")
    state, text = filters.get("tinh-trang"), filters.get("tim", "").lower()
    return [
        row
        for row in rows
        if (not agency or row.agency == agency)
        and (not stage or row.stage == stage)
        and (not state or row.is_acknowledged == (state == "co"))
        and text in row.dossier.lower()
    ]


Step = tuple[str, str, str, str]


def history_steps(records: Sequence[AlertRecord], rules: AlertRules) -> list[Step]:
    """Everything that happened to one dossier's alerts: (when, what, more, tone), in order."""
    steps: list[tuple[int, Step]] = []
    for record in records:
        name = rules.name_vi(record.stage)
        since = f"đúng từ {moment(instant_of(record.since))}"
        steps.append((record.raised_at, _step(record.raised_at, f"Cảnh báo: {name}", since, "bad")))
        if record.acknowledged_at is not None:
            steps.append((
                record.acknowledged_at,
                _step(record.acknowledged_at, f"{record.acknowledged_by} tiếp nhận",
                      record.acknowledged_reason, "warn"),
            ))  # fmt: skip
        steps += [(told.at, _told(told)) for told in record.deliveries]
        if record.resolved_at is not None:
            why = BECAUSE_VI.get(Because(record.because), record.because)
            steps.append(
                (record.resolved_at, _step(record.resolved_at, f"Hết: {name}", why, "good"))
            )
    return [step for _, step in sorted(steps, key=lambda pair: pair[0])]


def _step(at: int, what: str, more: str, tone: str) -> Step:
    return moment(instant_of(at)), what, more, tone


def _told(told: Delivery) -> Step:
    what, tone = _OUTCOME_VI.get(Outcome(told.outcome), (told.outcome, "idle"))
    times = "" if told.attempt == 1 else f", lần {told.attempt}"
    return _step(told.at, what, f"kênh {told.channel}{times}", tone)
