"""Apprise against a server of our own: taken, refused, and silent."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from services.notifier.channels.apprise_urls import AppriseChannel, AppriseError
from services.notifier.domain.messages import Message
from services.notifier.domain.telling import Outcome
from shared.runtime import Secret
from tests.support.fake_clock import FakeClock

MESSAGE = Message("Một Cửa: 1 hồ sơ quá hạn", "- H44.01-260302-00001")


class Receiver:
    """A webhook that answers `status` and remembers the bodies."""

    def __init__(self, clock: FakeClock) -> None:
        self.status = 200
        self.seconds = 0.0
        self.bodies: list[bytes] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                receiver.bodies.append(self.rfile.read(length))
                clock.advance(receiver.seconds)
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = Secret(f"json://127.0.0.1:{self.server.server_port}/hook")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def receiver(clock: FakeClock) -> Iterator[Receiver]:
    made = Receiver(clock)
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("status", "seconds", "outcome"),
    [
        (200, 0, Outcome.SENT),
        (500, 0, Outcome.FAILED),
        (500, 5, Outcome.UNKNOWN),  # so slow that it may have been taken
    ],
)
async def test_the_answer_says_whether_anybody_was_told(
    receiver: Receiver, clock: FakeClock, status: int, seconds: float, outcome: Outcome
) -> None:
    receiver.status, receiver.seconds = status, seconds

    said = await AppriseChannel(receiver.url, clock).send(MESSAGE)

    assert said is outcome
    assert b"H44.01-260302-00001" in receiver.bodies[0]


async def test_nobody_listening_is_a_refusal(clock: FakeClock) -> None:
    from tests.support.server import free_port

    channel = AppriseChannel(Secret(f"json://127.0.0.1:{free_port()}/hook"), clock)

    assert await channel.send(MESSAGE) is Outcome.FAILED


def test_an_unknown_address_is_refused_without_repeating_it(clock: FakeClock) -> None:
    with pytest.raises(AppriseError) as refused:
        AppriseChannel(Secret("nosuch://a-secret@host"), clock)

    assert "a-secret" not in str(refused.value)
