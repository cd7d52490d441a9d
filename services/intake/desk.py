"""The desk: refused events to work through, publishers, unknown codes, and the documents."""

import json
from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from shared.catalogue.model import Catalogue
from shared.clock import Clock
from shared.desk import ListShape, Pages, csv_download, list_page, list_state, sorted_rows
from shared.events.envelope import EVENT_TYPES
from shared.runtime import AnyRequest, Refusal, require_choices

from . import desk_lists as lists
from .documents import CONTACT, EVENT, PAYLOAD
from .domain.judging import NoticeCode
from .domain.words import NOTICES, REASONS
from .ledger import PublisherBook, RejectRow, RejectsFold, UnknownBook, UnknownRow
from .registry import Registry
from .web import is_silent

FLASHES: Final = {
    "gui-lai": "Đã gửi lại; sự kiện đã được ghi nhận và mục từ chối đã khép.",
    "bo-qua": "Đã bỏ qua; mục từ chối đã khép, lý do được lưu lại.",
    "da-xong": "Mục này đã có người xử lý trước đó.",
}


class Desk(Struct, frozen=True):
    """What the pages read."""

    pages: Pages
    rejects: RejectsFold
    book: PublisherBook
    unknown: UnknownBook
    registry: Registry
    catalogue: Catalogue
    clock: Clock

    def unknown_rows(self) -> list[UnknownRow]:
        """Return the codes that the catalogue does not know to this day."""
        known: Mapping[str, Mapping[str, Any]] = {
            NoticeCode.UNKNOWN_AGENCY: self.catalogue.agency_by_code,
            NoticeCode.UNKNOWN_PROCEDURE: self.catalogue.procedure_by_code,
        }
        return [row for row in self.unknown.rows() if row.code not in known.get(row.kind, {})]

    def subnav(self) -> list[tuple[str, str, int | None]]:
        """Return the pages of this desk with their counts."""
        codes = {(row.kind, row.code) for row in self.unknown_rows()}
        open_count, settled_count = self.rejects.counts()
        return [
            ("/", "Sự kiện bị từ chối", open_count),
            ("/settled", "Đã xử lý", settled_count),
            ("/publishers", "Nguồn gửi", len(self.registry.names())),
            ("/unknown", "Mã lạ", len(codes)),
            ("/docs", "Tài liệu kết nối", None),
        ]

    def page(
        self, request: AnyRequest, template: str, *, status_code: int = 200, **context: Any
    ) -> Response[str]:
        """Answer with a page of this desk."""
        return self.pages.page(
            request, template, status_code=status_code, subnav=self.subnav(), lists=lists, **context
        )


def make_desk(desk: Desk) -> list[HTTPRouteHandler]:
    """The pages that only read."""
    lists_of_rejects = [
        make(desk, is_open=is_open)
        for make in (_rejects, _rejects_csv)
        for is_open in (True, False)
    ]
    return [*lists_of_rejects, _publishers(desk), _publisher(desk), _unknown(desk),
            _unknown_csv(desk), _documents(desk)]  # fmt: skip


def _found_rejects(
    desk: Desk, request: AnyRequest, *, is_open: bool
) -> tuple[list[RejectRow], ListShape[RejectRow]]:
    shape = lists.rejects_shape(_publisher_names(desk), desk.rejects.kept)
    require_choices(request.query_params, shape)
    filters = list_state(request.query_params, shape).filters
    rows = desk.rejects.rows(
        is_open=is_open, publisher=filters.get("nguon", ""), reason=filters.get("ly-do", "")
    )
    text = filters.get("tim", "")
    return [row for row in rows if not text or lists.has_text(row, text)], shape


def _publisher_names(desk: Desk) -> list[str]:
    names = {name for name, _ in desk.rejects.open_counts}
    return sorted(names.union(desk.registry.names()))


def _rejects(desk: Desk, *, is_open: bool) -> HTTPRouteHandler:
    @get("/" if is_open else "/settled", include_in_schema=False, sync_to_thread=False)
    def rejects(request: AnyRequest) -> Response[str]:
        rows, shape = _found_rejects(desk, request, is_open=is_open)
        page = list_page(rows, request.query_params, shape)
        open_count, settled_count = desk.rejects.counts()
        return desk.page(
            request, "rejects.html", rejects=page, is_open=is_open, open_count=open_count,
            settled_count=settled_count, publishers=_publisher_rows(desk),
            keeping=lists.keeping_of(desk.rejects, desk.clock.now()), kept=desk.rejects.kept,
        )  # fmt: skip

    return rejects


def _rejects_csv(desk: Desk, *, is_open: bool) -> HTTPRouteHandler:
    name = "rejects" if is_open else "settled"

    @get(f"/{name}.csv", include_in_schema=False, sync_to_thread=False)
    def rejects_csv(request: AnyRequest) -> Response[bytes]:
        rows, shape = _found_rejects(desk, request, is_open=is_open)
        state = list_state(request.query_params, shape)
        return csv_download(sorted_rows(rows, state.sort, shape), shape, f"{name}.csv")

    return rejects_csv


def _publisher_rows(desk: Desk) -> list[lists.PublisherRow]:
    now = desk.clock.now()
    rows = []
    for name in desk.registry.names():
        publisher = desk.registry.by_name(name)
        assert publisher is not None  # noqa: S101 - its name was just read
        standing = desk.book.standing(name, now)
        rows.append(
            lists.PublisherRow(
                name,
                standing.last_at,
                is_silent(publisher, standing.last_at, now),
                publisher.revoked,
                standing.today,
                desk.rejects.open_count(name),
            )
        )
    return rows


def _publishers(desk: Desk) -> HTTPRouteHandler:
    @get("/publishers", include_in_schema=False, sync_to_thread=False)
    def publishers(request: AnyRequest) -> Response[str]:
        page = list_page(_publisher_rows(desk), request.query_params, lists.PUBLISHERS_SHAPE)
        return desk.page(request, "publishers.html", publishers=page)

    return publishers


def _publisher(desk: Desk) -> HTTPRouteHandler:
    @get("/publishers/{name:str}", include_in_schema=False, sync_to_thread=False)
    def publisher(name: str, request: AnyRequest) -> Response[str]:
        row = next((row for row in _publisher_rows(desk) if row.name == name), None)
        if row is None:
            raise Refusal(404, "Không có nguồn gửi này.", "No publisher of that name.")
        filters = list_state(request.query_params, lists.RECENT_SHAPE).filters
        events = [event for event in desk.book.ring(name) if lists.recent_matches(event, filters)]
        page = list_page(events, request.query_params, lists.RECENT_SHAPE)
        return desk.page(request, "publisher.html", publisher=row, events=page)

    return publisher


def _found_unknown(desk: Desk, request: AnyRequest) -> list[UnknownRow]:
    filters = list_state(request.query_params, lists.UNKNOWN_SHAPE).filters
    text = filters.get("tim", "").casefold()
    return [
        row
        for row in desk.unknown_rows()
        if filters.get("loai", row.kind) == row.kind and text in row.code.casefold()
    ]


def _unknown(desk: Desk) -> HTTPRouteHandler:
    @get("/unknown", include_in_schema=False, sync_to_thread=False)
    def unknown(request: AnyRequest) -> Response[str]:
        page = list_page(_found_unknown(desk, request), request.query_params, lists.UNKNOWN_SHAPE)
        return desk.page(request, "unknown.html", unknown=page)

    return unknown


def _unknown_csv(desk: Desk) -> HTTPRouteHandler:
    @get("/unknown.csv", include_in_schema=False, sync_to_thread=False)
    def unknown_csv(request: AnyRequest) -> Response[bytes]:
        shape = lists.UNKNOWN_SHAPE
        state = list_state(request.query_params, shape)
        rows = sorted_rows(_found_unknown(desk, request), state.sort, shape)
        return csv_download(rows, shape, "ma-la.csv")

    return unknown_csv


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _documents(desk: Desk) -> HTTPRouteHandler:
    nouns = ("dossier", "petition", "procedure", "document", "measure", "source")
    types = {
        name: (event.__doc__ or "").split("\n")[0]
        for name, event in EVENT_TYPES.items()
        if name.startswith(nouns)
    }

    @get("/docs", include_in_schema=False, sync_to_thread=False)
    def documents(request: AnyRequest) -> Response[str]:
        return desk.page(
            request, "docs.html", reasons=REASONS, notices=NOTICES, types=types,
            event=_json(EVENT), contact=_json(CONTACT), payload=_json(PAYLOAD),
            base=str(request.base_url).rstrip("/"),
        )  # fmt: skip

    return documents
