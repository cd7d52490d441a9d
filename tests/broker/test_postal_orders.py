"""Orders on a real broker: claimed, told once, settled by asking, whoever dies when."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError

from services.postal_gateway.domain.orders import Meaning, Status
from shared.bus.streams import CONTACTS
from shared.events.contact import Contact
from tests.support.dossiers import code_of
from tests.support.fake_clock import FakeClock
from tests.support.gateway import SETTLE_SECONDS, GatewayCopy
from tests.support.posting import postal_facts, resolved_by_post
from tests.support.scripted_carrier import Killed, ScriptedCarrier
from tests.support.server import TestServer

pytestmark = pytest.mark.broker

NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
CODE = code_of(0)


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


async def states_of(copy: GatewayCopy) -> list[str]:
    state = copy.parts.ledger.dossier(CODE)
    return [step.status for leg in (state.legs if state else ()) for step in leg.steps]


@pytest.mark.parametrize(
    ("script", "asked", "seconds"),
    [
        ((), 0, 0),
        (("not_sent",), 0, 40),
        (("not_sent", "not_sent"), 0, 90),
        (("silent",), 1, SETTLE_SECONDS + 5),
        (("lost",), 1, SETTLE_SECONDS + 5),
        (("lost", "silent"), 2, 2 * SETTLE_SECONDS + 10),
    ],
)
async def test_every_stumble_ends_in_one_order(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock,
    script: tuple[str, ...], asked: int, seconds: int,
) -> None:  # fmt: skip
    await resolved_by_post(client, 1, NOON)
    carrier = ScriptedCarrier(clock, *script)
    async with GatewayCopy(server, tmp_path / "a", clock, carrier) as copy:
        await copy.order_everything()
        for _ in range(seconds // 5 + 1):
            await copy.tick()

        assert carrier.orders() == {CODE: 1}
        assert carrier.find_count == asked
        assert await states_of(copy) == ["requested", "ordered"]


@pytest.mark.parametrize("moment", ["die_before", "die_after"])
async def test_a_gateway_killed_around_the_call_leaves_one_order(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock, moment: str
) -> None:
    await resolved_by_post(client, 1, NOON)
    carrier = ScriptedCarrier(clock, moment)
    async with GatewayCopy(server, tmp_path / "a", clock, carrier) as doomed:
        with pytest.raises(Killed):
            await doomed.order_everything()

    async with GatewayCopy(server, tmp_path / "b", clock, carrier) as heir:
        await heir.order_everything()
        too_early = carrier.find_count
        for _ in range(SETTLE_SECONDS // 5 + 1):
            await heir.tick()

        assert too_early == 0
        assert carrier.find_count == 1
        assert carrier.orders() == {CODE: 1}
        assert await states_of(heir) == ["requested", "ordered"]


async def test_two_copies_order_each_leg_once(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock
) -> None:
    await resolved_by_post(client, 40, NOON)
    carrier = ScriptedCarrier(clock)
    async with (
        GatewayCopy(server, tmp_path / "a", clock, carrier) as one,
        GatewayCopy(server, tmp_path / "b", clock, carrier) as two,
    ):
        for _ in range(12):
            await asyncio.gather(one.tick(), two.tick())

        assert carrier.orders() == {code_of(number): 1 for number in range(40)}
        assert len(one.parts.ledger.lists.parcels(["ordered"])) == 40


async def test_a_refused_order_is_listed_and_not_tried_again(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock
) -> None:
    await resolved_by_post(client, 1, NOON)
    carrier = ScriptedCarrier(clock, "refuse")
    async with GatewayCopy(server, tmp_path / "a", clock, carrier) as copy:
        await copy.order_everything()
        for _ in range(10):
            await copy.tick(60)

        assert carrier.orders() == {}
        assert [(t.dossier, t.reason) for t in copy.parts.ledger.troubles()] == [(CODE, "refused")]


async def test_tracking_becomes_facts_once_and_what_is_unknown_is_listed(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock
) -> None:
    await resolved_by_post(client, 1, NOON)
    carrier = ScriptedCarrier(clock)

    def row(number: int, meaning: Meaning, code: str, about: str = CODE) -> None:
        at = NOON + timedelta(hours=number)
        carrier.rows.append(Status(number, about, f"BC-{CODE}", code, meaning, at))

    async with GatewayCopy(server, tmp_path / "a", clock, carrier) as copy:
        await copy.order_everything()
        row(1, Meaning.HANDED, "3")
        row(2, Meaning.UNKNOWN, "555")
        row(3, Meaning.IN_TRANSIT, "2")
        row(4, Meaning.DELIVERED, "4")
        row(5, Meaning.IN_TRANSIT, "2", about="somebody-elses")
        first, second = await copy.tracker.poll(), await copy.tracker.poll()
        await copy.read_everything()

        assert (first, second) == (5, 0)
        assert (await states_of(copy))[2:] == ["handed_to_carrier", "in_transit", "delivered"]
        assert {(one.code, one.about) for one in copy.parts.ledger.odd_statuses()} == {
            ("555", CODE), ("2", "somebody-elses"),
        }  # fmt: skip
    count = len(await postal_facts(client))

    async with GatewayCopy(server, tmp_path / "anew", clock, carrier) as rebuilt:
        await rebuilt.order_everything()
        await rebuilt.tracker.poll()
        await rebuilt.read_everything()

        assert len(await postal_facts(client)) == count
        assert carrier.orders() == {CODE: 1}
        assert len(rebuilt.parts.ledger.odd_statuses()) == 2


async def test_an_address_is_used_once_and_gone_after_delivery(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock
) -> None:
    canary = "CANARY-ADDRESS-7"
    bucket = await client.jetstream().key_value(CONTACTS)
    contact = Contact(name="Người nhận thử", phone="0000 000 000", address=canary)
    await bucket.put("c-1", msgspec.json.encode(contact))
    await resolved_by_post(client, 1, NOON, contact_ref="c-1")
    carrier = ScriptedCarrier(clock, "silent")
    async with GatewayCopy(server, tmp_path / "a", clock, carrier) as copy:
        await copy.order_everything()
        for _ in range(SETTLE_SECONDS // 5 + 1):
            await copy.tick()
        sent = carrier.taken[0][0].contact
        at = NOON + timedelta(hours=1)
        carrier.rows.append(Status(1, CODE, f"BC-{CODE}", "4", Meaning.DELIVERED, at))
        await copy.tracker.poll()
        await copy.tick()

    assert sent == contact
    with pytest.raises(KeyNotFoundError):
        await bucket.get("c-1")
    files = b"".join(path.read_bytes() for path in (tmp_path / "a").iterdir())
    facts = msgspec.json.encode([fact.data for fact in await postal_facts(client)])
    assert canary.encode() not in files
    assert canary.encode() not in facts


async def test_an_address_that_is_gone_is_a_persons_business(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock
) -> None:
    await resolved_by_post(client, 1, NOON, contact_ref="c-gone")
    carrier = ScriptedCarrier(clock)
    async with GatewayCopy(server, tmp_path / "a", clock, carrier) as copy:
        await copy.order_everything()

        ledger = copy.parts.ledger
        assert carrier.orders() == {}
        assert [t.reason for t in ledger.troubles()] == ["contact_missing"]
        assert ledger.trouble_of(CODE) == "contact_missing"
        assert ledger.lists.dossier_of("") is None  # not the parcel without a tracking number


async def test_after_an_import_the_backlog_is_ordered_without_holding_itself_up(
    server: TestServer, client: Client, tmp_path: Path, clock: FakeClock
) -> None:
    await resolved_by_post(client, 60, NOON - timedelta(days=2))
    carrier = ScriptedCarrier(clock)
    async with GatewayCopy(server, tmp_path / "a", clock, carrier) as copy:
        await copy.tick()
        assert not carrier.orders()  # more of that past may be on its way

        for _ in range(5):
            await copy.tick()

    assert carrier.orders() == {code_of(number): 1 for number in range(60)}
