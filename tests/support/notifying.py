"""A copy of the notifier without its web page: own file, given clock, stopped and started."""

import asyncio
import contextlib
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.notifier.delivery import Deliverer
from services.notifier.domain.messages import Message
from services.notifier.domain.people import Directory, People, only
from services.notifier.domain.telling import Outcome
from services.notifier.parts import Notifier
from services.notifier.settings import Settings
from shared.bus.streams import ALERTS, REJECTS
from shared.events.envelope import LOG_DECODER, Fact
from tests.support.fake_clock import FakeClock
from tests.support.server import TestServer
from tests.support.waiting import until

OVERDUE_ONLY = Path(__file__).with_name("alerts_overdue_only.toml")


class Copy:
    """One process's worth of notifier; `on_tick` runs when the test says so."""

    def __init__(
        self, server: TestServer, home: Path, clock: FakeClock, *, rules: Path = OVERDUE_ONLY
    ) -> None:
        self._server = server
        self.clock = clock
        self.parts = Notifier(Settings(data=home, rules=rules), clock)
        self._client: Client | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._client = await self._server.client("notifier")
        self.parts.connect(self._client)
        for follower in (self.parts.facts, self.parts.alerts, self.parts.rejects):
            self._tasks.append(asyncio.create_task(follower.run()))
        await until(self.parts.is_current)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self._client is not None
        with contextlib.suppress(NatsError):
            await self._client.close()

    async def read_everything(self) -> None:
        """Wait until the logs are folded as far as they are now."""
        assert self._client is not None
        for stream, follower, target in (
            ("FACTS", self.parts.facts, self.parts.ledger),
            (ALERTS, self.parts.alerts, self.parts.ledger.book),
            (REJECTS, self.parts.rejects, self.parts.ledger.refused),
        ):
            last = (await self._client.jetstream().stream_info(stream)).state.last_seq
            await until(
                lambda last=last, follower=follower, target=target: (  # type: ignore[misc] # defaults
                    follower.caught_up and target.position.sequence >= last
                ),
                within=30,
            )

    async def tick(self, seconds: float = 5) -> None:
        """Let time pass, decide, and read what was written."""
        await self.read_everything()
        self.clock.advance(seconds)
        await self.parts.raiser.on_tick(self.clock.now())
        await self.read_everything()

    def deliverer(self, *channels: "Sink", people: People | None = None) -> Deliverer:
        """Tell on channels of the test's: everything to one person, or as `people` says."""
        known = people or only(channels[0].name)
        directory = Directory(known, self.parts.catalogue.agencies)
        return self.parts.make_deliverer({one.name: one for one in channels}, directory)


class Sink:
    """A channel that remembers what reached it, and answers what it is told to."""

    def __init__(self, name: str = "sink") -> None:
        self.name = name
        self.messages: list[Message] = []
        self.answers: list[Outcome] = []
        self.dies = False

    async def send(self, message: Message) -> Outcome:
        self.messages.append(message)
        if self.dies:
            raise RuntimeError("the process is killed here")
        return self.answers.pop(0) if self.answers else Outcome.SENT


async def alert_facts(client: Client) -> list[Fact]:
    """Read the whole ALERTS stream, in order."""
    js = client.jetstream()
    state = (await js.stream_info(ALERTS)).state
    facts = []
    for sequence in range(1, state.last_seq + 1):
        message = await js.get_msg(ALERTS, sequence)
        facts.append(LOG_DECODER.decode(message.data or b""))
    return facts


async def said_of(client: Client, what: str) -> dict[str, list[Fact]]:
    """Group the facts of one type, `alert.raised.v1`, by dossier."""
    found: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in await alert_facts(client):
        if fact.data.event_type == what:
            found[fact.subject].append(fact)
    return dict(found)


def clock_at(now: datetime) -> FakeClock:
    """Give a clock of one's own: two copies have two machines."""
    return FakeClock(now)
