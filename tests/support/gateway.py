"""A copy of the gateway without its web page, with a carrier and a clock of the test's."""

import asyncio
import contextlib
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.postal_gateway.choosing import Carriers, Orders
from services.postal_gateway.contacts import Contacts
from services.postal_gateway.gateway import PostalGateway
from services.postal_gateway.handlers import Gateway
from services.postal_gateway.ordering import FactWriter, Orderer
from services.postal_gateway.settings import Settings
from services.postal_gateway.tracking import Tracker
from shared.bus.streams import FACTS
from tests.support.fake_clock import FakeClock
from tests.support.scripted_carrier import ScriptedCarrier
from tests.support.server import TestServer
from tests.support.waiting import until

SETTLE_SECONDS = 90


class GatewayCopy:
    """One process's worth of gateway; time passes and pages are read when the test says so."""

    def __init__(
        self, server: TestServer, home: Path, clock: FakeClock, carrier: ScriptedCarrier,
        *, second: ScriptedCarrier | None = None, to_second: tuple[str, ...] = (), **settings: Any,
    ) -> None:  # fmt: skip
        self._server = server
        self.clock = clock
        self.carrier = carrier
        self._carriers = Carriers(carrier, second, to_second)
        self.parts = PostalGateway(Settings(data=home, **settings), clock)
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        client = self._client = await self._server.client("postal_gateway")
        parts, clock = self.parts, self.clock
        parts.connect(client)
        writer = FactWriter(client, clock)
        orderers = {
            one.name: Orderer(
                client, one, parts.ledger, facts=writer, contacts=Contacts(client), clock=clock,
                metrics=parts.metrics, copy=uuid.uuid4().hex[:12], settle_seconds=SETTLE_SECONDS,
                is_first=one is self.carrier,
            )
            for one in self._carriers.all
        }  # fmt: skip
        orders = Orders(self._carriers, orderers, parts.ledger, clock)
        parts.gateway = Gateway(parts.ledger, writer, orders, is_current=parts.is_current)
        self.tracker = Tracker(
            self.carrier, parts.ledger, writer, clock=clock, metrics=parts.metrics, log=parts.log
        )
        self._task = asyncio.create_task(parts.facts.run())
        await until(parts.is_current)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        assert self._task is not None
        assert self._client is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.parts.gateway.close()
        with contextlib.suppress(NatsError):
            await self._client.close()

    async def read_everything(self) -> None:
        """Wait until the log is folded as far as it is now."""
        assert self._client is not None
        last = (await self._client.jetstream().stream_info(FACTS)).state.last_seq
        await until(lambda: self.parts.ledger.position.sequence >= last, within=30)

    async def tick(self, seconds: float = 5) -> None:
        """Let time pass, do what is to be done, and read what was written."""
        await self.read_everything()
        self.clock.advance(seconds)
        await self.parts.gateway.on_tick(self.clock.now())
        await self.parts.gateway.finish()
        await self.read_everything()
        await self.parts.erase()

    async def order_everything(self) -> None:
        """Request and order: three looks, as facts follow each other."""
        for _ in range(3):
            await self.tick()
