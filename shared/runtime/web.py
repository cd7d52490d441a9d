"""The web application every service has: limits, headers and refusals in one place."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from litestar import Litestar, Request, Response, Router, get
from litestar.datastructures import CacheControlHeader, MutableScopeHeaders, State
from litestar.openapi import OpenAPIConfig
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler, Message, Middleware, Scope

from shared.access import ANYONE
from shared.desk import STATIC_FOLDER, Pages
from shared.errors import TemporarilyUnavailable
from shared.observability import ServiceLog
from shared.runtime.document import document_of
from shared.runtime.refusals import Refusal, refusal_of

BODY_BYTES_MAX: Final = 1_048_576

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]
AnyRequest = Request[Any, Any, State]

_HEADERS: Final = {
    # Everything comes from here: no other host, no inline script, no inline style, no frame.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # same-origin, not no-referrer: with that, browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # What may stay in a browser or a proxy says so itself.
    "Cache-Control": "no-store",
}
_TLS_HEADERS: Final = {"Strict-Transport-Security": "max-age=31536000"}
_SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS"}
_SERVER_FAULT: Final = 500


class Admits(Protocol):
    """Whoever stands in front of the routes (`shared.login.Gate`)."""

    async def admit(self, request: AnyRequest) -> Response[Any] | None:
        """Let a request pass (None), answer it, or refuse it."""
        ...

    async def before_send(self, message: Message, scope: Scope) -> None:
        """Add to an answer's headers."""
        ...


def make_web(
    route_handlers: Sequence[ControllerRouterHandler],
    *,
    title: str,
    log: ServiceLog,
    version: str = "0.1.0",
    description: str = "",
    pages: Pages | None = None,
    lifespan: Sequence[Lifespan] = (),
    before_stop: Sequence[Callable[[], None]] = (),
    middleware: Sequence[Middleware] = (),
    request_body_bytes_max: int = BODY_BYTES_MAX,
    state: dict[str, Any] | None = None,
    gate: Admits | None = None,
) -> Litestar:
    """Return the application; `serve` runs it.

    `before_stop` are called when the process is told to stop, before open requests are waited
    for: put `LiveHub.close` there. Every refusal is JSON (`Refused`); with `pages`, a person's
    browser gets the same as a page. The API's document is at `/openapi.json`. Forms sent from
    another site are refused (403), then `gate` decides; without one nobody is asked.
    """
    refuse = _refusing(log, pages)
    return Litestar(
        route_handlers=[*route_handlers, _static_files(), _openapi_document],
        openapi_config=OpenAPIConfig(
            title=title,
            version=version,
            description=description,
            openapi_router=Router("/schema", route_handlers=[], opt=ANYONE),
        ),
        exception_handlers={Exception: refuse, _SERVER_FAULT: refuse},
        before_request=_admitting(gate),
        before_send=[_add_headers, *([gate.before_send] if gate else [])],
        lifespan=list(lifespan),
        middleware=list(middleware),
        request_max_body_size=request_body_bytes_max,
        logging_config=None,
        state=State({**(state or {}), "before_stop": tuple(before_stop)}),
    )


def _static_files() -> Router:
    return create_static_files_router(
        path="/static",
        directories=[STATIC_FOLDER],
        cache_control=CacheControlHeader(max_age=86_400, public=True),
        opt=ANYONE,
    )


def _refusing(
    log: ServiceLog, pages: Pages | None
) -> Callable[[AnyRequest, Exception], Response[Any]]:
    """Answer every refusal; a fault of ours is logged as well, without what was sent."""

    def refuse(request: AnyRequest, error: Exception) -> Response[Any]:
        refusal = refusal_of(error)
        if isinstance(error, TemporarilyUnavailable):
            log.warning("request_unavailable", method=request.method, route=_route(request))
        elif refusal.status_code == _SERVER_FAULT and not isinstance(error, Refusal):
            log.failure("request_failed", error, method=request.method, route=_route(request))
        return _answer(request, refusal, pages)

    return refuse


@get("/openapi.json", include_in_schema=False, opt=ANYONE, sync_to_thread=False)
def _openapi_document(request: AnyRequest) -> Response[dict[str, Any]]:
    return Response(document_of(request.app), media_type="application/vnd.oai.openapi+json")


def _answer(request: AnyRequest, refusal: Refusal, pages: Pages | None) -> Response[Any]:
    if pages is not None and _is_person(request):
        page = pages.page(
            request, "desk/refused.html", status_code=refusal.status_code, refused=refusal.body
        )
        page.headers.update(refusal.headers)
        return page
    return Response(
        refusal.body,
        status_code=refusal.status_code,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **refusal.headers},
    )


def _is_person(request: AnyRequest) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _route(request: AnyRequest) -> str:
    """The route's template: an address may hold a dossier's code."""
    return str(request.scope.get("path_template", "")) or "unrouted"


def _admitting(gate: Admits | None) -> Callable[[AnyRequest], Awaitable[Response[Any] | None]]:
    async def admit(request: AnyRequest) -> Response[Any] | None:
        _refuse_other_sites(request)
        return None if gate is None else await gate.admit(request)

    return admit


def _refuse_other_sites(request: AnyRequest) -> None:
    """A browser says where a form comes from; programs that are no browsers say nothing."""
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        is_ours = site in {"same-origin", "none"}
    else:
        origin = request.headers.get("origin")
        is_ours = origin is None or _is_from(origin, request.headers.get("host"))
    if not is_ours:
        raise Refusal(403, "Biểu mẫu được gửi từ trang khác.", "The form came from another site.")


def _is_from(origin: str, host: str | None) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:  # half an IPv6 address
        return False


async def _add_headers(message: Message, scope: Scope) -> None:
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        tls = _TLS_HEADERS if scope.get("scheme") == "https" else {}
        for name, value in (_HEADERS | tls).items():
            headers.setdefault(name, value)
