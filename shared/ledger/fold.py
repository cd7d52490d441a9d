"""The fold of subjects: facts in, counters out, and nothing depends on the order of arrival.

A subject's state is `reduce(step, its facts sorted by (time, id))`. A fact that is later than all
before it is one more step; any other makes the state be folded again from the subject's own
facts, read from the log by their sequences. Numbers follow from
`contribution(after) - contribution(before)`, and time passing takes the same path.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Generic

import msgspec
from msgspec import Struct

from .bodies import FetchBodies, facts_at
from .counters import SCHEMA as COUNTER_SCHEMA
from .counters import Counters
from .reader import Batch
from .store import Position, Store, Write
from .subject import (
    Contribution,
    CounterKey,
    Outcome,
    Projection,
    Record,
    S,
    sequences_in,
)
from .underway import Told, Underway, enter, step_again, step_on, told_in
from .wheel import NEVER, Wheel

_STORED = "select key, record from subject where key in (select value from json_each(?))"
_SUBJECT = "subject (key text primary key, hot integer, record blob)"
SCHEMA = (f"create table if not exists {_SUBJECT} without rowid", *COUNTER_SCHEMA)


class Applied(Struct, frozen=True):
    """What a batch did: outcomes by (event type, outcome), and the subjects it touched."""

    outcomes: Mapping[tuple[str, Outcome], int]
    keys: frozenset[str]
    undecodable_count: int


class Fold(Generic[S]):
    """Counters over all subjects as of one instant, with their store."""

    def __init__(self, projection: Projection[S], store: Store, fetch: FetchBodies) -> None:
        """Load counters and hot subjects; `fetch` returns bodies of the log by sequence."""
        self._projection = projection
        self._store = store
        self._fetch = fetch
        self._encoder = msgspec.msgpack.Encoder()
        record_type: Any = Record[projection.state_type]  # type: ignore[name-defined]  # a value
        self._decoder: msgspec.msgpack.Decoder[Record[S]] = msgspec.msgpack.Decoder(record_type)
        self.counters = Counters()
        self._hot: dict[str, bytes] = {}
        self._wheel = Wheel()
        self._unsaved: dict[str, tuple[int, bytes]] = {}
        self._is_applying = False
        self.position = store.position()
        self.as_of = 0
        self._load()

    @property
    def hot_count(self) -> int:
        """How many subjects are still open to change."""
        return len(self._hot)

    def _load(self) -> None:
        self.as_of = int(self._store.note("as_of") or 0)
        self.counters.load(self._store)
        for key, packed in self._store.rows("select key, record from subject where hot = 1"):
            self._hot[key] = packed
            self._wheel.plan(key, self._decoder.decode(packed).planned_at)

    def reset(self, rewinds: int) -> None:
        """Forget everything: the log is not the one this was folded from."""
        self._store.reset(rewinds=rewinds)
        self.position = self._store.position()
        self.counters.clear()
        self._hot.clear()
        self._wheel.clear()
        self._unsaved.clear()
        self.as_of = 0

    def commit(self, extra: Iterable[Write] = ()) -> None:
        """Write what changed, with the position, in one transaction."""
        rows = [(key, hot, packed) for key, (hot, packed) in self._unsaved.items()]
        self._store.commit(
            [
                ("insert or replace into subject values (?, ?, ?)", rows),
                *self.counters.unsaved_writes(),
                *extra,
            ],
            position=self.position,
            notes={"as_of": str(self.as_of)},
        )
        self._unsaved.clear()
        self.counters.saved()

    # ------------------------------------------------------------------ looking

    def state_of(self, key: str) -> S | None:
        """Return the subject's state, or None where nothing is known of it."""
        record = self._record(key)
        return record.state if record else None

    def sequences_of(self, key: str) -> list[int]:
        """Return where the subject's facts stand in the log, in order of arrival."""
        record = self._record(key)
        return sequences_in(record.facts) if record else []

    def hot_items(self) -> Iterable[tuple[str, S]]:
        """Yield key and state of every subject that is still open to change."""
        for key, packed in self._hot.items():
            yield key, self._decoder.decode(packed).state

    def items(self, prefix: str = "") -> Iterable[tuple[str, S]]:
        """Yield key and state of every subject whose key starts with `prefix`, hot or not."""
        self.commit()
        query = "select key, record from subject where key >= ? and key < ? order by key"
        for key, packed in self._store.rows(query, (prefix, prefix + "\U0010ffff")):
            yield key, self._decoder.decode(packed).state

    def recount(self) -> dict[CounterKey, int]:
        """Return the counters computed anew from every subject: the check of the increments."""
        fresh: defaultdict[CounterKey, int] = defaultdict(int)
        for key, state in self.items():
            for counter, amount in self._projection.contribution(key, state, self.as_of):
                fresh[counter] += amount
        return {key: value for key, value in fresh.items() if value}

    def _record(self, key: str) -> Record[S] | None:
        packed = self._packed((key,))[key]
        return self._decoder.decode(packed) if packed is not None else None

    def _packed(self, keys: Iterable[str]) -> dict[str, bytes | None]:
        """Return the records of these keys, None for an unknown one; one query for all of them."""
        hot, unsaved = self._hot, self._unsaved
        found: dict[str, bytes | None] = {}
        away: list[str] = []
        for key in keys:
            packed = hot.get(key)
            if packed is None and key in unsaved:
                packed = unsaved[key][1]
            if packed is None:
                away.append(key)
            found[key] = packed
        if away:
            asked = (msgspec.json.encode(away).decode(),)
            found.update(self._store.rows(_STORED, asked))
        return found

    # ------------------------------------------------------------------ facts

    async def apply(self, batch: Batch, stream_created: str, now: int) -> Applied:
        """Let time pass to `now`, then fold the batch; nothing is written before `commit`.

        Raises:
            LogGapError, LogRewoundError, TimeoutError, nats.errors.Error: facts needed for folding
                again are out of reach; nothing was folded, and the batch can be applied again.
        """
        self.advance(now)
        self._is_applying = True
        try:
            told, undecodable_count = told_in(batch.entries, self._projection.keys_of)
            work = self._begin(told)
            outcomes = enter(told, work)
            await self._step(work, dict(batch.entries))
            for key, one in work.items():
                if one.fresh and one.record is not None:
                    self._put(key, one.was, one.record)
            rewinds = self.position.rewinds
            last = batch.entries[-1][0]
            self.position = Position(last, stream_created, batch.last_message_id, rewinds)
        finally:
            self._is_applying = False
        return Applied(outcomes, frozenset(work), undecodable_count)

    def _begin(self, told: list[Told]) -> dict[str, Underway[S]]:
        work: dict[str, Underway[S]] = {}
        packed_by_key = self._packed(dict.fromkeys(key for _, _, keys in told for key in keys))
        contribution, decode, as_of = (
            self._projection.contribution,
            self._decoder.decode,
            self.as_of,
        )
        for key, packed in packed_by_key.items():
            if packed is None:
                work[key] = Underway((), None, b"", [])
            else:
                record = decode(packed)
                work[key] = Underway(
                    contribution(key, record.state, as_of), record, record.facts, []
                )
        return work

    async def _step(self, work: dict[str, Underway[S]], here: dict[int, bytes]) -> None:
        again = [
            (key, one.record)
            for key, one in work.items()
            if one.fresh and not step_on(one, key, self._projection) and one.record is not None
        ]
        wanted = {at for _, record in again for at in sequences_in(record.facts)}
        away = sorted(wanted - here.keys())
        if away:
            here |= await self._fetch(away)
        for key, record in again:
            step_again(record, key, facts_at(record.facts, here), self._projection)

    def _put(self, key: str, was: Contribution, record: Record[S]) -> None:
        projection = self._projection
        self._count(was, projection.contribution(key, record.state, self.as_of))
        hot = projection.is_hot(record.state)
        planned_at = self._change_after_now(key, record.state) if hot else NEVER
        if planned_at != record.planned_at:
            record.planned_at = planned_at
            self._wheel.plan(key, planned_at)
        packed = self._encoder.encode(record)
        if hot:
            self._hot[key] = packed
        else:
            self._hot.pop(key, None)
        self._unsaved[key] = (int(hot), packed)

    # ------------------------------------------------------------------ time

    def advance(self, now: int) -> bool:
        """Let time pass up to `now`, in epoch seconds; never backwards. True if it moved.

        Afterwards every counter is the sum of `contribution(…, now)`. While a batch is being
        applied time stands still: the next call makes up for it.
        """
        if now <= self.as_of or self._is_applying:
            return False
        then, self.as_of = self.as_of, now
        for at, key in self._wheel.due(now):
            self._pass_time(key, at, then)
        return True

    def _pass_time(self, key: str, at: int, then: int) -> None:
        packed = self._hot.get(key)
        record = self._decoder.decode(packed) if packed is not None else None
        if record is None or record.planned_at != at:
            return  # closed since, or planned anew
        was = self._projection.contribution(key, record.state, then)
        self._count(was, self._projection.contribution(key, record.state, self.as_of))
        record.planned_at = self._change_after_now(key, record.state)
        self._wheel.plan(key, record.planned_at)
        packed = self._encoder.encode(record)
        self._hot[key] = packed
        self._unsaved[key] = (1, packed)

    def _count(self, was: Contribution, new: Contribution) -> None:
        if was == new:
            return
        change: defaultdict[CounterKey, int] = defaultdict(int)
        for key, amount in was:
            change[key] -= amount
        for key, amount in new:
            change[key] += amount
        self.counters.add(tuple(pair for pair in change.items() if pair[1]), 1)

    def _change_after_now(self, key: str, state: S) -> int:
        at = self._projection.next_change_at(key, state, self.as_of)
        return NEVER if at is None else max(at, self.as_of + 1)
