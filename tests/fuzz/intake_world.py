"""Intake without a broker: its log on disk, so that what grows in memory is intake's own."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from httpx import AsyncClient

from services.intake.parts import Parts
from services.intake.rejects import DECODER, RejectRecord
from shared.bus.publishing import Appended, LogMessage
from shared.bus.streams import FACTS, REJECTS
from shared.ledger.reader import Batch
from shared.ledger.store import Store
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_client, intake_parts
from tests.support.intake import token_hash, write_registry

from .tally import Tally

NOW: Final = datetime(2026, 11, 22, 2, 7, 31, tzinfo=UTC)
PUBLISHER: Final = "fuzz"
FOLD_EVERY: Final = 250
CACHE_KIB: Final = 1024
_REFUSED: Final = ("rejected", "conflict")


class DiskWire(FakeWire):
    """Both streams in one SQLite file; `raised` is what one input put into REJECTS."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._log = sqlite3.connect(path, isolation_level=None)
        self._log.execute("pragma journal_mode = off")
        self._log.execute("pragma synchronous = off")
        self._log.execute("create table log (stream, sequence, id, body, primary key (stream, id))")
        self._log.execute("create unique index by_sequence on log (stream, sequence)")
        self._last: Counter[str] = Counter()
        self._unfolded: dict[str, list[tuple[int, bytes, str]]] = {FACTS: [], REJECTS: []}
        self.raised: list[RejectRecord] = []

    def last(self, stream: str) -> int:
        """The stream's last sequence."""
        return self._last[stream]

    async def append_facts(self, messages: Sequence[LogMessage]) -> list[Appended]:
        return [self._append_to(FACTS, message) for message in messages]

    async def append_rejects(self, messages: Sequence[LogMessage]) -> list[int]:
        for message in messages:
            event = DECODER.decode(message.body)
            if isinstance(event, RejectRecord):
                self.raised.append(event)
        return [self._append_to(REJECTS, message).sequence for message in messages]

    async def read(self, stream: str, sequences: Sequence[int]) -> dict[int, bytes]:
        query = "select body from log where stream = ? and sequence = ?"
        return {n: self._log.execute(query, (stream, n)).fetchone()[0] for n in sequences}

    async def put_contact(self, reference: str, body: bytes) -> None:
        """Contacts are kept by the broker alone: nothing here reads one back."""

    def first_reason(self, reject_id: str) -> str:
        """Why a body was refused the first time; "" where it never was."""
        query = "select body from log where stream = ? and id = ?"
        found = self._log.execute(query, (REJECTS, reject_id)).fetchone()
        event = DECODER.decode(found[0]) if found else None
        return event.reason.value if isinstance(event, RejectRecord) else ""

    def _append_to(self, stream: str, message: LogMessage) -> Appended:
        query = "select sequence from log where stream = ? and id = ?"
        found = self._log.execute(query, (stream, message.message_id)).fetchone()
        if found:
            return Appended(found[0], duplicate=True)
        self._last[stream] += 1
        sequence = self._last[stream]
        row = (stream, sequence, message.message_id, message.body)
        self._log.execute("insert into log values (?, ?, ?, ?)", row)
        self._unfolded[stream].append((sequence, message.body, message.message_id))
        return Appended(sequence, duplicate=False)

    async def fold(self, parts: Parts) -> None:
        """Let intake read back what it wrote."""
        for stream, fold in ((FACTS, parts.facts), (REJECTS, parts.rejects)):
            new, self._unfolded[stream] = self._unfolded[stream], []
            if new:
                entries = [(sequence, body) for sequence, body, _ in new]
                await fold.apply(Batch(entries, new[-1][2], 0), "the first log")


class World:
    """Intake's parts around a log on disk, and a client of its pages."""

    def __init__(self, home: Path, tally: Tally) -> None:
        self.tally = tally
        self.wire = DiskWire(home / "log.db")
        registry = home / "publishers.json"
        publisher = {"name": PUBLISHER, "token_hashes": [token_hash(PUBLISHER)]}
        write_registry(registry, [{**publisher, "rate_per_second": 1e9}])
        self.parts = intake_parts(home, clock=FakeClock(NOW), wire=self.wire, registry=registry)
        # All refusals are looked at, and one caller at a time waits for nobody.
        self.parts.intake._rejects_open_max = 10**9
        self.parts.recorder._gather_seconds = 0.0
        with_small_cache(self.parts.store)
        self.client: AsyncClient

    def judge(
        self, results: Sequence[dict[str, Any]], what: bytes, *, is_event: bool = True
    ) -> None:
        """Hold the answers against what is in the logs now: each event is in exactly one.

        Several answers to one element of a national payload are one reject: the first reason.
        """
        tally, raised = self.tally, self.wire.raised
        tally.events += len(results)
        refused: Counter[str] = Counter()
        for result in results:
            tally.outcomes[str(result["outcome"])] += 1
            reasons = result["reasons"]
            if result["outcome"] in _REFUSED:
                if len(reasons) != 1:
                    tally.fault("unaccounted", f"{len(reasons)} reasons for {what[:200]!r}")
                    continue
                refused[reasons[0]["code"]] += 1
                tally.refused(reasons[0]["code"])
            elif reasons or not 1 <= (result["sequence"] or 0) <= self.wire.last(FACTS):
                tally.fault("unaccounted", f"accepted, and not in the log: {result}")
        distinct = {record.reject_id: record.reason.value for record in raised}
        kept = Counter(distinct.values())
        is_lost = set(kept) != set(refused) if is_event else bool(kept) != bool(refused)
        if is_lost or any(kept[reason] > refused[reason] for reason in kept):
            tally.fault("unaccounted", f"refused {refused}, kept {kept}: {what[:200]!r}")
        for reject_id, reason in distinct.items():
            if is_event and self.wire.first_reason(reject_id) != reason:
                tally.fault("unaccounted", f"{reject_id} was refused for another reason before")
        raised.clear()

    async def settled(self) -> None:
        """Every few hundred inputs the folds follow."""
        if self.tally.n % FOLD_EVERY == 0:
            await self.wire.fold(self.parts)

    async def counted(self) -> None:
        """At the end the folds must have what the answers said."""
        await self.wire.fold(self.parts)
        accepted = self.tally.outcomes["accepted"]
        if accepted != self.wire.last(FACTS):
            said = f"{accepted} accepted, {self.wire.last(FACTS)} in the log"
            self.tally.fault("unaccounted", said)
        if self.parts.breaker.is_open:
            self.tally.fault("crashes", "the breaker tripped")


def with_small_cache(store: Store) -> None:
    """Bound SQLite's cache of pages to what a run's first third fills; the shipped bound is 64 MiB.

    What intake knows of 300,000 refused bodies is 50 MiB of pages, and SQLite keeps them up to its
    bound: 170 bytes an input, all of the growth there was. Full from the start, it hides nothing.
    """
    store._db.execute(f"pragma cache_size = -{CACHE_KIB}")


@asynccontextmanager
async def world(home: Path, tally: Tally) -> AsyncIterator[World]:
    """Intake around its pages, counted at the end."""
    found = World(home, tally)
    async with intake_client(found.parts, home) as client:
        found.wire.folds_rejects = None  # folded in one go, every few hundred inputs
        found.client = client
        yield found
        await found.counted()
    await asyncio.sleep(0)
