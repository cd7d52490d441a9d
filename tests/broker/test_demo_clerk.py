"""The demo's clerk fills the pages of the post's desk as a person would."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import httpx
import pytest

from motcua.demo_clerk import DemoClerk
from shared.events.dossier import DossierSubmitted
from tests.support.dossiers import AGENCIES, code_of, publish, said
from tests.support.posting import CarrierProcess, environment, resolved_by_post
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker

FETCHED = tuple(code_of(n) for n in range(50, 53))


@pytest.fixture
async def carrier(tmp_path: Path) -> AsyncIterator[CarrierProcess]:
    made = await CarrierProcess(tmp_path / "carrier", "--speed", "0.01").start()
    yield made
    await made.stop()


@pytest.fixture
async def desk(
    server: TestServer, carrier: CarrierProcess, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    client = await server.client()
    now = datetime.now(UTC)
    await resolved_by_post(client, 10, now)
    ticked = DossierSubmitted(agency_code=AGENCIES[1], pickup_wanted=True)
    await publish(client, [said(ticked, code, now - timedelta(minutes=1)) for code in FETCHED])
    gateway = ServiceProcess("postal_gateway", server, tmp_path / "data", environment(carrier))
    await (await gateway.start()).ready()
    async with httpx.AsyncClient(base_url=gateway.url, timeout=10) as http:
        yield http
    await gateway.stop()
    await client.close()


async def come_to(desk: httpx.AsyncClient, state: str, count: int) -> None:
    """Wait until at least so many parcels stand there."""

    async def are_there() -> bool:
        answer = await desk.get("/v1/parcels", params={"state": state})
        return int(answer.json()["count"]) >= count

    await until(are_there, within=60)


async def test_the_demo_has_bundles_that_both_sides_signed_and_fees(
    desk: httpx.AsyncClient, carrier: CarrierProcess
) -> None:
    clerk = DemoClerk(desk, lambda _, __: None, Random(1), lambda _: None)
    await come_to(desk, "ordered", 13)

    await clerk.round()
    await come_to(desk, "handed_to_carrier", 2)
    bundles = (await desk.get("/bundles")).text
    await carrier.at_speed(36_000)
    await come_to(desk, "delivered", 1)
    await clerk.round()

    assert "Hai bên đã ký" in bundles
    assert AGENCIES[4] in bundles
    assert "BC-59" in (await desk.get("/fees", params={"tep": "csv"})).text
    assert "Phát chậm" in (await desk.get("/claims")).text


async def test_what_the_post_fetched_is_filed_when_the_clerk_and_the_post_have_signed(
    desk: httpx.AsyncClient, carrier: CarrierProcess
) -> None:
    signed: list[str] = []
    clerk = DemoClerk(desk, lambda _, __: None, Random(1), signed.append)
    await come_to(desk, "ordered", 13)
    await carrier.at_speed(36_000)
    await come_to(desk, "delivered", 3)

    await clerk.round()
    await come_to(desk, "handed_to_agency", 3)
    custody = [(await desk.get("/v1/custody", params={"of": code})).json()[0] for code in FETCHED]

    assert sorted(signed) == sorted(FETCHED)
    for leg in custody:
        assert (leg["leg"], leg["holder"], leg["filing_basis"]) == ("pickup", "agency", "record")
        assert leg["filed_at"] == leg["since_at"]
        assert leg["steps"][-1]["record"].startswith(f"BK-{AGENCIES[1]}-")
