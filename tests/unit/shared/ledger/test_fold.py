"""The promises of the fold, each on two thousand invented histories."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.envelope import Fact
from shared.ledger.fold import Applied
from shared.ledger.subject import Outcome
from tests.support.facts import received, resolved
from tests.support.small_fold import (
    CREATED,
    MemoryLog,
    recounted,
    small_fold,
)
from tests.support.waiting import finished
from tests.unit.shared.ledger.histories import LATER, cuts, histories, quarrels, replay, states

thoroughly = settings(max_examples=2000)


def outcomes(applied: Applied) -> dict[Outcome, int]:
    found: dict[Outcome, int] = {}
    for (_, outcome), count in applied.outcomes.items():
        found[outcome] = found.get(outcome, 0) + count
    return found


@thoroughly
@given(histories(), cuts)
def test_the_same_facts_twice_change_nothing(history: list[Fact], at: list[int]) -> None:
    once = MemoryLog(history)
    twice = MemoryLog([*history, *history])
    fold = replay(once, at)
    counters, known = dict(fold.counters.values), states(fold)

    again = small_fold(twice)
    finished(again.apply(twice.batch(0, len(history)), CREATED, LATER))
    applied = finished(again.apply(twice.batch(len(history), 2 * len(history)), CREATED, LATER))

    assert outcomes(applied) == {Outcome.DUPLICATE: len(history)}
    assert (again.counters.values, states(again)) == (counters, known)


@thoroughly
@given(histories(), cuts, cuts, st.randoms(use_true_random=False))
def test_disturbed_delivery_gives_the_same_ledger(
    history: list[Fact], at: list[int], other: list[int], random: Random
) -> None:
    disturbed = history + random.sample(history, k=len(history) // 2)
    random.shuffle(disturbed)
    in_order = replay(MemoryLog(sorted(history, key=lambda fact: fact.order)), at)

    fold = replay(MemoryLog(disturbed), other)

    assert fold.counters.values == in_order.counters.values
    assert states(fold) == states(in_order)


@thoroughly
@given(quarrels(), cuts)
def test_of_two_contents_under_one_id_the_first_stands_and_the_other_is_counted(
    quarrel: list[Fact], at: list[int]
) -> None:
    log, first = MemoryLog(quarrel), dict[tuple[str, str], Fact]()
    rejected = sum(first.setdefault((f.source, f.id), f).digest != f.digest for f in quarrel)

    fold = small_fold(log)
    applied = [finished(fold.apply(batch, CREATED, LATER)) for batch in log.batches(at)]

    assert sum(outcomes(one).get(Outcome.REJECTED, 0) for one in applied) == rejected
    assert fold.counters.values == recounted(log.bodies, LATER)


@pytest.mark.parametrize("now", [0, LATER])
def test_a_result_that_comes_before_its_receipt_waits_for_it(now: int) -> None:
    log = MemoryLog([resolved(1, at=30), received(1, at=0, due=60)])
    fold = small_fold(log)

    finished(fold.apply(log.batch(0, 1), CREATED, now))
    alone = dict(fold.counters.values)
    finished(fold.apply(log.batch(1, 2), CREATED, now))

    assert alone == {("waiting",): 1}
    assert fold.counters.values == {("closed", "H99.12", "on_time"): 1}
