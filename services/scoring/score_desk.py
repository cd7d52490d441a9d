"""The desk of points: units ranked, one unit explained, the things behind a ratio, what if."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.catalogue.model import Level
from shared.desk import (
    Choice,
    Column,
    Filter,
    ListShape,
    Pages,
    csv_download,
    list_page,
    list_state,
    sorted_rows,
)
from shared.desk.formats import moment
from shared.rules.indicator_sets import Group
from shared.runtime import AnyRequest

from .changes import Change, change_of
from .domain.periods import current_periods, period_name_vi
from .domain.scores import ALL_LEVELS
from .domain.words import LEVELS_VI
from .indicator_items import ITEMS, MAP_FILTER, explained, indicator_items, map_by_of
from .score_reading import Scored, ScoreReading
from .score_rows import component_rows, watched_rows
from .what_if import what_if

NO_SET: Final = Group(code="", name="Tỷ lệ; chưa có bộ chỉ số nào cho kỳ này", max=Decimal(0))
"""Stands for the groups of a period that no set judges."""


class UnitRow(Struct, frozen=True, kw_only=True):
    """One unit in the ranked list; `total` is None where nothing was measured."""

    code: str
    name: str
    level: str
    total: Decimal | None
    band: str
    rank: int | None
    groups: Mapping[str, Decimal]
    change: Change


_LEVELS: Final = [
    Choice(one.value, LEVELS_VI[one.value]) for one in Level if one is not Level.PROVINCE
]


def _group_column(code: str) -> Column[UnitRow]:
    return Column(
        code.lower(), code, cell=lambda row: row.groups.get(code), is_number=True,
        order=lambda row: row.groups.get(code, Decimal(0)),
    )  # fmt: skip


_FIRST: Final[list[Column[UnitRow]]] = [
    Column("hang", "Hạng", cell=lambda r: r.rank, order=lambda r: r.rank or 10_000, is_number=True),
    Column("don-vi", "Đơn vị", cell=lambda r: r.name, order=lambda r: r.name),
    Column("tong", "Tổng điểm", cell=lambda r: r.total, order=lambda r: r.total or Decimal(-1),
           is_number=True),
]  # fmt: skip
UNITS: Final = ListShape[UnitRow](
    columns=[
        *_FIRST,
        Column("so-diem", "So kỳ trước", cell=lambda r: r.change.points,
               order=lambda r: r.change.points, is_number=True),
        Column("len-hang", "Lên, xuống hạng", cell=lambda r: r.change.places,
               order=lambda r: r.change.places, is_number=True),
        Column("loai", "Xếp loại", cell=lambda r: r.band, order=lambda r: r.total or Decimal(-1)),
    ],
    filters=[
        Filter("cap", "Cấp", choices=_LEVELS),
        Filter("ky", "Kỳ, ví dụ 2026-09 hoặc 2026-Q3"),
        MAP_FILTER,
        Filter("tim", "Tìm đơn vị"),
    ],
    sort="hang",
    page_size=100,
)  # fmt: skip


def shape_for(found: Scored) -> ListShape[UnitRow]:
    """The ranked list with a column for each group of the set that judges the period."""
    groups = [_group_column(group.code) for group in _groups(found)]
    rest = UNITS.columns[len(_FIRST) :]
    return ListShape[UnitRow](
        columns=[*_FIRST, *groups, *rest], filters=UNITS.filters, sort=UNITS.sort,
        page_size=UNITS.page_size,
    )  # fmt: skip


_GAINS: Final = ListShape[Any](
    columns=[
        Column("ma", "Mã hồ sơ", cell=lambda r: r.code, order=lambda r: r.code),
        Column("diem", "Điểm mang lại", cell=lambda r: f"{float(r.points):.4f}",
               order=lambda r: r.points, is_number=True),
        Column("hen", "Hẹn trả", cell=lambda r: moment(r.due_at),
               order=lambda r: r.due_at.timestamp() if r.due_at else 0),
        Column("chi-so", "Nhờ chỉ số", cell=lambda r: ", ".join(r.brings)),
    ],
    sort="-diem",
)  # fmt: skip


def make_score_desk(scores: ScoreReading, pages: Pages) -> list[HTTPRouteHandler]:
    """The handlers of `/diem`, `/chi-so` and `/gia-su`."""
    return [
        *_units_handlers(scores, pages),
        _unit_handler(scores, pages),
        *_items_handlers(scores, pages),
        *_what_if_handlers(scores, pages),
    ]


async def _unit_rows(
    scores: ScoreReading, found: Scored, query: Mapping[str, Any]
) -> list[UnitRow]:
    before = await scores.before(found)
    filters = list_state(query, UNITS).filters
    wanted, text = filters.get("cap", ""), filters.get("tim", "").casefold()
    rows = []
    for code, unit in found.units.items():
        level, name = scores.reading.level_name(code), scores.reading.name_of(code)
        is_ranked = any(level == one.value for one in _LEVELS)
        if not is_ranked or (wanted and level != wanted) or text not in f"{code} {name}".casefold():
            continue
        score = unit.score
        rows.append(UnitRow(
            code=code, name=name, level=level, total=score.total if score else None,
            band=score.band if score else "",
            rank=found.ranks.get((code, wanted or ALL_LEVELS)),
            groups=score.groups if score else {},
            change=change_of(code, wanted or ALL_LEVELS, found, before),
        ))  # fmt: skip
    return rows


async def _found(scores: ScoreReading, filters: Mapping[str, str]) -> Scored:
    period = scores.reading.named_period(filters.get("ky", "")) or scores.reading.year
    return await scores.scored(period, map_by=map_by_of(filters))


def _units_handlers(scores: ScoreReading, pages: Pages) -> list[HTTPRouteHandler]:
    async def found_for(request: AnyRequest) -> Scored:
        return await _found(scores, list_state(request.query_params, UNITS).filters)

    @get("/diem", include_in_schema=False)
    async def units(request: AnyRequest) -> Response[str]:
        found = await found_for(request)
        rows = await _unit_rows(scores, found, request.query_params)
        province = scores.reading.catalogue.province or ""
        return pages.page(
            request, "units.html", as_of=found.as_of, found=found, province=province,
            province_unit=found.units.get(province), period_name=period_name_vi(found.period),
            units=list_page(rows, request.query_params, shape_for(found)), groups=_groups(found),
            periods=current_periods(scores.reading.month),
        )  # fmt: skip

    @get("/diem.csv", include_in_schema=False)
    async def units_csv(request: AnyRequest) -> Response[bytes]:
        found = await found_for(request)
        rows = await _unit_rows(scores, found, request.query_params)
        shape = shape_for(found)
        sort = list_state(request.query_params, shape).sort
        return csv_download(sorted_rows(rows, sort, shape), shape, f"diem-{found.period}.csv")

    return [units, units_csv]


def _groups(found: Scored) -> list[Any]:
    return list(found.rules.group) if found.rules is not None else []


def _unit_handler(scores: ScoreReading, pages: Pages) -> HTTPRouteHandler:
    @get("/diem/{code:str}", include_in_schema=False)
    async def unit(request: AnyRequest, code: str) -> Response[str]:
        filters = list_state(request.query_params, UNITS).filters
        found = await _found(scores, filters)
        one = found.units.get(code)
        rows = component_rows(found.rules, one) if one is not None else []
        watched = watched_rows(found.rules, one) if one is not None else []
        level = scores.reading.level_name(code)
        groups = _groups(found) or [NO_SET]
        by_group = {
            group.code: [row for row in rows if row["group"] == group.code] for group in groups
        }
        return pages.page(
            request, "unit.html", as_of=found.as_of, found=found, code=code, unit=one,
            name=scores.reading.name_of(code), period_name=period_name_vi(found.period),
            by_group=by_group, watched=watched, groups=groups, level=level,
            change=change_of(code, level, found, await scores.before(found)),
            levels=LEVELS_VI, plans=scores.plan_rows(code, found),
            ranks={name: found.ranks.get((code, name))
                   for name in (scores.reading.level_name(code), ALL_LEVELS)},
            trend=await scores.trend(code, scores.reading.month, map_by=map_by_of(filters)),
            periods=current_periods(scores.reading.month), listable=explained(),
        )  # fmt: skip

    return unit


def _items_handlers(scores: ScoreReading, pages: Pages) -> list[HTTPRouteHandler]:
    @get("/chi-so/{indicator:str}", include_in_schema=False)
    async def items(request: AnyRequest, indicator: str) -> Response[str]:
        found = await indicator_items(scores, indicator, request.query_params)
        return pages.page(
            request, "indicator.html", as_of=instant_of(found.listed.as_of), found=found,
            items=list_page(found.rows, request.query_params, ITEMS),
        )  # fmt: skip

    @get("/chi-so/{indicator:str}/danh-sach.csv", include_in_schema=False)
    async def items_csv(request: AnyRequest, indicator: str) -> Response[bytes]:
        found = await indicator_items(scores, indicator, request.query_params)
        sort = list_state(request.query_params, ITEMS).sort
        return csv_download(sorted_rows(found.rows, sort, ITEMS), ITEMS, f"{indicator}.csv")

    return [items, items_csv]


def _what_if_handlers(scores: ScoreReading, pages: Pages) -> list[HTTPRouteHandler]:
    @get("/gia-su/{code:str}", include_in_schema=False)
    async def page(request: AnyRequest, code: str, ky: str = "") -> Response[str]:
        found = await what_if(scores, code, ky or scores.reading.year)
        return pages.page(
            request, "what_if.html", as_of=found.as_of, found=found, code=code,
            name=scores.reading.name_of(code), period_name=period_name_vi(found.period),
            gains=list_page(found.gains, request.query_params, _GAINS),
        )  # fmt: skip

    @get("/gia-su/{code:str}/danh-sach.csv", include_in_schema=False)
    async def gains_csv(code: str, ky: str = "") -> Response[bytes]:
        found = await what_if(scores, code, ky or scores.reading.year)
        return csv_download(found.gains, _GAINS, f"gia-su-{code}.csv")

    return [page, gains_csv]
