"""A period's report as JSON, CSV, or a page to print."""

import csv
import io
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from shared.desk import Pages
from shared.runtime import AnyRequest

from .domain.periods import period_name_vi
from .domain.report import Numbers, Report, said
from .domain.rules import CHANNELS
from .domain.stages import STAGES, TIMELINESS
from .reading import Reading

_HEADS: Final = (
    "received",
    *(f"received_{one}" for one in CHANNELS),
    "closed",
    *(f"closed_{one}" for one in TIMELINESS),
    "open",
    *(f"open_{one}" for one in STAGES),
)


def make_reports(reading: Reading, pages: Pages) -> list[HTTPRouteHandler]:
    """The handler of `/v1/reports/{period}`."""

    @get("/v1/reports/{period:str}")
    async def report(
        request: AnyRequest,
        period: str,
        *,
        agency: str = "",
        subtree: bool = False,
        format_: Annotated[Literal["json", "csv", "html"], Parameter(query="format")] = "json",
    ) -> Response[Any]:
        """Give a period's report, per agency and in total, with the hash of what it says."""
        found = reading.report(period, agency, subtree=subtree)
        if format_ == "csv":
            return report_csv(found)
        if format_ == "html":
            page = report_page(request, pages, reading, found)
            page.headers["X-Report-Sha256"] = found.sha256
            return page
        body = {
            **said(found),
            "as_of": reading.as_of,
            "position": reading.scoring.position.sequence,
            "sha256": found.sha256,
        }
        return _file(msgspec.json.encode(body), "application/json", found)

    return [report]


def report_page(
    request: AnyRequest, pages: Pages, reading: Reading, report: Report
) -> Response[str]:
    """The report as a page; agencies by name, and each number with the dossiers behind it."""
    names = {a.code: a.name for a in reading.catalogue.agencies}
    return pages.page(
        request,
        "report.html",
        as_of=reading.as_of,
        report=report,
        period_name=period_name_vi(report.period),
        names=names,
        month=reading.month,
    )


def report_csv(report: Report) -> Response[bytes]:
    """A report as a table, a row an agency and the total last."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["agency_code", *_HEADS])
    for code, numbers in [*report.agencies.items(), ("TOTAL", report.total)]:
        writer.writerow([code, *_cells(numbers)])
    body = b"\xef\xbb\xbf" + text.getvalue().encode()
    return _file(body, "text/csv", report, f"bao-cao-{report.period}.csv")


def _cells(numbers: Numbers) -> list[int]:
    return [
        numbers.received_count, *numbers.received.values(),
        numbers.closed_count, *numbers.closed.values(),
        numbers.open_count, *numbers.open.values(),
    ]  # fmt: skip


def _file(body: bytes, media_type: str, report: Report, name: str = "") -> Response[bytes]:
    headers = {"Cache-Control": "no-store", "X-Report-Sha256": report.sha256}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(body, media_type=media_type, headers=headers)
