"""The demo's clerk fills the pages of the post's desk as a person would."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import httpx
import pytest

from motcua.demo_clerk import DemoClerk
from tests.support.dossiers import AGENCIES
from tests.support.posting import CarrierProcess, environment, resolved_by_post
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker


async def test_the_demo_has_bundles_that_both_sides_signed_and_fees(
    server: TestServer, tmp_path: Path
) -> None:
    client = await server.client()
    carrier = await CarrierProcess(tmp_path / "carrier", "--speed", "0.01").start()
    await resolved_by_post(client, 10, datetime.now(UTC))
    gateway = ServiceProcess("postal_gateway", server, tmp_path / "data", environment(carrier))
    await (await gateway.start()).ready()
    try:
        async with httpx.AsyncClient(base_url=gateway.url, timeout=10) as http:
            clerk = DemoClerk(http, lambda _, __: None, Random(1))

            async def count_of(state: str) -> int:
                answer = await http.get("/v1/parcels", params={"state": state})
                return int(answer.json()["count"])

            async def all_ordered() -> bool:
                return await count_of("ordered") == 10

            async def one_desk_is_done() -> bool:
                return await count_of("handed_to_carrier") == 2

            await until(all_ordered, within=60)
            await clerk.round()
            await until(one_desk_is_done, within=30)
            bundles = (await http.get("/bundles")).text
            await carrier.at_speed(36_000)

            async def are_delivered() -> bool:
                return await count_of("delivered") > 0

            await until(are_delivered, within=60)
            await clerk.round()
            fees = (await http.get("/fees", params={"tep": "csv"})).text
            claims = (await http.get("/claims")).text
    finally:
        await gateway.stop()
        await carrier.stop()
        await client.close()

    assert "Hai bên đã ký" in bundles
    assert AGENCIES[4] in bundles
    assert "BC-59" in fees
    assert "Phát chậm" in claims
