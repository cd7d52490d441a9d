"""The desk of alerts: what is open by urgency, one dossier's history, what people do about it."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from services.notifier.domain.dossiers import DossierState
from services.notifier.domain.lifecycle import is_quiet
from services.notifier.domain.records import AlertRecord, Quiet
from services.notifier.history import history_steps
from services.notifier.parts import Notifier
from services.notifier.views import (
    ABOUT_VI,
    WAITS,
    AlertRow,
    alert_shape,
    matching,
    row_of,
)
from shared.access import WITHIN
from shared.calendar.civil_time import civil_day, epoch_of, instant_of
from shared.desk import (
    ListShape,
    Pages,
    csv_download,
    list_page,
    list_state,
    scope_of,
    sorted_rows,
)
from shared.runtime import AnyRequest, Refusal, require_choices

FLASHES: Final = {
    "da-tiep-nhan": "Đã ghi nhận: bạn đã tiếp nhận cảnh báo.",
    "da-co-nguoi": "Cảnh báo này đã có người khác tiếp nhận trước.",
    "da-tat-tieng": "Đã tắt tiếng; cảnh báo vẫn nằm trong danh sách.",
    "da-bat-tieng": "Đã bật lại tiếng.",
    "da-doi-truoc": "Người khác vừa thay đổi trước; hãy xem lại.",
    "da-giai-trinh": "Đã ghi giải trình vào hồ sơ.",
    "da-xin-loi": "Đã ghi nhận văn bản xin lỗi vào hồ sơ.",
    "chua-dang-ky": "Chưa ghi được: bàn này chưa được đăng ký làm nguồn gửi "
    "(motcua publishers add).",
    "bi-tu-choi": "Bộ phận tiếp nhận từ chối nội dung này; xem bàn Tiếp nhận.",
}
_NOTHING_KNOWN_VI: Final = "Chưa có dữ kiện nào về hồ sơ này."
_NOTHING_KNOWN_EN: Final = "Nothing is known of it."
_EMPTY_FORM: Final = {
    "id": "", "kind": "", "by": "", "reason": "", "until": "", "by_error": "",
    "reason_error": "", "until_error": "", "letter": "",
}  # fmt: skip


class Desk:
    """Builds the pages from the ledger; keeps nothing of its own."""

    def __init__(self, parts: Notifier, pages: Pages) -> None:
        self.parts = parts
        self.pages = pages
        self.field_names = {one.code: one.name for one in parts.catalogue.fields}
        self.procedures = parts.catalogue.procedure_by_code

    @property
    def book(self) -> Any:
        """The alerts."""
        return self.parts.ledger.book

    def open_page(self, request: AnyRequest) -> Response[str]:
        """All open alerts, worst first."""
        rows, now = self.rows(request), self.parts.clock.now()
        shape = self._shape(rows, request.query_params)
        state = list_state(request.query_params, shape)
        by_agency = Counter(row.agency_name for row in rows).most_common(1)
        return self.page(
            request, "alerts.html",
            alerts=list_page(matching(rows, state.filters, now), request.query_params, shape),
            open_count=len(rows),
            waiting_count=sum(row.state == WAITS for row in rows),
            # Counted for all; whoever sees a part is told no number of the whole.
            dossier_count=self.parts.ledger.fold.hot_count if scope_of(request).is_whole else None,
            oldest=min((row.since_at for row in rows), default=None),
            busiest=by_agency[0] if by_agency else None,
            about_vi=ABOUT_VI,
        )  # fmt: skip

    def open_csv(self, request: AnyRequest) -> Response[bytes]:
        """The same list as a file."""
        rows = self.rows(request)
        shape = self._shape(rows, request.query_params, is_file=True)
        state = list_state(request.query_params, shape)
        chosen = matching(rows, state.filters, self.parts.clock.now())
        return csv_download(sorted_rows(chosen, state.sort, shape), shape, "canh-bao.csv")

    def _shape(
        self, rows: list[AlertRow], query: Mapping[str, Any], *, is_file: bool = False
    ) -> ListShape[AlertRow]:
        shape = alert_shape(
            self.parts.rules, self.parts.agencies, self.field_names, rows, query, is_file=is_file
        )
        require_choices(query, shape)
        return shape

    def subject_page(
        self, request: AnyRequest, code: str, *, status_code: int = 200, **form: Any
    ) -> Response[str]:
        """One dossier (petition, source, channel): its limits as known here, all its alerts."""
        records: list[AlertRecord] = self.book.history(code)
        found = self.parts.ledger.state_of(code)
        state = found if isinstance(found, DossierState) else None
        if state is None and not records:
            raise Refusal(404, _NOTHING_KNOWN_VI, _NOTHING_KNOWN_EN)
        agency = state.agency if state else records[-1].agency
        if not scope_of(request).covers(agency):
            raise Refusal(404, _NOTHING_KNOWN_VI, _NOTHING_KNOWN_EN)
        due = state.clock.due if state else records[-1].due
        today = civil_day(self.parts.clock.now())
        return self.page(
            request, "dossier.html", status_code=status_code,
            code=code,
            about=ABOUT_VI.get(records[-1].about if records else "dossier", ""),
            agency=self.parts.agencies.get(agency, agency),
            due_at=None if due is None else instant_of(due),
            state=state,
            alerts=sorted(
                map(self.row, records), key=lambda r: (r.order, r.since_at), reverse=True
            ),
            steps=history_steps(records, self.parts.rules, self.names),
            until_least=today + timedelta(days=1),
            key=uuid4().hex,
            form={**_EMPTY_FORM, **form},
        )  # fmt: skip

    def page(self, request: AnyRequest, template: str, **context: Any) -> Response[str]:
        """A page of this desk, as of what the fold knows."""
        as_of = self.parts.ledger.fold.as_of
        links = [
            ("/", "Đang mở", len(self.seen(request))),
            ("/meeting", "Giao ban", None),
            ("/silences", "Tắt tiếng", len(self.quiets(request))),
            ("/told", "Sổ gửi tin", None),
        ]
        return self.pages.page(
            request, template, as_of=instant_of(as_of) if as_of else None, links=links, **context
        )

    @property
    def names(self) -> dict[str, str]:
        """People's names by id, as far as their file tells them."""
        return {one.id: one.name for one in self.parts.directory.people if one.name}

    def record(self, request: AnyRequest, alert_id: str) -> AlertRecord:
        """The alert; a refusal where there is none for whoever asks."""
        found: AlertRecord | None = self.book.get(alert_id)
        if found is None or not scope_of(request).covers(found.agency):
            raise Refusal(404, "Không có cảnh báo này.", "There is no such alert.")
        return found

    def seen(self, request: AnyRequest) -> list[AlertRecord]:
        """Every open alert of the agencies that whoever asks may see."""
        scope = scope_of(request)
        return [record for record in self.book.open.values() if scope.covers(record.agency)]

    def rows(self, request: AnyRequest) -> list[AlertRow]:
        """The same, with their names."""
        return [self.row(record) for record in self.seen(request)]

    def row(self, record: AlertRecord) -> AlertRow:
        """One alert with its names, as of now."""
        return row_of(record, self.parts.rules, self.parts.agencies, self._quiet_of(record))

    def _quiet_of(self, record: AlertRecord) -> Quiet | None:
        now = epoch_of(self.parts.clock.now())
        if is_quiet(record, now):
            return record.quiet
        scope = self.book.standing.quiet_scope(record.stage, record.agency, now)
        return scope.quiet if scope else None

    def quiets(self, request: AnyRequest) -> list[tuple[str, str, str, str, Quiet]]:
        """Every silence in force: (id, what, stage, agency, silence); the first to end first."""
        now = epoch_of(self.parts.clock.now())
        found = [
            (record.alert_id, record.dossier, record.stage, record.agency, record.quiet)
            for record in self.seen(request)
            if record.quiet is not None and is_quiet(record, now)
        ]
        found += [
            (name, "", scope.stage, scope.agency, scope.quiet)
            for name, scope in self.book.standing.scopes.items()
            if now < scope.quiet.until and scope_of(request).covers(scope.agency)
        ]
        return sorted(found, key=lambda one: one[4].until)


def address_of(code: str) -> str:
    """The page of one dossier."""
    return f"/dossiers/{quote(code, safe='/')}"


def make_desk(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers that only read, outside the OpenAPI document."""

    @get("/", include_in_schema=False, opt=WITHIN, sync_to_thread=False)
    def home(request: AnyRequest) -> Response[str]:
        return desk.open_page(request)

    @get("/alerts.csv", include_in_schema=False, opt=WITHIN, sync_to_thread=False)
    def download(request: AnyRequest) -> Response[bytes]:
        return desk.open_csv(request)

    @get("/dossiers/{code:path}", include_in_schema=False, opt=WITHIN, sync_to_thread=False)
    def dossier(request: AnyRequest, code: str) -> Response[str]:
        return desk.subject_page(request, code.removeprefix("/"))

    return [home, download, dossier]
