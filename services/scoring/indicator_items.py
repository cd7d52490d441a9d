"""The list behind one ratio: what it counts, what it leaves out and why, as of one commit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from shared.catalogue.model import Level
from shared.desk import Choice, Column, Filter, ListShape, list_state
from shared.desk.formats import moment
from shared.runtime import require_choices

from .domain.dossier import DossierState, end_of
from .domain.indicator_words import WHY_NOT_VI
from .domain.periods import period_name_vi
from .domain.rules import instant_of_us
from .domain.words import LEVELS_VI
from .past import Item, Listed
from .score_reading import MEASURES, NOW, ScoreReading

LEFT_OUT: Final = "khong-tinh"
BY_TODAY: Final = "nay"
MAP_FILTER: Final = Filter("cay", "Cây đơn vị", choices=[Choice(BY_TODAY, "Hôm nay")])
"""A period is read by its own tree, unless this is chosen."""
_SUBJECTS_VI: Final = {
    "dossier": "hồ sơ tiếp nhận trong kỳ", "ended": "hồ sơ kết thúc trong kỳ",
    "petition": "phản ánh, kiến nghị nhận trong kỳ", "document": "văn bản xử lý trong kỳ",
    "copy": "bản sao chứng thực trong kỳ", "procedure": "thủ tục hành chính",
    "commune": "xã, phường, đặc khu", "seat": "quầy và công chức của bộ phận một cửa",
}  # fmt: skip


class ItemRow(Struct, frozen=True, kw_only=True):
    """One line; instants are None for what is no dossier."""

    code: str
    href: str
    agency: str
    procedure: str
    received_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    reason: str


class IndicatorItems(Struct, frozen=True, kw_only=True):
    """A page of the list and the ratio it explains."""

    indicator: str
    name_vi: str
    subject_vi: str
    note: str
    agency: str
    agency_name: str
    level_vi: str
    period: str
    period_vi: str
    is_by_today: bool
    is_left_out: bool
    listed: Listed
    reasons: Mapping[str, int]
    rows: list[ItemRow]


ITEMS: Final = ListShape[ItemRow](
    columns=[
        Column("ma", "Mã", cell=lambda r: r.code, order=lambda r: r.code),
        Column("co-quan", "Cơ quan", cell=lambda r: r.agency, order=lambda r: r.agency),
        Column("thu-tuc", "Thủ tục", cell=lambda r: r.procedure, order=lambda r: r.procedure),
        Column("nhan", "Tiếp nhận", cell=lambda r: moment(r.received_at),
               order=lambda r: r.received_at),
        Column("hen", "Hẹn trả", cell=lambda r: moment(r.due_at), order=lambda r: r.due_at),
        Column("xong", "Kết thúc", cell=lambda r: moment(r.ended_at), order=lambda r: r.ended_at),
        Column("vi-sao", "Vì sao không tính", cell=lambda r: r.reason, order=lambda r: r.reason),
    ],
    filters=[
        Filter("co-quan", "Mã cơ quan (gồm cấp dưới)"),
        Filter("cap", "Cấp", choices=[Choice(one.value, LEVELS_VI[one.value]) for one in Level]),
        Filter("ky", "Kỳ, ví dụ 2026-09"),
        Filter("phan", "Phần", choices=[Choice(LEFT_OUT, "Không được tính")]),
        MAP_FILTER,
        Filter("tim", "Tìm mã"),
    ],
    sort="ma",
)  # fmt: skip


def map_by_of(filters: Mapping[str, str]) -> str:
    """By which tree the filters of a page ask a period to be read."""
    return NOW if filters.get(MAP_FILTER.key) == BY_TODAY else ""


def explained() -> frozenset[str]:
    """The indicators that facts feed, so that they have a list."""
    return frozenset(MEASURES)


async def indicator_items(
    scores: ScoreReading, indicator: str, query: Mapping[str, Any]
) -> IndicatorItems:
    """Read the address and return its list.

    Raises:
        Refusal: 404 for an indicator without a list, 422 for what is no period or level.
    """
    require_choices(query, ITEMS)
    filters = list_state(query, ITEMS).filters
    level = filters.get("cap", "")
    agency = filters.get("co-quan", "")
    if not level:
        agency = agency or scores.reading.catalogue.province or ""
    period = scores.reading.named_period(filters.get("ky", "")) or scores.reading.year
    map_by = map_by_of(filters)
    listed = await scores.listed(indicator, agency, period, level=level, map_by=map_by)
    is_left_out = filters.get("phan") == LEFT_OUT
    chosen = listed.left_out if is_left_out else listed.counted
    text = filters.get("tim", "").casefold()
    measure = MEASURES[indicator]
    return IndicatorItems(
        indicator=indicator, name_vi=scores.names[indicator],
        subject_vi=_SUBJECTS_VI[measure.subject], note=measure.note, agency=agency,
        agency_name=scores.reading.name_of(agency) if agency else "", period=period,
        level_vi=LEVELS_VI[level] if level else "", period_vi=period_name_vi(period),
        is_by_today=map_by == NOW, is_left_out=is_left_out, listed=listed,
        reasons={WHY_NOT_VI.get(one, one): count for one, count in listed.reasons.items()},
        rows=[_row(scores, item) for item in chosen if text in item.code.casefold()],
    )  # fmt: skip


def _row(scores: ScoreReading, item: Item) -> ItemRow:
    state = item.state if isinstance(item.state, DossierState) else DossierState()
    is_dossier = isinstance(item.state, DossierState)
    return ItemRow(
        code=item.code, href=f"/ho-so/{item.code}" if is_dossier else "",
        agency=scores.reading.short_name_of(item.agency), procedure=state.procedure,
        received_at=instant_of_us(state.received), due_at=instant_of_us(state.due),
        ended_at=instant_of_us(end_of(state)), reason=WHY_NOT_VI.get(item.reason, item.reason),
    )  # fmt: skip
