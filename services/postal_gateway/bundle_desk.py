"""The counter: bundles of a day, ticking or scanning papers, the record that both sides sign."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.response import Redirect

from services.postal_gateway.barcodes import code128
from services.postal_gateway.bundle_views import (
    DIRECTION_VI,
    FOUND_VI,
    SIDE_VI,
    STANDING_VI,
    item_views,
    resolved_items,
)
from services.postal_gateway.desk import Desk
from services.postal_gateway.desk_writing import DeskWriter, Form, form_of, new_nonce
from services.postal_gateway.domain.bundles import (
    BundleStanding,
    desk_of,
    is_expected,
    may_join,
    next_number,
    standing,
)
from services.postal_gateway.domain.rows import BundleRow, ParcelRow
from services.postal_gateway.domain.states import BundleState
from services.postal_gateway.ledger import PostLedger
from shared.calendar.civil_time import civil_day, instant_of, midnight_epoch
from shared.desk import Pages
from shared.events.fields import BundleDirection, BundleSide
from shared.events.postal import BUNDLE_ITEMS_MAX, PostalBundleConfirmed, PostalBundleListed
from shared.runtime import AnyRequest, Refusal

FLASHES = {
    "bk-lap": "Đã lập bảng kê. In biên bản, đếm cùng bưu điện, rồi hai bên xác nhận.",
    "bk-sua": "Đã sửa bảng kê.",
    "bk-huy": "Đã huỷ bảng kê; không có giấy tờ nào đổi tay.",
    "bk-ky": "Đã ghi nhận chữ ký của một bên.",
    "bk-xong": "Hai bên đã ký: giấy tờ đã đổi tay.",
}
_MARKS: Final = "giay-"


class BundleDesk:
    """Builds the pages of bundles from the ledger; writes what people decide."""

    def __init__(self, desk: Desk, ledger: PostLedger, pages: Pages, writer: DeskWriter) -> None:
        self._desk = desk
        self._ledger = ledger
        self._pages = pages
        self._writer = writer

    # ------------------------------------------------------------------ looking

    def today(self, request: AnyRequest) -> Response[str]:
        """Bundles of today and those that wait; what is to be handed over, and what should come."""
        midnight = midnight_epoch(civil_day(self._writer.now()))
        rows = self._ledger.lists.open_parcels()
        return self._pages.page(
            request, "bundles.html", as_of=self._desk.as_of(), subnav=self._desk.subnav(request),
            bundles=[self._row(row) for row in self._ledger.lists.bundles(midnight)],
            to_hand_over=self._by_desk(rows, BundleDirection.TO_CARRIER),
            expected=self._by_desk([r for r in rows if is_expected(r)],
                                   BundleDirection.FROM_CARRIER),
        )  # fmt: skip

    def new(self, request: AnyRequest) -> Response[str]:
        """The papers that may stand on a bundle, to be ticked or scanned."""
        query = request.query_params
        agency = str(query.get("co-quan", ""))
        direction = _direction(str(query.get("huong", "")))
        return self._new(request, agency, direction, Form({}))

    def _new(
        self, request: AnyRequest, agency: str, direction: BundleDirection, form: Form,
        status_code: int = 200,
    ) -> Response[str]:  # fmt: skip
        items = self._candidates(agency, direction)
        ticked = set(form.all("items")) if form.names() else {row.item for row in items}
        return self._pages.page(
            request, "bundle_new.html", as_of=self._desk.as_of(), status_code=status_code,
            subnav=self._desk.subnav(request),
            agency=agency, agency_name=self._desk.agency_name(agency),
            agencies=self._desk.agency_choices(request), direction=direction.value,
            direction_vi=DIRECTION_VI[direction], directions=DIRECTION_VI,
            items=[(row, row.item in ticked) for row in items], form=form.values,
            errors=form.errors, nonce=new_nonce(), leg_vi=self._desk.leg_vi,
            status_text=self._desk.status_text, instant=instant_of,
        )  # fmt: skip

    def show(
        self, request: AnyRequest, number: str, form: Form | None = None, status_code: int = 200
    ) -> Response[str]:
        """One bundle: its papers, its signatures, and the forms for what comes next."""
        state = self._bundle(number)
        form = form or Form({})
        signed = {one.side for one in state.signatures}
        return self._pages.page(
            request, "bundle.html", as_of=self._desk.as_of(), status_code=status_code,
            **self._shown(number, state), subnav=self._desk.subnav(request), found_vi=FOUND_VI,
            open_sides=[(s.value, text) for s, text in SIDE_VI.items() if s.value not in signed],
            is_open=standing(state) not in (BundleStanding.SIGNED, BundleStanding.WITHDRAWN),
            may_withdraw=not state.signatures and bool(state.items),
            form=form.values, errors=form.errors, nonce=new_nonce(), mark=_MARKS,
        )  # fmt: skip

    def record(self, request: AnyRequest, number: str) -> Response[str]:
        """The hand-over record for A4. Printed before signing it is valid by hand."""
        state = self._bundle(number)
        return self._pages.page(
            request, "record.html", as_of=self._desk.as_of(), **self._shown(number, state),
            found_vi=FOUND_VI, barcode=code128, is_signed=state.signed is not None,
        )  # fmt: skip

    def _shown(self, number: str, state: BundleState) -> dict[str, Any]:
        lists = self._ledger.lists
        items = {*state.items, *(item for one in state.signatures for item in one.extra)}
        rows = {item: row for item in items if (row := lists.parcel_of(item)) is not None}
        text, tone = STANDING_VI[standing(state)]
        return {
            "number": number, "agency": self._desk.agency_name(state.agency),
            "agency_code": state.agency, "carrier": state.carrier or "–",
            "direction": state.direction, "direction_vi": DIRECTION_VI[_direction(state.direction)],
            "standing_text": text, "standing_tone": tone, "listed": instant_of(state.listed),
            "by": state.by, "items": item_views(state, rows),
            "signatures": [
                (SIDE_VI[BundleSide(one.side)], one.by, instant_of(one.at), one.note)
                for one in state.signatures
            ],
        }  # fmt: skip

    # ------------------------------------------------------------------ deciding

    async def create(self, request: AnyRequest) -> Response[Any] | Redirect:
        """Write the list down under a number of its own."""
        form = (await form_of(request)).signed(request)
        agency, direction = form.text("agency"), _direction(form.text("direction"))
        by = form.required("by", "họ tên người lập")
        items = self._chosen(form)
        if not agency:
            form.errors["agency"] = "Cần chọn cơ quan."
        if form.errors:
            return self._new(request, agency, direction, form, 422)
        nonce, day = form.nonce, f"{civil_day(self._writer.now()):%Y%m%d}"
        known = self._ledger.lists.bundle_numbers(f"BK-{agency}-{day}-")
        number = await self._writer.take_number(
            lambda taken: next_number(agency, day, [*known, *taken])
        )
        event = PostalBundleListed(
            agency_code=agency, direction=direction, carrier=self._desk.carrier_of(agency) or None,
            items=tuple(items), by=by,
        )  # fmt: skip
        await self._writer.say(
            event, nonce, number, lambda: self._ledger.bundle(number) is not None
        )
        return Redirect(f"{bundle_address(number)}?da=bk-lap", status_code=303)

    async def confirm(self, request: AnyRequest, number: str) -> Response[Any] | Redirect:
        """One side signs, with what the joint count found."""
        form = await form_of(request)
        state = self._bundle(number)
        side = form.text("side")
        if side == BundleSide.AGENCY:  # the carrier's person has no login here and signs by name
            form = form.signed(request)
        by = form.required("by", "họ tên người ký")
        if side not in set(BundleSide) or side in {one.side for one in state.signatures}:
            form.errors["side"] = "Bên này đã ký hoặc không hợp lệ."
        extra = self._scanned(form, "extra")
        marks = {item: form.text(f"{_MARKS}{item}") for item in state.items}
        if form.errors:
            return self.show(request, number, form, 422)
        event = PostalBundleConfirmed(
            agency_code=state.agency, side=BundleSide(side), by=by,
            missing=tuple(item for item, mark in marks.items() if mark == "missing"),
            damaged=tuple(item for item, mark in marks.items() if mark == "damaged"),
            extra=tuple(item for item in extra if item not in state.items),
            note=form.text("note")[:500] or None,
        )  # fmt: skip
        count = len(state.signatures)
        await self._writer.say(
            event, form.nonce, number, lambda: len(self._bundle(number).signatures) > count
        )
        done = "bk-xong" if self._bundle(number).signed is not None else "bk-ky"
        return Redirect(f"{bundle_address(number)}?da={done}", status_code=303)

    async def withdraw(self, request: AnyRequest, number: str) -> Response[Any] | Redirect:
        """Take back a list that nobody signed."""
        form = (await form_of(request)).signed(request)
        state = self._bundle(number)
        by = form.required("by", "họ tên người huỷ")
        if state.signatures:
            form.errors["by"] = "Đã có bên ký, không huỷ được."
        if form.errors:
            return self.show(request, number, form, 422)
        event = PostalBundleListed(
            agency_code=state.agency, direction=_direction(state.direction),
            carrier=state.carrier or None, items=(), by=by,
        )  # fmt: skip
        await self._writer.say(event, form.nonce, number, lambda: not self._bundle(number).items)
        return Redirect(f"{bundle_address(number)}?da=bk-huy", status_code=303)

    # ------------------------------------------------------------------ pieces

    def _chosen(self, form: Form) -> list[str]:
        items = list(dict.fromkeys([*form.all("items"), *self._scanned(form, "scanned")]))
        if not items and "scanned" not in form.errors:
            form.errors["scanned"] = "Chưa chọn hồ sơ nào: đánh dấu hoặc quét ít nhất một mã."
        if len(items) > BUNDLE_ITEMS_MAX:
            form.errors["scanned"] = f"Một bảng kê có tối đa {BUNDLE_ITEMS_MAX} hồ sơ."
        return items

    def _scanned(self, form: Form, field: str) -> list[str]:
        texts = form.lines(field)
        found = {text: self._ledger.lists.parcel_of(text) for text in texts}
        known, unknown = resolved_items(texts, found)
        if unknown:
            form.errors[field] = "Không có bưu gửi nào mang mã: " + ", ".join(unknown[:5])
        return known

    def _candidates(self, agency: str, direction: BundleDirection) -> list[ParcelRow]:
        listed = {
            item
            for row in self._ledger.lists.bundles(2**62)  # only those that wait
            if (state := self._ledger.bundle(row.number)) is not None
            for item in state.items
        }
        return [
            row
            for row in sorted(self._ledger.lists.open_parcels(), key=lambda row: row.item)
            if desk_of(row, row, direction) == agency
            and may_join(direction, row)
            and row.item not in listed
        ]

    def _by_desk(
        self, rows: list[ParcelRow], direction: BundleDirection
    ) -> list[tuple[str, str, int]]:
        counts: dict[str, int] = {}
        for row in rows:
            if may_join(direction, row):
                desk = desk_of(row, row, direction)
                counts[desk] = counts.get(desk, 0) + 1
        return [(code, self._desk.agency_name(code), n) for code, n in sorted(counts.items())]

    def _row(self, row: BundleRow) -> dict[str, Any]:
        text, tone = STANDING_VI[BundleStanding(row.standing)]
        return {
            "number": row.number, "agency": self._desk.agency_name(row.agency),
            "direction": DIRECTION_VI[_direction(row.direction)], "items": row.items,
            "differences": row.differences, "text": text, "tone": tone,
            "listed": instant_of(row.listed), "by": row.by,
        }  # fmt: skip

    def _bundle(self, number: str) -> BundleState:
        state = self._ledger.bundle(number)
        if state is None:
            raise Refusal(404, "Không có bảng kê này.", "There is no such bundle.")
        return state


def _direction(text: str) -> BundleDirection:
    is_known = text in set(BundleDirection)
    return BundleDirection(text) if is_known else BundleDirection.TO_CARRIER


def bundle_address(number: str) -> str:
    """The page of one bundle."""
    return f"/bundles/{quote(number, safe='')}"
