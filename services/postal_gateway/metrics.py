"""Every series of this service."""

from collections.abc import Callable, Mapping

from services.postal_gateway.domain.orders import NotOrdered
from services.postal_gateway.domain.parcels import PARCELS
from shared.observability import Labels, Page
from shared.observability.fold_series import FoldSeries, FoldStanding

SERVICE = "postal_gateway"
ACCEPTED, FOUND, CONTACT_MISSING = "accepted", "found", "contact_missing"
_ORDER_OUTCOMES = (ACCEPTED, FOUND, CONTACT_MISSING, *(one.value for one in NotOrdered))
_WEBHOOK_OUTCOMES = (
    "stored", "duplicate", "not_ours", "unknown_code", "forged", "unreadable",
)  # fmt: skip


class Metrics:
    """What the gateway says about parcels and about its talk with the carrier."""

    def __init__(
        self,
        page: Page,
        *,
        standing: Callable[[], FoldStanding],
        counters: Callable[[], Mapping[Labels, int]],
        carriers: tuple[str, ...] = (),
    ) -> None:
        """`counters` are the fold's; empty while catching up."""
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
        self._webhooks = page.counter(
            "dvc_postal_webhooks_total",
            "Statuses that a carrier sent by itself, by what became of them.",
            ("carrier", "outcome"),
            start=[("viettelpost", outcome) for outcome in _WEBHOOK_OUTCOMES],
        )
        self._polled = page.gauge(
            "dvc_postal_last_tracking_timestamp_seconds",
            "When the carrier last gave a page of tracking.",
            ("carrier",),
        )
        page.before_render(self._refresh)

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
