"""Gateways whose clocks are wrong: the same legs, and every leg is ordered once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from services.postal_gateway.domain.orders import Answer, Meaning, Order, Status
from tests.support.clocks import Wrong, WrongClock, early, late, right, set_back_at
from tests.support.dossiers import code_of
from tests.support.fake_clock import FakeClock
from tests.support.gateway import SETTLE_SECONDS, GatewayCopy
from tests.support.posting import postal_facts, resolved_by_post
from tests.support.scripted_carrier import ScriptedCarrier
from tests.support.server import TestServer
from tests.support.waiting import until

pytestmark = pytest.mark.broker

NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
CLOCKS: Sequence[Wrong] = (early, late, set_back_at(NOON + timedelta(seconds=20)))
_WAY = (Meaning.HANDED, Meaning.IN_TRANSIT, Meaning.DELIVERED)


@asynccontextmanager
async def client_of(server: TestServer) -> AsyncIterator[Client]:
    client = await server.client()
    yield client
    await client.close()


async def legs_by(wrong: Wrong, home: Path) -> list[tuple[Any, ...]]:
    """Send six results by post, one order unanswered and one not sent; what the log says then."""
    server = await (await TestServer(home / "nats").start()).provisioned()
    true = FakeClock(NOON)
    carrier = ScriptedCarrier(true, "silent", "not_sent", "accept", "lost")
    try:
        async with client_of(server) as client:
            await resolved_by_post(client, 6, NOON)
            clock = WrongClock(NOON, wrong)
            async with GatewayCopy(server, home / "a", clock, carrier) as copy:
                for _ in range(50):
                    await copy.tick()
                for number, code in enumerate(sorted(carrier.orders())):
                    for place, meaning in enumerate(_WAY):
                        row, at = number * 10 + place + 1, NOON + timedelta(hours=place + 1)
                        status = Status(row, code, f"BC-{code}", str(place), meaning, at)
                        carrier.rows.append(status)
                await copy.tracker.poll()
                await copy.tick()
            assert carrier.orders() == {code_of(number): 1 for number in range(6)}
            return sorted(_essence(one) for one in await postal_facts(client))
    finally:
        await server.kill()


def _essence(fact: Any) -> tuple[Any, ...]:
    return fact.subject, fact.data.event_type, fact.id, fact.time


async def test_the_same_legs_at_the_same_times_by_every_clock(tmp_path: Path) -> None:
    true = await legs_by(right, tmp_path / "right")

    found = [await legs_by(one, tmp_path / str(n)) for n, one in enumerate(CLOCKS)]

    assert found == [true] * len(CLOCKS)
    assert len(true) == 6 * 5  # requested, ordered, and three steps each


class SlowCarrier(ScriptedCarrier):
    """Takes an order only when it may: until then it has never heard of it."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.may_take = asyncio.Event()
        self.call_count = 0

    async def create(self, order: Order) -> Answer:
        self.call_count += 1
        await self.may_take.wait()
        return await super().create(order)


@pytest.mark.parametrize(("first", "second"), [(early, late), (late, early)])
async def test_two_copies_twenty_minutes_apart_order_once(
    server: TestServer, tmp_path: Path, first: Wrong, second: Wrong
) -> None:
    carrier = SlowCarrier(FakeClock(NOON))
    clocks = WrongClock(NOON, first), WrongClock(NOON, second)
    async with (
        client_of(server) as client,
        GatewayCopy(server, tmp_path / "a", clocks[0], carrier) as one,
        GatewayCopy(server, tmp_path / "b", clocks[1], carrier) as two,
    ):
        await resolved_by_post(client, 1, NOON)
        calling = asyncio.create_task(one.order_everything())
        await until(lambda: carrier.call_count == 1)

        other = asyncio.create_task(_ticks(two, SETTLE_SECONDS // 5 - 2))
        await asyncio.wait({other}, timeout=20)
        asked, called = carrier.find_count, carrier.call_count
        carrier.may_take.set()
        await asyncio.gather(calling, other)

    assert (asked, called) == (0, 1)
    assert carrier.orders() == {code_of(0): 1}


async def _ticks(copy: GatewayCopy, count: int) -> None:
    for _ in range(count):
        await copy.tick()


async def test_an_order_that_nobody_ends_is_settled_though_the_clock_was_set_back(
    server: TestServer, tmp_path: Path
) -> None:
    """The control: waiting by one's own count of seconds is not waiting for ever."""
    carrier = ScriptedCarrier(FakeClock(NOON), "silent")
    clock = WrongClock(NOON, set_back_at(NOON + timedelta(seconds=20)))
    async with (
        client_of(server) as client,
        GatewayCopy(server, tmp_path / "a", clock, carrier) as copy,
    ):
        await resolved_by_post(client, 1, NOON)
        await copy.order_everything()
        too_early = carrier.find_count

        await _ticks(copy, SETTLE_SECONDS // 5 + 3)

        assert (too_early, carrier.find_count) == (0, 1)
        state = copy.parts.ledger.dossier(code_of(0))
        assert state is not None
        assert [step.status for leg in state.legs for step in leg.steps] == ["requested", "ordered"]
