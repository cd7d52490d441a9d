"""Two copies of the notifier as processes, killed -9 at any moment: exactly one alert each."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from nats.aio.client import Client

from shared.bus.streams import ALERTS
from tests.support.dossiers import AGENCIES, code_of, publish, received
from tests.support.notifying import OVERDUE_ONLY, said_of
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.slow]
ONE_STAGE = {"MOTCUA_NOTIFIER_RULES": str(OVERDUE_ONLY)}

COUNT = 1500
KILLS = 4


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


async def test_no_kill_loses_an_alert_or_raises_one_twice(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    due = now - timedelta(days=2)
    await publish(
        client,
        [received(code_of(n), now - timedelta(days=30), AGENCIES[n % 5], due_at=due)
         for n in range(COUNT)],
    )  # fmt: skip
    chance = random.Random(7)
    copies = [ServiceProcess("notifier", server, tmp_path / name, ONE_STAGE) for name in "ab"]
    try:
        for copy in copies:
            await copy.start()
        for kill in range(1, KILLS + 1):
            await stored(client, COUNT * kill // (KILLS + 2))
            doomed = chance.choice(copies)
            await doomed.kill()
            await doomed.start()
        for copy in copies:
            await copy.ready()
        await stored(client, COUNT)

        raised = await said_of(client, "alert.raised.v1")
        assert sorted(raised) == [code_of(n) for n in range(COUNT)]
        assert {len(facts) for facts in raised.values()} == {1}
        async with httpx.AsyncClient() as http:
            answer = (await http.get(f"{copies[0].url}/v1/alerts?limit=1")).json()
        assert (answer["count"], len(answer["alerts"])) == (COUNT, 1)
    finally:
        for copy in copies:
            await copy.kill()


async def stored(client: Client, count: int) -> None:
    """Wait until ALERTS holds at least so many messages."""
    js = client.jetstream()

    async def is_there() -> bool:
        return (await js.stream_info(ALERTS)).state.messages >= count

    await until(is_there, within=90, what=f"{count} alerts")
