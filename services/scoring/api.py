"""`/v1`: numbers, the dossiers behind them, one dossier. Read only."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Struct

from shared.access import WITHIN
from shared.calendar.civil_time import instant_of
from shared.desk import Column, ListShape, csv_download, scope_of
from shared.runtime import AnyRequest

from .domain.counts import HOW_VI, TEXT_VI, Count
from .domain.dossier import end_of
from .domain.rules import CHANNELS, instant_of_us
from .domain.stages import stage_of, timeliness_of
from .indicator_api import IndicatorNumber, indicator_number, listed_response
from .reading import Reading
from .score_reading import ScoreReading
from .snapshot import Answer, Found
from .views import DossierView

PAGE_SIZE_MAX: Final = 1000
_ROWS: Final = ListShape[dict[str, Any]](
    columns=[
        Column(name, name, cell=lambda row, name=name: row[name])  # type: ignore[misc]  # bound now
        for name in (
            "code", "agency_code", "received_agency_code", "field_code", "procedure_code",
            "channel", "received_at", "due_at", "ended_at", "status", "counted", "reason",
        )
    ]
)  # fmt: skip


class CountNumber(Struct, frozen=True, kw_only=True):
    """One number. `period` is null for what is open now."""

    indicator: str
    name_vi: str
    how_vi: str
    number: int
    as_of: datetime
    position: int
    period: str | None
    agency: str | None
    subtree: bool
    field: str | None
    channel: str | None


class CountedDossiers(Struct, frozen=True, kw_only=True):
    """The dossiers behind a number: `total` is `number`; `left_out_total` says by reason."""

    indicator: str
    number: int
    total: int
    left_out_total: int
    left_out: dict[str, int]
    as_of: datetime
    position: int
    period: str | None
    page: int
    page_size: int
    dossiers: list[dict[str, Any]]


def make_api(reading: Reading, scores: ScoreReading) -> list[HTTPRouteHandler]:
    """The handlers of `/v1`."""
    return [
        _indicator_handler(reading, scores),
        _counted_handler(reading, scores),
        _dossier_handler(reading),
    ]


def row_of(found: Found, answer: Answer, reading: Reading) -> dict[str, Any]:
    """One dossier of a list, with plain values."""
    state = found.state
    end = end_of(state) if state.received else 0
    status = ""
    if state.received:
        status = timeliness_of(state, end, reading.rules) if end else stage_of(state, answer.as_of)
    return {
        "code": found.code,
        "agency_code": state.agency,
        "received_agency_code": state.received_agency or state.agency,
        "field_code": state.field,
        "procedure_code": state.procedure,
        "channel": CHANNELS[state.channel],
        "received_at": instant_of_us(state.received),
        "due_at": instant_of_us(state.due),
        "ended_at": instant_of_us(end),
        "status": status,
        "counted": not found.reason,
        "reason": found.reason,
    }


def _indicator_handler(reading: Reading, scores: ScoreReading) -> HTTPRouteHandler:
    @get("/v1/indicators/{indicator_id:str}")
    async def indicator(
        indicator_id: str,
        *,
        agency: str = "",
        subtree: bool = False,
        field: str = "",
        channel: str = "",
        period: str = "",
        map_by: str = "",
    ) -> CountNumber | IndicatorNumber:
        """Say one number: a count (received, overdue ...), or an indicator (2.1) with points.

        An indicator always counts what is below the agency too, by the period's own tree, or by
        today's with map_by=now; no agency is the province.
        """
        reading.require_current()
        if indicator_id in scores.names:
            return await indicator_number(scores, indicator_id, agency, period, map_by=map_by)
        asked = {
            "agency": agency, "subtree": subtree, "field": field, "channel": channel,
            "period": period,
        }  # fmt: skip
        question, named = reading.question(indicator_id, asked)
        return CountNumber(
            indicator=indicator_id, name_vi=TEXT_VI[indicator_id],
            how_vi=HOW_VI[Count(indicator_id)], number=await reading.number(question),
            as_of=reading.as_of, position=reading.scoring.position.sequence, period=named,
            agency=agency or None, subtree=subtree, field=field or None, channel=channel or None,
        )  # fmt: skip

    return indicator


def _counted_handler(reading: Reading, scores: ScoreReading) -> HTTPRouteHandler:
    @get("/v1/indicators/{indicator_id:str}/dossiers")
    async def dossiers(
        indicator_id: str,
        *,
        agency: str = "",
        subtree: bool = False,
        field: str = "",
        channel: str = "",
        period: str = "",
        map_by: str = "",
        counted: bool = True,
        page: Annotated[int, Parameter(ge=1)] = 1,
        page_size: Annotated[int, Parameter(ge=1, le=PAGE_SIZE_MAX)] = 100,
        format_: Annotated[Literal["json", "csv"], Parameter(query="format")] = "json",
    ) -> Response[Any]:
        """List exactly the dossiers counted, or with counted=false those left out, and why."""
        reading.require_current()
        if indicator_id in scores.names:
            period = period or reading.year
            listed = await scores.listed(indicator_id, agency, period, map_by=map_by)
            return listed_response(
                listed, indicator_id, period, counted=counted, page=page, page_size=page_size,
                format_=format_,
            )  # fmt: skip
        asked = {
            "agency": agency, "subtree": subtree, "field": field, "channel": channel,
            "period": period,
        }  # fmt: skip
        question, named = reading.question(indicator_id, asked)
        answer = await reading.answer(question)
        chosen = answer.counted if counted else answer.left_out
        if format_ == "csv":
            every = [row_of(found, answer, reading) for found in chosen]
            return csv_download(every, _ROWS, f"{indicator_id}.csv")
        shown = chosen[(page - 1) * page_size : page * page_size]
        rows = [row_of(found, answer, reading) for found in shown]
        return Response(_counted(indicator_id, named, answer, rows, (page, page_size)))

    return dossiers


def _counted(
    indicator: str, period: str | None, answer: Answer, rows: list[dict[str, Any]],
    page: tuple[int, int],
) -> CountedDossiers:  # fmt: skip
    return CountedDossiers(
        indicator=indicator, number=answer.number, total=len(answer.counted),
        left_out_total=len(answer.left_out), left_out=answer.reasons,
        as_of=instant_of(answer.as_of), position=answer.position, period=period,
        page=page[0], page_size=page[1], dossiers=rows,
    )  # fmt: skip


def _dossier_handler(reading: Reading) -> HTTPRouteHandler:
    @get("/v1/dossiers/{code:path}", opt=WITHIN)
    async def dossier(code: str, request: AnyRequest) -> DossierView:
        """Show a dossier: where it stands, the working of its due time, every fact about it."""
        return await reading.dossier(code.removeprefix("/"), scope_of(request))

    return dossier
