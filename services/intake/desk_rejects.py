"""One refused event on the desk: why, its body to mend, and the two ways to be done with it."""

import asyncio
import contextlib
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect
from msgspec import Struct

from shared.bus.streams import REJECTS
from shared.errors import TemporarilyUnavailable
from shared.runtime import AnyRequest, Refusal

from .desk import Desk
from .domain.answers import REFUSALS, Remark, Result
from .domain.judging import Fault
from .domain.marking import marked, particulars, readable
from .domain.words import REASONS
from .handlers import Intake
from .ledger import RejectRow
from .national import National, payload_of
from .registry import Publisher
from .rejects import DECODER, How, RejectRecord, RejectSettled, Via, body_of
from .sealing import Seal, SealBrokenError
from .wire import Wire

_NAME_MAX: Final = 80
_REASON_MAX: Final = 500
_BODY_MAX: Final = 131_072
_FOLDED_WITHIN_SECONDS: Final = 2.0


class Typed(Struct, frozen=True):
    """What stands in the form: what was typed, or at first the body as it came."""

    body: str
    name: str = ""
    reason: str = ""


class Opened(Struct, frozen=True):
    """A reject with its body, in clear only here; `body` is empty where it cannot be opened."""

    row: RejectRow
    record: RejectRecord
    body: bytes
    is_readable: bool = True


class RejectDesk:
    """Reads one reject, and settles it."""

    def __init__(
        self, desk: Desk, *, intake: Intake, national: National, wire: Wire, seal: Seal
    ) -> None:
        self._desk = desk
        self._intake = intake
        self._national = national
        self._wire = wire
        self._seal = seal

    def handlers(self) -> list[HTTPRouteHandler]:
        """The three addresses of one reject."""

        @get("/rejects/{reject_id:str}", include_in_schema=False)
        async def show(reject_id: str, request: AnyRequest) -> Response[str]:
            opened = await self._open(reject_id)
            return self._page(request, opened, Typed(readable(opened.body)))

        @post("/rejects/{reject_id:str}/resubmit", include_in_schema=False)
        async def resubmit(reject_id: str, request: AnyRequest) -> Response[Any]:
            return await self.resubmit(await self._open(reject_id), request)

        @post("/rejects/{reject_id:str}/dismiss", include_in_schema=False)
        async def dismiss(reject_id: str, request: AnyRequest) -> Response[Any]:
            return await self.dismiss(await self._open(reject_id), request)

        return [show, resubmit, dismiss]

    async def resubmit(self, opened: Opened, request: AnyRequest) -> Response[Any]:
        """Judge what was typed as if its publisher had sent it; settle the reject if it passes."""
        if opened.row.settled_how:
            return _away("da-xong")
        typed = await _typed(request)
        wrong = _wrong(typed, needs_reason=False)
        if wrong:
            return self._page(request, opened, typed, wrong=wrong)
        results = await self._submit(opened, typed.body.encode())
        refused = next((r for r in results if r.outcome in REFUSALS), None)
        if refused is not None or not results:
            why = refused.reasons[0] if refused else _NOTHING
            return self._page(request, opened, typed, problem=why)
        settled = self._settled(opened, How.RESUBMITTED, typed, results[0].id or "")
        await self._settle(settled, opened.row.publisher)
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
        settled = self._settled(opened, How.DISMISSED, typed, "")
        await self._settle(settled, opened.row.publisher)
        return _away("bo-qua")

    async def _open(self, reject_id: str) -> Opened:
        row = self._desk.rejects.row(reject_id)
        if row is None:
            raise Refusal(404, "Không có mục từ chối này.", "No such reject.")
        bodies = await self._wire.read(REJECTS, [row.sequence])
        try:
            record = DECODER.decode(bodies[row.sequence])
        except msgspec.DecodeError as error:
            raise TemporarilyUnavailable("the reject is unreadable") from error
        assert isinstance(record, RejectRecord)  # noqa: S101 - the fold kept its sequence
        try:
            return Opened(row, record, body_of(record, self._seal))
        except SealBrokenError:
            return Opened(row, record, b"", is_readable=False)

    async def _submit(self, opened: Opened, body: bytes) -> list[Result]:
        name = opened.row.publisher
        publisher = self._desk.registry.by_name(name) or Publisher(name=name, revoked=True)
        if opened.record.service:
            said = await self._national.submit(
                opened.record.service, payload_of(body), publisher, keep_refusals=False
            )
            return list(said.results)
        return await self._intake.submit([body], publisher, Via.HTTP, keep_refusals=False)

    def _settled(self, opened: Opened, how: How, typed: Typed, fact_id: str) -> RejectSettled:
        return RejectSettled(
            reject_id=opened.row.reject_id,
            how=how,
            by=typed.name,
            reason=typed.reason or "Đã sửa nội dung",
            at=self._desk.clock.now(),
            new_fact_id=fact_id,
        )

    async def _settle(self, settled: RejectSettled, publisher: str) -> None:
        """Settle, and wait a moment for the list to show it."""
        sequence = await self._intake.settle(settled, publisher)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FOLDED_WITHIN_SECONDS):
                await self._desk.rejects.folded(sequence)

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
            fault=Fault(row.reason, row.detail, row.field),
            lines=marked(shown, row.field),
            typed=typed,
            typed_lines=marked(typed.body, problem.field or "") if problem else [],
            problem=problem,
            wrong=wrong or {},
            is_dismissing=is_dismissing,
        )


_NOTHING: Final = Remark(
    "invalid_field",
    "Nội dung này không nói lên sự kiện nào.",
    "Nothing is said by this body.",
)


async def _typed(request: AnyRequest) -> Typed:
    form = await request.form()
    return Typed(
        str(form.get("body", "")).replace("\r\n", "\n")[:_BODY_MAX],
        " ".join(str(form.get("name", "")).split()),
        str(form.get("reason", "")).strip(),
    )


def _wrong(typed: Typed, *, needs_reason: bool) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not 1 <= len(typed.name) <= _NAME_MAX:
        wrong["name"] = f"Ghi họ tên người xử lý, tối đa {_NAME_MAX} ký tự."
    if needs_reason and not typed.reason:
        wrong["reason"] = "Ghi lý do bỏ qua: người sau cần biết vì sao."
    if len(typed.reason) > _REASON_MAX:
        wrong["reason"] = f"Tối đa {_REASON_MAX} ký tự."
    return wrong


def _away(flash: str) -> Redirect:
    return Redirect(f"/?da={flash}", status_code=303)
