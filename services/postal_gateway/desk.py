"""The desk of the post: parcels by state, search, and one dossier as a line of hands."""

from collections import Counter
from collections.abc import Mapping
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
    HAND_VI,
    LEG_VI,
    STATUS_VI,
    TROUBLE_VI,
    custody_steps,
    matching,
    parcel_shape,
    status_text,
    status_tone,
    wanted_statuses,
)
from shared.calendar.civil_time import instant_of
from shared.desk import Pages, csv_download, list_page, list_state, sorted_rows
from shared.events.fields import Leg
from shared.runtime import AnyRequest, Refusal

_ALWAYS_SHOWN = frozenset(LegStatus) - {
    LegStatus.DELIVERED, LegStatus.HANDED_TO_AGENCY, LegStatus.RETURNED, LegStatus.LOST,
    LegStatus.CANCELLED,
}  # fmt: skip


class Desk:
    """Builds the pages from the ledger; keeps nothing of its own."""

    def __init__(
        self, ledger: PostLedger, pages: Pages, agencies: Mapping[str, str], *, has_carrier: bool
    ) -> None:
        self._ledger = ledger
        self._pages = pages
        self._agencies = agencies
        self._has_carrier = has_carrier

    def home(self, request: AnyRequest) -> Response[Any] | Redirect:
        """Parcels on their way, or those asked for; a whole code leads to its own page."""
        shape = parcel_shape(self._agencies, self._shown_agencies())
        filters = list_state(request.query_params, shape).filters
        found = self._ledger.lists.dossier_of(filters.get("tim", ""))
        if found is not None:
            return Redirect(parcel_address(found), status_code=303)
        rows = self._matching(filters)
        counts = self._counts()
        return self._pages.page(
            request,
            "parcels.html",
            as_of=self._as_of(),
            parcels=list_page(rows, request.query_params, shape),
            states=[
                (status.value, text, tone, counts[status.value])
                for status, (text, tone) in STATUS_VI.items()
                if counts[status.value] or status in _ALWAYS_SHOWN
            ],
            has_carrier=self._has_carrier,
            troubles=[
                (one.dossier, TROUBLE_VI.get(one.reason, one.reason), instant_of(one.at))
                for one in self._ledger.troubles()
            ],
            odd_count=len(self._ledger.odd_statuses()),
            leg_vi=lambda row: LEG_VI[Leg(row.leg)],
            agency_name=lambda code: self._agencies.get(code, code),
            status_text=status_text,
            status_tone=status_tone,
            instant=instant_of,
        )

    def download(self, request: AnyRequest) -> Response[bytes]:
        """The same list as a file."""
        shape = parcel_shape(self._agencies, self._shown_agencies())
        state = list_state(request.query_params, shape)
        rows = self._matching(state.filters)
        return csv_download(sorted_rows(rows, state.sort, shape), shape, "buu-gui.csv")

    def parcel(self, request: AnyRequest, code: str) -> Response[str]:
        """One dossier's legs, each as a line of hands."""
        dossier = self._ledger.lists.dossier_of(code)
        state = self._ledger.dossier(dossier) if dossier else None
        if dossier is None or state is None:
            raise Refusal(404, "Chưa có bưu gửi nào của hồ sơ này.", "It has no parcel.")
        legs = [
            {
                "title": LEG_VI[Leg(leg.leg)] + (f", lần {leg.attempt}" if leg.attempt > 1 else ""),
                "status": status_text(leg.status), "tone": status_tone(leg.status),
                "hand": HAND_VI[leg.hand], "since": instant_of(leg.since),
                "carrier": leg.carrier, "tracking": leg.tracking_number,
                "ignored": leg.ignored_count, "steps": custody_steps(leg),
            }
            for leg in state.legs
        ]  # fmt: skip
        return self._pages.page(
            request, "parcel.html", as_of=self._as_of(), code=dossier, legs=legs,
            trouble=TROUBLE_VI.get(self._ledger.trouble_of(dossier), ""),
            agency=self._agencies.get(state.agency, state.agency),
        )  # fmt: skip

    def odd(self, request: AnyRequest) -> Response[str]:
        """Statuses that moved nothing."""
        rows = [
            (one.carrier, one.code, one.about, instant_of(one.at) if one.at else None)
            for one in self._ledger.odd_statuses()
        ]
        return self._pages.page(request, "odd.html", as_of=self._as_of(), rows=rows)

    def _matching(self, filters: Mapping[str, str]) -> list[ParcelRow]:
        statuses, lists = wanted_statuses(filters), self._ledger.lists
        return matching(lists.parcels(statuses) if statuses else lists.open_parcels(), filters)

    def _counts(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for key, count in self._ledger.fold.counters.values.items():
            if key[0] == PARCELS:
                counts[key[-1]] += count
        return counts

    def _shown_agencies(self) -> list[str]:
        keys = self._ledger.fold.counters.values
        return sorted({key[1] for key in keys if key[0] == PARCELS})

    def _as_of(self) -> datetime | None:
        return instant_of(self._ledger.fold.as_of) if self._ledger.fold.as_of else None


def parcel_address(code: str) -> str:
    """The page of one dossier."""
    return f"/parcels/{quote(code, safe='/')}"


def make_desk(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers, outside the OpenAPI document."""

    @get("/", include_in_schema=False, sync_to_thread=False)
    def home(request: AnyRequest) -> Response[Any]:
        return desk.home(request)

    @get("/parcels.csv", include_in_schema=False, sync_to_thread=False)
    def download(request: AnyRequest) -> Response[bytes]:
        return desk.download(request)

    @get("/parcels/{code:path}", include_in_schema=False, sync_to_thread=False)
    def parcel(request: AnyRequest, code: str) -> Response[str]:
        return desk.parcel(request, code.removeprefix("/"))

    @get("/ma-la", include_in_schema=False, sync_to_thread=False)
    def odd(request: AnyRequest) -> Response[str]:
        return desk.odd(request)

    return [home, download, parcel, odd]
