"""The fold of subjects: facts in, counters out, and nothing depends on the order of arrival.

A subject's state is `reduce(step, its facts sorted by (time, id))`. A fact that is later than all
before it is one more step; any other makes the state be folded again from the subject's own
facts, read from the log by their sequences. Numbers follow from
`contribution(after) - contribution(before)`, worked out when somebody looks or at the commit: what
changes ten times between is counted once. Time passing takes the same path.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Generic

from msgspec import Struct

from .bodies import FetchBodies, facts_at
from .counters import SCHEMA as COUNTER_SCHEMA
from .counters import Counters
from .reader import Batch
from .records import SCHEMA as RECORD_SCHEMA
from .records import Records, Warm
from .store import Position, Store, Write
from .subject import (
    CounterKey,
    Outcome,
    Projection,
    S,
    sequences_in,
)
from .underway import Told, Underway, enter, is_next, step_on, told_in
from .wheel import NEVER, Wheel

SCHEMA = (RECORD_SCHEMA, *COUNTER_SCHEMA)


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
        self._records: Records[S] = Records(store, projection.state_type)
        self._counters = Counters()
        self._uncounted: dict[str, Warm[S]] = {}
        self._wheel = Wheel()
        self._is_applying = False
        self._is_half_folded = False  # stays so after an error of a projection
        self.position = store.position()
        self.as_of = 0
        self._load()

    @property
    def counters(self) -> Counters:
        """The sums over all subjects, settled; ask for them anew each time."""
        self.settle()
        return self._counters

    @property
    def hot_count(self) -> int:
        """How many subjects are still open to change."""
        self.settle()
        return self._records.hot_count

    @property
    def unsaved_count(self) -> int:
        """How many subjects wait for the next commit."""
        return self._records.warm_count

    def _load(self) -> None:
        self.as_of = int(self._store.note("as_of") or 0)
        self._counters.load(self._store)
        for key, planned_at in self._records.load():
            self._wheel.plan(key, planned_at)

    def reset(self, rewinds: int) -> None:
        """Forget everything: the log is not the one this was folded from."""
        self._store.reset(rewinds=rewinds)
        self.position = self._store.position()
        self._counters.clear()
        self._records.clear()
        self._uncounted.clear()
        self._wheel.clear()
        self._is_half_folded = False
        self.as_of = 0

    def commit(self, extra: Iterable[Write] = ()) -> None:
        """Write what changed, with the position, in one transaction.

        Writes nothing after a projection failed within a batch: the file keeps what was whole.
        """
        if self._is_half_folded:
            return
        self.settle()
        statement, rows = self._records.unsaved_writes()
        self._store.commit(
            [(statement, rows), *self._counters.unsaved_writes(), *extra],
            position=self.position,
            notes={"as_of": str(self.as_of)},
        )
        self._records.saved(rows)
        self._counters.saved()

    # ------------------------------------------------------------------ looking

    def state_of(self, key: str) -> S | None:
        """Return the subject's state, or None where nothing is known of it."""
        record = self._records.record(key)
        return record.state if record else None

    def sequences_of(self, key: str) -> list[int]:
        """Return where the subject's facts stand in the log, in order of arrival."""
        record = self._records.record(key)
        return sequences_in(record.facts) if record else []

    def hot_items(self) -> Iterable[tuple[str, S]]:
        """Yield key and state of every subject that is still open to change."""
        self.settle()
        return self._records.hot_items()

    def items(self, prefix: str = "") -> Iterable[tuple[str, S]]:
        """Yield key and state of every subject whose key starts with `prefix`, hot or not."""
        self.commit()
        return self._records.saved_items(prefix)

    def recount(self) -> dict[CounterKey, int]:
        """Return the counters computed anew from every subject: the check of the increments."""
        fresh: defaultdict[CounterKey, int] = defaultdict(int)
        for key, state in self.items():
            for counter, amount in self._projection.contribution(key, state, self.as_of):
                fresh[counter] += amount
        return {key: value for key, value in fresh.items() if value}

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
            rewinds = self.position.rewinds
            last = batch.entries[-1][0]
            self.position = Position(last, stream_created, batch.last_message_id, rewinds)
        finally:
            self._is_applying = False
        return Applied(outcomes, frozenset(work), undecodable_count)

    def _begin(self, told: list[Told]) -> dict[str, Underway[S]]:
        work: dict[str, Underway[S]] = {}
        keys = dict.fromkeys(key for _, _, keys in told for key in keys)
        for key, warm in self._records.warm(keys).items():
            if warm is None:
                work[key] = Underway(None, b"", [])
                continue
            if warm.counted is None:
                warm.counted = self._projection.contribution(key, warm.record.state, self.as_of)
            work[key] = Underway(warm, warm.record.facts, [])
        return work

    async def _step(self, work: dict[str, Underway[S]], here: dict[int, bytes]) -> None:
        again = {key: one for key, one in work.items() if one.fresh and not is_next(one)}
        wanted = {at for one in again.values() for at in sequences_in(one.facts)}
        away = sorted(wanted - here.keys())
        if away:
            here |= await self._fetch(away)
        whole = {key: list(facts_at(one.facts, here)) for key, one in again.items()}
        # Nothing is awaited from here on: the records themselves are changed.
        self._is_half_folded = True
        for key, one in work.items():
            if one.fresh:
                record = step_on(one, key, self._projection, whole.get(key))
                # Read now: whoever looked while facts were fetched had it counted.
                was = one.warm.counted if one.warm is not None else None
                self._uncounted[key] = self._records.keep(key, record, was or ())
        self._is_half_folded = False

    def settle(self) -> None:
        """Count what changed since this was last called, so that the counters are true.

        Counts nothing after a projection failed: the counters stay as the file has them.
        """
        if self._is_half_folded or not self._uncounted:
            return
        self._is_half_folded = True
        for key, one in self._uncounted.items():
            self._count(key, one)
        self._uncounted.clear()
        self._is_half_folded = False

    def _count(self, key: str, one: Warm[S]) -> None:
        projection, record = self._projection, one.record
        state, was = record.state, one.counted
        one.counted = projection.contribution(key, state, self.as_of)
        self._counters.move(was or (), one.counted)
        is_hot = projection.is_hot(state)
        planned_at = self._change_after_now(key, state) if is_hot else NEVER
        if planned_at != record.planned_at:
            record.planned_at = planned_at
            self._wheel.plan(key, planned_at)
        self._records.sort(key, is_hot=is_hot)

    # ------------------------------------------------------------------ time

    def advance(self, now: int) -> bool:
        """Let time pass up to `now`, in epoch seconds; never backwards. True if it moved.

        Once settled, every counter is the sum of `contribution(…, now)`. While a batch is being
        applied time stands still: the next call makes up for it.
        """
        if now <= self.as_of or self._is_applying:
            return False
        then, self.as_of = self.as_of, now
        for at, key in self._wheel.due(now):
            self._pass_time(key, at, then)
        return True

    def _pass_time(self, key: str, at: int, then: int) -> None:
        if key in self._uncounted:
            return  # is counted as of a later instant than this one
        warm = self._records.warm_if_hot(key)
        if warm is None or warm.record.planned_at != at:
            return  # closed since, or planned anew
        record, was = warm.record, warm.counted
        if was is None:
            was = self._projection.contribution(key, record.state, then)
        counted = self._projection.contribution(key, record.state, self.as_of)
        self._counters.move(was, counted)
        record.planned_at = self._change_after_now(key, record.state)
        self._wheel.plan(key, record.planned_at)
        self._records.keep(key, record, counted)
        self._records.sort(key, is_hot=True)

    def _change_after_now(self, key: str, state: S) -> int:
        at = self._projection.next_change_at(key, state, self.as_of)
        return NEVER if at is None else max(at, self.as_of + 1)
