"""Two thousand posts while intake, or the broker under it, is killed: none lost, none twice."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from shared.bus.streams import FACTS
from shared.clock import SystemClock
from shared.ledger.follower import fetch_bodies
from tests.support.intake import STRUCTURED, event, intake_process
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(300)]
POSTS = 2_000
SENDERS = 20
NOW = SystemClock().now()


@pytest.fixture
async def intake(server: TestServer, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    process = intake_process(server, tmp_path / "data")
    try:
        yield await (await process.start()).ready()
    finally:
        await process.stop()


class Senders:
    """Post each number once until it is answered; a lost answer is asked for again or given up."""

    def __init__(self, url: str, *, patient: bool) -> None:
        self.acknowledged: set[int] = set()
        self.progressed = asyncio.Event()
        self._url = url
        self._patient = patient
        self._numbers: Iterator[int] = iter(range(POSTS))

    async def run(self) -> None:
        async with httpx.AsyncClient(base_url=self._url, headers=STRUCTURED, timeout=30) as http:
            await asyncio.gather(*(self._send(http) for _ in range(SENDERS)))

    async def reached(self, count: int) -> None:
        """Wait until so many are acknowledged."""
        while len(self.acknowledged) < count:
            self.progressed.clear()
            await self.progressed.wait()

    async def _send(self, http: httpx.AsyncClient) -> None:
        for number in self._numbers:
            body = json.dumps(event(number, now=NOW))
            if self._patient:
                await until(partial(self._post, http, number, body), within=240)
            else:
                await self._post(http, number, body)

    async def _post(self, http: httpx.AsyncClient, number: int, body: str) -> bool:
        try:
            answer = await http.post("/v1/events", content=body)
        except httpx.HTTPError:
            return False
        assert answer.status_code in {202, 503}, answer.text
        if answer.status_code == 202:
            self.acknowledged.add(number)
            self.progressed.set()
        return answer.status_code == 202


async def stored(server: TestServer) -> Counter[str]:
    """How often each id stands in the log."""
    client = await server.client()
    last = (await client.jetstream().stream_info(FACTS)).state.last_seq
    bodies = await fetch_bodies(client, FACTS, range(1, last + 1))
    await client.close()
    return Counter(json.loads(body)["id"] for body in bodies.values())


def ids(numbers: set[int]) -> set[str]:
    return {f"{number}:received" for number in numbers}


@pytest.mark.parametrize("killed", ["intake", "broker"])
async def test_whoever_sends_again_finds_every_event_recorded_once(
    server: TestServer, intake: ServiceProcess, killed: str
) -> None:
    senders = Senders(intake.url, patient=True)
    sending = asyncio.create_task(senders.run())

    for share in (0.25, 0.6):
        await senders.reached(int(POSTS * share))
        if killed == "intake":
            await intake.kill()
            await (await intake.start()).ready()
        else:
            await server.kill()
            await server.start()
    await sending

    found = await stored(server)
    assert senders.acknowledged == set(range(POSTS))
    assert set(found) == ids(senders.acknowledged)
    assert set(found.values()) == {1}


async def test_what_was_acknowledged_before_a_kill_is_stored_also_if_nobody_sends_again(
    server: TestServer, intake: ServiceProcess
) -> None:
    senders = Senders(intake.url, patient=False)
    sending = asyncio.create_task(senders.run())

    await senders.reached(POSTS // 3)
    await intake.kill()
    await sending

    found = await stored(server)
    assert senders.acknowledged
    assert ids(senders.acknowledged) <= set(found)
    assert set(found.values()) == {1}
