"""Mean handling times by procedure (indicator 2.2): a page, a file, and `/v1/handling-times`."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.desk import (
    Column,
    Filter,
    ListShape,
    Pages,
    csv_download,
    list_page,
    list_state,
    sorted_rows,
)
from shared.desk.formats import decimal_cell
from shared.runtime import AnyRequest

from . import past
from .domain.handling import HandlingTime
from .domain.periods import current_periods, period_name_vi
from .questions import months_or_refusal
from .score_reading import ScoreReading

INDICATOR: Final = "2.2"


class HandlingRow(Struct, frozen=True, kw_only=True):
    """One procedure; days are working days of eight hours, `limit_days` as the catalogue says."""

    procedure: str
    name: str
    dossier_count: int
    mean_days: float
    shortest_days: float
    longest_days: float
    limit_days: float | None


class Handled(Struct, frozen=True, kw_only=True):
    """The procedures of an agency with everything below it, as of one commit."""

    period: str
    as_of: int
    position: int
    rows: list[HandlingRow]


TIMES: Final = ListShape[HandlingRow](
    columns=[
        Column("thu-tuc", "Thủ tục", cell=lambda r: r.procedure, order=lambda r: r.procedure),
        Column("ten", "Tên", cell=lambda r: r.name, order=lambda r: r.name),
        Column("so", "Hồ sơ", cell=lambda r: r.dossier_count, order=lambda r: r.dossier_count,
               is_number=True),
        Column("trung-binh", "Trung bình (ngày làm việc)", cell=lambda r: decimal_cell(r.mean_days),
               order=lambda r: r.mean_days, is_number=True),
        Column("ngan", "Nhanh nhất", cell=lambda r: decimal_cell(r.shortest_days),
               order=lambda r: r.shortest_days, is_number=True),
        Column("dai", "Lâu nhất", cell=lambda r: decimal_cell(r.longest_days),
               order=lambda r: r.longest_days, is_number=True),
        Column("han", "Thời hạn", cell=lambda r: decimal_cell(r.limit_days),
               order=lambda r: r.limit_days or 0.0, is_number=True),
    ],
    filters=[Filter("ky", "Kỳ, ví dụ 2026-09"), Filter("tim", "Tìm thủ tục")],
    sort="-so",
)  # fmt: skip


async def handled(scores: ScoreReading, agency: str, period: str) -> Handled:
    """Return the mean handling times of an agency with everything below it; "" is the province.

    Raises:
        Refusal: 422 for what is no period, 503 while there are no numbers.
    """
    period = scores.reading.named_period(period) or scores.reading.year
    months_or_refusal(period)
    scores.reading.require_current()
    found = await scores.reading.walk(past.handled(scores.place(), agency, period))
    return Handled(
        period=period, as_of=found.as_of, position=found.position,
        rows=[_row(scores, one) for one in found.times],
    )  # fmt: skip


def _row(scores: ScoreReading, time: HandlingTime) -> HandlingRow:
    rules = scores.reading.rules
    known = rules.procedure(time.procedure)

    def days(seconds: float) -> float:
        return round(seconds / rules.calendar.working_day_seconds, 4)

    return HandlingRow(
        procedure=time.procedure, name=known.name if known is not None else "",
        dossier_count=time.dossier_count, mean_days=days(time.mean_seconds),
        shortest_days=days(time.shortest_seconds), longest_days=days(time.longest_seconds),
        limit_days=days(rules.limit_seconds(time.procedure)) or None,
    )  # fmt: skip


async def _chosen(scores: ScoreReading, agency: str, query: Mapping[str, Any]) -> Handled:
    filters = list_state(query, TIMES).filters
    found = await handled(scores, agency, filters.get("ky", ""))
    text = filters.get("tim", "").casefold()
    rows = [one for one in found.rows if text in f"{one.procedure} {one.name}".casefold()]
    return Handled(period=found.period, as_of=found.as_of, position=found.position, rows=rows)


def make_handling_desk(scores: ScoreReading, pages: Pages) -> list[HTTPRouteHandler]:
    """The handlers of `/thoi-gian` and `/v1/handling-times`."""

    @get("/thoi-gian/{code:str}", include_in_schema=False)
    async def times(request: AnyRequest, code: str) -> Response[str]:
        found = await _chosen(scores, code, request.query_params)
        return pages.page(
            request, "handling.html", as_of=instant_of(found.as_of), found=found, code=code,
            name=scores.reading.name_of(code), period_name=period_name_vi(found.period),
            times=list_page(found.rows, request.query_params, TIMES),
            periods=current_periods(scores.reading.month),
        )  # fmt: skip

    @get("/thoi-gian/{code:str}/danh-sach.csv", include_in_schema=False)
    async def times_csv(request: AnyRequest, code: str) -> Response[bytes]:
        found = await _chosen(scores, code, request.query_params)
        sort = list_state(request.query_params, TIMES).sort
        return csv_download(sorted_rows(found.rows, sort, TIMES), TIMES, f"thoi-gian-{code}.csv")

    @get("/v1/handling-times")
    async def handling_times(*, agency: str = "", period: str = "") -> dict[str, Any]:
        """Say how long dossiers took that got their result in a period, procedure by procedure.

        Indicator 2.2: working days of eight hours, without the time the clock stood still. A mean
        says something within one procedure only: there is none over several. No agency is the
        province; an agency is counted with everything below it.
        """
        found = await handled(scores, agency, period)
        return {
            "indicator": INDICATOR, "name_vi": scores.names[INDICATOR],
            "agency": agency or scores.reading.catalogue.province or "", "period": found.period,
            "as_of": instant_of(found.as_of), "position": found.position,
            "procedures": found.rows,
        }  # fmt: skip

    return [times, times_csv, handling_times]
