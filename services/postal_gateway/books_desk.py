"""The books: fees by day and office, claims and their deadlines, differences, shares by post."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from services.postal_gateway.desk import Desk
from services.postal_gateway.domain.limits import Limits
from services.postal_gateway.domain.money import ClaimDuty, FeeDay, claim_duty, fee_days
from services.postal_gateway.domain.reconciling import DifferenceKind, Owner
from services.postal_gateway.domain.rows import ClaimRow, DifferenceRow
from services.postal_gateway.domain.shares import MINIMUM_DOSSIERS, MINIMUM_PROCEDURES, share_of
from services.postal_gateway.dossier_desk import CLAIM_VI
from services.postal_gateway.ledger import PostLedger
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import civil_day, day_of_epoch, epoch_of, instant_of
from shared.clock import Clock
from shared.desk import Column, ListShape, Pages, csv_download, list_page, sorted_rows
from shared.desk.formats import moment
from shared.runtime import AnyRequest

KIND_VI: Final = {
    DifferenceKind.NOT_AT_CARRIER: "Bưu chính không có đơn này",
    DifferenceKind.NOT_WITH_US: "Bưu chính có đơn mà ta không có",
    DifferenceKind.ORDERED_TWICE: "Một chặng có hai đơn",
    DifferenceKind.OTHER_NUMBER: "Khác mã vận đơn",
    DifferenceKind.CARRIER_AHEAD: "Bưu chính đi trước, ta chưa nhận được trạng thái",
    DifferenceKind.CARRIER_BEHIND: "Sổ bưu chính chưa theo kịp",
    DifferenceKind.HANDED_WITHOUT_RECORD: "Bưu điện đã nhận, chưa ký biên bản",
    DifferenceKind.RECEIVED_WITHOUT_RECORD: "Đã tiếp nhận, chưa có biên bản giao nhận",
    DifferenceKind.RETURNED_NOT_DELIVERED: "Hồ sơ ghi đã trả, bưu gửi chưa tới",
    DifferenceKind.DELIVERED_NOT_RETURNED: "Đã phát, hồ sơ chưa ghi trả kết quả",
}
OWNER_VI: Final = {
    Owner.CARRIER: "Bưu chính", Owner.AGENCY: "Cơ quan", Owner.GATEWAY: "Quản trị hệ thống",
}  # fmt: skip


class BooksDesk:
    """Builds the pages from the ledger's lists; keeps nothing of its own."""

    def __init__(
        self, desk: Desk, ledger: PostLedger, pages: Pages, *, calendar: WorkingCalendar,
        clock: Clock, limits: Sequence[Limits], procedures: int, agencies: Mapping[str, str],
    ) -> None:  # fmt: skip
        """`procedures`: how many the catalogue has; 0 where there is none."""
        self._desk = desk
        self._ledger = ledger
        self._pages = pages
        self._calendar = calendar
        self._clock = clock
        self._limits = limits
        self._procedures = procedures
        self._agencies = agencies

    def fees(self, request: AnyRequest) -> Response[Any]:
        """Collected and remitted by day, office and agency, with the difference."""
        now = epoch_of(self._clock.now())
        rows = fee_days(self._ledger.lists.fees(), self._calendar, now, self._limits)
        shape = self._fee_shape()
        if request.query_params.get("tep") == "csv":
            return csv_download(rows, shape, "tien-phi.csv")
        return self._page(
            request, "fees.html", rows=list_page(rows, request.query_params, shape),
            collected=sum(one.collected for one in rows),
            remitted=sum(one.remitted for one in rows),
            overdue=sum(one.is_overdue for one in rows),
        )  # fmt: skip

    def claims(self, request: AnyRequest) -> Response[Any]:
        """Claims, what the carrier owes next, and until when."""
        rows = [(one, claim_duty(one, self._limits)) for one in self._ledger.lists.claims()]
        shape = self._claim_shape()
        if request.query_params.get("tep") == "csv":
            return csv_download(rows, shape, "khieu-nai.csv")
        page = list_page(rows, request.query_params, shape)
        return self._page(request, "claims.html", rows=page)

    def reconciliation(self, request: AnyRequest) -> Response[Any]:
        """What the last comparison found."""
        rows, shape = self._ledger.lists.differences(), self._difference_shape()
        state = request.query_params
        if state.get("tep") == "csv":
            return csv_download(sorted_rows(rows, "", shape), shape, "doi-soat.csv")
        at = self._ledger.lists.compared_at()
        return self._page(
            request, "reconciliation.html", rows=list_page(rows, state, shape),
            compared_at=instant_of(at) if at else None,
        )  # fmt: skip

    def share(self, request: AnyRequest) -> Response[Any]:
        """Shares of dossiers and procedures by post of a period, and the units with none."""
        today = civil_day(self._clock.now())
        first = str(request.query_params.get("tu", f"{today:%Y}-01"))[:7]
        last = str(request.query_params.get("den", f"{today:%Y-%m}"))[:7]
        share = share_of(
            self._ledger.fold.counters.values, first=first, last=last,
            agencies=self._agencies, procedures=self._procedures,
        )  # fmt: skip
        return self._page(
            request, "share.html", share=share, first=first, last=last,
            name=self._desk.agency_name, minimum_dossiers=MINIMUM_DOSSIERS,
            minimum_procedures=MINIMUM_PROCEDURES,
        )  # fmt: skip

    def _page(self, request: AnyRequest, template: str, **context: Any) -> Response[str]:
        return self._pages.page(
            request,
            template,
            as_of=self._desk.as_of(),
            subnav=self._desk.subnav(request),
            **context,
        )

    def _fee_shape(self) -> ListShape[FeeDay]:
        name = self._desk.agency_name
        return ListShape[FeeDay](
            columns=[
                Column("ngay", "Ngày thu", cell=lambda r: f"{r.day:%d/%m/%Y}",
                       order=lambda r: r.day),
                Column("buu-cuc", "Bưu cục", cell=lambda r: r.office, order=lambda r: r.office),
                Column("co-quan", "Cơ quan", cell=lambda r: name(r.agency)),
                Column("thu", "Đã thu (đ)", cell=lambda r: r.collected, is_number=True),
                Column("nop", "Đã nộp lại (đ)", cell=lambda r: r.remitted, is_number=True),
                Column("lech", "Chênh lệch (đ)", cell=lambda r: r.difference,
                       order=lambda r: r.difference, is_number=True),
                Column("qua-han", "Quá hạn nộp", cell=lambda r: "quá hạn" if r.is_overdue else "–"),
                Column("ho-so", "Hồ sơ chưa khớp",
                       cell=lambda r: ", ".join(r.dossiers[:20]) or "–"),
            ],
            sort="-ngay",
        )  # fmt: skip

    def _claim_shape(self) -> ListShape[tuple[ClaimRow, ClaimDuty]]:
        today = civil_day(self._clock.now())
        return ListShape[tuple[ClaimRow, ClaimDuty]](
            columns=[
                Column("ho-so", "Hồ sơ", cell=lambda r: r[0].dossier),
                Column("ly-do", "Lý do", cell=lambda r: CLAIM_VI.get(r[0].kind, r[0].kind)),
                Column("mo", "Mở lúc", cell=lambda r: moment(instant_of(r[0].opened)),
                       order=lambda r: r[0].opened),
                Column("cuoc", "Cước (đ)", cell=lambda r: r[0].charge, is_number=True),
                Column("tra-loi", "Trả lời trước", cell=lambda r: _day(r[1].answer_due)),
                Column("chi-tra", "Chi trả trước", cell=lambda r: _day(r[1].pay_due)),
                Column("da-tra", "Đã bồi thường (đ)", cell=lambda r: r[0].paid, is_number=True),
                Column("con-no", "Còn thiếu theo luật (đ)", cell=lambda r: r[1].owed,
                       is_number=True),
                Column("tinh-trang", "Tình trạng", cell=lambda r: _claim_text(*r, today)),
            ],
            sort="-mo",
        )  # fmt: skip

    def _difference_shape(self) -> ListShape[DifferenceRow]:
        today, name = civil_day(self._clock.now()), self._desk.agency_name
        return ListShape[DifferenceRow](
            columns=[
                Column("loai", "Chênh lệch", cell=lambda r: KIND_VI[DifferenceKind(r.kind)],
                       order=lambda r: r.kind),
                Column("ho-so", "Hồ sơ", cell=lambda r: r.dossier, order=lambda r: r.dossier),
                Column("don", "Số đơn", cell=lambda r: r.item),
                Column("ai", "Ai xử lý", cell=lambda r: OWNER_VI[Owner(r.owner)],
                       order=lambda r: r.owner),
                Column("co-quan", "Cơ quan", cell=lambda r: name(r.agency) or "–"),
                Column("tu", "Thấy lần đầu", cell=lambda r: moment(instant_of(r.since)),
                       order=lambda r: r.since),
                Column("tuoi", "Tuổi (ngày)", is_number=True,
                       cell=lambda r: max((today - day_of_epoch(r.since)) // timedelta(days=1), 0)),
            ],
            sort="tu",
        )  # fmt: skip


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "–"


def _claim_text(claim: ClaimRow, duty: ClaimDuty, today: date) -> str:
    if duty.is_overdue(today):
        return "bưu chính quá hạn"
    if claim.settled is None:
        return "chờ bưu chính trả lời"
    if claim.refused:
        return "bị từ chối"
    return "còn phải chi trả" if duty.owed else "đã xong"


def make_books_desk(desk: BooksDesk) -> list[HTTPRouteHandler]:
    """The handlers, outside the OpenAPI document."""

    def page(path: str, build: Callable[[AnyRequest], Response[Any]]) -> HTTPRouteHandler:
        @get(path, include_in_schema=False, sync_to_thread=False)
        def show(request: AnyRequest) -> Response[Any]:
            return build(request)

        return show

    return [
        page("/fees", desk.fees), page("/claims", desk.claims),
        page("/reconciliation", desk.reconciliation), page("/share", desk.share),
    ]  # fmt: skip
