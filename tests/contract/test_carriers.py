"""What every carrier must do, whatever its wire looks like. A new carrier is one more row here."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.postal_gateway.carriers.viettel.client import ViettelCarrier
from services.postal_gateway.carriers.vnpost.client import VnpostCarrier
from services.postal_gateway.domain.orders import Accepted, LegName, Meaning, NotOrdered, Order
from services.postal_gateway.ordering import Carrier
from shared.clock import SystemClock
from shared.errors import TemporarilyUnavailable
from shared.events.fields import Leg
from shared.runtime import Secret
from tests.support.clocks import WrongClock, set_back_at
from tests.support.dossiers import AGENCIES, code_of
from tests.support.posting import SECRET, CarrierProcess
from tests.support.server import free_port
from tests.support.waiting import until

Make = Callable[[str, str], Carrier]


def vnpost(url: str, secret: str) -> Carrier:
    timeout = httpx.Timeout(1.0)
    return VnpostCarrier(url, Secret(secret), clock=SystemClock(), timeout=timeout)


def viettelpost(url: str, secret: str) -> Carrier:
    timeout = httpx.Timeout(1.0)
    return ViettelCarrier(url, Secret(secret), clock=SystemClock(), timeout=timeout)


CARRIERS = pytest.mark.parametrize(
    "make", [pytest.param(vnpost, id="vnpost"), pytest.param(viettelpost, id="viettelpost")]
)
# For ever ago: any answer is late enough.
ANY_TIME = datetime(2020, 1, 1, tzinfo=UTC)


async def has_it(carrier: Carrier, order_number: str) -> Accepted | None:
    """Ask; a carrier that answers no question about one order is asked after its statement."""
    await carrier.statement(ANY_TIME)
    return await carrier.find(order_number, within_seconds=60)


ORDER = Order(LegName(code_of(1)), AGENCIES[0])


TOKEN = b'{"token":"a-token-of-a-test","data":{"token":"a-token-of-a-test"}}'


class Answers:
    """A server that gives a token to anybody and then one fixed answer to everything."""

    def __init__(self) -> None:
        self.status, self.body, self.calls = 200, b"{}", 0
        answers = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                is_token = self.path.endswith(("/token", "/Login"))
                body = TOKEN if is_token else answers.body
                answers.calls += not is_token
                self.send_response(200 if is_token else answers.status)
                self.send_header("Location", f"http://127.0.0.1:{free_port()}/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def answers() -> Iterator[Answers]:
    made = Answers()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
async def carrier_process(tmp_path: Path) -> AsyncIterator[CarrierProcess]:
    running = await CarrierProcess(tmp_path, "--speed", "100000", "--failed-rate", "0").start()
    yield running
    await running.stop()


@CARRIERS
async def test_an_order_is_accepted_and_found_and_ends_delivered_in_the_statement(
    make: Make, carrier_process: CarrierProcess
) -> None:
    carrier = make(carrier_process.url, SECRET)

    accepted = await carrier.create(ORDER)
    found = await has_it(carrier, ORDER.name.order_number)

    async def is_delivered() -> bool:
        (one,) = await carrier.statement(ANY_TIME)
        return one.status is not None and one.status.meaning is Meaning.DELIVERED

    await until(is_delivered)
    (stated,) = await carrier.statement(ANY_TIME)

    assert isinstance(accepted, Accepted)
    assert found is not None
    assert found.tracking_number == accepted.tracking_number == stated.tracking_number
    assert stated.order_number == ORDER.name.order_number


async def test_vnpost_tells_every_status_in_pages(carrier_process: CarrierProcess) -> None:
    carrier = vnpost(carrier_process.url, SECRET)
    await carrier.create(ORDER)
    seen: list[Meaning] = []
    last_row = 0

    async def is_delivered() -> bool:
        nonlocal last_row
        page = await carrier.tracking(last_row)
        last_row = page.last_row
        seen.extend(status.meaning for status in page.statuses)
        return Meaning.DELIVERED in seen

    await until(is_delivered)

    assert seen[0] is Meaning.REGISTERED
    assert (await carrier.tracking(last_row)).statuses == ()


async def test_a_carrier_that_only_states_daily_is_believed_after_its_next_statement(
    carrier_process: CarrierProcess,
) -> None:
    clock = WrongClock(datetime.now(UTC), set_back_at(datetime.now(UTC) + timedelta(seconds=50)))
    carrier = ViettelCarrier(carrier_process.url, Secret(SECRET), clock=clock)
    await carrier.statement(ANY_TIME)
    clock.advance(100)  # an hour back, by the wall

    with pytest.raises(TemporarilyUnavailable):
        await carrier.find("nothing", within_seconds=99)
    await carrier.statement(ANY_TIME)
    clock.advance(99)
    assert await carrier.find("nothing", within_seconds=99) is None


@CARRIERS
@pytest.mark.parametrize("leg", [Leg.PICKUP, Leg.TRANSFER])
async def test_every_leg_is_ordered_and_delivered(
    make: Make, carrier_process: CarrierProcess, leg: Leg
) -> None:
    carrier = make(carrier_process.url, SECRET)
    order = Order(LegName(code_of(1), leg), AGENCIES[0], None, AGENCIES[1])
    await carrier.create(order)

    async def is_delivered() -> bool:
        (one,) = await carrier.statement(ANY_TIME)
        return one.status is not None and one.status.meaning is Meaning.DELIVERED

    await until(is_delivered)

    assert carrier_process.orders() == {order.name.order_number: 1}


@CARRIERS
async def test_what_was_never_ordered_or_was_taken_back_is_not_found(
    make: Make, carrier_process: CarrierProcess
) -> None:
    carrier = make(carrier_process.url, SECRET)
    assert await has_it(carrier, "nothing") is None

    await carrier.create(ORDER)
    await carrier.cancel(ORDER.name.order_number)
    await carrier.cancel(ORDER.name.order_number)

    assert await has_it(carrier, ORDER.name.order_number) is None


@CARRIERS
async def test_a_wrong_secret_orders_nothing_and_answers_nothing(
    make: Make, carrier_process: CarrierProcess
) -> None:
    carrier = make(carrier_process.url, "another")

    assert await carrier.create(ORDER) is NotOrdered.NOT_SENT
    with pytest.raises(TemporarilyUnavailable):
        await carrier.statement(ANY_TIME)
    assert carrier_process.orders() == {}


@CARRIERS
async def test_nobody_listening_means_that_nothing_was_sent(make: Make) -> None:
    carrier = make(f"http://127.0.0.1:{free_port()}", SECRET)

    assert await carrier.create(ORDER) is NotOrdered.NOT_SENT


@CARRIERS
@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (400, b"{}", NotOrdered.REFUSED),
        (429, b"{}", NotOrdered.NOT_SENT),
        (500, b"{}", NotOrdered.UNKNOWN),
        (503, b"{}", NotOrdered.UNKNOWN),
        (302, b"", NotOrdered.UNKNOWN),  # never followed
        (200, b"<html>", NotOrdered.UNKNOWN),
        (200, b"{}", NotOrdered.UNKNOWN),
        (200, b"x" * 5_000_000, NotOrdered.UNKNOWN),
    ],
)
async def test_only_a_clear_answer_is_an_answer_and_the_call_is_made_once(
    make: Make, answers: Answers, status: int, body: bytes, outcome: NotOrdered
) -> None:
    answers.status, answers.body = status, body

    assert await make(answers.url, SECRET).create(ORDER) is outcome
    assert answers.calls == 1


@CARRIERS
async def test_silence_after_the_order_is_unknown_and_settled_by_asking(
    make: Make, tmp_path: Path
) -> None:
    silent = await CarrierProcess(tmp_path, "--silence-rate", "1", "--silence-seconds", "3").start()
    try:
        carrier = make(silent.url, SECRET)

        assert await carrier.create(ORDER) is NotOrdered.UNKNOWN
        assert await has_it(carrier, ORDER.name.order_number) is not None
        assert silent.orders() == {ORDER.name.order_number: 1}
    finally:
        await silent.stop()
