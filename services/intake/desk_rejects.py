"""One refused event on the desk: why, its body to mend, and the two ways to be done with it."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect
from msgspec import Struct

from shared.access import Role, needs
from shared.login import author
from shared.runtime import AnyRequest

from .desk import Desk
from .domain.answers import Remark
from .domain.details import detail_vi
from .domain.marking import marked, particulars, readable
from .domain.words import REASONS
from .reject_work import BODY_CHARS_MAX, NAME_CHARS_MAX, REASON_CHARS_MAX, Opened, RejectWork

# A body stands here in clear, with whatever its publisher put into it.
_OPERATOR: Final = needs(Role.OPERATOR)


class Typed(Struct, frozen=True):
    """What stands in the form: what was typed, or at first the body as it came."""

    body: str
    name: str = ""
    reason: str = ""


class RejectDesk:
    """Reads one reject, and settles it."""

    def __init__(self, desk: Desk, work: RejectWork) -> None:
        self._desk = desk
        self._work = work

    def handlers(self) -> list[HTTPRouteHandler]:
        """The three addresses of one reject."""

        @get("/rejects/{reject_id:str}", include_in_schema=False, opt=_OPERATOR)
        async def show(reject_id: str, request: AnyRequest) -> Response[str]:
            opened = await self._work.opened(reject_id)
            return self._page(request, opened, Typed(readable(opened.body)))

        @post("/rejects/{reject_id:str}/resubmit", include_in_schema=False, opt=_OPERATOR)
        async def resubmit(reject_id: str, request: AnyRequest) -> Response[Any]:
            return await self.resubmit(await self._work.opened(reject_id), request)

        @post("/rejects/{reject_id:str}/dismiss", include_in_schema=False, opt=_OPERATOR)
        async def dismiss(reject_id: str, request: AnyRequest) -> Response[Any]:
            return await self.dismiss(await self._work.opened(reject_id), request)

        return [show, resubmit, dismiss]

    async def resubmit(self, opened: Opened, request: AnyRequest) -> Response[Any]:
        """Judge what was typed as if its publisher had sent it; settle the reject if it passes."""
        if opened.row.settled_how:
            return _away("da-xong")
        typed = await _typed(request)
        wrong = _wrong(typed, needs_reason=False)
        if wrong:
            return self._page(request, opened, typed, wrong=wrong)
        _, problem = await self._work.resubmit(
            opened, typed.body.encode(), by=typed.name, reason=typed.reason
        )
        if problem is not None:
            return self._page(request, opened, typed, problem=problem)
        return _away("gui-lai")

    async def dismiss(self, opened: Opened, request: AnyRequest) -> Response[Any]:
        """Close the reject without a fact."""
        if opened.row.settled_how:
            return _away("da-xong")
        form = await _typed(request)
        typed = Typed(readable(opened.body), form.name, form.reason)
        wrong = _wrong(typed, needs_reason=True)
        if wrong:
            return self._page(request, opened, typed, wrong=wrong, is_dismissing=True)
        await self._work.dismiss(opened, by=typed.name, reason=typed.reason)
        return _away("bo-qua")

    def _page(
        self,
        request: AnyRequest,
        opened: Opened,
        typed: Typed,
        *,
        problem: Remark | None = None,
        wrong: dict[str, str] | None = None,
        is_dismissing: bool = False,
    ) -> Response[str]:
        row = opened.row
        shown = readable(opened.body)
        return self._desk.page(
            request,
            "reject.html",
            status_code=422 if problem or wrong else 200,
            row=row,
            record=opened.record,
            is_readable=opened.is_readable,
            named=particulars(opened.body),
            words=REASONS[row.reason],
            rule=detail_vi(row.detail),
            lines=marked(shown, row.field),
            typed=typed,
            typed_lines=marked(typed.body, problem.field or "") if problem else [],
            problem=problem,
            wrong=wrong or {},
            is_dismissing=is_dismissing,
        )


async def _typed(request: AnyRequest) -> Typed:
    form = await request.form()
    return Typed(
        str(form.get("body", "")).replace("\r\n", "\n")[:BODY_CHARS_MAX],
        author(request, " ".join(str(form.get("name", "")).split())),
        str(form.get("reason", "")).strip(),
    )


def _wrong(typed: Typed, *, needs_reason: bool) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not 1 <= len(typed.name) <= NAME_CHARS_MAX:
        wrong["name"] = f"Ghi họ tên người xử lý, tối đa {NAME_CHARS_MAX} ký tự."
    if needs_reason and not typed.reason:
        wrong["reason"] = "Ghi lý do bỏ qua: người sau cần biết vì sao."
    if len(typed.reason) > REASON_CHARS_MAX:
        wrong["reason"] = f"Tối đa {REASON_CHARS_MAX} ký tự."
    return wrong


def _away(flash: str) -> Redirect:
    return Redirect(f"/?da={flash}", status_code=303)
