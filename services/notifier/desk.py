"""The desk of alerts: what is open by urgency, one dossier's history, taking an alert on."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect
from msgspec import Struct

from services.notifier.acts import acknowledge
from services.notifier.domain.dossiers import DossierState
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules
from services.notifier.ledger import DossierLedger
from services.notifier.views import AlertRow, alert_shape, history_steps, matching, row_of
from services.notifier.writer import AlertWriter
from shared.calendar.civil_time import instant_of
from shared.desk import Pages, csv_download, list_page, list_state, sorted_rows
from shared.runtime import AnyRequest, Refusal

FLASHES = {
    "da-tiep-nhan": "Đã ghi nhận: bạn đã tiếp nhận cảnh báo.",
    "da-co-nguoi": "Cảnh báo này đã có người khác tiếp nhận trước.",
}
_NAME_MAX, _REASON_MAX = 80, 500


class Taken(Struct, frozen=True):
    """What the form of acknowledging sends."""

    by: str = ""
    reason: str = ""


class Desk:
    """Builds the pages from the ledger; keeps nothing of its own."""

    def __init__(
        self,
        ledger: DossierLedger,
        rules: AlertRules,
        pages: Pages,
        writer: AlertWriter,
        agencies: Mapping[str, str],
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._pages = pages
        self._writer = writer
        self._agencies = agencies

    def open_page(self, request: AnyRequest) -> Response[str]:
        """All open alerts, worst first."""
        rows, shape = self._rows(), alert_shape(self._rules, self._agencies, self._counts())
        chosen = matching(rows, list_state(request.query_params, shape).filters)
        by_agency = Counter(row.agency_name for row in rows).most_common(1)
        return self._pages.page(
            request,
            "alerts.html",
            as_of=self._as_of(),
            alerts=list_page(chosen, request.query_params, shape),
            open_count=len(rows),
            unacknowledged_count=sum(not row.is_acknowledged for row in rows),
            dossier_count=self._ledger.fold.hot_count,
            oldest=min((row.since_at for row in rows), default=None),
            busiest=by_agency[0] if by_agency else None,
        )

    def open_csv(self, request: AnyRequest) -> Response[bytes]:
        """The same list as a file."""
        shape = alert_shape(self._rules, self._agencies, self._counts())
        state = list_state(request.query_params, shape)
        chosen = matching(self._rows(), state.filters)
        return csv_download(sorted_rows(chosen, state.sort, shape), shape, "canh-bao.csv")

    def dossier_page(
        self, request: AnyRequest, code: str, *, status_code: int = 200, **form: Any
    ) -> Response[str]:
        """One dossier: its clock as the notifier knows it, and all its alerts."""
        records = self._ledger.book.history(code)
        state = self._ledger.state_of(code)
        state = state if isinstance(state, DossierState) else None
        if state is None and not records:
            raise Refusal(404, "Chưa có dữ kiện nào về hồ sơ này.", "Nothing is known of it.")
        agency = state.agency if state else records[-1].agency
        due = state.clock.due if state else records[-1].due
        return self._pages.page(
            request,
            "dossier.html",
            as_of=self._as_of(),
            status_code=status_code,
            code=code,
            agency=self._agencies.get(agency, agency),
            due_at=None if due is None else instant_of(due),
            clock=state.clock if state else None,
            alerts=[self._row(record) for record in reversed(records)],
            steps=history_steps(records, self._rules),
            form={"id": "", "by": "", "reason": "", "by_error": "", "reason_error": "", **form},
        )

    async def acknowledge(
        self, request: AnyRequest, alert_id: str, taken: Taken
    ) -> Response[Any] | Redirect:
        """Write it, or show the form again with what is wrong."""
        record = self._ledger.book.get(alert_id)
        if record is None:
            raise Refusal(404, "Không có cảnh báo này.", "There is no such alert.")
        by, reason = taken.by.strip(), taken.reason.strip()
        by_error = _fault(by, _NAME_MAX, "họ tên người tiếp nhận")
        reason_error = _fault(reason, _REASON_MAX, "lý do hoặc hướng xử lý")
        if by_error or reason_error:
            return self.dossier_page(
                request, record.dossier, status_code=422, id=alert_id, by=taken.by,
                reason=taken.reason, by_error=by_error, reason_error=reason_error,
            )  # fmt: skip
        try:
            is_first = await acknowledge(self._writer, record, by, reason)
        except msgspec.ValidationError:
            raise Refusal(422) from None
        said = "da-tiep-nhan" if is_first else "da-co-nguoi"
        return Redirect(f"{dossier_address(record.dossier)}?da={said}", status_code=303)

    def _rows(self) -> list[AlertRow]:
        return [self._row(record) for record in self._ledger.book.open.values()]

    def _row(self, record: AlertRecord) -> AlertRow:
        return row_of(record, self._rules, self._agencies)

    def _counts(self) -> list[str]:
        return sorted({labels[0] for labels in self._ledger.book.counts})

    def _as_of(self) -> Any:
        return instant_of(self._ledger.fold.as_of) if self._ledger.fold.as_of else None


def dossier_address(code: str) -> str:
    """The page of one dossier."""
    return f"/dossiers/{quote(code, safe='/')}"


def _fault(text: str, length_max: int, what: str) -> str:
    if not text:
        return f"Cần ghi {what}."
    return "" if len(text) <= length_max else f"Tối đa {length_max} ký tự."


def make_desk(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers, outside the OpenAPI document."""

    @get("/", include_in_schema=False, sync_to_thread=False)
    def home(request: AnyRequest) -> Response[str]:
        return desk.open_page(request)

    @get("/alerts.csv", include_in_schema=False, sync_to_thread=False)
    def download(request: AnyRequest) -> Response[bytes]:
        return desk.open_csv(request)

    @get("/dossiers/{code:path}", include_in_schema=False, sync_to_thread=False)
    def dossier(request: AnyRequest, code: str) -> Response[str]:
        return desk.dossier_page(request, code.removeprefix("/"))

    @post("/alerts/{alert_id:str}/acknowledge", include_in_schema=False)
    async def take(
        request: AnyRequest,
        alert_id: str,
        data: Annotated[Taken, Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> Response[Any]:
        return await desk.acknowledge(request, alert_id, data)

    return [home, download, dossier, take]
