"""Every series of this service."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from services.postal_gateway.carriers.viettel.codes import AT_FAULT as VIETTEL_FAULT
from services.postal_gateway.carriers.vnpost.codes import AT_FAULT as VNPOST_FAULT
from services.postal_gateway.domain.orders import NotOrdered
from services.postal_gateway.domain.parcels import FAILED, PARCELS, TOOK, TOOK_BOUNDS, TOOK_SUM
from services.postal_gateway.domain.shares import PostShare
from shared.observability import Labels, Page
from shared.observability.build import Running
from shared.observability.fold_series import FoldSeries, FoldStanding

SERVICE = "postal_gateway"
ACCEPTED, FOUND, CONTACT_MISSING = "accepted", "found", "contact_missing"
_ORDER_OUTCOMES = (ACCEPTED, FOUND, CONTACT_MISSING, *(one.value for one in NotOrdered))
_WEBHOOK_OUTCOMES = (
    "stored", "duplicate", "not_ours", "unknown_code", "forged", "unreadable",
)  # fmt: skip


_AT_FAULT: Mapping[str, Mapping[str, str]] = {
    "vnpost": VNPOST_FAULT,
    "viettelpost": {str(code): fault for code, fault in VIETTEL_FAULT.items()},
}


class Figures(Struct, frozen=True):
    """What is worked out from the lists from time to time; shares by period."""

    late: Mapping[Labels, int]
    differences: Mapping[Labels, int]
    shares: Mapping[str, PostShare]


class Metrics:
    """What the gateway says about parcels and about its talk with the carrier."""

    def __init__(
        self,
        page: Page,
        *,
        standing: Callable[[], FoldStanding],
        counters: Callable[[], Mapping[Labels, int]],
        carriers: tuple[str, ...] = (),
        figures: Callable[[], "Figures | None"] | None = None,
    ) -> None:
        """`counters` are the fold's; empty while catching up. `figures` are None until known."""
        self.fold = FoldSeries(page, SERVICE, standing)
        self._counters = counters
        self._parcels = page.gauge(
            "dvc_postal_parcels",
            "Legs of parcels by where they stand.",
            ("agency", "carrier", "leg", "state"),
        )
        self._orders = page.counter(
            "dvc_postal_orders_total",
            "Attempts to place an order at the carrier, by outcome.",
            ("carrier", "outcome"),
            start=[(carrier, outcome) for carrier in carriers for outcome in _ORDER_OUTCOMES],
        )
        self._odd = page.counter(
            "dvc_postal_odd_statuses_total",
            "Statuses of a carrier that moved nothing: code unknown, or no such parcel.",
            ("carrier", "reason"),
            start=[(c, reason) for c in carriers for reason in ("unknown_code", "no_parcel")],
        )
        self._figures = figures or (lambda: None)
        self._open_webhooks(page)
        self._open_figures(page)
        self._polled = page.gauge(
            "dvc_postal_last_tracking_timestamp_seconds",
            "When the carrier last gave a page of tracking.",
            ("carrier",),
        )
        page.before_render(self._refresh)

    def _open_webhooks(self, page: Page) -> None:
        self._webhooks = page.counter(
            "dvc_postal_webhooks_total",
            "Statuses that a carrier sent by itself, by what became of them.",
            ("carrier", "outcome"),
            start=[("viettelpost", outcome) for outcome in _WEBHOOK_OUTCOMES],
        )

    def _open_figures(self, page: Page) -> None:
        self.running = Running(page, SERVICE)
        self._took = page.histogram(
            "dvc_postal_delivery_seconds",
            "From the carrier's taking of the paper to its word of delivery, in seconds.",
            ("carrier", "leg"),
            bounds=TOOK_BOUNDS,
        )
        self._failures = page.gauge(
            "dvc_postal_delivery_failures",
            "Attempts of delivery that failed, by the carrier's code and who pays the next one.",
            ("carrier", "leg", "reason", "at_fault"),
        )
        self._late = page.gauge(
            "dvc_postal_legs_late",
            "Legs beyond their limit in working time, by the limit that was passed first.",
            ("agency", "carrier", "leg", "stage"),
        )
        self._differences = page.gauge(
            "dvc_postal_differences",
            "Differences between our records, the carrier's and the dossiers' facts.",
            ("kind", "owner"),
        )
        self._share_numerator = page.gauge(
            "dvc_postal_share_numerator",
            "Dossiers or procedures by post: received, either way, procedures.",
            ("indicator", "period"),
        )
        self._share_denominator = page.gauge(
            "dvc_postal_share_denominator",
            "All dossiers received, or all procedures, of the same period.",
            ("indicator", "period"),
        )
        self._units_with_none = page.gauge(
            "dvc_postal_units_with_none", "Agencies without any dossier by post.", ("period",)
        )

    def ordered(self, carrier: str, outcome: str) -> None:
        """Count one attempt."""
        self._orders.add((carrier, outcome))

    def odd(self, carrier: str, *, is_known_code: bool) -> None:
        """Count a status that moved nothing."""
        self._odd.add((carrier, "no_parcel" if is_known_code else "unknown_code"))

    def webhook(self, carrier: str, outcome: str) -> None:
        """Count one webhook."""
        self._webhooks.add((carrier, outcome))

    def tracked(self, carrier: str, at: float) -> None:
        """Note that the carrier answered."""
        self._polled.set((carrier,), at)

    def _refresh(self) -> None:
        parcels = {key[1:]: n for key, n in self._counters().items() if key[0] == PARCELS}
        self._parcels.replace(parcels)
        self._refresh_ways()
        figures = self._figures()
        if figures is not None:
            self._late.replace(dict(figures.late))
            self._differences.replace(dict(figures.differences))
            for period, share in figures.shares.items():
                self._refresh_share(period, share)

    def _refresh_ways(self) -> None:
        counts: dict[Labels, dict[int, int]] = {}
        sums: dict[Labels, float] = {}
        failures: dict[Labels, int] = {}
        for key, count in self._counters().items():
            if key[0] == TOOK:
                counts.setdefault(key[1:3], {})[int(key[3])] = count
            elif key[0] == TOOK_SUM:
                sums[key[1:3]] = count
            elif key[0] == FAILED:
                fault = _AT_FAULT.get(key[1], {}).get(key[3], "unknown")
                failures[(*key[1:], fault)] = count
        self._took.replace(counts, sums)
        self._failures.replace(failures)

    def _refresh_share(self, period: str, share: PostShare) -> None:
        numbers = {
            "received": (share.dossiers_received, share.dossiers),
            "either": (share.dossiers_either, share.dossiers),
            "procedures": (share.procedures_either, share.procedures),
        }
        for indicator, (numerator, denominator) in numbers.items():
            self._share_numerator.set((indicator, period), numerator)
            self._share_denominator.set((indicator, period), denominator)
        self._units_with_none.set((period,), len(share.units_with_none))
