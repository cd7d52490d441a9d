"""Numbers that are read off the folds right before each page of metrics."""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

from shared.ledger.store import Position

from .desk import Desk
from .ledger import UnknownRow
from .metrics import SERVICE, Metrics
from .parts import Parts

REJECTS_FOLD: Final = f"{SERVICE}-rejects"
KINDS: Final = ("unknown_agency", "unknown_procedure", "dvcqg")


def show_numbers(parts: Parts, desk: Desk) -> None:
    """Refresh the gauges of the folds before every page.

    Until a fold is at the head of its stream its numbers are not shown, only how far it is.
    """
    metrics = parts.metrics
    rewinds: defaultdict[str, int] = defaultdict(int)

    def refresh() -> None:
        folds: tuple[tuple[str, Position], ...] = (
            (SERVICE, parts.facts.position), (REJECTS_FOLD, parts.rejects.position)
        )  # fmt: skip
        for place, (name, position) in enumerate(folds):
            metrics.fold_position.set((name,), position.sequence)
            metrics.fold_rewinds.add((name,), max(0, position.rewinds - rewinds[name]))
            rewinds[name] = position.rewinds
            if place < len(parts.followers):
                metrics.fold_lag.set((name,), parts.followers[place].lag_count)
        metrics.breaker_open.set((), int(parts.breaker.is_open))
        _show_folded(metrics, parts, desk.unknown_rows)

    parts.page.before_render(refresh)


def _show_folded(
    metrics: Metrics, parts: Parts, unknown_rows: Callable[[], list[UnknownRow]]
) -> None:
    if parts.why_behind():
        metrics.rejects_open.clear()
        metrics.rejects_first_expiry.clear()
        metrics.rejects_expired.clear()
        metrics.unknown_codes.clear()
        return
    metrics.rejects_open.replace(
        {(*key,): count for key, count in parts.rejects.open_counts.items()}
    )
    metrics.rejects_first_expiry.replace(
        {(name,): int(at.timestamp()) for name, at in parts.rejects.first_expiry().items()}
    )
    metrics.rejects_expired.replace(
        {(name,): count for name, count in parts.rejects.expired_counts().items()}
    )
    codes: dict[tuple[str, ...], set[str]] = {(kind,): set() for kind in KINDS}
    for row in unknown_rows():
        codes.setdefault((row.kind,), set()).add(row.code)
    metrics.unknown_codes.replace({labels: len(found) for labels, found in codes.items()})
