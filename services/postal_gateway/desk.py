"""The desk of the post: parcels by state, search, and one dossier as a line of hands."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.parcels import PARCELS
from services.postal_gateway.domain.rows import ParcelRow
from services.postal_gateway.ledger import PostLedger
from services.postal_gateway.views import (
    LEG_VI,
    STATUS_VI,
    TROUBLE_VI,
    matching,
    parcel_shape,
    status_text,
    status_tone,
    wanted_statuses,
)
from shared.access import WITHIN
from shared.calendar.civil_time import instant_of
from shared.desk import (
    ListShape,
    Pages,
    Scope,
    csv_download,
    list_page,
    list_state,
    scope_of,
    sorted_rows,
)
from shared.events.fields import Leg
from shared.runtime import AnyRequest, require_choices

_ALWAYS_SHOWN = frozenset(LegStatus) - {
    LegStatus.DELIVERED, LegStatus.HANDED_TO_AGENCY, LegStatus.RETURNED, LegStatus.LOST,
    LegStatus.CANCELLED,
}  # fmt: skip


class Desk:
    """Builds the pages from the ledger; keeps nothing of its own."""

    def __init__(
        self,
        ledger: PostLedger,
        pages: Pages,
        agencies: Mapping[str, str],
        *,
        carrier_of: Callable[[str], str],
    ) -> None:
        """`carrier_of` names an agency's carrier; empty where no carrier is set up."""
        self._ledger = ledger
        self._pages = pages
        self._agencies = agencies
        self.carrier_of = carrier_of

    def home(self, request: AnyRequest) -> Response[Any] | Redirect:
        """Parcels on their way, or those asked for; a whole code leads to its own page."""
        shape = self._shape(request)
        filters = list_state(request.query_params, shape).filters
        found = self._ledger.lists.dossier_of(filters.get("tim", ""))
        if found is not None and self._is_seen(found, scope_of(request)):
            return Redirect(parcel_address(found), status_code=303)
        rows = self._matching(filters, scope_of(request))
        counts = self._counts(scope_of(request))
        return self._pages.page(
            request,
            "parcels.html",
            as_of=self.as_of(),
            parcels=list_page(rows, request.query_params, shape),
            states=[
                (status.value, text, tone, counts[status.value])
                for status, (text, tone) in STATUS_VI.items()
                if counts[status.value] or status in _ALWAYS_SHOWN
            ],
            has_carrier=bool(self.carrier_of("")),
            subnav=self.subnav(request),
            troubles=[
                (one.dossier, TROUBLE_VI.get(one.reason, one.reason), instant_of(one.at))
                for one in self._ledger.troubles()
                if self._is_seen(one.dossier, scope_of(request))
            ],
            leg_vi=self.leg_vi,
            agency_name=self.agency_name,
            status_text=self.status_text,
            status_tone=status_tone,
            instant=instant_of,
        )

    def download(self, request: AnyRequest) -> Response[bytes]:
        """The same list as a file."""
        shape = self._shape(request)
        state = list_state(request.query_params, shape)
        rows = self._matching(state.filters, scope_of(request))
        return csv_download(sorted_rows(rows, state.sort, shape), shape, "buu-gui.csv")

    def odd(self, request: AnyRequest) -> Response[str]:
        """Statuses that moved nothing."""
        rows = [
            (one.carrier, one.code, one.about, instant_of(one.at) if one.at else None)
            for one in self._ledger.odd_statuses()
        ]
        return self._pages.page(
            request, "odd.html", as_of=self.as_of(), rows=rows, subnav=self.subnav(request)
        )

    def subnav(self, request: AnyRequest) -> list[tuple[str, str, int | None]]:
        """The pages of this desk that whoever asks may open."""
        if not scope_of(request).is_whole:
            return [("/", "Bưu gửi", None)]
        lists = self._ledger.lists
        return [
            ("/", "Bưu gửi", None),
            ("/bundles", "Bảng kê", len(lists.bundles(2**62))),
            ("/fees", "Tiền phí", None),
            ("/claims", "Khiếu nại", sum(one.settled is None for one in lists.claims())),
            ("/reconciliation", "Đối soát", len(lists.differences())),
            ("/share", "Tỷ lệ qua bưu chính", None),
            ("/ma-la", "Trạng thái lạ", len(self._ledger.odd_statuses())),
        ]

    def agency_name(self, code: str) -> str:
        """The agency's name, or its code where nobody told its name."""
        return self._agencies.get(code, code)

    def agency_choices(self, request: AnyRequest) -> list[tuple[str, str]]:
        """Agencies that have or had a parcel, by name."""
        scope = scope_of(request)
        return sorted(
            ((code, self.agency_name(code)) for code in self._shown_agencies(scope)),
            key=lambda pair: pair[1],
        )

    def leg_vi(self, row: ParcelRow) -> str:
        """The leg in words."""
        return LEG_VI[Leg(row.leg)]

    def status_text(self, status: str) -> str:
        """The state in words."""
        return status_text(status)

    def _shape(self, request: AnyRequest) -> ListShape[ParcelRow]:
        """The list; an agency that is asked for is offered, though it has no parcel any more."""
        scope = scope_of(request)
        asked = {str(request.query_params.get("co-quan", ""))} & self._agencies.keys()
        offered = asked.union(self._shown_agencies(scope))
        shape = parcel_shape(self._agencies, sorted(filter(scope.covers, offered)))
        require_choices(request.query_params, shape)
        return shape

    def _is_seen(self, dossier: str, scope: Scope) -> bool:
        state = self._ledger.dossier(dossier)
        return scope.is_whole or (state is not None and scope.covers(state.agency))

    def _matching(self, filters: Mapping[str, str], scope: Scope) -> list[ParcelRow]:
        statuses, lists = wanted_statuses(filters), self._ledger.lists
        rows = lists.parcels(statuses) if statuses else lists.open_parcels()
        return matching([row for row in rows if scope.covers(row.agency)], filters)

    def _counts(self, scope: Scope) -> Counter[str]:
        counts: Counter[str] = Counter()
        for key, count in self._ledger.fold.counters.values.items():
            if key[0] == PARCELS and scope.covers(key[1]):
                counts[key[-1]] += count
        return counts

    def _shown_agencies(self, scope: Scope) -> list[str]:
        keys = self._ledger.fold.counters.values
        return sorted({key[1] for key in keys if key[0] == PARCELS and scope.covers(key[1])})

    def as_of(self) -> datetime | None:
        """The instant that the ledger stands for; None before the first fact."""
        return instant_of(self._ledger.fold.as_of) if self._ledger.fold.as_of else None


def parcel_address(code: str) -> str:
    """The page of one dossier."""
    return f"/parcels/{quote(code, safe='/')}"


def make_desk(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers, outside the OpenAPI document."""

    @get("/", include_in_schema=False, opt=WITHIN, sync_to_thread=False)
    def home(request: AnyRequest) -> Response[Any]:
        return desk.home(request)

    @get("/parcels.csv", include_in_schema=False, opt=WITHIN, sync_to_thread=False)
    def download(request: AnyRequest) -> Response[bytes]:
        return desk.download(request)

    @get("/ma-la", include_in_schema=False, sync_to_thread=False)
    def odd(request: AnyRequest) -> Response[str]:
        return desk.odd(request)

    return [home, download, odd]
