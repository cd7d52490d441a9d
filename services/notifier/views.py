"""What the pages show of alerts: rows, and the lists that hold them. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from services.notifier.domain.endings import Because
from services.notifier.domain.records import AlertRecord, Quiet
from services.notifier.domain.rules import AlertRules, Severity
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
    Because.PAUSED: "đang tạm dừng chờ bổ sung",
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
    Because.TARGET_MET: "đã đạt chỉ tiêu",
    Because.HEARD: "nguồn gửi đã hoạt động lại",
    Because.WORKS_AGAIN: "kênh đã gửi được",
    Because.REJECTS_SETTLED: "đã xử lý xong mục bị từ chối",
    Because.REJECTS_EXPIRED: "hết hạn lưu, có mục bị từ chối chưa ai xử lý",
}
ABOUT_VI: Final = {
    "dossier": "Hồ sơ",
    "petition": "Phản ánh, kiến nghị",
    "indicator": "Chỉ tiêu",
    "source": "Nguồn gửi",
    "channel": "Kênh báo tin",
    "rejects": "Dữ liệu bị từ chối của nguồn",
}
_TONES: Final = {Severity.NOTICE: "idle", Severity.WARNING: "warn", Severity.CRITICAL: "bad"}
_DAY_SECONDS: Final = 86_400
AGES: Final = {
    "duoi-1": ("Dưới 1 ngày", 0, 1),
    "1-3": ("1 đến 3 ngày", 1, 3),
    "3-5": ("3 đến 5 ngày", 3, 5),
    "tren-5": ("Từ 5 ngày", 5, 10**6),
}
"""How long an alert has been true, in days: name, from, below."""

WAITS, TAKEN, QUIET = "cho", "co", "im"
NOBODY_YET, SOMEBODY = "chua", "roi"
_STANDING: Final = (
    Filter("tinh-trang", "Tình trạng", choices=[
        Choice(WAITS, "Chờ tiếp nhận"), Choice(TAKEN, "Đã có người"),
        Choice(QUIET, "Đang tắt tiếng")]),
    Filter("tiep-nhan", "Tiếp nhận", choices=[
        Choice(NOBODY_YET, "Chưa ai tiếp nhận"), Choice(SOMEBODY, "Đã tiếp nhận")]),
)  # fmt: skip


class AlertRow(Struct, frozen=True, kw_only=True):
    """One line of a list."""

    alert_id: str
    about: str
    dossier: str
    agency: str
    agency_name: str
    field: str
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
    level: int = 0
    quiet_until_at: datetime | None = None
    quiet_by: str = ""

    @property
    def state(self) -> str:
        """Whether it waits for a person, has one, or is to be quiet."""
        if self.quiet_until_at is not None:
            return QUIET
        return TAKEN if self.is_acknowledged else WAITS


def row_of(
    record: AlertRecord,
    rules: AlertRules,
    agencies: Mapping[str, str],
    quiet: Quiet | None = None,
) -> AlertRow:
    """The alert with its names; `quiet` covers it now, its own or a wide one."""
    stage = rules.by_code.get(record.stage)
    return AlertRow(
        alert_id=record.alert_id,
        about=record.about,
        dossier=record.dossier,
        agency=record.agency,
        agency_name=agencies.get(record.agency, record.agency),
        field=record.field,
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
        ended=BECAUSE_VI.get(Because(record.because), "") if record.because else "",
        level=max((level for level, _ in record.escalated), default=0),
        quiet_until_at=None if quiet is None else instant_of(quiet.until),
        quiet_by="" if quiet is None else quiet.by,
    )


def alert_shape(
    rules: AlertRules,
    agencies: Mapping[str, str],
    fields: Mapping[str, str],
    rows: Sequence[AlertRow],
    asked: Mapping[str, str],
    *,
    is_file: bool = False,
) -> ListShape[AlertRow]:
    """The list of open alerts; agencies, stages and fields are offered that have one.

    So is what is `asked` for: its last alert may have ended. `is_file`: with one column more.
    """
    used_agencies = {row.agency for row in rows} | ({asked.get("co-quan", "")} & agencies.keys())
    used_stages = {row.stage for row in rows} | {asked.get("muc", "")}
    used_fields = {row.field for row in rows} | ({asked.get("linh-vuc", "")} & fields.keys())
    stages = [Choice(c, s.name_vi) for c, s in rules.by_code.items() if c in used_stages]
    return ListShape[AlertRow](
        columns=[
            Column("ho-so", "Về", cell=lambda r: r.dossier, order=lambda r: r.dossier),
            Column("co-quan", "Cơ quan", cell=lambda r: r.agency_name,
                   order=lambda r: r.agency_name),
            Column("muc", "Mức", cell=lambda r: r.stage_name,
                   order=lambda r: (-r.order, r.since_at)),
            Column("hen-tra", "Hạn", cell=lambda r: moment(r.due_at), order=lambda r: r.due_at),
            *([Column[AlertRow]("tu-luc", "Từ lúc", cell=lambda r: moment(r.since_at))]
              if is_file else []),
            Column("tiep-nhan", "Người tiếp nhận", cell=lambda r: r.acknowledged,
                   order=lambda r: r.acknowledged or None),
        ],
        filters=_offered([
            Filter("co-quan", "Cơ quan", choices=_named(used_agencies, agencies)),
            Filter("muc", "Mức", choices=stages),
            Filter("linh-vuc", "Lĩnh vực", choices=_named(used_fields, fields)),
            Filter("tuoi", "Đã bao lâu", choices=[Choice(k, v[0]) for k, v in AGES.items()]),
            *_STANDING,
            Filter("tim", "Tìm mã"),
        ]),
        sort="muc",
    )  # fmt: skip


def _offered(filters: Sequence[Filter]) -> list[Filter]:
    """Those with something to choose from, and the search, which has no choices."""
    return [one for one in filters if one.choices or one.key == "tim"]


def _named(codes: set[str], names: Mapping[str, str]) -> list[Choice]:
    return [Choice(code, names.get(code, code)) for code in sorted(codes) if code]


def matching(rows: Sequence[AlertRow], filters: Mapping[str, str], now: datetime) -> list[AlertRow]:
    """The rows that every given filter lets through."""
    agency, stage, field = (filters.get(key) for key in ("co-quan", "muc", "linh-vuc"))
    state, taken = filters.get("tinh-trang"), filters.get("tiep-nhan")
    text = filters.get("tim", "").lower()
    _, youngest, oldest = AGES.get(filters.get("tuoi", ""), ("", 0, 10**6))
    return [
        row
        for row in rows
        if (not agency or row.agency == agency)
        and (not stage or row.stage == stage)
        and (not field or row.field == field)
        and (not state or row.state == state)
        and (not taken or row.is_acknowledged == (taken == SOMEBODY))
        and youngest <= max((now - row.since_at).total_seconds(), 0) / _DAY_SECONDS < oldest
        and text in row.dossier.lower()
    ]
