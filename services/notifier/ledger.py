"""Every subject's limits, folded from FACTS, and when each must be looked at again."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from services.notifier.book import SCHEMA as BOOK_SCHEMA
from services.notifier.book import AlertBook
from services.notifier.domain.clocks import About, key_of, subject_of
from services.notifier.domain.hearing import SourceState
from services.notifier.domain.subjects import FoldedState, SubjectProjection, WatchedState
from services.notifier.refused import SCHEMA as REFUSED_SCHEMA
from services.notifier.refused import RefusedBook
from shared.calendar.civil_time import epoch_of
from shared.events.history import History
from shared.ledger.bodies import FetchBodies
from shared.ledger.fold import SCHEMA as FOLD_SCHEMA
from shared.ledger.fold import Fold
from shared.ledger.reader import Batch
from shared.ledger.store import Position, Store, Write
from shared.ledger.subject import Outcome
from shared.ledger.wheel import Wheel

_SOURCES = "create table if not exists source (name text primary key, state blob) without rowid"
SCHEMA = (*FOLD_SCHEMA, *BOOK_SCHEMA, *REFUSED_SCHEMA, _SOURCES)

SETTLING_SECONDS = 2
"""A dossier that arrives overdue waits this long: its closing fact is often right behind it."""


class DossierLedger:
    """The follower's target for FACTS, with the book of alerts in the same file."""

    def __init__(
        self,
        store: Store,
        projection: SubjectProjection,
        fetch: FetchBodies,
        *,
        now: Callable[[], datetime],
        count: Callable[[Mapping[tuple[str, Outcome], int]], None],
    ) -> None:
        self.fold: Fold[FoldedState] = Fold(projection, store, fetch)
        self.book = AlertBook(store)
        self.refused = RefusedBook(store)
        self.history = History()
        self._projection = projection
        self._store = store
        self._load_sources()
        self._now = now
        self._count = count
        self._wheel = Wheel()
        self._ticked_at = 0
        self.waiting: set[str] = set()  # to be looked at as soon as the logs are read
        self.look_at_everything()

    @property
    def rules(self) -> str:
        """The name of all that the states hang on besides the facts: calendar and limits."""
        return self._projection.version

    @property
    def position(self) -> Position:
        """Where the committed state stands."""
        return self.fold.position

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Fold and commit; the subjects it was about will be looked at."""
        now = epoch_of(self._now())
        before = self._projection.backdated_count
        applied = await self.fold.apply(batch, stream_created, now)
        self.fold.commit([self._heard_write()])
        self.history.note(self._projection.backdated_count - before, now)
        self._count(applied.outcomes)
        for key in applied.keys:
            if self.book.open_of(key):
                self.waiting.add(key)
            else:
                self._wheel.plan(key, now + SETTLING_SECONDS)

    def _load_sources(self) -> None:
        sources = self._projection.sources
        for name, packed in self._store.rows("select name, state from source"):
            sources[name] = msgspec.msgpack.decode(packed, type=SourceState)

    def _heard_write(self) -> Write:
        """The publishers that spoke in this batch, to be saved with it and looked at."""
        heard, sources = self._projection.sources_heard, self._projection.sources
        rows = [(name, msgspec.msgpack.encode(sources[name])) for name in sorted(heard)]
        self.waiting.update(key_of(About.SOURCE, name) for name in heard)
        heard.clear()
        return "insert or replace into source values (?, ?)", rows

    def reset(self, rewinds: int) -> None:
        """Forget the subjects; alerts and rejects come from other streams and stay."""
        rows, refused = self.book.saved_rows(), self.refused.saved_rows()
        self.fold.reset(rewinds)
        self.book.write_again(rows)
        self.refused.write_again(refused)
        self._projection.sources.clear()
        self._projection.sources_heard.clear()
        self._wheel.clear()
        self.waiting.clear()
        self.look_at_everything()

    def look_at_everything(self) -> None:
        """After a start: what must be said follows from the saved state, not from memory."""
        self.waiting.update(key for key, _ in self.fold.hot_items())
        self.waiting.update(self.book.keys_with_open())
        self.waiting.update(key_of(About.SOURCE, name) for name in self._projection.sources)
        channels = self.book.standing.channels
        self.waiting.update(key_of(About.CHANNEL, name) for name in channels)
        self.waiting |= self.refused.keys()

    def state_of(self, key: str) -> WatchedState | None:
        """What is known of a subject, whatever it is; None where nothing is."""
        about, subject = subject_of(key)
        if about is About.SOURCE:
            return self._projection.sources.get(subject)
        if about is About.CHANNEL:
            return self.book.standing.channels.get(subject)
        if about is About.REJECTS:
            source = self._projection.sources.get(subject)
            return self.refused.state_of(subject, source.agency if source else "")
        return self.fold.state_of(key)

    def plan(self, key: str, at: int | None) -> None:
        """Look at the subject again at that epoch second."""
        if at is not None:
            self._wheel.plan(key, at)

    def tick(self, now: int) -> bool:
        """Let time pass to `now`; True if it moved. Subjects whose moment came are now waiting."""
        if now + SETTLING_SECONDS < self._ticked_at:
            # The clock was set back: what is planned by it would wait so much longer.
            self.look_at_everything()
        self._ticked_at = now
        moved = self.fold.advance(now)
        self.waiting.update(key for _, key in self._wheel.due(now))
        for touched in (self.book.touched, self.refused.touched):
            self.waiting |= touched
            touched.clear()
        return moved

    def last_sequence(self, key: str) -> int:
        """Where the subject's last fact stands in FACTS; 0 if there is none."""
        return max(self.fold.sequences_of(key), default=0)
