"""Read, decide, write: what happens to every submission, whichever way it came in."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from shared.bus.publishing import LogMessage
from shared.bus.streams import MESSAGE_SIZE_MAX_BYTES
from shared.clock import Clock
from shared.errors import RejectReason, TemporarilyUnavailable
from shared.events.envelope import Fact

from .domain.answers import REFUSALS, Outcome, Remark, Result, notice_remark, reason_remark
from .domain.judging import Fault, Notice, NoticeCode
from .domain.marking import particulars
from .domain.steps import Step
from .groups import Recorded
from .ledger import PublisherBook, Recall, Recent, RejectsFold
from .ledger.facts import identity_and_content
from .metrics import NATURAL_TRANSITION, SERVICE, Metrics
from .reading import Reader, Reading
from .recorder import Recorder
from .registry import Publisher
from .rejects import (
    Kept,
    Refused,
    RejectSettled,
    Via,
    kept_of,
    part_message,
    raised_message,
    settled_message,
)
from .sealing import Seal

REJECTS_OPEN_MAX: Final = 10_000
"""Refusals of one publisher that are kept; beyond it they are answered and counted only."""

# Decoding this many takes a few milliseconds: then others get their turn.
_READ_IN_A_ROW: Final = 100
_METRIC_OUTCOMES: Final = {
    Outcome.ACCEPTED: "applied",
    Outcome.DUPLICATE: "duplicate",
    Outcome.CONFLICT: "rejected",
    Outcome.REJECTED: "rejected",
}


class Keeper(Protocol):
    """Where refusals and contacts are kept."""

    async def append_rejects(self, messages: Sequence[LogMessage]) -> list[int]:
        """Append all and return their sequences, or raise TemporarilyUnavailable."""
        ...

    async def put_contact(self, reference: str, body: bytes) -> None:
        """Keep one, or raise TemporarilyUnavailable."""
        ...


class Known(Protocol):
    """What was recorded before."""

    def recall(self, identities: Sequence[int]) -> dict[int, Recall]:
        """Return what is known of these identities."""
        ...


class Intake:
    """Judges submissions and answers each one; nothing is answered before it is stored."""

    def __init__(
        self,
        *,
        reader: Reader,
        recorder: Recorder,
        gate: Callable[[], str],
        known: Known,
        keeper: Keeper,
        rejects: RejectsFold,
        book: PublisherBook,
        seal: Seal,
        clock: Clock,
        metrics: Metrics,
        rejects_open_max: int = REJECTS_OPEN_MAX,
    ) -> None:
        self.reader = reader
        self._recorder = recorder
        self._gate = gate
        self._known = known
        self._keeper = keeper
        self._rejects = rejects
        self._book = book
        self._seal = seal
        self._clock = clock
        self._metrics = metrics
        self._rejects_open_max = rejects_open_max

    async def submit(
        self, bodies: Sequence[bytes], publisher: Publisher, via: Via, *, keep_refusals: bool = True
    ) -> list[Result]:
        """Judge and record CloudEvents; the results are in their order.

        Raises:
            TemporarilyUnavailable: not all is stored. Sending everything again is safe.
        """
        readings: list[Reading] = []
        for number, body in enumerate(bodies, start=1):
            readings.append(self.reader.read(body, publisher))
            if number % _READ_IN_A_ROW == 0:
                await asyncio.sleep(0)
        return await self.submit_read(readings, publisher, via, keep_refusals=keep_refusals)

    async def submit_read(
        self,
        readings: Sequence[Reading],
        publisher: Publisher,
        via: Via,
        *,
        keep_refusals: bool = True,
    ) -> list[Result]:
        """Record what was read, keep what was refused, and answer. Raises as `submit`."""
        why = self._gate()
        if why:  # asked after reading: the last one may have tripped the breaker
            raise TemporarilyUnavailable(why, retry_after_seconds=2)
        facts = [reading.fact for reading in readings if reading.fact is not None]
        await self._keep_contacts(readings)
        recorded = iter(await self._recorder.record(facts) if facts else [])
        verdicts = [_verdict(reading, recorded) for reading in readings]
        refused = [one for one in verdicts if one[1] is not None]
        kept = keep_refusals and self._has_room(publisher)
        if kept and refused:
            await self._keep_refusals(refused, publisher, via)
        elif refused and keep_refusals:
            self._metrics.not_kept.add((publisher.name,), len(refused))
        results = [_result(*verdict, kept=kept) for verdict in verdicts]
        for verdict, result in zip(verdicts, results, strict=True):
            if keep_refusals or result.outcome not in REFUSALS:
                self._count(verdict, result, publisher, via)
        return results

    async def settle(self, settled: RejectSettled, publisher: str) -> int:
        """Record what a person decided about a reject; its sequence in REJECTS.

        Raises:
            TemporarilyUnavailable: not stored.
        """
        (sequence,) = await self._keeper.append_rejects([settled_message(settled, publisher)])
        return sequence

    def _has_room(self, publisher: Publisher) -> bool:
        return self._rejects.open_count(publisher.name) < self._rejects_open_max

    async def _keep_contacts(self, readings: Sequence[Reading]) -> None:
        """Keep the contacts of what is new: a repeat must not bring back what was deleted."""
        wanted = [(r.contact, r.fact) for r in readings if r.contact is not None and r.fact]
        if not wanted:
            return
        known = self._known.recall([_identity(fact) for _, fact in wanted])
        fresh = [contact for contact, fact in wanted if _identity(fact) not in known]
        await asyncio.gather(*(self._keeper.put_contact(*contact) for contact in fresh))

    async def _keep_refusals(
        self, refused: Sequence["Verdict"], publisher: Publisher, via: Via
    ) -> None:
        now = self._clock.now()
        found: dict[str, Kept] = {}
        for reading, fault, _ in refused:
            assert fault is not None  # noqa: S101 - the caller chose these
            refusal = Refused(
                body=reading.body,
                fault=fault,
                service=reading.service,
                named=reading.named if reading.is_named else ("", "", ""),
            )
            kept = kept_of(refusal, publisher=publisher.name, via=via, at=now, seal=self._seal)
            found.setdefault(kept.record.reject_id, kept)
        # The parts first: a record never points to what is not there.
        parts = [
            part_message(part, publisher.name) for kept in found.values() for part in kept.parts
        ]
        stored = iter(await self._keeper.append_rejects(parts) if parts else [])
        records = [kept.with_rest([next(stored) for _ in kept.parts]) for kept in found.values()]
        await self._keeper.append_rejects([raised_message(record) for record in records])

    def _count(self, verdict: "Verdict", result: Result, publisher: Publisher, via: Via) -> None:
        reading, _, recorded = verdict
        metrics = self._metrics
        label = metrics.event_label(reading.event_type)
        metrics.facts.add((SERVICE, label, _METRIC_OUTCOMES[result.outcome]))
        metrics.submissions.add((publisher.name, via.value, result.outcome.value))
        for notice in result.notices:
            metrics.notices.add((notice.code,))
        if recorded is not None and recorded.step is Step.NATURAL:
            metrics.notices.add((NATURAL_TRANSITION,))
        if result.outcome is Outcome.DUPLICATE:
            now = self._clock.now()
            event = Recent(
                reading.event_id, reading.event_type, reading.subject, result.outcome, "", now
            )
            self._book.note_duplicate(publisher.name, event)


Verdict = tuple[Reading, Fault | None, Recorded | None]


def _identity(fact: Fact) -> int:
    assert fact.digest is not None  # noqa: S101 - the reader stamped it
    return identity_and_content(fact.digest)[0]


def _verdict(reading: Reading, recorded: Iterator[Recorded]) -> Verdict:
    if reading.fact is None:
        return reading, reading.fault, None
    found = next(recorded)
    if found.outcome is Outcome.CONFLICT:
        detail = f"sequence {found.sequence}"
        return reading, Fault(RejectReason.CONFLICT, detail, "id"), found
    return reading, None, found


def _readable_id(body: bytes) -> str | None:
    """Return the id of an event that was not read whole, so that its sender finds it."""
    return particulars(body).get("id") if len(body) <= MESSAGE_SIZE_MAX_BYTES else None


def _result(
    reading: Reading, fault: Fault | None, recorded: Recorded | None, *, kept: bool
) -> Result:
    outcome = recorded.outcome if recorded else Outcome.REJECTED
    notices: list[Notice] = []
    if outcome is Outcome.ACCEPTED:
        notices.extend(reading.notices)
        if recorded is not None and recorded.step is Step.ILLEGAL:
            notices.append(Notice(NoticeCode.ILLEGAL_TRANSITION, "type"))
    reasons: list[Remark] = [reason_remark(fault)] if fault else []
    return Result(
        id=reading.event_id or _readable_id(reading.body),
        outcome=outcome,
        sequence=recorded.sequence if recorded else None,
        reasons=reasons,
        notices=[notice_remark(notice) for notice in notices],
        kept=kept or outcome not in REFUSALS,
    )
