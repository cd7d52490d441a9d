"""What every service says of its fold: where it stands, how far behind, what became of facts."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from shared.observability.exposition import Page
from shared.observability.family import Labels


class FoldStanding(Struct, frozen=True):
    """A fold as of now; `committed_at` is the epoch second of its last commit, None for none."""

    position: int
    lag_count: int
    rewinds: int
    committed_at: float | None = None


class FoldSeries:
    """The families that every fold exposes; they are current at each scrape."""

    def __init__(self, page: Page, service: str, standing: Callable[[], FoldStanding]) -> None:
        self._service = service
        self._standing = standing
        label: Labels = ("service",)
        self._facts = page.counter(
            "dvc_facts_total",
            "Facts read from the log, by what became of them.",
            ("service", "event", "outcome"),
        )
        self._position = page.gauge(
            "dvc_fold_position", "Sequence in the log of the last fact folded.", label
        )
        self._lag = page.gauge(
            "dvc_fold_lag", "Facts in the log that are not folded yet; 0 is the head.", label
        )
        self._rewinds = page.counter(
            "dvc_fold_rewinds_total",
            "Times the log was found to be another one than before, and was folded anew.",
            label,
            start=[(service,)],
        )
        self._rewinds_shown = 0
        self._snapshot = page.gauge(
            "dvc_snapshot_timestamp_seconds", "When the projection was last committed.", label
        )
        page.before_render(self._refresh)

    def count(self, outcomes: Mapping[tuple[str, Any], int]) -> None:
        """Count what a batch did, by (event type, outcome)."""
        for (event, outcome), count in outcomes.items():
            self._facts.add((self._service, event, str(outcome)), count)

    def _refresh(self) -> None:
        standing, label = self._standing(), (self._service,)
        self._position.set(label, standing.position)
        self._lag.set(label, standing.lag_count)
        self._rewinds.add(label, max(standing.rewinds - self._rewinds_shown, 0))
        self._rewinds_shown = max(standing.rewinds, self._rewinds_shown)
        self._snapshot.set(label, standing.committed_at)
