"""REJECTS folded into the list that clerks work through. Bodies stay, sealed, in the stream."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from services.intake.domain.answers import Outcome
from services.intake.rejects import DECODER, How, RejectRecord, RejectSettled
from shared.bus.streams import REJECTS
from shared.errors import RejectReason
from shared.ledger.reader import Batch
from shared.ledger.store import Position, Store, Write

from .publishers import PublisherBook, Recent

_COLUMNS = (
    "reject_id, publisher, via, reason, field, detail, at, event_id, event_type, subject,"
    " sequence, repeat_count, settled_how, settled_by, settled_reason, settled_at, new_fact_id"
)
_INSERT = (
    f"insert into reject ({_COLUMNS}) values (?,?,?,?,?,?,?,?,?,?,?,0,'','','','','')"  # noqa: S608 - constants only
    " on conflict do update set repeat_count = repeat_count + 1"
)
_SETTLE = (
    "update reject set settled_how = ?, settled_by = ?, settled_reason = ?, settled_at = ?,"
    " new_fact_id = ? where reject_id = ? and settled_how = ''"
)


class RejectRow(Struct, frozen=True, kw_only=True):
    """One reject as listed; `settled_how` is empty while it is open."""

    reject_id: str
    publisher: str
    via: str
    reason: RejectReason
    field: str
    detail: str
    at: datetime
    event_id: str
    event_type: str
    subject: str
    sequence: int
    repeat_count: int
    settled_how: str
    settled_by: str
    settled_reason: str
    settled_at: datetime | None
    new_fact_id: str


class RejectsFold:
    """The target of the follower of REJECTS."""

    def __init__(
        self, store: Store, book: PublisherBook, *, on_change: Callable[[], None] = lambda: None
    ) -> None:
        """Load how many are open; `on_change` is called after every commit."""
        self._store = store
        self._on_change = on_change
        self._book = book
        self.kept_seconds: int | None = None  # 0: for ever; None: the broker was not asked yet
        self.position = store.position(REJECTS)
        self._open: Counter[tuple[str, str]] = Counter()
        self._advanced = asyncio.Event()
        self._recount()

    @property
    def open_counts(self) -> Mapping[tuple[str, str], int]:
        """How many are open, by (publisher, reason)."""
        return self._open

    def open_count(self, publisher: str) -> int:
        """How many of the publisher's are open."""
        return sum(count for (name, _), count in self._open.items() if name == publisher)

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Fold the batch and commit it with the position."""
        writes: list[Write] = []
        for sequence, body in batch.entries:
            try:
                event = DECODER.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            if isinstance(event, RejectRecord):
                writes.append((_INSERT, [_raised(event, sequence)]))
                self._note(event)
            elif isinstance(event, RejectSettled):
                writes.append((_SETTLE, [_settled(event)]))
        position = Position(
            batch.entries[-1][0], stream_created, batch.last_message_id, self.position.rewinds
        )
        writes.extend(self._book.writes())
        self._store.commit(writes, position=position, stream=REJECTS)
        self.position = position
        self._recount()
        advanced, self._advanced = self._advanced, asyncio.Event()
        advanced.set()
        self._on_change()

    def reset(self, rewinds: int) -> None:
        """Forget what came from REJECTS."""
        self.position = Position(rewinds=rewinds)
        forget = self._book.forget([Outcome.REJECTED, Outcome.CONFLICT])
        writes: list[Write] = [("delete from reject", [()]), *forget]
        self._store.commit(writes, position=self.position, stream=REJECTS)
        self._open.clear()

    async def folded(self, sequence: int) -> None:
        """Wait until the message of that sequence is folded."""
        while self.position.sequence < sequence:
            await self._advanced.wait()

    def rows(self, *, is_open: bool, publisher: str = "", reason: str = "") -> list[RejectRow]:
        """Return open or settled rejects, the newest first."""
        query = (
            f"select {_COLUMNS} from reject where (settled_how = '') = ?"  # noqa: S608 - constants only
            " and (? = '' or publisher = ?) and (? = '' or reason = ?) order by sequence desc"
        )
        asked = (is_open, publisher, publisher, reason, reason)
        return [_row(found) for found in self._store.rows(query, asked)]

    @property
    def kept(self) -> timedelta:
        """How long the broker keeps a reject; nothing where it keeps them for ever."""
        return timedelta(seconds=self.kept_seconds or 0)

    def open_since_before(self, moment: datetime) -> list[RejectRow]:
        """Return the open rejects that came before the moment, the oldest first."""
        query = f"select {_COLUMNS} from reject where settled_how = '' and at < ? order by at"  # noqa: S608 - constants only
        return [_row(found) for found in self._store.rows(query, (moment.isoformat(),))]

    def first_expiry(self) -> dict[str, datetime]:
        """Return by publisher when its oldest open reject is gone; nothing without an age limit."""
        if not self.kept_seconds:
            return {}
        query = "select publisher, min(at) from reject where settled_how = '' group by 1"
        return {
            name: datetime.fromisoformat(at) + self.kept for name, at in self._store.rows(query)
        }

    def expired_counts(self) -> dict[str, int]:
        """Return how many of the list their age closed, by publisher."""
        query = "select publisher, count(*) from reject where settled_how = ? group by 1"
        return dict(self._store.rows(query, (How.EXPIRED.value,)))

    def forget_settled(self, *, before: int) -> None:
        """Take off the list what is settled and gone from the log; nothing that is open."""
        gone = "delete from reject where settled_how <> '' and sequence < ?"
        self._store.commit([(gone, [(before,)])])

    def row(self, reject_id: str) -> RejectRow | None:
        """Return one reject, open or settled; None where there is none of that id."""
        query = f"select {_COLUMNS} from reject where reject_id = ?"  # noqa: S608 - constants only
        found = self._store.rows(query, (reject_id,))
        return _row(found[0]) if found else None

    def counts(self) -> tuple[int, int]:
        """Return how many are open and how many are settled."""
        found = self._store.rows("select settled_how = '', count(*) from reject group by 1")
        by_open = {bool(is_open): int(count) for is_open, count in found}
        return by_open.get(True, 0), by_open.get(False, 0)

    def _note(self, record: RejectRecord) -> None:
        is_conflict = record.reason is RejectReason.CONFLICT
        outcome = Outcome.CONFLICT if is_conflict else Outcome.REJECTED
        event = Recent(
            record.event_id, record.event_type, record.subject, outcome, record.reason, record.at
        )
        self._book.note(record.publisher, event)

    def _recount(self) -> None:
        query = (
            "select publisher, reason, count(*) from reject where settled_how = '' group by 1, 2"
        )
        self._open = Counter({(p, reason): n for p, reason, n in self._store.rows(query)})


def _raised(record: RejectRecord, sequence: int) -> tuple[object, ...]:
    return (
        record.reject_id, record.publisher, record.via.value, record.reason.value, record.field,
        record.detail, record.at.isoformat(), record.event_id, record.event_type, record.subject,
        sequence,
    )  # fmt: skip


def _settled(event: RejectSettled) -> tuple[object, ...]:
    return (
        event.how.value, event.by, event.reason, event.at.isoformat(), event.new_fact_id,
        event.reject_id,
    )  # fmt: skip


def _row(found: tuple[object, ...]) -> RejectRow:
    names = _COLUMNS.replace(" ", "").split(",")
    values: dict[str, object] = dict(zip(names, found, strict=True))
    values["settled_at"] = values["settled_at"] or None
    return msgspec.convert(values, RejectRow, strict=False)
