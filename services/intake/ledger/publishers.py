"""What each publisher sent: its last event, today's counts, its last thousand events."""

from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from services.intake.domain.answers import Outcome
from shared.clock import Clock
from shared.ledger.store import Store, Write

RING_COUNT: Final = 1000
# A ring is written at most this often: after a kill it lacks the last second of its events.
_SAVE_EVERY_SECONDS: Final = 1.0
# What is recorded stands in UTC; Việt Nam has no summer time.
_HO_CHI_MINH: Final = timedelta(hours=7)


class Recent(Struct, frozen=True, array_like=True):
    """One event as a publisher's report shows it; reason is empty where it was accepted."""

    id: str
    type: str
    subject: str
    outcome: Outcome
    reason: str
    at: datetime


class Standing(Struct, frozen=True):
    """How a publisher stands: `last_at` is when its last event came, None for none yet."""

    name: str
    last_at: datetime | None
    today: dict[Outcome, int]


class PublisherBook:
    """Rings and tallies by publisher. Duplicates stand in no stream: they are counted here only."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Load the rings and the instants of the last events."""
        self._store = store
        self._clock = clock
        self._rings: dict[str, deque[Recent]] = {}
        self._last_at: dict[str, datetime] = {}
        self._tally: dict[tuple[str, int, Outcome], int] = {}
        self._duplicates: Counter[tuple[str, int]] = Counter()
        self._unsaved: set[str] = set()
        self._saved_at = clock.monotonic()
        decoder = msgspec.msgpack.Decoder(list[Recent])
        for name, last_at, ring in store.rows("select name, last_at, ring from publisher"):
            self._rings[name] = deque(decoder.decode(ring), maxlen=RING_COUNT)
            if last_at:
                self._last_at[name] = datetime.fromisoformat(last_at)

    def note(self, publisher: str, event: Recent) -> None:
        """Take in one event of the log or of REJECTS; saved with the next commit."""
        self._append(publisher, event)
        key = (publisher, _day_number(event.at), event.outcome)
        self._tally[key] = self._tally.get(key, 0) + 1

    def note_duplicate(self, publisher: str, event: Recent) -> None:
        """Take in a repeat: it is shown and counted until the process ends."""
        self._append(publisher, event)
        self._duplicates[publisher, _day_number(event.at)] += 1

    def writes(self, *, also_rings: bool = False) -> Iterable[Write]:
        """Return what the next commit must write; rings only now and then, or when asked."""
        tally, self._tally = self._tally, {}
        rows = [(name, day, outcome.value, n) for (name, day, outcome), n in tally.items()]
        upsert = (
            "insert into tally values (?, ?, ?, ?)"
            " on conflict do update set count = count + excluded.count"
        )
        writes: list[Write] = [(upsert, rows)]
        now = self._clock.monotonic()
        if also_rings or now - self._saved_at >= _SAVE_EVERY_SECONDS:
            self._saved_at = now
            unsaved, self._unsaved = self._unsaved, set()
            rings = [(name, self._last_text(name), self._packed(name)) for name in unsaved]
            writes.append(("insert or replace into publisher values (?, ?, ?)", rings))
        return writes

    def forget(self, outcomes: Iterable[Outcome]) -> Iterable[Write]:
        """Return what forgets these outcomes: their stream is folded again."""
        gone = set(outcomes)
        for name, ring in self._rings.items():
            kept = (event for event in ring if event.outcome not in gone)
            self._rings[name] = deque(kept, maxlen=RING_COUNT)
            self._unsaved.add(name)
        self._tally = {key: n for key, n in self._tally.items() if key[2] not in gone}
        return [("delete from tally where outcome = ?", [(outcome.value,) for outcome in gone])]

    def standing(self, name: str, now: datetime) -> Standing:
        """Return how the publisher stands; nothing known is no event and no counts."""
        today = _day_number(now)
        counts = dict.fromkeys(Outcome, 0)
        query = "select outcome, count from tally where publisher = ? and day = ?"
        for outcome, count in self._store.rows(query, (name, today)):
            counts[Outcome(outcome)] += count
        for (publisher, day, told), count in self._tally.items():
            if (publisher, day) == (name, today):
                counts[told] += count
        counts[Outcome.DUPLICATE] += self._duplicates[name, today]
        return Standing(name, self._last_at.get(name), counts)

    def ring(self, name: str) -> list[Recent]:
        """Return the publisher's last events, the newest first."""
        return list(reversed(self._rings.get(name, ())))

    def _append(self, publisher: str, event: Recent) -> None:
        ring = self._rings.get(publisher)
        if ring is None:
            ring = self._rings[publisher] = deque(maxlen=RING_COUNT)
        ring.append(event)
        last = self._last_at.get(publisher)
        if last is None or event.at > last:
            self._last_at[publisher] = event.at
        self._unsaved.add(publisher)

    def _last_text(self, name: str) -> str:
        last = self._last_at.get(name)
        return last.isoformat() if last else ""

    def _packed(self, name: str) -> bytes:
        return msgspec.msgpack.encode(list(self._rings[name]))


def _day_number(at: datetime) -> int:
    """Return the civil day as an ordinal."""
    return (at + _HO_CHI_MINH).toordinal()
