"""What callers brought, on its way into the log: groups of facts, and what became of each."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from shared.errors import TemporarilyUnavailable
from shared.events.envelope import Fact, digest_of

from .domain.answers import Outcome
from .domain.steps import Step
from .ledger.facts import Recall, identity_and_content


class Recorded(Struct, frozen=True, gc=False):
    """ACCEPTED, DUPLICATE or CONFLICT; `sequence` is where the id stands. `step` as judged."""

    outcome: Outcome
    sequence: int
    step: Step = Step.LISTED


class Flight:
    """One batch under way: others with the same identities wait for its landing.

    `log` says when the log was made that was folded as it began.
    """

    def __init__(self, log: str) -> None:
        self.log = log
        self.recalled: dict[int, Recall] = {}
        self.landed = asyncio.Event()


class Entry:
    """One fact on its way, and what became of it."""

    __slots__ = ("content", "fact", "identity", "recorded", "waits_for")

    def __init__(self, fact: Fact) -> None:
        self.fact = fact
        self.identity, self.content = identity_and_content(fact.digest or digest_of(fact))
        self.recorded: Recorded | None = None
        self.waits_for: Flight | None = None

    def judge_repeat(self, known: Recall) -> None:
        """Compare it with what stands under its identity."""
        same = known.content == self.content
        outcome = Outcome.DUPLICATE if same else Outcome.CONFLICT
        self.recorded = Recorded(outcome, known.sequence)


class Group:
    """What one caller brought; it is answered as a whole."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.entries = [Entry(fact) for fact in facts]
        self.answer: asyncio.Future[list[Recorded]] = asyncio.get_running_loop().create_future()

    def settle(self, failure: TemporarilyUnavailable | None) -> None:
        """Give the answer; where something is not recorded, `failure` says why."""
        recorded = [entry.recorded for entry in self.entries if entry.recorded is not None]
        if len(recorded) < len(self.entries):
            self.refuse(failure or TemporarilyUnavailable("an equal event failed"))
        elif not self.answer.done():
            self.answer.set_result(recorded)

    def refuse(self, error: TemporarilyUnavailable) -> None:
        """Answer that not all of it is known to be stored."""
        if not self.answer.done():
            self.answer.set_exception(error)
