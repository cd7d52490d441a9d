"""Every series of this service."""

from collections.abc import Callable, Mapping

from services.notifier.domain.telling import Outcome
from shared.observability import Labels, Page
from shared.observability.build import Running
from shared.observability.fold_series import FoldSeries, FoldStanding

SERVICE = "notifier"
_LATENESS_BOUNDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, 86_400.0)
_COUNTED = tuple(one for one in Outcome if one is not Outcome.CLAIMED)


class Metrics:
    """What the notifier says about itself and about the open alerts."""

    def __init__(
        self,
        page: Page,
        *,
        standing: Callable[[], FoldStanding],
        open_alerts: Callable[[], Mapping[Labels, int]],
        channels: tuple[str, ...] = (),
    ) -> None:
        """`open_alerts` gives counts by (agency, stage, acknowledged); empty while catching up."""
        self.fold = FoldSeries(page, SERVICE, standing)
        self._open_alerts = open_alerts
        self._open = page.gauge(
            "dvc_alerts_open",
            "Alerts that were raised and not resolved.",
            ("agency", "stage", "acknowledged"),
        )
        self._raised = page.counter(
            "dvc_alerts_raised_total", "Alerts this copy raised first.", ("stage",)
        )
        self._lateness = page.histogram(
            "dvc_alert_raise_lateness_seconds",
            "Seconds from the moment an alert was owed to the moment it was raised.",
            ("stage",),
            bounds=_LATENESS_BOUNDS,
        )
        self._deliveries = page.counter(
            "dvc_alert_deliveries_total",
            "Alerts told on a channel, by outcome: sent, confirmed, failed, or unknown.",
            ("channel", "outcome"),
            start=[(channel, outcome.value) for channel in channels for outcome in _COUNTED],
        )
        self._acknowledged = page.histogram(
            "dvc_alert_acknowledge_seconds",
            "Seconds from raising an alert, or its coming back, to a person taking it on.",
            ("stage",),
            bounds=_LATENESS_BOUNDS,
        )
        self.running = Running(page, SERVICE)
        page.before_render(self._refresh)

    def raised(self, stage: str, lateness_seconds: float) -> None:
        """Count an alert that this copy raised before any other."""
        self._raised.add((stage,))
        self._lateness.observe((stage,), max(lateness_seconds, 0.0))

    def taken_on(self, stage: str, wait_seconds: float) -> None:
        """Note how long an alert waited for a person; counted where it was taken on."""
        self._acknowledged.observe((stage,), max(wait_seconds, 0.0))

    def told(self, channel: str, outcome: Outcome, count: int) -> None:
        """Count the alerts of one message."""
        self._deliveries.add((channel, outcome.value), count)

    def _refresh(self) -> None:
        self._open.replace(self._open_alerts())
