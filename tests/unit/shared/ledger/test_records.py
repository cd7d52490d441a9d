"""What the fold keeps unpacked between two commits stays its own, and never half of a batch."""

import pytest

from shared.events.envelope import Fact
from shared.ledger.fold import Fold
from shared.ledger.subject import Contribution
from tests.support.facts import received, resolved
from tests.support.small_fold import (
    CREATED,
    Case,
    MemoryLog,
    SmallProjection,
    small_fold,
    small_store,
)
from tests.support.waiting import finished


class Failing(SmallProjection):
    """A projection with a bug: it cannot stand a result."""

    def step(self, state: Case | None, fact: Fact, key: str) -> Case:
        case = super().step(state, fact, key)
        if fact.data.event_type == "dossier.resolved.v1":
            raise ZeroDivisionError
        return case


def test_a_state_that_was_asked_for_is_a_copy() -> None:
    log = MemoryLog([received(1)])
    fold = small_fold(log)
    finished(fold.apply(log.batch(0, 1), CREATED, 0))
    [(key, shown)] = fold.hot_items()
    asked = fold.state_of(key)
    assert asked == shown

    shown.agency = "H99.CHANGED"
    assert asked is not None
    asked.agency = "H99.CHANGED"

    again = fold.state_of(key)
    assert again is not None
    assert again.agency != "H99.CHANGED"
    assert fold.counters.values == fold.recount()


def test_a_batch_that_broke_a_projection_is_never_committed() -> None:
    log, store = MemoryLog([received(1), received(2), resolved(1)]), small_store()
    fold = Fold(Failing(), store, log.fetch)
    finished(fold.apply(log.batch(0, 1), CREATED, 0))
    fold.commit()

    with pytest.raises(ZeroDivisionError):
        finished(fold.apply(log.batch(1, 3), CREATED, 0))
    fold.commit()

    mended = small_fold(log, store)
    assert mended.position.sequence == 1
    assert mended.counters.values == mended.recount()
    finished(mended.apply(log.batch(1, 3), CREATED, 0))
    assert mended.counters.values == mended.recount()


def test_subjects_are_open_or_not_before_and_after_a_commit() -> None:
    log = MemoryLog([received(1), received(2), resolved(1)])
    fold = small_fold(log)

    finished(fold.apply(log.batch(0, 2), CREATED, 0))
    assert fold.hot_count == 2
    finished(fold.apply(log.batch(2, 3), CREATED, 0))
    assert fold.hot_count == 1

    fold.commit()
    assert fold.hot_count == len(list(fold.hot_items())) == 1


class Counting(SmallProjection):
    """A projection that notes how often it was asked what a subject counts as."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def contribution(self, key: str, state: Case, now: int) -> Contribution:
        self.asked.append(key)
        return super().contribution(key, state, now)


def test_what_changes_in_several_batches_is_counted_once_when_somebody_looks() -> None:
    log, projection = MemoryLog([received(1), resolved(1), received(2)]), Counting()
    fold = Fold(projection, small_store(), log.fetch)

    for at in range(3):
        finished(fold.apply(log.batch(at, at + 1), CREATED, 0))
    waiting = list(projection.asked)
    shown = dict(fold.counters.values)

    assert waiting == []
    assert len(projection.asked) == len(set(projection.asked)) == fold.unsaved_count == 2
    assert shown == fold.recount()
