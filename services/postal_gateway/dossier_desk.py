"""One dossier: its line of hands, what a person may say about it, and the slip beside it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from services.postal_gateway.barcodes import code128
from services.postal_gateway.contacts import ContactGoneError
from services.postal_gateway.desk import Desk, parcel_address
from services.postal_gateway.desk_writing import DeskWriter, Form, form_of, new_nonce
from services.postal_gateway.domain.desk_words import Said, Why, Word, event_of
from services.postal_gateway.domain.filing import FilingBasis, filing
from services.postal_gateway.domain.limits import Limits, Stage, overrun
from services.postal_gateway.domain.money import claim_terms
from services.postal_gateway.domain.orders import LegName
from services.postal_gateway.domain.states import LegState, PostState
from services.postal_gateway.ledger import PostLedger
from services.postal_gateway.views import (
    HAND_VI,
    LEG_VI,
    TIME_VI,
    TROUBLE_VI,
    custody_steps,
    status_text,
    status_tone,
)
from shared.access import WITHIN, Role, needs
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import day_of_epoch, epoch_of, instant_of
from shared.desk import Pages, scope_of
from shared.events.contact import Contact
from shared.events.fields import Leg
from shared.runtime import AnyRequest, Refusal

FLASHES: Final = {"hs-ghi": "Đã ghi nhận.", "hs-xoa": "Đã xoá địa chỉ liên hệ của hồ sơ."}
WORDS_VI: Final = {
    Word.PICKUP: "Yêu cầu bưu điện tới nhận hồ sơ",
    Word.RETURN: "Yêu cầu chuyển trả kết quả",
    Word.TRANSFER: "Chuyển liên thông tới cơ quan khác",
    Word.CANCEL: "Huỷ đơn (giấy tờ chưa giao)",
    Word.COLLECTED: "Bưu điện đã thu phí",
    Word.REMITTED: "Bưu điện đã nộp lại phí",
    Word.LOST: "Báo thất lạc",
    Word.DAMAGED: "Báo hư hỏng",
    Word.CLAIM: "Mở khiếu nại",
    Word.SETTLE: "Khiếu nại đã giải quyết",
    Word.ERASE: "Xoá địa chỉ liên hệ",
}
WHY_VI: Final = {
    Why.UNDER_WAY: "Chặng này đang có lần chưa kết thúc.",
    Why.NO_LEG: "Hồ sơ chưa có chặng này.",
    Why.NOT_NOW: "Tình trạng của chặng không cho phép.",
    Why.NO_CLAIM: "Chặng này không có khiếu nại đang mở.",
    Why.SAME_AGENCY: "Cần chọn cơ quan nhận, khác cơ quan đang giữ.",
}
CLAIM_VI: Final = {"loss": "Thất lạc", "damage": "Hư hỏng", "lateness": "Phát chậm"}
STAGE_VI: Final = {
    Stage.COLLECT: "chờ bưu điện tới lấy",
    Stage.DELIVER: "phát quá hạn",
    Stage.SIGN: "chờ ký biên bản",
    Stage.QUIET: "không có tin của bưu điện",
}
FILING_VI: Final = {
    FilingBasis.RECORD: "theo biên bản giao nhận",
    FilingBasis.COMPLETION: "khi bổ sung đủ",
    FilingBasis.DESK: "theo giờ của bộ phận Một cửa, chưa có biên bản",
}
_MONEY: Final = {Word.COLLECTED, Word.REMITTED, Word.CLAIM, Word.SETTLE}

Fetch = Callable[[str], Awaitable[Contact | None]]
Act = Callable[[str], Awaitable[None]]


class DossierDesk:
    """Builds the page of one dossier and writes what is said on it.

    `fetch` and `erase` are the bucket of contacts, `cancel` the carrier's taking back of an order.
    """

    def __init__(
        self, desk: Desk, ledger: PostLedger, pages: Pages, writer: DeskWriter, *,
        calendar: WorkingCalendar, limits: Sequence[Limits], fetch: Fetch, erase: Act, cancel: Act,
    ) -> None:  # fmt: skip
        self._desk = desk
        self._ledger = ledger
        self._pages = pages
        self._writer = writer
        self._calendar = calendar
        self._limits = limits
        self._fetch, self._erase, self._cancel = fetch, erase, cancel

    def parcel(
        self, request: AnyRequest, code: str, form: Form | None = None, status_code: int = 200
    ) -> Response[str]:
        """One dossier's legs, each as a line of hands, and the form for what is to be said."""
        dossier, state = self._known(request, code)
        form = form or Form({})
        filed = filing(state) if any(leg.leg == Leg.PICKUP for leg in state.legs) else None
        return self._pages.page(
            request, "parcel.html", as_of=self._desk.as_of(), status_code=status_code,
            code=dossier, legs=[self._leg(dossier, state, leg) for leg in state.legs],
            trouble=TROUBLE_VI.get(self._ledger.trouble_of(dossier), ""),
            agency=self._desk.agency_name(state.agency),
            filed=(instant_of(filed.at), FILING_VI[filed.basis]) if filed else None,
            fees=[(fee, instant_of(fee.at)) for fee in state.fees],
            claims=[(one, instant_of(one.opened), CLAIM_VI.get(one.kind, one.kind))
                    for one in state.claims],
            words=WORDS_VI, claim_kinds=CLAIM_VI, agencies=self._desk.agency_choices(request),
            legs_to_choose=[(f"{leg.leg}:{leg.attempt}", _title(leg)) for leg in state.legs],
            form=form.values, errors=form.errors, nonce=new_nonce(),
            subnav=self._desk.subnav(request),
        )  # fmt: skip

    def _leg(self, dossier: str, state: PostState, leg: LegState) -> dict[str, Any]:
        name = LegName(dossier, Leg(leg.leg), leg.attempt)
        row = self._ledger.lists.parcel_of(name.order_number)
        now = epoch_of(self._writer.now())
        late = overrun(row, self._calendar, now, self._limits) if row else None
        return {
            "title": _title(leg), "status": status_text(leg.status),
            "tone": status_tone(leg.status), "hand": HAND_VI[leg.hand],
            "time_of": TIME_VI[leg.time_of], "since": instant_of(leg.since),
            "carrier": leg.carrier, "tracking": leg.tracking_number, "record": leg.record_ref,
            "damaged": leg.is_damaged, "ignored": leg.ignored_count, "steps": custody_steps(leg),
            "late": f"{STAGE_VI[late.stage]} từ" if late else "",
            "late_since": instant_of(late.at) if late else None, "item": name.order_number,
            "leg": leg.leg, "claimable": self._claimable(state, leg, now),
        }  # fmt: skip

    def _claimable(self, state: PostState, leg: LegState, now: int) -> list[tuple[str, str]]:
        """What may still be claimed and was not, with the last day for it."""
        made = {
            one.kind for one in state.claims if (one.leg, one.attempt) == (leg.leg, leg.attempt)
        }
        terms = claim_terms(leg, state.agency, self._calendar, now, self._limits)
        return [
            (CLAIM_VI[one.kind].lower(), f"{one.until:%d/%m/%Y}")
            for one in terms
            if one.kind not in made and one.until >= day_of_epoch(now)
        ]

    async def say(self, request: AnyRequest, code: str) -> Response[Any] | Redirect:
        """Write what the form says, or show it again with what is wrong."""
        form = (await form_of(request)).signed(request)
        dossier, state = self._known(request, code)
        said = _said(form)
        if form.errors or said is None:
            return self.parcel(request, dossier, form, 422)
        if said.word is Word.ERASE:
            await self._erase_contacts(state)
            return Redirect(f"{parcel_address(dossier)}?da=hs-xoa", status_code=303)
        event = event_of(state, said)
        if isinstance(event, Why):
            form.errors["word"] = WHY_VI[event]
            return self.parcel(request, dossier, form, 422)
        if said.word is Word.CANCEL:  # the carrier first: an order taken back twice is the same
            await self._cancel(LegName(dossier, Leg(said.leg), said.attempt).order_number)
        count = len(self._ledger.fold.sequences_of(dossier))
        await self._writer.say(
            event, form.nonce, dossier,
            lambda: len(self._ledger.fold.sequences_of(dossier)) > count,
        )  # fmt: skip
        return Redirect(f"{parcel_address(dossier)}?da=hs-ghi", status_code=303)

    async def _erase_contacts(self, state: PostState) -> None:
        """On demand, whatever is under way: what needs the address then waits for a person."""
        known = {state.contact_ref, state.pickup_contact, *(leg.contact_ref for leg in state.legs)}
        for reference in sorted(known - {""}):
            await self._erase(reference)

    async def slip(self, request: AnyRequest, item: str) -> Response[str]:
        """The Phiếu gửi hồ sơ of one leg for A4, with the address fetched for this page only."""
        row = self._ledger.lists.parcel_of(item)
        if row is None:
            raise Refusal(404, "Không có bưu gửi này.", "There is no such parcel.")
        _, state = self._known(request, row.dossier)
        leg = state.leg(row.leg, row.attempt)
        reference = (leg.contact_ref if leg else "") or state.contact_ref
        try:
            contact = None if row.to_agency else await self._fetch(reference)
        except ContactGoneError:
            contact = None
        return self._pages.page(
            request, "slip.html", as_of=self._desk.as_of(), row=row, contact=contact,
            agency=self._desk.agency_name(row.agency),
            to_agency=self._desk.agency_name(row.to_agency),
            leg_vi=LEG_VI[Leg(row.leg)], barcode=code128, procedure=state.procedure,
        )  # fmt: skip

    def _known(self, request: AnyRequest, code: str) -> tuple[str, PostState]:
        dossier = self._ledger.lists.dossier_of(code) or code
        state = self._ledger.dossier(dossier)
        if state is None or not scope_of(request).covers(state.agency):
            raise Refusal(404, "Chưa có dữ kiện nào về hồ sơ này.", "Nothing is known of it.")
        return dossier, state


def _title(leg: LegState) -> str:
    return LEG_VI[Leg(leg.leg)] + (f", lần {leg.attempt}" if leg.attempt > 1 else "")


def _said(form: Form) -> Said | None:
    """The form's fields; None, with the errors in the form, where one is wrong."""
    by = form.required("by", "họ tên người ghi")
    if form.text("word") not in set(Word):
        form.errors["word"] = "Cần chọn việc cần ghi."
        return None
    word = Word(form.text("word"))
    leg, _, attempt = form.text("leg").partition(":")
    amount = form.amount("amount", "số tiền") if word in _MONEY else 0
    if word is Word.CLAIM and form.text("kind") not in CLAIM_VI:
        form.errors["kind"] = "Cần chọn lý do khiếu nại."
    return Said(
        word=word, by=by, leg=leg, attempt=int(attempt) if attempt.isdecimal() else 0,
        to_agency=form.text("to_agency"), amount=amount, office=form.text("office"),
        receipt=form.text("receipt"), kind=form.text("kind"), note=form.text("note")[:500],
        is_refused=bool(form.text("refused")),
    )  # fmt: skip


# A slip shows an address.
_DESK: Final = {**needs(Role.DESK), **WITHIN}


def make_dossier_desk(desk: DossierDesk) -> list[HTTPRouteHandler]:
    """The handlers, outside the OpenAPI document."""

    @get("/parcels/{code:path}", include_in_schema=False, opt=WITHIN, sync_to_thread=False)
    def parcel(request: AnyRequest, code: str) -> Response[str]:
        return desk.parcel(request, code.removeprefix("/"))

    @post("/parcels/{code:path}", include_in_schema=False, opt=_DESK)
    async def say(request: AnyRequest, code: str) -> Response[Any]:
        return await desk.say(request, code.removeprefix("/"))

    @get("/slips/{item:path}", include_in_schema=False, opt=_DESK)
    async def slip(request: AnyRequest, item: str) -> Response[str]:
        return await desk.slip(request, item.removeprefix("/"))

    return [parcel, say, slip]
