"""Pages of a service's desk: Jinja2 with the shared look, always escaped, always dated."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from litestar import Request, Response
from msgspec import Struct

from shared.clock import Clock
from shared.desk import formats
from shared.desk.lists import ListShape, csv_bytes

RowT = TypeVar("RowT")

STATIC_FOLDER: Final = Path(__file__).parent / "static"
_TEMPLATES: Final = Path(__file__).parent / "templates"

# The four desks in the order of the flow, with their place after the base port.
DESKS: Final = {
    "intake": ("Tiếp nhận", 1),
    "scoring": ("Bảng chỉ số", 2),
    "notifier": ("Cảnh báo", 3),
    "postal_gateway": ("Bưu chính", 4),
}
_REFUSED: Final = 400
_POST_FORM: Final = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>')
# In the URL after a redirect: which of the service's own messages to show.
FLASH: Final = "da"


class DeskLinks(Struct, frozen=True):
    """Where the four desks are: a whole address, or a port on whatever host was asked."""

    places: Mapping[str, str | int]

    def url(self, service: str, scheme: str, host: str) -> str:
        """The address of a desk for somebody who reached this one as `host`; empty if unknown."""
        place = self.places.get(service, "")
        if isinstance(place, int):
            name = f"[{host}]" if ":" in host else host
            return f"{scheme}://{name}:{place}/"
        return place


def links_from_base(port: int) -> DeskLinks:
    """The desks as `motcua run` lays them out: base+1 intake … base+4 postal_gateway."""
    return DeskLinks({service: port + place for service, (_, place) in DESKS.items()})


def links_named(desks: Iterable[str]) -> DeskLinks:
    """The desks as a deployment names them: `name=address` each; what is not so is passed over."""
    pairs = (one.partition("=") for one in desks)
    return DeskLinks({name: url.rstrip("/") + "/" for name, found, url in pairs if found})


class Visitor(Struct, frozen=True):
    """Who looks at a page: a name to show, and what its forms must bring back."""

    name: str = ""
    form_token: str = ""
    has_login: bool = False  # False: no operator is known, so nobody can log in


NOBODY: Final = Visitor()


class Asked(Struct, frozen=True):
    """What a page needs to know of the request it answers."""

    scheme: str = "http"
    host: str = "127.0.0.1"
    path: str = "/"
    user: str = ""
    form_token: str = ""
    has_login: bool = False
    flash: str = ""
    is_tv: bool = False


class Pages:
    """Renders a service's own templates and the shared ones, which start with `desk/`.

    `who` says whom a request comes from. `flashes` are the messages
    that `?da=<code>` may show after a redirect: `{"da-ghi": "Đã ghi nhận cảnh báo."}`.
    """

    def __init__(
        self,
        *,
        service: str,
        templates: Path,
        links: DeskLinks,
        clock: Clock,
        who: Callable[[Request[Any, Any, Any]], Visitor] = lambda _: NOBODY,
        flashes: Mapping[str, str] | None = None,
        stale_after_seconds: float = 900,
    ) -> None:
        self._service = service
        self._links = links
        self._clock = clock
        self._who = who
        self._flashes = dict(flashes or {})
        self._stale_after = timedelta(seconds=stale_after_seconds)
        self._jinja = _environment(templates)

    def page(
        self,
        request: Request[Any, Any, Any],
        template: str,
        *,
        as_of: datetime | None = None,
        status_code: int = 200,
        **context: Any,
    ) -> Response[str]:
        """Answer a request with a page; `as_of` is the instant its numbers stand for (or now)."""
        asked = self._asked(request)
        if status_code >= _REFUSED:  # an address may hold anything, also what is refused
            asked = msgspec.structs.replace(asked, path="/")
        html = self.render(template, asked=asked, as_of=as_of, **context)
        return Response(
            html,
            status_code=status_code,
            media_type="text/html",
            headers={"Cache-Control": "no-store"},
        )

    def render(
        self,
        template: str,
        *,
        asked: Asked | None = None,
        as_of: datetime | None = None,
        **context: Any,
    ) -> str:
        """The page as text. A name the template uses and nobody gave is an error."""
        asked = asked or Asked()
        now = self._clock.now()
        desks = [
            (key, label, self._links.url(key, asked.scheme, asked.host), key == self._service)
            for key, (label, _) in DESKS.items()
        ]
        html = self._jinja.get_template(template).render(
            now=now,
            as_of=as_of or now,
            is_stale=as_of is not None and now - as_of > self._stale_after,
            asked=asked,
            desks=desks,
            desk_title=DESKS.get(self._service, (self._service, 0))[0],
            flash=self._flashes.get(asked.flash, ""),
            **context,
        )
        return _with_token(html, asked.form_token)

    def _asked(self, request: Request[Any, Any, Any]) -> Asked:
        visitor = self._who(request)
        return Asked(
            scheme=request.url.scheme,
            host=request.url.hostname or "127.0.0.1",
            path=request.url.path,
            user=visitor.name,
            form_token=visitor.form_token,
            has_login=visitor.has_login,
            flash=request.query_params.get(FLASH, ""),
            is_tv=request.query_params.get("tv") == "1",
        )


def csv_download(rows: Iterable[RowT], shape: ListShape[RowT], filename: str) -> Response[bytes]:
    """The whole filtered list as a file to keep; `filename` is plain ASCII, with `.csv`."""
    return Response(
        csv_bytes(rows, shape),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "Cache-Control": "no-store",
        },
    )


def _with_token(html: str, token: str) -> str:
    """The page with the token in each form that changes something: none can be forgotten.

    What comes from outside is escaped, so every such tag is one of our templates'.
    """
    if not token:
        return html
    field = f'<input type="hidden" name="csrf" value="{token}">'
    return _POST_FORM.sub(lambda found: found[0] + field, html)


def _environment(templates: Path) -> Environment:
    shared = PrefixLoader({"desk": FileSystemLoader(_TEMPLATES)})
    jinja = Environment(
        loader=ChoiceLoader([shared, FileSystemLoader(templates)]),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for show in (
        formats.moment,
        formats.moment_exact,
        formats.clock_time,
        formats.day,
        formats.number,
        formats.plain_number,
        formats.percent,
        formats.duration,
    ):
        jinja.filters[show.__name__] = show
    jinja.filters["ago"] = _ago
    jinja.filters["time_left"] = _time_left
    jinja.globals["static"] = _static_addresses()
    return jinja


@pass_context
def _ago(context: Context, at: datetime | None) -> str:
    return formats.ago(at, context["now"])


@pass_context
def _time_left(context: Context, due_at: datetime | None) -> str:
    return formats.time_left(due_at, context["now"])


def _static_addresses() -> dict[str, str]:
    """The address of each shared file; it changes with the content, so browsers may keep it."""
    return {
        path.name: f"/static/{path.name}?{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
        for path in sorted(STATIC_FOLDER.iterdir())
        if path.is_file()
    }
