"""The gate in front of every route: who asks, whether that is enough, and whether they meant it."""

import hmac
import ipaddress
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote

from litestar import Response
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.response import Redirect
from litestar.types import Message, Scope
from msgspec import Struct

from shared.access import ANYONE, METRICS, NEEDS, ROLES_VI, Role, is_enough
from shared.clock import Clock
from shared.desk import NOBODY, Visitor
from shared.login import sessions
from shared.login.operators import Machine, Operator, Operators
from shared.login.scoping import Scoping
from shared.observability import ServiceLog
from shared.runtime import AnyRequest, Refusal, Secret

LOGIN: Final = "/dang-nhap"
FORM_FIELD: Final = "csrf"
_FORM_HEADER: Final = "x-csrf-token"
# Sent by a page that redraws itself: nobody is necessarily in front of it.
_BY_ITSELF: Final = "motcua-live"
_SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS"}
_KNOWN: Final = "motcua_known"
_COOKIE: Final = "motcua_cookie"
_BEARER: Final = {"WWW-Authenticate": 'Bearer realm="motcua"'}


class GateSettings(Protocol):
    """The settings of a service that decide about its login."""

    @property
    def operators(self) -> Path | None:
        """Where operators.json is."""
        ...

    @property
    def catalogue(self) -> Path | None:
        """Where the organisation tree is."""
        ...

    @property
    def metrics_token(self) -> Secret:
        """What /metrics asks for; empty where it asks for nothing."""
        ...

    @property
    def http_host(self) -> str:
        """The address listened on."""
        ...


class Known(Struct, frozen=True):
    """Who asks; `ticket` is None for a machine that sent its token."""

    name: str
    full_name: str
    role: Role
    is_person: bool
    ticket: sessions.Ticket | None = None
    agencies: tuple[str, ...] = ()  # none is the whole province


class Gate:
    """Reads who asks, and lets pass who may.

    With no operator known everybody on this machine may do everything, as in a trial; from
    elsewhere nobody sees anything until there is one.
    """

    def __init__(self, settings: GateSettings, *, clock: Clock, log: ServiceLog) -> None:
        self.clock = clock
        self.log = log
        self.operators = Operators(settings.operators, clock=clock, log=log)
        self._scoping = Scoping(settings.catalogue, clock=clock, log=log)
        self._metrics_token = settings.metrics_token
        self._is_trial = is_loopback(settings.http_host)
        self._ended: dict[str, int] = {}

    # ------------------------------------------------------------------ hooks of the web

    async def admit(self, request: AnyRequest) -> Response[Any] | None:
        """Let the request pass (None), answer it, or refuse it."""
        needed = request.route_handler.opt.get(NEEDS)
        if needed == ANYONE[NEEDS]:
            return None
        if needed == METRICS[NEEDS]:
            self._check_metrics(request)
            return None
        if not self.operators.is_on:
            self._check_trial()
            self._scoping.check(request, "", ())
            return None
        is_reading = request.method in _SAFE_METHODS
        known = self.known(request)
        if known is None:
            return _sent_to_log_in(request, is_reading=is_reading)
        if not is_reading:
            await self._check_meant(request, known)
        least = needed or (Role.VIEWER if is_reading else Role.ADMIN)
        self._check_role(request, known, least, is_reading=is_reading)
        self._scoping.check(request, known.name, known.agencies)
        request.scope["state"][_KNOWN] = known
        self._renew(request, known)
        return None

    async def before_send(self, message: Message, scope: Scope) -> None:
        """Give the cookie out anew where the session was used."""
        cookie = scope.get("state", {}).get(_COOKIE)
        if cookie and message["type"] == "http.response.start":
            MutableScopeHeaders.from_message(message).add("set-cookie", cookie)

    def visitor(self, request: AnyRequest) -> Visitor:
        """What a page shows of whoever looks at it."""
        if not self.operators.is_on:
            return NOBODY
        known = self.known(request)
        if known is None:
            return Visitor(has_login=True)
        token = ""
        if known.ticket is not None:
            token = sessions.form_token(known.ticket, self.operators.session_key)
        return Visitor(known.full_name, token, has_login=True)

    # ------------------------------------------------------------------ who

    def known(self, request: AnyRequest) -> Known | None:
        """Whose token or session comes with the request; None where it has none that counts."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            machine = self.operators.by_token(token.strip())
            return _machine(machine, None) if machine else None
        ticket = self._ticket(request)
        if ticket is None:
            return None
        if ticket.is_machine:
            machine = self.operators.machine(ticket.name)
            return _machine(machine, ticket) if machine else None
        person = self.operators.operator(ticket.name)
        if person is None or person.epoch != ticket.epoch:
            return None
        return Known(person.name, person.full_name, person.role, is_person=True, ticket=ticket,
                     agencies=person.agencies)  # fmt: skip

    def cookie(self, request: AnyRequest, ticket: sessions.Ticket | None) -> Cookie:
        """Return the cookie of a session, or the one that takes it away."""
        is_secure = request.url.scheme == "https"
        life = sessions.SCREEN_SECONDS if ticket and ticket.is_machine else sessions.LIFE_SECONDS
        return Cookie(
            key=_cookie_name(is_secure=is_secure),
            value=sessions.signed(ticket, self.operators.session_key) if ticket else "",
            path="/", max_age=life if ticket else 0, httponly=True, secure=is_secure,
            samesite="lax",
        )  # fmt: skip

    def opened(self, operator: Operator) -> sessions.Ticket:
        """Return a new session; whatever cookie came with the login is not used again."""
        return sessions.opened_now(operator.name, epoch=operator.epoch, now=self.now())

    def end(self, request: AnyRequest) -> None:
        """Believe this session no more, here; a copy of the cookie dies elsewhere of idleness."""
        ticket = self._ticket(request)
        if ticket is not None:
            now = self.now()
            self._ended = {one: at for one, at in self._ended.items() if at > now}
            self._ended[ticket.id] = ticket.began + sessions.SCREEN_SECONDS

    def now(self) -> int:
        """The present second."""
        return int(self.clock.now().timestamp())

    def _ticket(self, request: AnyRequest) -> sessions.Ticket | None:
        name = _cookie_name(is_secure=request.url.scheme == "https")
        text = request.cookies.get(name, "")
        ticket = sessions.read(text, self.operators.session_key, self.now())
        return None if ticket is None or ticket.id in self._ended else ticket

    # ------------------------------------------------------------------ whether

    def _check_metrics(self, request: AnyRequest) -> None:
        wanted = f"Bearer {self._metrics_token.reveal()}".encode()
        sent = request.headers.get("authorization", "").encode()
        if self._metrics_token and not hmac.compare_digest(sent, wanted):
            raise Refusal(401, headers=_BEARER)

    def _check_trial(self) -> None:
        if not self._is_trial:
            raise Refusal(
                403,
                "Trang này đóng vì chưa có tài khoản nào. Trên máy chủ hãy chạy: "
                "motcua operators add TÊN --role admin",
                "Closed until there is an operator: run `motcua operators add NAME --role admin`.",
            )

    async def _check_meant(self, request: AnyRequest, known: Known) -> None:
        """A browser sends cookies with whatever page it is on: a form must also bring our token."""
        if known.ticket is None:
            return
        sent = request.headers.get(_FORM_HEADER, "") or await _form_token(request)
        wanted = sessions.form_token(known.ticket, self.operators.session_key)
        if not hmac.compare_digest(sent.encode(), wanted.encode()):
            self.log.warning("form_refused", operator=known.name, route=_route(request))
            raise Refusal(
                403,
                "Biểu mẫu không thuộc phiên làm việc này. Hãy mở lại trang rồi làm lại.",
                "The form does not belong to this session.",
            )

    def _check_role(
        self, request: AnyRequest, known: Known, least: Role, *, is_reading: bool
    ) -> None:
        is_allowed = is_enough(known.role, least)
        if not is_reading or not is_allowed:
            self.log.info(
                "act" if is_allowed else "act_refused", operator=known.name, role=known.role.value,
                method=request.method, route=_route(request),
            )  # fmt: skip
        if not is_allowed:
            raise Refusal(
                403,
                f"Việc này cần vai trò {ROLES_VI[least]}; tài khoản của bạn là "
                f"{ROLES_VI[known.role]}.",
                f"This takes the role {least.value}; yours is {known.role.value}.",
            )

    def _renew(self, request: AnyRequest, known: Known) -> None:
        if known.ticket is None or not known.is_person or _BY_ITSELF in request.headers:
            return
        ticket = sessions.seen_again(known.ticket, self.now())
        if ticket is not None:
            cookie = self.cookie(request, ticket).to_header(header="")
            request.scope["state"][_COOKIE] = cookie


def author(request: AnyRequest, typed: str) -> str:
    """Whose decision it is: the person logged in; else the name typed.

    A name is typed on a trial without a login, or comes from a program that speaks for somebody.
    """
    known = request.scope.get("state", {}).get(_KNOWN)
    return known.full_name if isinstance(known, Known) and known.is_person else typed


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _machine(machine: Machine, ticket: sessions.Ticket | None) -> Known:
    return Known(machine.name, machine.name, machine.role, is_person=False, ticket=ticket,
                 agencies=machine.agencies)  # fmt: skip


def _cookie_name(*, is_secure: bool) -> str:
    # The prefix makes browsers refuse it from anybody but this very host over TLS.
    return "__Host-motcua" if is_secure else "motcua"


def _sent_to_log_in(request: AnyRequest, *, is_reading: bool) -> Response[Any]:
    is_person = "text/html" in request.headers.get("accept", "")
    if not is_person:
        raise Refusal(401, headers=_BEARER)
    if not is_reading:
        raise Refusal(
            401,
            "Phiên làm việc đã hết. Hãy đăng nhập ở một thẻ khác, rồi quay lại và gửi lại.",
            "The session has ended: log in, then send the form again.",
        )
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Redirect(f"{LOGIN}?toi={quote(here, safe='')}", status_code=303)


async def _form_token(request: AnyRequest) -> str:
    content_type, _ = request.content_type
    if content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return ""
    return str((await request.form()).get(FORM_FIELD, ""))


def _route(request: AnyRequest) -> str:
    return str(request.scope.get("path_template", ""))
