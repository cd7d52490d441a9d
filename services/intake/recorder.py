"""Facts into the log: gathered for a few milliseconds, told apart, appended as one batch.

Whether an id was seen before is decided here, from the fold of FACTS and what was published
since; the broker's own memory of ids lasts two hours and is only a courtesy. An answer is given
after the PubAck, never before.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Never, Protocol

from shared.bus.publishing import Appended, LogMessage
from shared.bus.streams import FACTS
from shared.bus.subjects import fact_subject
from shared.errors import TemporarilyUnavailable
from shared.events.envelope import LOG_DECODER, Fact, digest_of, encoded, message_id

from .domain.answers import Outcome
from .dossier_steps import codes_of, judged_step
from .groups import Entry, Flight, Group, Recorded
from .ledger.facts import UNFOLDED_MAX_COUNT, Recall, identity_and_content
from .wire import PATIENCE_SECONDS

GATHER_SECONDS: Final = 0.005
BATCH_MAX_COUNT: Final = 500
QUEUE_MAX_COUNT: Final = 20_000
# The second batch is made while the first one waits for the disk; more add only latency.
_IN_FLIGHT_MAX: Final = 2
# A log that gives no answer is asked about so often while publishers wait for it.
_LOOK_SECONDS: Final = 0.1
_UNANSWERED: Final = "the log gives no answer"
_ANOTHER_LOG: Final = "the log was made anew"


class FactLog(Protocol):
    """Where facts are appended and read back."""

    async def append_facts(self, messages: Sequence[LogMessage]) -> list[Appended]:
        """Append; raises TemporarilyUnavailable where the outcome is unknown."""
        ...

    async def read(self, stream: str, sequences: Sequence[int]) -> dict[int, bytes]:
        """Return bodies by sequence."""
        ...

    async def facts_created(self) -> str:
        """Return when the log was made that stands now."""
        ...


class Memory(Protocol):
    """What was recorded so far."""

    @property
    def unfolded_count(self) -> int:
        """How much of it is not read back yet."""
        ...

    def recall(self, identities: Sequence[int]) -> Mapping[int, Recall]:
        """Return what is known of these identities."""
        ...

    def last_steps(self, codes: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """Return the last step of these dossiers."""
        ...

    def remember(self, fact: Fact, identity: int, recall: Recall) -> None:
        """Keep what was just acknowledged."""
        ...


class Recorder:
    """Call `record`; `run` must be running.

    `gate` says why nothing may be recorded now, or ""; `folded_log` when the log was made that
    `memory` comes from.
    """

    def __init__(
        self,
        log: FactLog,
        memory: Memory,
        *,
        gate: Callable[[], str],
        folded_log: Callable[[], str],
        gather_seconds: float = GATHER_SECONDS,
        queue_max_count: int = QUEUE_MAX_COUNT,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._log = log
        self._memory = memory
        self._gate = gate
        self._folded_log = folded_log
        self._gather_seconds = gather_seconds
        self._queue_max_count = queue_max_count
        self._queue: list[Group] = []
        self._queued_count = 0
        self._some = asyncio.Event()
        self._full = asyncio.Event()
        self._claims: dict[int, Flight] = {}
        self._flying_since: dict[Flight, float] = {}
        self._patience_seconds = patience_seconds
        self.batch_count = 0

    async def record(self, facts: Sequence[Fact]) -> list[Recorded]:
        """Record stamped facts; the answers are in their order.

        Raises:
            TemporarilyUnavailable: not all are known to be stored. Sending again is safe.
        """
        why = self._gate()
        if why:
            raise TemporarilyUnavailable(why, retry_after_seconds=2)
        if self._is_unanswered():
            raise TemporarilyUnavailable(_UNANSWERED, retry_after_seconds=2)
        if self._memory.unfolded_count > UNFOLDED_MAX_COUNT:
            raise TemporarilyUnavailable("the fold is behind", retry_after_seconds=5)
        if self._queued_count + len(facts) > self._queue_max_count:
            raise TemporarilyUnavailable("too much waits", retry_after_seconds=1)
        groups = [
            Group(facts[start : start + BATCH_MAX_COUNT])
            for start in range(0, len(facts), BATCH_MAX_COUNT)
        ]
        self._queue.extend(groups)
        self._queued_count += len(facts)
        self._some.set()
        if self._queued_count >= BATCH_MAX_COUNT:
            self._full.set()
        return await self._answered([group.answer for group in groups])

    async def _answered(self, answers: Sequence[asyncio.Future[list[Recorded]]]) -> list[Recorded]:
        """Wait for all of it, but not for a log that gives no answer."""
        for answer in answers:
            answer.add_done_callback(_heard)
        waiting = set(answers)
        while waiting:
            _, waiting = await asyncio.wait(waiting, timeout=_LOOK_SECONDS)
            if waiting and self._is_unanswered():
                raise TemporarilyUnavailable(_UNANSWERED, retry_after_seconds=2)
        return [one for answer in answers for one in answer.result()]

    async def run(self) -> Never:
        """Gather and append for ever; cancelled, the groups still waiting are refused."""
        slots = asyncio.Semaphore(_IN_FLIGHT_MAX)
        try:
            async with asyncio.TaskGroup() as flying:
                while True:
                    await slots.acquire()
                    await self._gather()
                    task = flying.create_task(self._flush(self._take()))
                    task.add_done_callback(lambda _: slots.release())
        finally:
            for group in self._queue:
                group.refuse(TemporarilyUnavailable("stopping"))

    def _is_unanswered(self) -> bool:
        """Whether a batch is under way for too long: who comes now is told so at once."""
        now = asyncio.get_running_loop().time()
        since = min(self._flying_since.values(), default=now)
        return now - since > self._patience_seconds

    async def _gather(self) -> None:
        await self._some.wait()
        if self._queued_count < BATCH_MAX_COUNT:
            try:
                async with asyncio.timeout(self._gather_seconds):
                    await self._full.wait()
            except TimeoutError:
                pass

    def _take(self) -> list[Group]:
        """Take whole groups up to a batch; the first one always."""
        count = taken = 0
        for group in self._queue:
            if taken and count + len(group.entries) > BATCH_MAX_COUNT:
                break
            count += len(group.entries)
            taken += 1
        groups, self._queue = self._queue[:taken], self._queue[taken:]
        self._queued_count -= count
        if not self._queue:
            self._some.clear()
        if self._queued_count < BATCH_MAX_COUNT:
            self._full.clear()
        return groups

    async def _flush(self, groups: list[Group]) -> None:
        why = self._gate()
        if why:  # it closed while they waited, and what is remembered may be another log's
            for group in groups:
                group.refuse(TemporarilyUnavailable(why, retry_after_seconds=2))
            return
        entries = [entry for group in groups for entry in group.entries]
        flight = Flight(self._folded_log())
        self._flying_since[flight] = asyncio.get_running_loop().time()
        fresh = self._told_apart(entries, flight)
        failure: TemporarilyUnavailable | None = None
        try:
            await self._confirm([entry for entry in entries if entry.recorded], flight)
            if fresh:
                await self._append(fresh, flight)
        except TemporarilyUnavailable as error:
            failure = error
        finally:
            for entry in fresh:
                self._claims.pop(entry.identity, None)
            self._flying_since.pop(flight, None)
            flight.landed.set()
        for entry in entries:
            if entry.waits_for is not None:
                await entry.waits_for.landed.wait()
                known = entry.waits_for.recalled.get(entry.identity)
                if known is not None:
                    entry.judge_repeat(known)
        for group in groups:
            group.settle(failure)

    def _told_apart(self, entries: list[Entry], flight: Flight) -> list[Entry]:
        """Settle the repeats that are known, let others wait, and claim what is new."""
        known = self._memory.recall([entry.identity for entry in entries])
        fresh: list[Entry] = []
        for entry in entries:
            other = self._claims.get(entry.identity)
            if other is not None:
                entry.waits_for = other
            elif entry.identity in known:
                entry.judge_repeat(known[entry.identity])
            else:
                self._claims[entry.identity] = flight
                fresh.append(entry)
        return fresh

    async def _confirm(self, repeats: list[Entry], flight: Flight) -> None:
        """Take nothing for a repeat because it stood in a log that has been deleted since.

        Of a log made anew its readers hear a moment later than those who write into it.
        """
        if not repeats:
            return
        try:
            _expect_the_same(flight.log, await self._log.facts_created())
            await self._look_again(repeats)
        except TemporarilyUnavailable:
            for entry in repeats:
                entry.recorded = None
            raise

    async def _look_again(self, repeats: list[Entry]) -> None:
        """Call nothing a conflict before it is compared with the fact itself.

        An older release kept another digest of an instant said in a zone (docs/adr/0010).
        """
        suspects = [e for e in repeats if e.recorded and e.recorded.outcome is Outcome.CONFLICT]
        for start in range(0, len(suspects), BATCH_MAX_COUNT):
            some = suspects[start : start + BATCH_MAX_COUNT]
            known = await self._stored([e.recorded.sequence for e in some if e.recorded])
            for entry in some:
                assert entry.recorded is not None  # noqa: S101 - it was judged above
                entry.judge_repeat(known[entry.recorded.sequence])

    async def _append(self, fresh: list[Entry], flight: Flight) -> None:
        self.batch_count += 1
        steps = dict(self._memory.last_steps(codes_of(entry.fact for entry in fresh)))
        appended = await self._log.append_facts([_message(entry.fact) for entry in fresh])
        _expect_the_same(flight.log, self._folded_log())  # else: which of the two has it?
        for entry, stored in zip(fresh, appended, strict=True):
            recall = Recall(entry.content, stored.sequence)
            if stored.duplicate:
                recall = (await self._stored([stored.sequence]))[stored.sequence]
            flight.recalled[entry.identity] = recall
            self._memory.remember(entry.fact, entry.identity, recall)
            if recall.content == entry.content:
                judged = judged_step(entry.fact, steps)
                entry.recorded = Recorded(Outcome.ACCEPTED, recall.sequence, judged)
            else:
                entry.judge_repeat(recall)

    async def _stored(self, sequences: Sequence[int]) -> dict[int, Recall]:
        """Return what the log has there: the digest of today, not the one it was stored with."""
        bodies = await self._log.read(FACTS, list(dict.fromkeys(sequences)))
        return {
            sequence: Recall(identity_and_content(digest_of(LOG_DECODER.decode(body)))[1], sequence)
            for sequence, body in bodies.items()
        }


def _heard(answer: asyncio.Future[list[Recorded]]) -> None:
    """Look at it even if whoever asked was told to come again meanwhile."""
    if not answer.cancelled():
        answer.exception()


def _expect_the_same(log: str, now: str) -> None:
    """Refuse where the log was deleted and made anew."""
    if now != log:
        raise TemporarilyUnavailable(_ANOTHER_LOG, retry_after_seconds=2)


def _message(fact: Fact) -> LogMessage:
    return LogMessage(fact_subject(fact), encoded(fact), message_id(fact.source, fact.id))
