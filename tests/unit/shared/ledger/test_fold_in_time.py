"""The fold as time passes, stops and starts again: each promise on two thousand histories."""

import asyncio
import sqlite3
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.envelope import Fact
from shared.ledger.reader import LogRewoundError
from shared.ledger.subject import CounterKey
from tests.support.facts import START_EPOCH, received, resolved
from tests.support.small_fold import CREATED, MemoryLog, recounted, small_fold, small_store
from tests.support.waiting import finished
from tests.unit.shared.ledger.histories import (
    LATER,
    cuts,
    histories,
    moments,
    quarrels,
    replay,
    states,
)

thoroughly = settings(max_examples=2000)
BROKEN = ("insert into nowhere values (?)", [(1,)])


@thoroughly
@given(quarrels(), cuts, st.lists(moments, max_size=6), st.lists(moments, max_size=6))
def test_at_every_moment_the_counters_equal_a_recount(
    quarrel: list[Fact], at: list[int], ticks: list[int], arrivals: list[int]
) -> None:
    log = MemoryLog(quarrel)
    fold = small_fold(log)
    for number, batch in enumerate(log.batches(at)):
        finished(fold.apply(batch, CREATED, max(arrivals[number : number + 1], default=0)))
        assert fold.counters.values == fold.recount()
        for tick in ticks[number : number + 2]:
            fold.advance(tick)
            assert fold.counters.values == fold.recount()

    fold.advance(LATER)

    assert fold.counters.values == fold.recount() == recounted(log.bodies, LATER)


@thoroughly
@given(quarrels(), cuts, st.lists(moments, max_size=6), st.integers(0, 63))
def test_a_restart_at_any_moment_goes_on_from_the_last_commit(
    quarrel: list[Fact], at: list[int], ticks: list[int], committed: int
) -> None:
    log, store = MemoryLog(quarrel), small_store()
    fold = small_fold(log, store)
    for number, batch in enumerate(log.batches(at)):
        finished(fold.apply(batch, CREATED, 0))
        for tick in ticks[number : number + 2]:
            fold.advance(tick)
        if committed >> number & 1:
            fold.commit()

    restarted = small_fold(log, store)
    left = restarted.position.sequence
    if left < len(log.bodies):
        finished(restarted.apply(log.batch(left, len(log.bodies)), CREATED, 0))
    restarted.advance(LATER)
    fold.advance(LATER)

    assert restarted.counters.values == recounted(log.bodies, LATER)
    assert states(restarted) == states(fold)


@thoroughly
@given(histories(), histories(), cuts, moments)
def test_after_a_rewind_nothing_of_the_other_log_is_left(
    before: list[Fact], after: list[Fact], at: list[int], now: int
) -> None:
    fold = replay(MemoryLog(before), at, now)
    shown: dict[CounterKey, int] = dict(fold.counters.values)
    log = MemoryLog(after)
    fold._fetch = log.fetch

    fold.reset(fold.position.rewinds + 1)

    assert (fold.position.sequence, fold.position.rewinds, fold.as_of) == (0, 1, 0)
    assert states(fold) == {}
    assert shown.keys() <= fold.counters.changed
    for batch in log.batches(at):
        finished(fold.apply(batch, CREATED, LATER))
    assert fold.counters.values == recounted(log.bodies, LATER)


@thoroughly
@given(quarrels(), cuts, st.lists(moments, max_size=6), st.integers(0, 63))
def test_a_commit_that_failed_loses_nothing_and_can_be_repeated(
    quarrel: list[Fact], at: list[int], ticks: list[int], failing: int
) -> None:
    log, store = MemoryLog(quarrel), small_store()
    fold = small_fold(log, store)
    for number, batch in enumerate(log.batches(at)):
        finished(fold.apply(batch, CREATED, max(ticks[number : number + 1], default=0)))
        if failing >> number & 1:
            with pytest.raises(sqlite3.OperationalError):
                fold.commit(extra=[BROKEN])
        else:
            fold.commit()
    fold.commit()

    restarted = small_fold(log, store)

    assert restarted.position == fold.position
    assert restarted.counters.values == fold.counters.values
    assert restarted.counters.values == recounted(log.bodies, restarted.as_of)


@settings(max_examples=100)
@given(quarrels(), cuts, moments)
def test_the_file_gives_back_what_was_committed(
    tmp_path_factory: pytest.TempPathFactory, quarrel: list[Fact], at: list[int], now: int
) -> None:
    path = tmp_path_factory.mktemp("fold") / "small.db"
    log = MemoryLog(quarrel)
    for batch in log.batches(at):
        store = small_store(path)
        fold = small_fold(log, store)
        finished(fold.apply(batch, CREATED, now))
        fold.commit()
        store.close()

    restarted = small_fold(log, small_store(path))

    assert restarted.position.sequence == len(log.bodies)
    assert restarted.counters.values == restarted.recount() == recounted(log.bodies, now)


class FailingLog(MemoryLog):
    """Out of reach as long as it is told to be."""

    failure: Exception | None = None

    async def fetch(self, sequences: Sequence[int]) -> dict[int, bytes]:
        if self.failure is not None:
            raise self.failure
        return await super().fetch(sequences)


def test_a_batch_whose_earlier_facts_are_out_of_reach_changes_nothing_and_comes_again() -> None:
    log = FailingLog([received(1, at=5), resolved(2, at=9), received(2, at=1), resolved(1, at=8)])
    fold = small_fold(log)
    finished(fold.apply(log.batch(0, 2), CREATED, 0))
    before = dict(fold.counters.values)
    log.failure = TimeoutError()

    with pytest.raises(TimeoutError):
        finished(fold.apply(log.batch(2, 4), CREATED, 0))
    untouched = (fold.position.sequence, dict(fold.counters.values))
    log.failure = None
    finished(fold.apply(log.batch(2, 4), CREATED, 0))

    assert untouched == (2, before)
    assert fold.counters.values == recounted(log.bodies, 0)


def test_a_fact_that_is_another_one_when_read_again_is_a_rewound_log() -> None:
    log = MemoryLog([received(1, at=5), received(2, at=6), resolved(1, at=1)])
    fold = small_fold(log)
    finished(fold.apply(log.batch(0, 2), CREATED, 0))
    log.bodies[0] = log.bodies[1]

    with pytest.raises(LogRewoundError):
        finished(fold.apply(log.batch(2, 3), CREATED, 0))

    assert fold.position.sequence == 2


class SlowLog(MemoryLog):
    """Answers when it is released."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        super().__init__(facts)
        self.asked = asyncio.Event()
        self.released = asyncio.Event()

    async def fetch(self, sequences: Sequence[int]) -> dict[int, bytes]:
        self.asked.set()
        await self.released.wait()
        return await super().fetch(sequences)


async def test_while_facts_are_read_again_time_stands_still_and_is_made_up_for() -> None:
    log = SlowLog([received(1, at=5, due=60), resolved(1, at=9), received(2, due=70)])
    log.append(resolved(2, at=-5))
    fold = small_fold(log)
    await fold.apply(log.batch(0, 3), CREATED, START_EPOCH)
    applying = asyncio.create_task(fold.apply(log.batch(3, 4), CREATED, START_EPOCH))
    await log.asked.wait()

    moved = fold.advance(LATER)
    fold.commit()
    log.released.set()
    await applying

    assert not moved
    assert fold.advance(LATER)
    assert fold.counters.values == fold.recount() == recounted(log.bodies, LATER)


def test_time_never_goes_backwards() -> None:
    log = MemoryLog([received(1, due=60)])
    fold = replay(log, [], LATER)

    assert not fold.advance(LATER - 1)
    assert not fold.advance(LATER)
    assert fold.counters.values[("open", "H99.12", "overdue")] == 1


def test_the_record_of_what_is_closed_is_read_from_the_file_when_it_changes_again() -> None:
    log = MemoryLog([received(1), resolved(1), resolved(2), received(2)])
    fold = small_fold(log)
    finished(fold.apply(log.batch(0, 2), CREATED, 0))
    fold.commit()
    hot_before = fold.hot_count

    finished(fold.apply(log.batch(2, 4), CREATED, 0))

    assert hot_before == 0
    assert fold.sequences_of("d/H99.12-20260302-0000002") == [3, 4]
    assert fold.sequences_of("d/unknown") == []
    assert fold.state_of("d/unknown") is None


def test_undecodable_bytes_are_counted_and_passed_over() -> None:
    log = MemoryLog([received(1), received(2)])
    log.bodies[0] = b'{"type":"dossier.received.v9"}'
    log.bodies.append(b"\xff\x00")
    log.ids.append("")
    fold = small_fold(log)

    applied = finished(fold.apply(log.batch(0, 3), CREATED, 0))

    assert applied.undecodable_count == 2
    assert (fold.position.sequence, fold.position.last_message_id) == (3, "")
    assert fold.counters.values[("open", "", "not_due")] == 1
