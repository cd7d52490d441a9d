"""`/metrics`, `/health/live` and `/health/ready` of every service."""

from collections.abc import Sequence
from typing import Protocol

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from shared.access import ANYONE, METRICS
from shared.observability.exposition import CONTENT_TYPE, Page

OK, UNAVAILABLE = 200, 503


class HealthReport(Struct, frozen=True):
    """Whether work may be sent here; `reasons` is empty when it may."""

    ready: bool
    reasons: Sequence[str] = ()


class ReportsHealth(Protocol):
    """Whoever knows whether the service is ready (`shared.runtime.Health`)."""

    def report(self) -> HealthReport:
        """Say it as of now."""
        ...


def make_endpoints(page: Page, health: ReportsHealth) -> list[HTTPRouteHandler]:
    """The three handlers, outside the service's OpenAPI document."""

    @get("/metrics", include_in_schema=False, opt=METRICS)
    async def metrics(request: Request[object, object, State]) -> Response[bytes]:
        body = await page.render()
        headers = {"Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            packed = await page.compressed(body)
            if packed is not None:
                body, headers["Content-Encoding"] = packed, "gzip"
        return Response(body, media_type=CONTENT_TYPE, headers=headers)

    @get("/health/live", include_in_schema=False, opt=ANYONE, sync_to_thread=False)
    def live() -> dict[str, bool]:
        # That this was answered is the answer: the loop turns.
        return {"live": True}

    @get("/health/ready", include_in_schema=False, opt=ANYONE, sync_to_thread=False)
    def ready() -> Response[HealthReport]:
        report = health.report()
        return Response(report, status_code=OK if report.ready else UNAVAILABLE)

    return [metrics, live, ready]
