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

from shared.events.envelope import LOG_DECODER, Fact

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
    Underway,
    entry_of,
    is_late,
    mark_of,
    microseconds,
    seen_before,
    sequences_in,
)
from .wheel import NEVER, Wheel

_Outcomes = defaultdict[tuple[str, Outcome], int]
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
        packed = self._hot.get(key)
        if packed is None and key in self._unsaved:
            packed = self._unsaved[key][1]
        if packed is None:
            found = self._store.rows("select record from subject where key = ?", (key,))
            packed = found[0][0] if found else None
        return self._decoder.decode(packed) if packed is not None else None

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
            outcomes: _Outcomes = defaultdict(int)
            work: dict[str, Underway[S]] = {}
            undecodable = self._sort_out(batch, work, outcomes)
            await self._fold_again(work)
            for key, one in work.items():
                if one.touched and one.record is not None:
                    self._put(key, one.was, one.record)
            rewinds = self.position.rewinds
            last = batch.entries[-1][0]
            self.position = Position(last, stream_created, batch.last_message_id, rewinds)
        finally:
            self._is_applying = False
        return Applied(outcomes, frozenset(work), undecodable)

    def _sort_out(self, batch: Batch, work: dict[str, Underway[S]], outcomes: _Outcomes) -> int:
        undecodable = 0
        decode, keys_of = LOG_DECODER.decode, self._projection.keys_of
        for sequence, body in batch.entries:
            try:
                fact = decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                undecodable += 1  # written by nobody of ours, or by a newer version
                continue
            keys = keys_of(fact)
            if not keys:
                continue
            mark = mark_of(fact)
            outcome = self._seen_before(keys, mark, work)
            if outcome is None:
                entry = entry_of(mark, sequence)
                for key in keys:
                    self._enter(work[key], key, entry, fact)
                outcome = Outcome.LATE if is_late(fact) else Outcome.APPLIED
            outcomes[fact.data.event_type, outcome] += 1
        return undecodable

    def _seen_before(
        self, keys: tuple[str, ...], mark: bytes, work: dict[str, Underway[S]]
    ) -> Outcome | None:
        """Judge a fact by all its subjects: a conflict with one of them enters none of them."""
        for key in keys:
            one = work.get(key)
            if one is None:
                one = work[key] = self._begin(key)
            if one.record is not None:
                known = seen_before(one.record.facts, mark)
                if known is not None:
                    return known
        return None

    def _begin(self, key: str) -> Underway[S]:
        record = self._record(key)
        if record is None:
            return Underway((), None)
        return Underway(self._projection.contribution(key, record.state, self.as_of), record)

    def _enter(self, one: Underway[S], key: str, entry: bytes, fact: Fact) -> None:
        moment = microseconds(fact.time)
        record = one.record
        if record is None:
            state = self._projection.step(None, fact, key)
            one.record = Record(moment, fact.id, NEVER, entry, state)
        else:
            record.facts += entry
            # Equal means another source with the same id: the order of arrival must not decide.
            if one.misordered or (moment, fact.id) <= (record.last_us, record.last_id):
                one.misordered = True
            else:
                record.state = self._projection.step(record.state, fact, key)
                record.last_us, record.last_id = moment, fact.id
        one.touched = True

    async def _fold_again(self, work: dict[str, Underway[S]]) -> None:
        again = [(key, one.record) for key, one in work.items() if one.misordered and one.record]
        wanted = {at for _, record in again for at in sequences_in(record.facts)}
        if not wanted:
            return
        bodies = await self._fetch(sorted(wanted))
        for key, record in again:
            facts = sorted(facts_at(record.facts, bodies), key=lambda fact: fact.order)
            state: S | None = None
            for fact in facts:
                state = self._projection.step(state, fact, key)
            assert state is not None  # noqa: S101 - a record has at least one fact
            record.state = state
            record.last_us, record.last_id = microseconds(facts[-1].time), facts[-1].id

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
        if was != new:
            self.counters.add(was, -1)
            self.counters.add(new, 1)

    def _change_after_now(self, key: str, state: S) -> int:
        at = self._projection.next_change_at(key, state, self.as_of)
        return NEVER if at is None else max(at, self.as_of + 1)
