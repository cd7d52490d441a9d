"""Read, decide, write: batches of the log into the fold, and time into it every second."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from shared.catalogue.model import Catalogue
from shared.clock import Clock
from shared.ledger.fold import SCHEMA as FOLD_SCHEMA
from shared.ledger.fold import Applied, Fold
from shared.ledger.reader import Batch
from shared.ledger.store import Position, Store, Write
from shared.ledger.subject import Outcome
from shared.observability.fold_series import FoldStanding

from .domain.rules import UNKNOWN
from .ledger import DOSSIER, ScoringProjection, State
from .metrics import Metrics
from .numbers import Numbers

SCHEMA: Final = (
    *FOLD_SCHEMA,
    "create table if not exists source (name text primary key, last_at text) without rowid",
    "create table if not exists tally (name text primary key, value integer) without rowid",
    # Up to which counters a published report was last known to hold (publications.py).
    """create table if not exists period_mark (period text, digest text, fingerprint text,
    primary key (period, digest)) without rowid""",
)
# While it catches up: what a dossier hears between two commits is unpacked, counted and written
# once. What a crash takes from it the log gives back. Each subject waits unpacked, in some 4 KB.
COMMIT_EVERY_SUBJECTS: Final = 40_000
COMMIT_EVERY_SECONDS: Final = 10.0
# At the head of the log a fact is shown at once; the commit may follow, at the latest by the tick.
COMMIT_AT_HEAD_SECONDS: Final = 0.1
_TICK_SECONDS: Final = 1.0
_LOOKS_PER_TICK: Final = 5
_CORRECTIONS: Final = "corrections"


class Following(Protocol):
    """What the one who reads the log knows (`shared.ledger.follower.Follower`)."""

    lag_count: int
    halted: str

    @property
    def caught_up(self) -> bool:
        """Whether the log is read to its head."""
        ...


class Scoring:
    """The follower's target: owns the fold, its commits, and what is shown of it."""

    def __init__(
        self,
        fold: Fold[State],
        store: Store,
        projection: ScoringProjection,
        metrics: Metrics,
        *,
        catalogue: Catalogue,
        clock: Clock,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.fold = fold
        self._store = store
        self.projection = projection
        self.numbers = Numbers(fold, metrics, catalogue)
        self.correction_count = 0
        self.following: Following | None = None
        self._metrics = metrics
        self._clock = clock
        self._on_change = on_change
        self._committed_at = clock.monotonic()
        self._told_revision = -1
        self._load()

    def _load(self) -> None:
        rows = self._store.rows("select name, last_at from source")
        self.projection.last_event_at.update(
            {name: datetime.fromisoformat(at) for name, at in rows}
        )
        tally = self._store.rows("select value from tally where name = ?", (_CORRECTIONS,))
        self.correction_count = tally[0][0] if tally else 0

    # ---------------------------------------------------------------- the follower's target

    @property
    def position(self) -> Position:
        """Where the fold stands; what is not committed yet is read again after a crash."""
        return self.fold.position

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Fold a batch; commit soon at the head of the log, else every so many subjects."""
        applied = await self.fold.apply(batch, stream_created, self._now())
        self._count(applied)
        waited = self._clock.monotonic() - self._committed_at
        wait_seconds = COMMIT_EVERY_SECONDS if batch.pending_count else COMMIT_AT_HEAD_SECONDS
        if self.fold.unsaved_count >= COMMIT_EVERY_SUBJECTS or waited >= wait_seconds:
            self.commit()

    def _count(self, applied: Applied) -> None:
        self._metrics.fold.count(applied.outcomes)
        if applied.undecodable_count:
            self._metrics.fold.count({(UNKNOWN, Outcome.REJECTED): applied.undecodable_count})
        self.correction_count += sum(
            count for (_, outcome), count in applied.outcomes.items() if outcome is Outcome.LATE
        )

    def reset(self, rewinds: int) -> None:
        """Forget everything: the log is another one."""
        self.fold.reset(rewinds)
        self.projection.last_event_at.clear()
        self.correction_count = 0
        self.numbers.hide()

    def commit(self) -> None:
        """Write what changed with the position: state, sources and tallies in one transaction."""
        sources = self.projection.last_event_at.items()
        extra: list[Write] = [
            (
                "insert or replace into source values (?, ?)",
                [(name, at.isoformat()) for name, at in sources],
            ),
            (
                "insert or replace into tally values (?, ?)",
                [(_CORRECTIONS, self.correction_count)],
            ),
        ]
        self.fold.commit(extra)
        self._committed_at = self._clock.monotonic()

    # ---------------------------------------------------------------- time

    async def run_ticks(self) -> None:
        """Let time into the fold every second, for ever."""
        while True:
            await self.tick()
            for _ in range(_LOOKS_PER_TICK):
                await asyncio.sleep(_TICK_SECONDS / _LOOKS_PER_TICK)
                await self.numbers.keep_up()

    async def tick(self) -> None:
        """Let time pass, and bring what is shown up to date or take it away."""
        self.fold.advance(self._now())
        if not self.may_show:
            self.numbers.hide()
        else:
            self.commit()
            await self.numbers.refresh_gently(self.fold.as_of)
        if self.numbers.revision != self._told_revision:
            self._told_revision = self.numbers.revision
            self._on_change()

    # ---------------------------------------------------------------- what is shown

    @property
    def may_show(self) -> bool:
        """Whether the numbers may be seen: the whole log is folded, and it has no hole."""
        following = self.following
        return following is not None and following.caught_up and not following.halted

    def refresh(self) -> None:
        """Before a page or an answer: show what is true now."""
        if self.may_show:
            self.numbers.refresh(self.fold.as_of)
        else:
            self.numbers.hide()

    def refresh_metrics(self) -> None:
        """Before each scrape: the legal numbers and the health series, as of one instant."""
        self.refresh()
        metrics, is_current = self._metrics, self.numbers.is_current
        calendar = self.projection.rules.calendar
        metrics.hours.set((), int(calendar.is_working_instant(self._clock.now())))
        metrics.corrections.set((), self.correction_count if is_current else None)
        metrics.show_sources(self.projection.last_event_at)

    def standing(self) -> FoldStanding:
        """Where the fold is; its instant only while its numbers are shown."""
        lag = self.following.lag_count if self.following is not None else 0
        position = self.fold.position
        as_of = self.fold.as_of if self.may_show else None
        return FoldStanding(position.sequence, max(lag, 0), position.rewinds, as_of)

    def oldest_due(self, agency: str) -> int | None:
        """The due time of the agency's oldest overdue dossier, in epoch seconds."""
        return self._metrics.oldest_due(agency)

    def codes_from(self, text: str, limit: int) -> list[str]:
        """Dossier codes that begin with `text`, in order, as of the last commit."""
        query = "select key from subject where key >= ? and key < ? order by key limit ?"
        first = DOSSIER + text
        rows = self._store.rows(query, (first, first + "\U0010ffff", limit))
        return [str(key).removeprefix(DOSSIER) for (key,) in rows]

    def _now(self) -> int:
        return int(self._clock.now().timestamp())
