"""The desk: the board, lists of the dossiers behind a number, one dossier, search."""

from decimal import Decimal
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from shared.access import WITHIN
from shared.desk import (
    Choice,
    Column,
    Filter,
    ListShape,
    Pages,
    csv_download,
    list_page,
    list_state,
    scope_of,
    sorted_rows,
)
from shared.desk.formats import moment, number, percent
from shared.runtime import AnyRequest

from .board import AgencyRow, Boards
from .changes import said, trend_of
from .domain.counts import TEXT_VI
from .domain.periods import current_periods
from .domain.words import CHANNELS_VI, DUTIES_VI, LEVELS_VI
from .lists import TONES, DossierList, dossier_list
from .reading import Reading
from .score_reading import ScoreReading
from .views import told

BOARD: Final = ListShape[AgencyRow](
    columns=[
        Column("co-quan", "Cơ quan", cell=lambda r: r.short_name, order=lambda r: r.short_name),
        Column("dang", "Đang mở", cell=lambda r: r.numbers.open_count,
               order=lambda r: r.numbers.open_count, is_number=True),
        Column("sap", "Sắp hạn", cell=lambda r: r.due_soon, order=lambda r: r.due_soon,
               is_number=True),
        Column("qua", "Quá hạn", cell=lambda r: r.overdue, order=lambda r: r.overdue,
               is_number=True),
        Column("dung", "Tạm dừng", cell=lambda r: r.paused, order=lambda r: r.paused,
               is_number=True),
        Column("nhan", "Nhận", cell=lambda r: r.numbers.received_count,
               order=lambda r: r.numbers.received_count, is_number=True),
        Column("xong", "Xong", cell=lambda r: r.numbers.closed_count,
               order=lambda r: r.numbers.closed_count, is_number=True),
        Column("ty-le", "Đúng hạn", cell=lambda r: percent(r.numbers.on_time_ratio),
               order=lambda r: r.numbers.on_time_ratio, is_number=True),
        Column("diem", "Điểm", cell=lambda r: number(r.total_points, 2),
               order=lambda r: r.total_points or Decimal(-1), is_number=True),
        Column("hang", "Hạng", cell=lambda r: r.rank, order=lambda r: r.rank or 10_000,
               is_number=True),
        Column("lau-nhat", "Hẹn cũ nhất", cell=lambda r: moment(r.oldest_due_at),
               order=lambda r: r.oldest_due_at),
    ],
    filters=[
        Filter("cap", "Cấp", choices=[Choice(key, name) for key, name in LEVELS_VI.items()]),
        Filter("tim", "Tìm cơ quan"),
    ],
    sort="-qua",
    page_size=60,
)  # fmt: skip


def make_desk(
    reading: Reading, boards: Boards, scores: ScoreReading, pages: Pages
) -> list[HTTPRouteHandler]:
    """The handlers of the desk."""
    return [
        *_board_handlers(reading, boards, scores, pages),
        *_dossier_handlers(reading, pages),
    ]


def _board_handlers(
    reading: Reading, boards: Boards, scores: ScoreReading, pages: Pages
) -> list[HTTPRouteHandler]:
    province = reading.catalogue.province or ""

    @get("/", include_in_schema=False, opt=WITHIN)
    async def board(request: AnyRequest) -> Response[Any]:
        if not scope_of(request).is_whole:  # the board is the whole province's
            return Redirect("/ho-so", status_code=303)
        found = boards.board()
        if found is None:
            return pages.page(request, "reading.html", standing=reading.scoring.standing())
        if request.query_params.get("tv") == "1":
            return pages.page(request, "tv.html", as_of=reading.as_of, board=found)
        rows = _matching(found.rows, list_state(request.query_params, BOARD).filters)
        return pages.page(
            request, "board.html", as_of=reading.as_of, board=found,
            agencies=list_page(rows, request.query_params, BOARD),
            periods=current_periods(found.month), targets=said(scores.target_counts(province)),
            trend=trend_of(scores.trend_lately(province)),
        )  # fmt: skip

    @get("/co-quan.csv", include_in_schema=False)
    async def agencies_csv(request: AnyRequest) -> Response[bytes]:
        reading.require_current()
        found = boards.board()
        state = list_state(request.query_params, BOARD)
        rows = _matching(found.rows if found else (), state.filters)
        return csv_download(sorted_rows(rows, state.sort, BOARD), BOARD, "co-quan.csv")

    return [board, agencies_csv]


def _matching(rows: Any, filters: Any) -> list[AgencyRow]:
    text = filters.get("tim", "").casefold()
    level = filters.get("cap", "")
    return [
        row
        for row in rows
        if (not level or row.level == level)
        and (not text or text in f"{row.code} {row.name} {row.short_name}".casefold())
        # A list of what was found shows every agency; the whole board those with work.
        and (text or level or row.numbers.open_count or row.numbers.received_count
             or row.numbers.closed_count)
    ]  # fmt: skip


def _dossier_handlers(reading: Reading, pages: Pages) -> list[HTTPRouteHandler]:
    @get("/ho-so", include_in_schema=False, opt=WITHIN)
    async def dossiers(request: AnyRequest) -> Response[str]:
        found = await dossier_list(reading, request.query_params, scope_of(request))
        return pages.page(
            request, "dossiers.html", as_of=found.as_of, found=found, texts=TEXT_VI, tones=TONES,
            dossiers=list_page(found.rows, request.query_params, found.shape),
        )  # fmt: skip

    @get("/ho-so.csv", include_in_schema=False, opt=WITHIN)
    async def dossiers_csv(request: AnyRequest) -> Response[bytes]:
        found: DossierList = await dossier_list(reading, request.query_params, scope_of(request))
        state = list_state(request.query_params, found.shape)
        return csv_download(sorted_rows(found.rows, state.sort, found.shape), found.shape,
                            "ho-so.csv")  # fmt: skip

    @get("/ho-so/{code:path}", include_in_schema=False, opt=WITHIN)
    async def dossier(request: AnyRequest, code: str) -> Response[str]:
        view = await reading.dossier(code.removeprefix("/"), scope_of(request))
        return pages.page(
            request, "dossier.html", as_of=view.as_of, dossier=view, texts=TEXT_VI, tones=TONES,
            channels=CHANNELS_VI, duties=DUTIES_VI, told=told,
        )  # fmt: skip

    @get("/tim", include_in_schema=False, opt=WITHIN)
    async def search(request: AnyRequest) -> Response[Any]:
        text = str(request.query_params.get("ma", "")).strip()[:80]
        if text and reading.state(text, scope_of(request)) is not None:
            return Redirect(f"/ho-so/{text}", status_code=303)
        codes = reading.codes_like(text, scope_of(request)) if text else []
        return pages.page(request, "search.html", as_of=reading.as_of, text=text, codes=codes)

    return [dossiers, dossiers_csv, dossier, search]
