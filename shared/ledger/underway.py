"""A batch on its way into a fold: facts sorted to their subjects, judged, and stepped in order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Generic

import msgspec
from msgspec import Struct

from shared.events.envelope import LOG_DECODER, Fact

from .subject import (
    Contribution,
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
    """One subject of the batch: what it contributed before, and what comes new to it.

    `facts` are the record's entries with those of this batch behind them.
    """

    was: Contribution
    record: Record[S] | None
    facts: bytes
    fresh: list[Fact]


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
    for sequence, fact, keys in told:
        mark = mark_of(fact)
        outcome = _known(keys, mark, work)
        if outcome is None:
            entry = entry_of(mark, sequence)
            for key in keys:
                one = work[key]
                one.facts += entry
                one.fresh.append(fact)
            outcome = Outcome.LATE if is_late(fact) else Outcome.APPLIED
        outcomes[fact.data.event_type, outcome] += 1
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


def step_on(one: Underway[S], key: str, projection: Projection[S]) -> bool:
    """Step through what is new, in order; False where it belongs among what was folded before.

    What arrived together is put in order first: only a fact older than an earlier batch's makes a
    subject be folded again.
    """
    fresh, record = one.fresh, one.record
    if len(fresh) > 1:
        fresh.sort(key=_BY_ORDER)
    state: S | None = None
    if record is not None:
        record.facts = one.facts
        first = fresh[0]
        # Equal means another source with the same id: the order of arrival must not decide.
        if (microseconds(first.time), first.id) <= (record.last_us, record.last_id):
            return False
        state = record.state
    for fact in fresh:
        state = projection.step(state, fact, key)
    assert state is not None  # noqa: S101 - there is at least one fact
    last = fresh[-1]
    planned_at = NEVER if record is None else record.planned_at
    one.record = Record(microseconds(last.time), last.id, planned_at, one.facts, state)
    return True


def step_again(
    record: Record[S], key: str, facts: Iterable[Fact], projection: Projection[S]
) -> None:
    """Fold the record's state anew from all its facts."""
    ordered = sorted(facts, key=_BY_ORDER)
    state: S | None = None
    for fact in ordered:
        state = projection.step(state, fact, key)
    assert state is not None  # noqa: S101 - a record has at least one fact
    record.state = state
    record.last_us, record.last_id = microseconds(ordered[-1].time), ordered[-1].id
