"""A period's report as JSON, CSV, XLSX or a page to print; the periods closed, and closing one."""

from typing import Annotated, Any, Final, Literal

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Redirect
from msgspec import Struct

from shared.access import Role, needs
from shared.calendar.civil_time import instant_of
from shared.desk import Pages
from shared.desk.pages import FLASH
from shared.rules.indicator_sets import load_set
from shared.runtime import AnyRequest, Refusal

from .closing import CannotCloseError, Closing
from .domain.closing import Figures, closes_at, ended_last
from .domain.indicator_words import names_vi
from .domain.period_report import target_summaries, without_post
from .domain.periods import current_periods, period_name_vi
from .questions import months_or_refusal
from .report_files import (
    STATES_VI,
    csv_body,
    json_body,
    moment_text,
    owes_vi,
    state_of,
    xlsx_body,
)
from .report_reading import ReportReading, ReportView

LATE_SHOWN_MAX: Final = 500
FLASHES: Final = {"ky-da-chot": "Số liệu của kỳ đã được ghi vào nhật ký."}
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WHY_NOT: Final = {
    "not_ended": (409, "Kỳ này chưa kết thúc.", "The period has not ended."),
    "not_ready": (
        503,
        "Chưa chốt được: đang đọc nhật ký, danh mục không có tỉnh, hoặc chỉ đọc một phần nhật ký.",
        "The log is being read, the catalogue names no province, or this is a shard.",
    ),
}
Format = Literal["json", "csv", "html", "xlsx", "canonical"]


class ClosedPeriod(Struct, frozen=True, kw_only=True):
    """One row of the page of periods."""

    period: str
    name: str
    figures: list[Figures]
    closes_at: int


def make_reports(
    reports: ReportReading, closing: Closing, pages: Pages, grace_working_days: float
) -> list[HTTPRouteHandler]:
    """The handlers of `/v1/reports`, `/v1/periods`, `/bao-cao` and `/ky-bao-cao`."""
    return [
        _report_handler(reports, pages),
        *_period_handlers(reports, closing),
        *_desk_handlers(reports, closing, pages, grace_working_days),
    ]


def _report_handler(reports: ReportReading, pages: Pages) -> HTTPRouteHandler:
    @get("/v1/reports/{period:str}")
    async def report(
        request: AnyRequest,
        period: str,
        *,
        agency: str = "",
        subtree: bool = False,
        correction: Annotated[int | None, Parameter(ge=0)] = None,
        format_: Annotated[Format, Parameter(query="format")] = "json",
    ) -> Response[Any]:
        """Give a period's report, per agency and in total, with the hash of what it says.

        A closed period is given as published last; `correction=0` is what closed it, 1 the first
        correction. `format=canonical` gives exactly the bytes under the hash.
        """
        view = await reports.view(period, agency, subtree=subtree, number=correction)
        if format_ == "html":
            page = _page(request, pages, reports, view)
            page.headers["X-Report-Sha256"] = view.sha256
            return page
        return _file(reports, view, format_)

    return report


def _file(reports: ReportReading, view: ReportView, format_: str) -> Response[bytes]:
    headers = {"Cache-Control": "no-store", "X-Report-Sha256": view.sha256}
    name = f"bao-cao-{view.report.period}.{format_}"
    if format_ == "csv":
        body, media_type = csv_body(view), "text/csv"
    elif format_ == "xlsx":
        body, media_type = xlsx_body(view, _names(reports), names_vi()), _XLSX
    elif format_ == "canonical":
        body, media_type, name = view.canonical, "application/json", ""
    else:
        body, media_type, name = json_body(view), "application/json", ""
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(body, media_type=media_type, headers=headers)


def _names(reports: ReportReading) -> dict[str, str]:
    return {agency.code: agency.name for agency in reports.reading.catalogue.agencies}


def _page(
    request: AnyRequest, pages: Pages, reports: ReportReading, view: ReportView
) -> Response[str]:
    report = view.report
    set_ = load_set(report.rules) if report.rules else None
    late = report.late_dossiers
    return pages.page(
        request,
        "report.html",
        as_of=reports.reading.as_of,
        view=view,
        report=report,
        state=state_of(view),
        period_name=period_name_vi(report.period),
        end_at=instant_of(view.as_of),
        names={a.code: a.short_name for a in reports.reading.catalogue.agencies},
        periods=current_periods(reports.reading.month),
        groups=set_.group if set_ is not None else (),
        targets=target_summaries(view.targets, reports.publications.province),
        late=late[:LATE_SHOWN_MAX],
        without_post=without_post(report),
        late_count=len(late),
        states=STATES_VI,
        owes_vi=owes_vi,
        at=instant_of,
        day_of=moment_text,
    )


def _period_handlers(reports: ReportReading, closing: Closing) -> list[HTTPRouteHandler]:
    @get("/v1/periods")
    async def periods() -> dict[str, Any]:
        """List every closed period with digest and position of each publication."""
        reports.reading.require_current()
        return {"periods": [_plain(one.period, one.figures) for one in _closed(reports)]}

    @post("/v1/periods/{period:str}/close", status_code=200, opt=needs(Role.ADMIN))
    async def close(period: str) -> dict[str, Any]:
        """Close a period that ended, or correct it where facts came late; nothing else changes."""
        return _plain(period, await _close(closing, period))

    return [periods, close]


def _closed(reports: ReportReading) -> list[Any]:
    return reports.publications.periods()


async def _close(closing: Closing, period: str) -> list[Figures]:
    months_or_refusal(period)
    try:
        return await closing.now(period)
    except CannotCloseError as error:
        status, vi, en = _WHY_NOT[error.reason]
        raise Refusal(status, vi, en) from None


def _plain(period: str, figures: list[Figures]) -> dict[str, Any]:
    return {
        "period": period,
        "published": [
            {
                "number": one.number, "at": instant_of(one.at).isoformat(), "sha256": one.digest,
                "position": one.position,
            }
            for one in figures
        ],
    }  # fmt: skip


def _desk_handlers(
    reports: ReportReading, closing: Closing, pages: Pages, grace_working_days: float
) -> list[HTTPRouteHandler]:
    reading = reports.reading

    @get(["/bao-cao", "/bao-cao/{period:str}"], include_in_schema=False)
    async def report(
        request: AnyRequest, period: str = "", correction: int | None = None
    ) -> Response[str]:
        reading.require_current()
        view = await reports.view(period or reading.month, number=correction)
        return _page(request, pages, reports, view)

    @get("/ky-bao-cao", include_in_schema=False)
    async def periods(request: AnyRequest) -> Response[str]:
        reading.require_current()
        closed = {one.period: one.figures for one in _closed(reports)}
        waiting = [one for one in ended_last(reading.month) if one not in closed]
        rows = [
            ClosedPeriod(
                period=one, name=period_name_vi(one), figures=closed.get(one, []),
                closes_at=closes_at(one, reading.rules.calendar, grace_working_days),
            )
            for one in [*waiting, *closed]
        ]  # fmt: skip
        return pages.page(
            request, "periods.html", as_of=reading.as_of, rows=rows, at=instant_of,
            running=[(one, period_name_vi(one)) for one in current_periods(reading.month).values()],
            now_at=reading.scoring.fold.as_of,
        )  # fmt: skip

    @post("/ky-bao-cao/{period:str}", include_in_schema=False, opt=needs(Role.ADMIN))
    async def close(period: str) -> Redirect:
        await _close(closing, period)
        return Redirect(f"/ky-bao-cao?{FLASH}=ky-da-chot", status_code=303)

    return [report, periods, close]
