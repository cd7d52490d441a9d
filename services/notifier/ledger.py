"""Every dossier's clock, folded from FACTS, and when each must be looked at again."""

from collections.abc import Callable, Mapping
from datetime import datetime

from services.notifier.book import SCHEMA as BOOK_SCHEMA
from services.notifier.book import AlertBook
from services.notifier.domain.dossiers import DossierProjection, DossierState
from shared.calendar.civil_time import epoch_of
from shared.events.history import History
from shared.ledger.bodies import FetchBodies
from shared.ledger.fold import SCHEMA as FOLD_SCHEMA
from shared.ledger.fold import Fold
from shared.ledger.reader import Batch
from shared.ledger.store import Position, Store
from shared.ledger.subject import Outcome
from shared.ledger.wheel import Wheel

SCHEMA = (*FOLD_SCHEMA, *BOOK_SCHEMA)

SETTLING_SECONDS = 2
"""A dossier that arrives overdue waits this long: its closing fact is often right behind it."""


class DossierLedger:
    """The follower's target for FACTS, with the book of alerts in the same file."""

    def __init__(
        self,
        store: Store,
        projection: DossierProjection,
        fetch: FetchBodies,
        *,
        now: Callable[[], datetime],
        count: Callable[[Mapping[tuple[str, Outcome], int]], None],
    ) -> None:
        self.fold: Fold[DossierState] = Fold(projection, store, fetch)
        self.book = AlertBook(store)
        self.history = History()
        self._projection = projection
        self._now = now
        self._count = count
        self._wheel = Wheel()
        self.waiting: set[str] = set()  # to be looked at as soon as both logs are read
        self.look_at_everything()

    @property
    def position(self) -> Position:
        """Where the committed state stands."""
        return self.fold.position

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Fold and commit; the dossiers it was about will be looked at."""
        now = epoch_of(self._now())
        before = self._projection.backdated_count
        applied = await self.fold.apply(batch, stream_created, now)
        self.fold.commit()
        self.history.note(self._projection.backdated_count - before, now)
        self._count(applied.outcomes)
        for key in applied.keys:
            if self.book.open_of(key):
                self.waiting.add(key)
            else:
                self._wheel.plan(key, now + SETTLING_SECONDS)

    def reset(self, rewinds: int) -> None:
        """Forget the dossiers; the alerts come from another stream and stay."""
        rows = self.book.saved_rows()
        self.fold.reset(rewinds)
        self.book.write_again(rows)
        self._wheel.clear()
        self.waiting.clear()
        self.look_at_everything()

    def look_at_everything(self) -> None:
        """After a start: what must be said follows from the saved state, not from memory."""
        self.waiting.update(key for key, _ in self.fold.hot_items())
        self.waiting.update(self.book.dossiers_with_open())

    def plan(self, dossier: str, at: int | None) -> None:
        """Look at the dossier again at that epoch second."""
        if at is not None:
            self._wheel.plan(dossier, at)

    def tick(self, now: int) -> bool:
        """Let time pass to `now`; True if it moved. Dossiers whose moment came are now waiting."""
        moved = self.fold.advance(now)
        self.waiting.update(key for _, key in self._wheel.due(now))
        self.waiting |= self.book.touched
        self.book.touched.clear()
        return moved

    def last_sequence(self, dossier: str) -> int:
        """Where the dossier's last fact stands in FACTS; 0 if there is none."""
        return max(self.fold.sequences_of(dossier), default=0)
