"""What people do on the desk: take on, ask for quiet, explain, apologise. Each with a name."""

from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect
from msgspec import Struct

from services.notifier.acts import acknowledge, silence, silence_scope
from services.notifier.desk import Desk, address_of
from services.notifier.domain.dossiers import DossierState
from services.notifier.domain.records import AlertRecord
from services.notifier.submitting import Submitter, Verdict
from shared.access import WITHIN, Role, needs
from shared.calendar.civil_time import civil_day, epoch_of, instant_of
from shared.desk import scope_of
from shared.events.dossier import DossierApologised, DossierEvent, DossierExplained
from shared.login import author
from shared.runtime import AnyRequest, Refusal

_NAME_MAX, _REASON_MAX, _LETTER_MAX = 80, 500, 64
_DESK, _OPERATOR = {**needs(Role.DESK), **WITHIN}, {**needs(Role.OPERATOR), **WITHIN}
_FORM: Final = Body(media_type=RequestEncodingType.URL_ENCODED)
_SAID: Final = {
    Verdict.NOT_REGISTERED: "chua-dang-ky",
    Verdict.CONFLICT: "bi-tu-choi",
    Verdict.REJECTED: "bi-tu-choi",
}


class Form(Struct, frozen=True):
    """What the forms of this desk send; each fills what it asks for."""

    by: str = ""
    reason: str = ""
    until: str = ""
    letter: str = ""
    key: str = ""
    stage: str = ""
    agency: str = ""


class Acts:
    """The decisions of people, written as facts."""

    def __init__(self, desk: Desk, submitter: Submitter) -> None:
        self._desk = desk
        self._parts = desk.parts
        self._submitter = submitter

    async def take(self, request: AnyRequest, alert_id: str, form: Form) -> Response[Any]:
        """Take an alert on, or show the form again with what is wrong."""
        record = self._desk.record(request, alert_id)
        faults = _faults(form, "lý do hoặc hướng xử lý")
        if faults:
            return self._again(request, record.dossier, alert_id, "take", form, faults)
        by, reason = form.by.strip(), form.reason.strip()
        try:
            is_first = await acknowledge(self._parts.writer, record, by, reason)
        except msgspec.ValidationError:
            raise Refusal(422) from None
        if is_first:
            waited = epoch_of(self._parts.clock.now()) - record.waiting_since
            self._parts.metrics.taken_on(record.stage, waited)
        return _to(record.dossier, "da-tiep-nhan" if is_first else "da-co-nguoi")

    async def quiet(self, request: AnyRequest, alert_id: str, form: Form) -> Response[Any]:
        """Ask for quiet about one alert until a day's opening."""
        record = self._desk.record(request, alert_id)
        until = self._until(form.until)
        faults = _faults(form, "lý do tắt tiếng")
        if until is None:
            faults["until_error"] = "Chọn một ngày sau hôm nay."
        if faults or until is None:
            return self._again(request, record.dossier, alert_id, "quiet", form, faults)
        return _to(record.dossier, await self._silenced(record, form, until))

    async def loud(self, request: AnyRequest, alert_id: str, form: Form) -> Response[Any]:
        """End a silence, one alert's or a wide one."""
        now = self._parts.clock.now()
        by = form.by.strip()[:_NAME_MAX]
        if not by:
            raise Refusal(422, "Cần ghi họ tên người bật lại tiếng.", "A name is needed.")
        scope = self._desk.book.standing.scopes.get(alert_id)
        if scope is None:
            record = self._desk.record(request, alert_id)
            done = await silence(self._parts.writer, record, by, "Bật lại tiếng", now)
        else:
            if not scope_of(request).covers(scope.agency):
                raise Refusal(404, "Không có cảnh báo này.", "There is no such alert.")
            done = await silence_scope(
                self._parts.writer, scope.stage, scope.agency, by, "Bật lại tiếng", now, scope
            )
        return Redirect(f"/silences?da={'da-bat-tieng' if done else 'da-doi-truoc'}",
                        status_code=303)  # fmt: skip

    async def quiet_scope(self, request: AnyRequest, form: Form) -> Response[Any]:
        """Ask for quiet about all of one stage at one agency."""
        if not scope_of(request).covers(form.agency):
            raise Refusal(403, "Tài khoản của bạn không dùng cho cơ quan này.",
                          "Your account is not for this agency.")  # fmt: skip
        until = self._until(form.until)
        faults = _faults(form, "lý do tắt tiếng")
        if faults or until is None or form.stage not in self._parts.rules.by_code:
            raise Refusal(422, "Cần đủ mức, cơ quan, họ tên, lý do và ngày sau hôm nay.",
                          "Stage, agency, name, reason and a later day are needed.")  # fmt: skip
        known = self._desk.book.standing.scopes.get(f"scope.{form.stage}.{form.agency}")
        try:
            done = await silence_scope(
                self._parts.writer, form.stage, form.agency, form.by.strip(),
                form.reason.strip(), until, known,
            )  # fmt: skip
        except msgspec.ValidationError:
            raise Refusal(422) from None
        return Redirect(f"/silences?da={'da-tat-tieng' if done else 'da-doi-truoc'}",
                        status_code=303)  # fmt: skip

    async def explain(self, request: AnyRequest, code: str, form: Form) -> Response[Any]:
        """Record the agency's explanation as a fact of the dossier."""
        state = self._dossier(request, code)
        faults = _faults(form, "lý do trễ hạn")
        if faults:
            return self._again(request, code, "", "explain", form, faults)
        event = DossierExplained(
            agency_code=state.agency, explanation=form.reason.strip(), by=form.by.strip()
        )
        return await self._submitted(event, code, form, "da-giai-trinh")

    async def apologise(self, request: AnyRequest, code: str, form: Form) -> Response[Any]:
        """Record that a letter of apology went out."""
        state = self._dossier(request, code)
        faults = _faults(form, "", asks_reason=False)
        if faults:
            return self._again(request, code, "", "apologise", form, faults)
        letter = form.letter.strip()[:_LETTER_MAX] or None
        event = DossierApologised(agency_code=state.agency, letter_ref=letter, by=form.by.strip())
        return await self._submitted(event, code, form, "da-xin-loi")

    # ------------------------------------------------------------------ in common

    async def _silenced(self, record: AlertRecord, form: Form, until: datetime) -> str:
        try:
            done = await silence(
                self._parts.writer, record, form.by.strip(), form.reason.strip(), until
            )
        except msgspec.ValidationError:
            raise Refusal(422) from None
        return "da-tat-tieng" if done else "da-doi-truoc"

    async def _submitted(
        self, event: DossierEvent, code: str, form: Form, said: str
    ) -> Response[Any]:
        try:
            verdict = await self._submitter.submit(event, code, form.key[:32] or "ban")
        except msgspec.ValidationError:
            raise Refusal(
                422,
                "Số văn bản chỉ gồm chữ không dấu, số và . _ / : -",
                "A letter's number is plain letters, digits and . _ / : -",
            ) from None
        return _to(code, _SAID.get(verdict, said))

    def _dossier(self, request: AnyRequest, code: str) -> DossierState:
        state = self._parts.ledger.state_of(code)
        if not isinstance(state, DossierState) or not scope_of(request).covers(state.agency):
            raise Refusal(404, "Chưa có hồ sơ này.", "There is no such dossier.")
        return state

    def _until(self, text: str) -> datetime | None:
        """The opening of that day; None where it is no day after today."""
        try:
            on = date.fromisoformat(text.strip())
        except ValueError:
            return None
        if on <= civil_day(self._parts.clock.now()):
            return None
        closing = epoch_of(self._parts.calendar.end_of_working_day(on)) - 86_400
        return instant_of(self._parts.calendar.next_opening_epoch(closing))

    def _again(
        self, request: AnyRequest, code: str, alert_id: str, kind: str, form: Form,
        faults: dict[str, str],
    ) -> Response[Any]:  # fmt: skip
        return self._desk.subject_page(
            request, code, status_code=422, id=alert_id, kind=kind, by=form.by,
            reason=form.reason, until=form.until, letter=form.letter, **faults,
        )  # fmt: skip


def _faults(form: Form, what: str, *, asks_reason: bool = True) -> dict[str, str]:
    faults = {"by_error": _fault(form.by.strip(), _NAME_MAX, "họ tên của bạn")}
    if asks_reason:
        faults["reason_error"] = _fault(form.reason.strip(), _REASON_MAX, what)
    return {name: fault for name, fault in faults.items() if fault}


def _fault(text: str, length_max: int, what: str) -> str:
    if not text:
        return f"Cần ghi {what}."
    return "" if len(text) <= length_max else f"Tối đa {length_max} ký tự."


def _to(code: str, flash: str) -> Redirect:
    return Redirect(f"{address_of(code)}?da={flash}", status_code=303)


def _signed(request: AnyRequest, form: Form) -> Form:
    """The form with the name of whoever is logged in."""
    return msgspec.structs.replace(form, by=author(request, form.by))


def make_acts(acts: Acts) -> list[HTTPRouteHandler]:
    """The handlers that change something."""

    @post("/alerts/{alert_id:str}/acknowledge", include_in_schema=False, opt=_DESK)
    async def take(
        request: AnyRequest, alert_id: str, data: Annotated[Form, _FORM]
    ) -> Response[Any]:
        return await acts.take(request, alert_id, _signed(request, data))

    @post("/alerts/{alert_id:str}/silence", include_in_schema=False, opt=_OPERATOR)
    async def quiet(
        request: AnyRequest, alert_id: str, data: Annotated[Form, _FORM]
    ) -> Response[Any]:
        return await acts.quiet(request, alert_id, _signed(request, data))

    @post("/silences/{alert_id:str}/end", include_in_schema=False, opt=_OPERATOR)
    async def loud(
        request: AnyRequest, alert_id: str, data: Annotated[Form, _FORM]
    ) -> Response[Any]:
        return await acts.loud(request, alert_id, _signed(request, data))

    @post("/silences", include_in_schema=False, opt=_OPERATOR)
    async def quiet_scope(request: AnyRequest, data: Annotated[Form, _FORM]) -> Response[Any]:
        return await acts.quiet_scope(request, _signed(request, data))

    @post("/explanations/{code:path}", include_in_schema=False, opt=_DESK)
    async def explain(
        request: AnyRequest, code: str, data: Annotated[Form, _FORM]
    ) -> Response[Any]:
        return await acts.explain(request, code.removeprefix("/"), _signed(request, data))

    @post("/apologies/{code:path}", include_in_schema=False, opt=_DESK)
    async def apologise(
        request: AnyRequest, code: str, data: Annotated[Form, _FORM]
    ) -> Response[Any]:
        return await acts.apologise(request, code.removeprefix("/"), _signed(request, data))

    return [take, quiet, loud, quiet_scope, explain, apologise]
