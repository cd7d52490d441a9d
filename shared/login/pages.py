"""The page to log in, the way out, and the way in for a wall screen."""

import asyncio
from typing import Any, Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from shared.access import ANYONE, WITHIN, Role, needs
from shared.desk import Pages
from shared.login import sessions
from shared.login.attempts import Attempts
from shared.login.gate import LOGIN, Gate
from shared.login.passwords import is_right
from shared.runtime import AnyRequest, Refusal

_BODY_BYTES_MAX: Final = 8192
_NAME_MAX: Final = 64
_AT_ONCE_MAX: Final = 2
_WAITING_MAX: Final = 16
_WRONG: Final = "Tên đăng nhập hoặc mật khẩu không đúng."


def make_login(gate: Gate, pages: Pages) -> list[HTTPRouteHandler]:
    """The four handlers, outside the service's OpenAPI document."""
    login = _Login(gate, pages)

    @get(LOGIN, include_in_schema=False, opt=ANYONE, sync_to_thread=False)
    def show(request: AnyRequest) -> Response[Any]:
        return login.show(request)

    @post(LOGIN, include_in_schema=False, opt=ANYONE, request_max_body_size=_BODY_BYTES_MAX)
    async def enter(request: AnyRequest) -> Response[Any]:
        return await login.enter(request)

    @post("/dang-xuat", include_in_schema=False, opt={**needs(Role.VIEWER), **WITHIN})
    async def leave(request: AnyRequest) -> Response[Any]:
        return login.leave(request)

    @get("/man-hinh", include_in_schema=False, opt=ANYONE, sync_to_thread=False)
    def screen(request: AnyRequest) -> Response[Any]:
        return login.screen(request)

    return [show, enter, leave, screen]


class _Login:
    def __init__(self, gate: Gate, pages: Pages) -> None:
        self._gate = gate
        self._pages = pages
        self._attempts = Attempts()
        # Each hash takes 64 MiB while it is worked out.
        self._slots = asyncio.Semaphore(_AT_ONCE_MAX)
        self._waiting_count = 0

    def show(self, request: AnyRequest) -> Response[Any]:
        """The form; whoever is in already goes on."""
        to = _inside(request.query_params.get("toi", ""))
        if not self._gate.operators.is_on or self._gate.known(request) is not None:
            return Redirect(to, status_code=303)
        return self._page(request, to)

    async def enter(self, request: AnyRequest) -> Response[Any]:
        """Open a session, or say that name or password is wrong, and not which."""
        form = await request.form()
        name = str(form.get("name", "")).strip()[:_NAME_MAX]
        to, address = _inside(str(form.get("toi", ""))), _address(request)
        gate, now = self._gate, self._gate.clock.monotonic()
        wait = self._attempts.wait_seconds(name, address, now)
        if wait:
            return self._page(
                request, to, name, 429, f"Quá nhiều lần không đúng. Hãy chờ {int(wait) + 1} giây.",
                retry_after=int(wait) + 1,
            )  # fmt: skip
        operator = gate.operators.operator(name)
        hashed = operator.password_hash if operator else ""
        is_in = await self._is_right(str(form.get("password", "")), hashed)
        if not is_in or operator is None:
            self._attempts.failed(name, address, gate.clock.monotonic())
            # A password typed into the wrong field must not be logged: only known names are.
            gate.log.warning(
                "login_failed", operator=operator.name if operator else "unknown", client=address
            )
            return self._page(request, to, name, 401, _WRONG)
        self._attempts.succeeded(name, address)
        gate.log.info("login", operator=operator.name, role=operator.role.value, client=address)
        gate.end(request)
        answer = Redirect(to, status_code=303)
        answer.set_cookie(gate.cookie(request, gate.opened(operator)))
        return answer

    def leave(self, request: AnyRequest) -> Response[Any]:
        """End the session; the cookie is gone for all desks of this host."""
        known = self._gate.known(request)
        self._gate.end(request)
        self._gate.log.info("logout", operator=known.name if known else "unknown")
        answer = Redirect(LOGIN, status_code=303)
        answer.set_cookie(self._gate.cookie(request, None))
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    def screen(self, request: AnyRequest) -> Response[Any]:
        """Exchange a viewer's token for a screen's session, and lead on without it in the address.

        A token that may change anything is refused: an address is seen and kept.
        """
        machine = self._gate.operators.by_token(request.query_params.get("khoa", ""))
        if machine is None or machine.role is not Role.VIEWER:
            raise Refusal(
                403,
                "Màn hình cần khóa còn hiệu lực của vai trò xem: motcua operators token TÊN",
                "A screen takes the live token of a viewer.",
            )
        ticket = sessions.opened_now(machine.name, epoch=1, now=self._gate.now(), is_machine=True)
        self._gate.log.info("screen_login", operator=machine.name, client=_address(request))
        answer = Redirect(_inside(request.query_params.get("toi", "/?tv=1")), status_code=303)
        answer.set_cookie(self._gate.cookie(request, ticket))
        return answer

    async def _is_right(self, password: str, hashed: str) -> bool:
        if self._waiting_count >= _WAITING_MAX:
            raise Refusal(429, headers={"Retry-After": "5"})
        self._waiting_count += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(is_right, password, hashed)
        finally:
            self._waiting_count -= 1

    def _page(
        self, request: AnyRequest, to: str, name: str = "", status_code: int = 200,
        problem: str = "", *, retry_after: int = 0,
    ) -> Response[Any]:  # fmt: skip
        page = self._pages.page(
            request, "desk/login.html", status_code=status_code, to=to, name=name, problem=problem
        )
        if retry_after:
            page.headers["Retry-After"] = str(retry_after)
        return page


def _inside(to: str) -> str:
    """A place of this desk; whatever would lead elsewhere is its first page."""
    is_ours = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    return to if is_ours and "\\" not in to and not to.startswith(LOGIN) else "/"


def _address(request: AnyRequest) -> str:
    return request.client.host if request.client else ""
