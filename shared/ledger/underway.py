"""A batch on its way into a fold: facts sorted to their subjects, judged, and stepped in order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Generic

import msgspec
from msgspec import Struct

from shared.events.envelope import LOG_DECODER, Fact

from .records import Warm
from .subject import (
    Outcome,
    Projection,
    Record,
    S,
    entry_of,
    is_late,
    mark_of,
    microseconds,
    seen_before,
)
from .wheel import NEVER

Told = tuple[int, Fact, tuple[str, ...]]
"""Sequence, fact, and the keys of the subjects it is about: at least one."""

_BY_ORDER = attrgetter("time", "id", "source")


class Underway(Struct, Generic[S]):
    """One subject of the batch: what is known of it, and what comes new to it.

    `facts` are the record's entries with those of this batch behind them.
    """

    warm: Warm[S] | None
    facts: bytes
    fresh: list[Fact]

    @property
    def record(self) -> Record[S] | None:
        """The record as it was before the batch; None where nothing was known."""
        return self.warm.record if self.warm is not None else None


def told_in(
    entries: Iterable[tuple[int, bytes]], keys_of: Callable[[Fact], tuple[str, ...]]
) -> tuple[list[Told], int]:
    """Return what of the entries is about a subject of ours, and how many nobody can read."""
    told: list[Told] = []
    undecodable_count = 0
    decode = LOG_DECODER.decode
    for sequence, body in entries:
        try:
            fact = decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            undecodable_count += 1  # written by nobody of ours, or by a newer version
            continue
        keys = keys_of(fact)
        if keys:
            told.append((sequence, fact, keys))
    return told, undecodable_count


def enter(told: Iterable[Told], work: Mapping[str, Underway[S]]) -> dict[tuple[str, Outcome], int]:
    """Give every fact to its subjects, in order of arrival, unless one of them knows its identity.

    Returns the outcomes by (event type, outcome).
    """
    outcomes: defaultdict[tuple[str, Outcome], int] = defaultdict(int)
    applied: defaultdict[str, int] = defaultdict(int)  # hashing an enum costs as much as a step
    for sequence, fact, keys in told:
        mark = mark_of(fact)
        outcome = _known(keys, mark, work)
        if outcome is None:
            entry = entry_of(mark, sequence)
            for key in keys:
                one = work[key]
                one.facts += entry
                one.fresh.append(fact)
            if not is_late(fact):
                applied[fact.data.event_type] += 1
                continue
            outcome = Outcome.LATE
        outcomes[fact.data.event_type, outcome] += 1
    for event_type, count in applied.items():
        outcomes[event_type, Outcome.APPLIED] += count
    return outcomes


def _known(keys: tuple[str, ...], mark: bytes, work: Mapping[str, Underway[S]]) -> Outcome | None:
    """Judge a fact by all its subjects: a conflict with one of them enters none of them."""
    for key in keys:
        facts = work[key].facts
        if facts:
            known = seen_before(facts, mark)
            if known is not None:
                return known
    return None


def is_next(one: Underway[S]) -> bool:
    """Put what is new in order; False where it belongs among what was folded before.

    What arrived together is put in order first: only a fact older than an earlier batch's makes a
    subject be folded again.
    """
    fresh, record = one.fresh, one.record
    if len(fresh) > 1:
        fresh.sort(key=_BY_ORDER)
    if record is None:
        return True
    # Equal means another source with the same id: the order of arrival must not decide.
    return (microseconds(fresh[0].time), fresh[0].id) > (record.last_us, record.last_id)


def step_on(
    one: Underway[S], key: str, projection: Projection[S], whole: list[Fact] | None
) -> Record[S]:
    """Step through what is new, or through `whole` from the beginning; returns the record.

    `whole` are all the subject's facts, where what is new is not the last of them.
    """
    record = one.record
    state = record.state if record is not None and whole is None else None
    facts = one.fresh if whole is None else sorted(whole, key=_BY_ORDER)
    for fact in facts:
        state = projection.step(state, fact, key)
    assert state is not None  # noqa: S101 - there is at least one fact
    last_us, last_id = microseconds(facts[-1].time), facts[-1].id
    if record is None:
        return Record(last_us, last_id, NEVER, one.facts, state)
    record.last_us, record.last_id = last_us, last_id
    record.facts, record.state = one.facts, state
    return record
