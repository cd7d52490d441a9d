"""The page of desks and officers of the one-stop office: who is rated, and how.

Officers stand here by the pseudonym that only their agency can resolve, and nowhere else: no
label, report or `/v1` has it.
"""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from shared.catalogue.tree import Tree
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
from shared.desk.formats import decimal_cell
from shared.runtime import AnyRequest

from .domain.periods import current_periods, last_day_of, period_name_vi
from .domain.seat_scores import SeatScore, listed_desks, seat_scores
from .questions import agencies_under, months_or_refusal
from .score_reading import ScoreReading

INDICATOR: Final = "one_stop_desks_and_officers_rated"
DESK, OFFICER = "quay", "cong-chuc"
_KINDS_VI: Final = {False: "quầy", True: "công chức"}
SEATS: Final = ListShape[SeatScore](
    columns=[
        Column("co-quan", "Cơ quan", cell=lambda r: r.agency, order=lambda r: r.agency),
        Column("loai", "Loại", cell=lambda r: _KINDS_VI[r.is_officer],
               order=lambda r: r.is_officer),
        Column("ma", "Mã", cell=lambda r: r.code, order=lambda r: r.code),
        Column("nhan", "Tiếp nhận", cell=lambda r: r.served, order=lambda r: r.served,
               is_number=True),
        Column("dung-han", "Đúng hạn", cell=lambda r: _share(r.on_time_ratio),
               order=lambda r: r.on_time_ratio, is_number=True),
        Column("danh-gia", "Lượt đánh giá", cell=lambda r: r.rated, order=lambda r: r.rated,
               is_number=True),
        Column("hai-long", "Hài lòng", cell=lambda r: _share(r.satisfied_ratio),
               order=lambda r: r.satisfied_ratio, is_number=True),
    ],
    filters=[
        Filter("loai", "Loại", choices=[Choice(DESK, "Quầy"), Choice(OFFICER, "Công chức")]),
        Filter("ky", "Kỳ, ví dụ 2026-09"),
        Filter("tim", "Tìm mã"),
    ],
    sort="-danh-gia",
)  # fmt: skip


class Rated(Struct, frozen=True, kw_only=True):
    """The desks and officers of an agency with everything below it, and those to be listed."""

    period: str
    every: list[SeatScore]
    rows: list[SeatScore]

    @property
    def rated_count(self) -> int:
        """How many of them anybody rated."""
        return sum(one.is_rated for one in self.every)


def _share(ratio: float | None) -> str:
    return decimal_cell(None if ratio is None else 100 * ratio)


def rated_of(scores: ScoreReading, agency: str, query: Mapping[str, Any]) -> Rated:
    """Read the address and return its desks and officers.

    Raises:
        Refusal: 422 for what is no period, 503 while there are no numbers.
    """
    scores.reading.require_current()
    filters = list_state(query, SEATS).filters
    period = filters.get("ky", "") or scores.reading.year
    index = scores.reading.scoring.numbers.index
    under = agencies_under(scores.reading.catalogue, agency, index.agencies)
    months = months_or_refusal(period)
    day = min(last_day_of(period), scores.reading.today)
    listed = listed_desks(Tree(scores.reading.catalogue.agencies, day).agencies())
    every = seat_scores(index, months, under, listed)
    kind, text = filters.get("loai", ""), filters.get("tim", "").casefold()
    rows = [
        one
        for one in every
        if text in one.code.casefold() and kind in {"", OFFICER if one.is_officer else DESK}
    ]
    return Rated(period=period, every=every, rows=rows)


def make_seat_desk(scores: ScoreReading, pages: Pages) -> list[HTTPRouteHandler]:
    """The handlers of `/mot-cua`."""

    @get("/mot-cua/{code:str}", include_in_schema=False)
    async def seats(request: AnyRequest, code: str) -> Response[str]:
        found = rated_of(scores, code, request.query_params)
        return pages.page(
            request, "seats.html", as_of=scores.reading.as_of, found=found, code=code,
            name=scores.reading.name_of(code), period_name=period_name_vi(found.period),
            seats=list_page(found.rows, request.query_params, SEATS), indicator=INDICATOR,
            names={one.code: one.short_name for one in scores.reading.catalogue.agencies},
            periods=current_periods(scores.reading.month), kinds=_KINDS_VI,
        )  # fmt: skip

    @get("/mot-cua/{code:str}/danh-sach.csv", include_in_schema=False)
    async def seats_csv(request: AnyRequest, code: str) -> Response[bytes]:
        found = rated_of(scores, code, request.query_params)
        sort = list_state(request.query_params, SEATS).sort
        return csv_download(sorted_rows(found.rows, sort, SEATS), SEATS, f"mot-cua-{code}.csv")

    return [seats, seats_csv]
