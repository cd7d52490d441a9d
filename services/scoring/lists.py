"""The list of dossiers behind one number of the desk; its whole state stands in the address."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.catalogue.model import Level
from shared.desk import Choice, Column, Filter, ListShape, Scope, list_state
from shared.desk.formats import moment
from shared.runtime import require_choices

from .domain.counts import HOW_VI, TEXT_VI, Count
from .domain.dossier import end_of
from .domain.periods import period_name_vi
from .domain.rules import CHANNELS, Rules, instant_of_us
from .domain.stages import EARLY, LATE, ON_TIME, stage_of, timeliness_of
from .domain.words import CHANNELS_VI, LEVELS_VI
from .reading import Reading
from .snapshot import Found, within

LEFT_OUT: Final = "khong-tinh"
TONES: Final = {
    "due_soon": "warn", "overdue": "bad", "late": "bad", "early": "good", "on_time": "good",
}  # fmt: skip


class DossierRow(Struct, frozen=True, kw_only=True):
    """One line of the list."""

    code: str
    agency: str
    procedure: str
    channel: str
    received_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    status: str
    reason: str


class DossierList(Struct, frozen=True, kw_only=True):
    """What is listed, and how it stands to its number; all as of one commit."""

    shape: ListShape[DossierRow]
    rows: list[DossierRow]
    as_of: datetime
    count: str
    name_vi: str
    how_vi: str
    period: str | None
    period_vi: str
    number: int
    is_left_out: bool
    left_out: Mapping[str, int]
    timeliness: Counter[str]

    @property
    def on_time_count(self) -> int:
        """How many closed early or on time."""
        return self.timeliness[EARLY] + self.timeliness[ON_TIME]

    @property
    def judged_count(self) -> int:
        """How many closed and had a due time."""
        return self.on_time_count + self.timeliness[LATE]

    @property
    def on_time_ratio(self) -> float | None:
        """Early and on time among those with a due time; None unless what closed is listed."""
        is_asked = self.count == Count.CLOSED and not self.is_left_out and self.judged_count
        return self.on_time_count / self.judged_count if is_asked else None

    @property
    def left_out_total(self) -> int:
        """How many were in question and are not counted."""
        return sum(self.left_out.values())


async def dossier_list(reading: Reading, query: Mapping[str, Any], scope: Scope) -> DossierList:
    """Read the address and return its dossiers.

    Raises:
        Refusal: 422 for a period or choice that is none, 503 while there are no numbers.
    """
    reading.require_current()
    asked_of = ListShape[DossierRow]((), _filters(reading))
    require_choices(query, asked_of)
    filters = list_state(query, asked_of).filters
    count = filters.get("chi-so", Count.OPEN.value)
    asked = {
        "agency": filters.get("co-quan", ""),
        "subtree": filters.get("cap-duoi") == "1",
        "level": filters.get("cap", ""),
        "field": filters.get("linh-vuc", ""),
        "channel": filters.get("kenh", ""),
        "period": reading.named_period(filters.get("ky", "")),
    }
    question, period = reading.question(count, asked)
    answer = within(await reading.answer(question), scope)
    is_left_out = filters.get("phan") == LEFT_OUT
    chosen = answer.left_out if is_left_out else answer.counted
    text = filters.get("tim", "").casefold()
    names = {agency.code: agency.short_name for agency in reading.catalogue.agencies}
    rows = [_row(found, question.count, answer.as_of, reading.rules, names) for found in chosen]
    return DossierList(
        shape=_shape(reading, has_period=period is not None, is_left_out=is_left_out),
        rows=[row for row in rows if text in row.code.casefold()],
        as_of=instant_of(answer.as_of),
        count=count,
        name_vi=TEXT_VI[count],
        how_vi=HOW_VI[Count(count)],
        period=period,
        period_vi=period_name_vi(period) if period else "",
        number=answer.number,
        is_left_out=is_left_out,
        left_out={TEXT_VI[reason]: n for reason, n in answer.reasons.items()},
        timeliness=Counter(row.status for row in rows),
    )


def _row(
    found: Found, count: Count, now: int, rules: Rules, names: Mapping[str, str]
) -> DossierRow:
    state = found.state
    agency = state.agency
    if count is Count.RECEIVED:
        agency = state.received_agency or agency
    end = end_of(state) if state.received else 0
    status = ""
    if state.received:
        status = timeliness_of(state, end, rules) if end else stage_of(state, now)
    return DossierRow(
        code=found.code,
        agency=names.get(agency, agency),
        procedure=state.procedure,
        channel=CHANNELS_VI[CHANNELS[state.channel]],
        received_at=instant_of_us(state.received),
        due_at=instant_of_us(state.due),
        ended_at=instant_of_us(end),
        status=status,
        reason=TEXT_VI.get(found.reason, ""),
    )


_COLUMNS: Final[tuple[Column[DossierRow], ...]] = (
    Column("ma", "Mã hồ sơ", cell=lambda r: r.code, order=lambda r: r.code),
    Column("co-quan", "Cơ quan", cell=lambda r: r.agency, order=lambda r: r.agency),
    Column("thu-tuc", "Thủ tục", cell=lambda r: r.procedure, order=lambda r: r.procedure),
    Column("kenh", "Kênh", cell=lambda r: r.channel, order=lambda r: r.channel),
    Column("nhan", "Tiếp nhận", cell=lambda r: moment(r.received_at),
           order=lambda r: r.received_at),
    Column("hen", "Hẹn trả", cell=lambda r: moment(r.due_at), order=lambda r: r.due_at),
    Column("xong", "Kết thúc", cell=lambda r: moment(r.ended_at), order=lambda r: r.ended_at),
    Column("trang-thai", "Tình trạng", cell=lambda r: TEXT_VI.get(r.status, ""),
           order=lambda r: r.status),
    Column("ly-do", "Lý do không tính", cell=lambda r: r.reason, order=lambda r: r.reason),
)  # fmt: skip


def _shape(reading: Reading, *, has_period: bool, is_left_out: bool) -> ListShape[DossierRow]:
    """What is open has not ended; only what is left out has a reason."""
    hidden = {"xong"} if not has_period else set()
    hidden |= set() if is_left_out else {"ly-do"}
    return ListShape(
        columns=[column for column in _COLUMNS if column.key not in hidden],
        filters=_filters(reading),
        sort="hen",
    )


def _filters(reading: Reading) -> list[Filter]:
    index, catalogue = reading.scoring.numbers.index, reading.catalogue
    agencies = {agency.code: agency.name for agency in catalogue.agencies}
    fields = {field.code: field.name for field in catalogue.fields}
    return [
        Filter("chi-so", "Chỉ số", choices=[Choice(c.value, TEXT_VI[c.value]) for c in Count]),
        Filter("co-quan", "Cơ quan", choices=named(index.agencies, agencies)),
        Filter("cap-duoi", "Cấp dưới", choices=[Choice("1", "Gồm cả cấp dưới")]),
        Filter("cap", "Cấp", choices=[Choice(one.value, LEVELS_VI[one.value]) for one in Level]),
        Filter("linh-vuc", "Lĩnh vực", choices=named(index.fields, fields)),
        Filter("kenh", "Kênh", choices=[Choice(c, CHANNELS_VI[c]) for c in CHANNELS]),
        Filter("ky", "Kỳ, ví dụ 2026-09"),
        Filter("phan", "Phần", choices=[Choice(LEFT_OUT, "Không được tính")]),
        Filter("tim", "Tìm mã hồ sơ"),
    ]


def named(seen: set[str], names: Mapping[str, str]) -> list[Choice]:
    """Every code that has a number or a name, in the order of what a person reads."""
    labels = {code: names.get(code, code) for code in {*seen, *names}}
    return [Choice(code, labels[code]) for code in sorted(labels, key=lambda c: labels[c])]
