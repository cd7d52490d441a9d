"""Every alert ever raised, folded from ALERTS: the open ones in memory, all of them on disk."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from services.notifier.domain.clocks import About, key_of
from services.notifier.domain.decisions import generation_id
from services.notifier.domain.records import AlertRecord, alert_step
from services.notifier.standing import SCHEMA as STANDING_SCHEMA
from services.notifier.standing import Standing
from shared.events.envelope import LOG_DECODER, Fact
from shared.ledger.reader import Batch
from shared.ledger.store import Position, Store, Write

_COLUMNS = "alert_id text primary key, dossier text, is_open integer, record blob"
SCHEMA = (
    f"create table if not exists alert ({_COLUMNS}) without rowid",
    "create index if not exists alert_by_dossier on alert (dossier)",
    *STANDING_SCHEMA,
)
_STREAM = "ALERTS"
_WRITE = "insert or replace into alert values (?, ?, ?, ?)"


class AlertBook:
    """The follower's target for ALERTS. Lives in the service's file beside the dossiers."""

    def __init__(self, store: Store) -> None:
        """Load the open alerts."""
        self._store = store
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(AlertRecord)
        self.position = store.position(_STREAM)
        self.standing = Standing(store)
        self.open: dict[str, AlertRecord] = {}
        self._open_of: defaultdict[str, set[str]] = defaultdict(set)
        self.counts: dict[tuple[str, ...], int] = {}
        self.touched: set[str] = set()  # subjects to look at again; the raiser empties it
        self.news: set[str] = set()  # alerts that may have to be told; the deliverer empties it
        for (packed,) in store.rows("select record from alert where is_open = 1"):
            self._remember(self._decoder.decode(packed))
        self.news.update(self.open)

    # ------------------------------------------------------------------ the log

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Fold the batch and commit it with its position."""
        changed: dict[str, AlertRecord] = {}
        for sequence, body in batch.entries:
            try:
                fact = LOG_DECODER.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue  # a newer version's words: not ours to judge
            channel = self.standing.step(fact, sequence)
            if channel is not None:
                self.touched.add(key_of(About.CHANNEL, channel))
            self._step(fact, sequence, changed)
        rewinds = self.position.rewinds
        position = Position(batch.entries[-1][0], stream_created, batch.last_message_id, rewinds)
        writes = [self._rows(changed.values()), self.standing.unsaved_write()]
        self._store.commit(writes, position=position, stream=_STREAM)
        self.position = position
        self.touched.update(record.key for record in changed.values())
        self.news.update(changed)

    def _step(self, fact: Fact, sequence: int, changed: dict[str, AlertRecord]) -> None:
        alert_id = getattr(fact.data, "alert_id", "")
        before = changed.get(alert_id) or self.get(alert_id)
        if before is not None:
            self._forget(before)
        after = alert_step(before, fact, sequence)
        if after is not None:
            self._remember(after)
            changed[alert_id] = after

    def reset(self, rewinds: int) -> None:
        """Forget every alert: this is another ALERTS than the one folded."""
        self.touched.update(record.key for record in self.open.values())
        self.open.clear()
        self._open_of.clear()
        self.counts.clear()
        self.news.clear()
        self.standing.clear()
        self.position = Position(rewinds=rewinds)
        emptied: list[Write] = [("delete from alert", [()]), ("delete from standing", [()])]
        self._store.commit(emptied, position=self.position, stream=_STREAM)

    def write_again(self, rows: list[tuple[object, ...]]) -> None:
        """Put back what `saved_rows` gave, after the file was emptied for another fold."""
        self.standing.all_again()
        self._store.commit(
            [(_WRITE, rows), self.standing.unsaved_write()], position=self.position, stream=_STREAM
        )

    def saved_rows(self) -> list[tuple[object, ...]]:
        """Every row, as stored."""
        return self._store.rows("select alert_id, dossier, is_open, record from alert")

    def _rows(self, records: Iterable[AlertRecord]) -> Write:
        rows = [
            (record.alert_id, record.dossier, int(record.is_open), self._encoder.encode(record))
            for record in records
        ]
        return _WRITE, rows

    def _remember(self, record: AlertRecord) -> None:
        if not record.is_open:
            return
        self.open[record.alert_id] = record
        self._open_of[record.key].add(record.alert_id)
        key = _count_key(record)
        self.counts[key] = self.counts.get(key, 0) + 1

    def _forget(self, record: AlertRecord) -> None:
        if self.open.pop(record.alert_id, None) is None:
            return
        ids = self._open_of[record.key]
        ids.discard(record.alert_id)
        if not ids:
            del self._open_of[record.key]
        key = _count_key(record)
        left = self.counts[key] - 1
        if left:
            self.counts[key] = left
        else:
            del self.counts[key]

    # ------------------------------------------------------------------ looking

    def get(self, alert_id: str) -> AlertRecord | None:
        """The alert, open or settled; None if nobody ever raised it."""
        record = self.open.get(alert_id)
        if record is None:
            rows = self._store.rows("select record from alert where alert_id = ?", (alert_id,))
            record = self._decoder.decode(rows[0][0]) if rows else None
        return record

    def generations(self, base: str) -> dict[int, AlertRecord]:
        """What is known of the same alert, by generation (1, 2 and so on)."""
        found: dict[int, AlertRecord] = {}
        while record := self.get(generation_id(base, len(found) + 1)):
            found[len(found) + 1] = record
        return found

    def open_of(self, key: str) -> list[AlertRecord]:
        """The subject's open alerts."""
        return [self.open[alert_id] for alert_id in self._open_of.get(key, ())]

    def keys_with_open(self) -> Iterator[str]:
        """Every subject with an open alert."""
        yield from list(self._open_of)

    def history(self, dossier: str) -> list[AlertRecord]:
        """All alerts of one dossier (petition, source …), the earliest first."""
        rows = self._store.rows("select record from alert where dossier = ?", (dossier,))
        return sorted((self._decoder.decode(row[0]) for row in rows), key=lambda r: r.raised_at)


def _count_key(record: AlertRecord) -> tuple[str, ...]:
    return record.agency, record.stage, "true" if record.is_acknowledged else "false"
