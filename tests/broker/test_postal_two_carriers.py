"""Two carriers in one process: each agency's papers by its own, each order with whoever has it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from nats.aio.client import Client

from services.postal_gateway.domain.orders import Meaning, Status
from tests.support.dossiers import AGENCIES, code_of
from tests.support.fake_clock import FakeClock
from tests.support.gateway import GatewayCopy
from tests.support.posting import SECRET, CarrierProcess, environment, resolved_by_post
from tests.support.scripted_carrier import ScriptedCarrier
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker

NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


def carrier(clock: FakeClock, name: str, *script: str) -> ScriptedCarrier:
    return ScriptedCarrier(clock, *script, name=name)


async def test_each_agency_has_its_carrier_and_no_order_is_with_both(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock
) -> None:
    await resolved_by_post(client, 5, NOON)
    one, two = carrier(clock, "one"), carrier(clock, "two")
    async with GatewayCopy(
        server, tmp_path / "a", clock, one, second=two, to_second=(AGENCIES[1],)
    ) as copy:
        await copy.order_everything()

        assert sorted(one.orders()) == [code_of(n) for n in (0, 2, 3, 4)]
        assert sorted(two.orders()) == [code_of(1)]
        rows = copy.parts.ledger.lists.open_parcels()
        assert {row.dossier: row.carrier for row in rows}[code_of(1)] == "two"


async def test_an_order_stays_with_whoever_was_asked_first_when_the_agencies_change(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock
) -> None:
    await resolved_by_post(client, 1, NOON)
    one, two = carrier(clock, "one", "silent"), carrier(clock, "two")
    async with GatewayCopy(server, tmp_path / "a", clock, one, second=two) as before:
        await before.order_everything()
        assert one.orders() == {code_of(0): 1}

    async with GatewayCopy(
        server, tmp_path / "a", clock, one, second=two, to_second=(AGENCIES[0],)
    ) as after:
        for _ in range(30):
            await after.tick()

        assert (one.orders(), two.orders()) == ({code_of(0): 1}, {})
        assert one.find_count == 1  # it was asked, and had it
        (row,) = after.parts.ledger.lists.open_parcels()
        assert (row.carrier, row.status) == ("one", "ordered")


async def test_an_order_whose_carrier_is_gone_waits_for_a_person(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock
) -> None:
    await resolved_by_post(client, 1, NOON)
    one, two = carrier(clock, "one", "silent"), carrier(clock, "two")
    async with GatewayCopy(server, tmp_path / "a", clock, one) as before:
        await before.order_everything()

    async with GatewayCopy(server, tmp_path / "a", clock, two) as after:
        for _ in range(30):
            await after.tick()

        assert two.orders() == {}
        assert [one.reason for one in after.parts.ledger.troubles()] == ["carrier_gone"]


async def test_one_carrier_cannot_move_the_paper_of_another(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock
) -> None:
    await resolved_by_post(client, 1, NOON)
    one, two = carrier(clock, "one"), carrier(clock, "two")
    async with GatewayCopy(server, tmp_path / "a", clock, one) as copy:
        await copy.order_everything()
    two.rows.append(Status(1, code_of(0), f"BC-{code_of(0)}", "4", Meaning.DELIVERED, NOON))

    async with GatewayCopy(server, tmp_path / "a", clock, two) as copy:
        await copy.tracker.poll()
        await copy.tick()

        (row,) = copy.parts.ledger.lists.open_parcels()
        assert row.status == "ordered"


@pytest.mark.slow
async def test_both_shapes_at_once_carry_to_the_end(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    gateway = ServiceProcess("postal_gateway", server, tmp_path / "data")
    webhooks = ("--webhook-url", f"{gateway.url}/v1/webhooks/viettelpost")
    vnpost = CarrierProcess(tmp_path / "vnpost", "--speed", "36000")
    viettel = CarrierProcess(tmp_path / "viettel", "--speed", "36000", *webhooks)
    gateway.add(
        environment(vnpost)
        | {
            "MOTCUA_SECOND_CARRIER_URL": viettel.url,
            "MOTCUA_SECOND_CARRIER_TOKEN": SECRET,
            "MOTCUA_SECOND_CARRIER_AGENCIES": ",".join(AGENCIES[:2]),
        }
    )
    try:
        await vnpost.start()
        await viettel.start()
        await resolved_by_post(client, 10, datetime.now(UTC))
        await gateway.start()
        await until(lambda: ended(gateway.url, 10), within=60)
        found = await parcels(gateway.url)
    finally:
        await gateway.kill()
        await vnpost.stop()
        await viettel.stop()

    of_two = {code_of(n) for n in range(10) if n % 5 < 2}
    assert {one["dossier"] for one in found if one["carrier"] == "viettelpost"} == of_two
    assert set(viettel.orders()) == of_two
    assert set(vnpost.orders()) == {code_of(n) for n in range(10)} - of_two


async def parcels(url: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    async with httpx.AsyncClient(timeout=5) as http:
        for state in ("delivered", "returned_to_sender"):
            answer = await http.get(f"{url}/v1/parcels", params={"state": state})
            found += answer.json()["parcels"] if answer.is_success else []
    return found


async def ended(url: str, count: int) -> bool:
    try:
        return len(await parcels(url)) == count
    except httpx.HTTPError:
        return False
