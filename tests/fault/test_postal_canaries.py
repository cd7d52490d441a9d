"""Five hundred addresses with canaries: on every way of going wrong, none is found anywhere."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError

from services.postal_gateway.domain.orders import LegName, Meaning, Status
from shared.bus.streams import CONTACTS, FACTS, POSTAL
from shared.events.contact import Contact
from shared.events.dossier import DossierResolved, DossierWithdrawn
from shared.events.fields import ResultDelivery
from tests.support.dossiers import AGENCIES, code_of, publish, received, said
from tests.support.fake_clock import FakeClock
from tests.support.gateway import SETTLE_SECONDS, GatewayCopy
from tests.support.scripted_carrier import ScriptedCarrier
from tests.support.server import TestServer

pytestmark = [pytest.mark.broker, pytest.mark.slow]

COUNT = 500
CANARY = "CANARY7391"
NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
# Every way an order may go: taken, refused, not sent, taken without an answer, lost on the way.
WAYS = ("accept", "refuse", "not_sent", "silent", "lost")


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    bucket = await made.jetstream().key_value(CONTACTS)
    for number in range(COUNT):
        contact = Contact(
            name=f"{CANARY} tên {number}", phone="0000 000 000", address=f"{CANARY} số {number}",
            commune=f"{CANARY} xã", province=f"{CANARY} tỉnh", note=f"{CANARY} ghi chú",
        )  # fmt: skip
        await bucket.put(f"c-{number}", msgspec.json.encode(contact))
    yield made
    await made.close()


async def tell(client: Client) -> None:
    start, end = NOON - timedelta(days=5), NOON - timedelta(minutes=5)
    facts = []
    for number in range(COUNT):
        code, agency = code_of(number), AGENCIES[number % len(AGENCIES)]
        facts += [
            received(
                code, start, agency, result_delivery=ResultDelivery.POSTAL,
                contact_ref=f"c-{number}",
            ),
            said(DossierResolved(agency_code=agency), code, end),
        ]  # fmt: skip
    await publish(client, facts)


async def everything_in(client: Client, stream: str) -> bytes:
    """Read every message of a stream, headers and all."""
    js = client.jetstream()
    state = (await js.stream_info(stream)).state
    found = []
    for sequence in range(1, state.last_seq + 1):
        message = await js.get_msg(stream, sequence)
        found += [message.subject or "", str(message.headers), (message.data or b"").decode()]
    return "\n".join(found).encode()


async def order_in_every_way(copy: GatewayCopy, carrier: ScriptedCarrier) -> list[str]:
    """Order, settle and deliver what can be; return the dossiers that nobody took."""
    for _ in range(COUNT // 4 + 4 * SETTLE_SECONDS // 5):
        await copy.tick()
    at, taken = copy.clock.now(), carrier.orders()
    for number, item in enumerate(taken):
        carrier.rows.append(Status(number + 1, item, f"BC-{item}", "4", Meaning.DELIVERED, at))
    await copy.tracker.poll()
    return [code_of(n) for n in range(COUNT) if LegName(code_of(n)).order_number not in taken]


async def left_in_the_bucket(client: Client) -> list[int]:
    bucket = await client.jetstream().key_value(CONTACTS)
    left = []
    for number in range(COUNT):
        try:
            await bucket.get(f"c-{number}")
        except KeyNotFoundError:
            continue
        left.append(number)
    return left


async def test_no_canary_leaves_its_bucket_and_all_are_gone_after_delivery(
    server: TestServer, client: Client, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    await tell(client)
    clock = FakeClock(NOON)
    carrier = ScriptedCarrier(clock, *(WAYS * (COUNT // len(WAYS))))
    async with GatewayCopy(server, tmp_path / "a", clock, carrier) as copy:
        over = await order_in_every_way(copy, carrier)
        withdrawn = DossierWithdrawn(agency_code=AGENCIES[0])
        await publish(client, [said(withdrawn, code, clock.now()) for code in over])
        await copy.read_everything()
        for _ in range(COUNT // 100 + 3):
            await copy.tick()
        page = await copy.parts.page.render()

    places = {
        "FACTS": await everything_in(client, FACTS),
        "POSTAL": await everything_in(client, POSTAL),
        "files": b"".join(path.read_bytes() for path in (tmp_path / "a").iterdir()),
        "log": "".join(capfd.readouterr()).encode(),
        "metrics": page,
    }
    sent = {order.contact.address for order, _ in carrier.taken if order.contact}

    assert len(sent) >= COUNT // len(WAYS)  # addresses were in use
    assert over != []  # and some orders were refused
    assert [name for name, text in places.items() if CANARY.encode() in text] == []
    assert await left_in_the_bucket(client) == []
