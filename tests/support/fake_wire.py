"""The broker as intake sees it, in memory: it can be away, full, or lose an answer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from httpx import ASGITransport, AsyncClient
from litestar import Litestar

from services.intake.app import make_pages
from services.intake.ledger.facts import FactsFold
from services.intake.ledger.rejects import RejectsFold
from services.intake.parts import Parts
from services.intake.settings import Settings
from services.intake.wire import Keeping, Wire
from shared.bus.publishing import Appended, LogMessage
from shared.bus.streams import FACTS
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.ledger.reader import Batch
from shared.observability import get_logger
from shared.runtime import Health, Secret
from tests.support.intake import SEAL_KEY, write_registry


class FakeWire(Wire):
    """Remembers ids as the broker does; `lost_answers` batches are stored and not answered."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[LogMessage] = []
        self.rejects: list[LogMessage] = []
        self.contacts: dict[str, bytes] = {}
        self.batches: list[int] = []
        self.is_away = False
        self.lost_answers = 0
        self.created = CaughtUp.created
        self.keeping = Keeping(0, 0)
        self.folds_rejects: RejectsFold | None = None  # folded at once, if set

    @property
    def is_connected(self) -> bool:
        return not self.is_away

    async def append_facts(self, messages: Sequence[LogMessage]) -> list[Appended]:
        self._answer_if_there()
        stored = [_append(self.facts, message) for message in messages]
        self.batches.append(len(messages))
        if self.lost_answers:
            self.lost_answers -= 1
            raise TemporarilyUnavailable("no answer")
        return stored

    async def append_rejects(self, messages: Sequence[LogMessage]) -> list[int]:
        self._answer_if_there()
        sequences = [_append(self.rejects, message).sequence for message in messages]
        if self.folds_rejects is not None:
            await fold_all(self, self.folds_rejects)
        return sequences

    async def read(self, stream: str, sequences: Sequence[int]) -> dict[int, bytes]:
        self._answer_if_there()
        log = self.facts if stream == FACTS else self.rejects
        return {sequence: log[sequence - 1].body for sequence in sequences}

    async def facts_created(self) -> str:
        self._answer_if_there()
        return self.created

    async def rejects_keeping(self) -> Keeping:
        self._answer_if_there()
        return self.keeping

    async def put_contact(self, reference: str, body: bytes) -> None:
        self._answer_if_there()
        self.contacts.setdefault(reference, body)

    def _answer_if_there(self) -> None:
        if self.is_away:
            raise TemporarilyUnavailable("away", retry_after_seconds=3)


def _append(log: list[LogMessage], message: LogMessage) -> Appended:
    for sequence, stored in enumerate(log, start=1):
        if stored.message_id == message.message_id:
            return Appended(sequence, duplicate=True)
    log.append(message)
    return Appended(len(log), duplicate=False)


class CaughtUp:
    """A follower that has nothing left to read."""

    created = "the first log"
    caught_up = True
    halted = ""
    lag_count = 0


def intake_parts(home: Path, *, clock: Clock, wire: Wire, registry: Path | None = None) -> Parts:
    """Intake without a broker, on an empty file."""
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        data=home,
        publishers=registry or write_registry(home / "publishers.json"),
        seal_key=Secret(SEAL_KEY),
    )
    parts = Parts(settings, clock=clock, log=get_logger("intake"), wire=wire)
    parts.followers = [CaughtUp()]
    return parts


@asynccontextmanager
async def intake_client(parts: Parts, home: Path, **more: Any) -> AsyncIterator[AsyncClient]:
    """A client of the web application, with the recorder running and rejects folded at once.

    `more` are settings that only the web knows: operators, metrics_token, http_host.
    """
    assert isinstance(parts.wire, FakeWire)
    parts.wire.folds_rejects = parts.rejects
    settings = Settings(
        data=home, publishers=home / "publishers.json", seal_key=Secret(SEAL_KEY), **more
    )

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        yield

    app = make_pages(parts, settings, Health(()), lifespan=lifespan)
    recorder = asyncio.create_task(parts.recorder.run())
    transport = ASGITransport(cast(Any, app), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://intake.test") as client:
        yield client
    recorder.cancel()
    await asyncio.gather(recorder, return_exceptions=True)


async def fold_all(wire: FakeWire, fold: FactsFold | RejectsFold) -> None:
    """Let a fold read what it has not read yet."""
    log = wire.facts if isinstance(fold, FactsFold) else wire.rejects
    start = fold.position.sequence
    entries = [(n, m.body) for n, m in enumerate(log[start:], start=start + 1)]
    if entries:
        await fold.apply(Batch(entries, log[-1].message_id, 0), wire.created)
