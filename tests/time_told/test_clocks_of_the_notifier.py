"""Notifiers whose clocks are wrong: the same alerts and deadlines, and nobody is told twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from services.notifier.domain.messages import Message
from services.notifier.domain.telling import Outcome
from shared.events import dossier as d
from shared.events.envelope import Fact
from tests.support.clocks import Wrong, WrongClock, early, late, right, set_back_at
from tests.support.dossiers import AGENCIES, code_of, publish, received, said
from tests.support.notifying import Copy, Sink, alert_facts
from tests.support.server import TestServer
from tests.support.waiting import until

pytestmark = pytest.mark.broker

MONDAY = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)  # 07:30 in Việt Nam
RULES = Path(__file__).parents[1] / "chaos_alerts" / "three_stages.toml"
STEPS = 5 * 24
CLOCKS: Sequence[Wrong] = (early, late, set_back_at(MONDAY + timedelta(hours=31)))
Told = set[tuple[Any, ...]]


@asynccontextmanager
async def client_of(server: TestServer) -> AsyncIterator[Client]:
    client = await server.client()
    yield client
    await client.close()


def history() -> list[Fact]:
    """Dossiers due through the week, at the hour; a third each is in time, late, never done.

    Nothing is due or done within an hour of another thing that would be judged otherwise.
    """
    facts: list[Fact] = []
    for number in range(24):
        due = MONDAY + timedelta(hours=4 * number + 3, minutes=12)
        agency, code = AGENCIES[number % 5], code_of(number)
        facts.append(received(code, MONDAY - timedelta(days=9), agency, due_at=due))
        if number % 3:
            end = due + timedelta(hours=(-30, 30)[number % 3 - 1])
            facts.append(said(d.DossierResolved(agency_code=agency), code, end))
    return sorted(facts, key=lambda fact: fact.time)


async def alerts_by(wrong: Wrong, home: Path) -> Told:
    """Live through the week by that clock; every alert with its instants, and how it ended."""
    server = await (await TestServer(home / "nats").start()).provisioned()
    left = history()
    try:
        async with client_of(server) as client:
            clock = WrongClock(MONDAY, wrong)
            async with Copy(server, home / "a", clock, rules=RULES) as copy:
                for step in range(STEPS):
                    true = MONDAY + timedelta(hours=step)
                    now, left = (
                        [one for one in left if one.time <= true],
                        [one for one in left if one.time > true],
                    )
                    await publish(client, now)
                    clock.shows(true)
                    await copy.tick(0)
                    await copy.tick(5)
            return {_essence(fact) for fact in await alert_facts(client)}
    finally:
        await server.kill()


def _essence(fact: Fact) -> tuple[Any, ...]:
    data: Any = fact.data
    since, due = getattr(data, "since_at", None), getattr(data, "due_at", None)
    because = getattr(data, "because", None)
    return data.event_type, fact.subject, data.stage, data.alert_id, since, due, because


@pytest.mark.slow
async def test_the_same_alerts_with_the_same_deadlines_by_every_clock(tmp_path: Path) -> None:
    true = await alerts_by(right, tmp_path / "right")

    found = [await alerts_by(one, tmp_path / str(n)) for n, one in enumerate(CLOCKS)]

    assert found == [true] * len(CLOCKS)
    kinds = {(kind, stage) for kind, _, stage, *_ in true}
    assert len(kinds) == 6  # three stages, raised and resolved
    assert len(true) > 60


class SlowSink(Sink):
    """A channel that is still at it until it may answer."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()

    async def send(self, message: Message) -> Outcome:
        self.messages.append(message)
        await self.may_answer.wait()
        return Outcome.SENT


@pytest.mark.parametrize(("first", "second"), [(early, late), (late, early)])
async def test_two_copies_twenty_minutes_apart_tell_once(
    server: TestServer, tmp_path: Path, first: Wrong, second: Wrong
) -> None:
    noon = MONDAY + timedelta(hours=26)
    sink, other = SlowSink(), Sink()
    clocks = WrongClock(noon, first), WrongClock(noon, second)
    async with (
        client_of(server) as client,
        Copy(server, tmp_path / "a", clocks[0]) as one,
        Copy(server, tmp_path / "b", clocks[1]) as two,
    ):
        due = noon - timedelta(hours=2)
        await publish(client, [received(code_of(1), MONDAY - timedelta(days=9), due_at=due)])
        await one.tick()
        await two.read_everything()
        telling = asyncio.create_task(one.deliverer(sink).round())
        await until(lambda: sink.messages != [])
        teller = two.deliverer(other)

        for _ in range(10):
            await two.tick(20)
            await teller.round()
        sink.may_answer.set()
        await telling
        await two.tick(20)
        await teller.round()

    assert (len(sink.messages), other.messages) == (1, [])


async def test_a_telling_that_nobody_ends_is_repeated_though_a_clock_was_set_back(
    server: TestServer, tmp_path: Path
) -> None:
    """The control: waiting by one's own count of seconds is not waiting for ever."""
    noon = MONDAY + timedelta(hours=26)
    doomed, heir = SlowSink(), Sink()
    clock = WrongClock(noon, set_back_at(noon + timedelta(minutes=1)))
    async with (
        client_of(server) as client,
        Copy(server, tmp_path / "a", WrongClock(noon - timedelta(hours=2), right)) as one,
        Copy(server, tmp_path / "b", clock) as two,
    ):
        due = noon - timedelta(hours=3)
        await publish(client, [received(code_of(1), MONDAY - timedelta(days=9), due_at=due)])
        await one.tick()
        await one.tick(7_195)
        telling = asyncio.create_task(one.deliverer(doomed).round())
        await until(lambda: doomed.messages != [])
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await two.read_everything()
        teller = two.deliverer(heir)

        counts = []
        for _ in range(4):
            counts.append(await teller.round())
            await two.tick(120)

    assert counts == [0, 0, 0, 1]  # three hundred seconds after it was first seen
    assert heir.messages[0].title.startswith("[Nhắc lại]")


async def test_what_was_raised_before_a_clock_was_set_back_does_not_wait_an_hour_to_be_told(
    server: TestServer, tmp_path: Path
) -> None:
    noon = MONDAY + timedelta(hours=26)
    sink = Sink()
    clock = WrongClock(noon, set_back_at(noon + timedelta(seconds=10)))
    async with client_of(server) as client, Copy(server, tmp_path / "a", clock) as one:
        due = noon - timedelta(hours=3)
        await publish(client, [received(code_of(1), MONDAY - timedelta(days=9), due_at=due)])
        await one.tick()
        teller = one.deliverer(sink)
        await one.tick(10)

        for _ in range(6):
            await teller.round()
            await one.tick(20)

    assert len(sink.messages) == 1
