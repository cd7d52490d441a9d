"""What a fold keeps of one subject, and what a service must say to have one folded. Pure.

A *subject* is what a fact is about: a dossier, a petition, a publisher. Beside its state stand
its facts, 17 bytes each: 8 of identity, 4 of content, 5 of their sequence in the log.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from shared.events.envelope import Fact, digest_of

S = TypeVar("S")
CounterKey = tuple[str, ...]
Contribution = tuple[tuple[CounterKey, int], ...]

MARK_BYTES = 12
ENTRY_BYTES = 17
_IDENTITY_BYTES = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HO_CHI_MINH = timedelta(hours=7)  # without daylight saving
_SURE_DAY = 28  # before it, no UTC day ends in another month of ours


@unique
class Outcome(StrEnum):
    """What became of a fact in this fold; the values are metric labels."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    LATE = "late"  # applied, and it corrects an earlier month
    REJECTED = "rejected"  # same id, other content: the first one stands


class Projection(Protocol[S]):
    """What a service makes of the facts about one subject."""

    version: str  # another version means: forget and fold again
    state_type: Any  # an array-like msgspec Struct, or a tagged union of them

    def keys_of(self, fact: Fact) -> tuple[str, ...]:
        """Return the subjects that the fact is about, each once; none if it is not ours."""
        ...

    def step(self, state: S | None, fact: Fact, key: str) -> S:
        """Return the state after one more fact; may change and return the state it was given."""
        ...

    def contribution(self, key: str, state: S, now: int) -> Contribution:
        """Return what the subject adds to the counters at `now`, in epoch seconds."""
        ...

    def next_change_at(self, key: str, state: S, now: int) -> int | None:
        """Return when time alone will change the contribution, or None."""
        ...

    def is_hot(self, state: S) -> bool:
        """Say whether it stays in memory: more is to come, from facts or from time.

        Whatever has a `next_change_at` must be hot.
        """
        ...


class Record(Struct, Generic[S], array_like=True, gc=False):
    """A subject in memory and on disk: its last fact's order, its facts, its state.

    `planned_at` is when time will change it next, in epoch seconds; NEVER where it won't.
    """

    last_us: int
    last_id: str
    planned_at: int
    facts: bytes
    state: S


def mark_of(fact: Fact) -> bytes:
    """Return identity and content of a fact in 12 bytes."""
    return bytes.fromhex((fact.digest or digest_of(fact))[: 2 * MARK_BYTES])


def entry_of(mark: bytes, sequence: int) -> bytes:
    """Return what a record keeps of one fact."""
    return mark + sequence.to_bytes(5, "big")


def seen_before(facts: bytes, mark: bytes) -> Outcome | None:
    """Say whether a fact of this identity is among `facts`: the same, another, or None."""
    at = facts.find(mark[:_IDENTITY_BYTES])
    while at >= 0:
        if at % ENTRY_BYTES == 0:
            same = facts[at + _IDENTITY_BYTES : at + MARK_BYTES] == mark[_IDENTITY_BYTES:]
            return Outcome.DUPLICATE if same else Outcome.REJECTED
        at = facts.find(mark[:_IDENTITY_BYTES], at + 1)
    return None


def sequences_in(facts: bytes) -> list[int]:
    """Return the sequences of `facts`, in order of arrival."""
    return [sequence for _, sequence in marked_sequences_in(facts)]


def marked_sequences_in(facts: bytes) -> list[tuple[bytes, int]]:
    """Return (mark, sequence) of each of `facts`, in order of arrival."""
    return [
        (facts[at : at + MARK_BYTES], int.from_bytes(facts[at + MARK_BYTES : at + ENTRY_BYTES]))
        for at in range(0, len(facts), ENTRY_BYTES)
    ]


def microseconds(instant: datetime) -> int:
    """Return microseconds since 1970, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def is_late(fact: Fact) -> bool:
    """Say whether the fact was recorded in a later month than it happened in."""
    happened, recorded = fact.time, fact.recordedtime
    if recorded is None:
        return False
    if recorded.month == happened.month and recorded.day < _SURE_DAY:
        return recorded.year > happened.year  # the same month in both time zones
    return _month(happened) < _month(recorded)


def _month(instant: datetime) -> tuple[int, int]:
    local = instant + _HO_CHI_MINH
    return local.year, local.month
