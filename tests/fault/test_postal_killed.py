"""The gateway killed around the call, a carrier that stumbles: at most one order per leg."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from nats.aio.client import Client

from tests.support.dossiers import code_of
from tests.support.posting import CarrierProcess, environment, resolved_by_post
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.slow]

COUNT = 60
MISFORTUNE = (
    "--error-rate", "0.1", "--throttled-rate", "0.05", "--late-error-rate", "0.1",
    "--silence-rate", "0.1", "--silence-seconds", "5", "--garbled-rate", "0.05",
    "--speed", "3600", "--seed", "5",
)  # fmt: skip


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


async def everything_delivered(http: httpx.AsyncClient, url: str) -> bool:
    """Say whether every parcel's way has ended, according to this copy."""
    try:
        going = (await http.get(f"{url}/v1/parcels")).json()["count"]
        arrived = [
            (await http.get(f"{url}/v1/parcels", params={"state": state})).json()["count"]
            for state in ("delivered", "returned_to_sender")
        ]
    except httpx.HTTPError:
        return False
    return bool(going == 0 and sum(arrived) == COUNT)


async def test_no_kill_and_no_stumble_makes_a_second_order(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    carrier = await CarrierProcess(tmp_path / "carrier", *MISFORTUNE).start()
    copies = [
        ServiceProcess("postal_gateway", server, tmp_path / name, environment(carrier))
        for name in "ab"
    ]
    chance = random.Random(11)
    try:
        await resolved_by_post(client, COUNT, datetime.now(UTC))
        for copy in copies:
            await copy.start()
        for goal in (5, 15, 25, 35, 45):
            await until(lambda goal=goal: carrier.orders().total() >= goal, within=90)  # type: ignore[misc] # default
            doomed = chance.choice(copies)
            await doomed.kill()
            await doomed.start()
        for copy in copies:
            await copy.ready()
        async with httpx.AsyncClient(timeout=5) as http:
            await until(lambda: everything_delivered(http, copies[0].url), within=120)
            one, two = [
                (await http.get(f"{copy.url}/v1/custody", params={"of": code_of(7)})).json()
                for copy in copies
            ]

        assert carrier.orders() == {code_of(number): 1 for number in range(COUNT)}
        assert one == two
    finally:
        for copy in copies:
            await copy.kill()
        await carrier.stop()
