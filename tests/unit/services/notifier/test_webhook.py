"""A webhook: signed, told apart by its key, and asked where it gave no answer."""

import hashlib
import hmac

import msgspec
import pytest

from services.notifier.channels.webhook import WebhookChannel
from services.notifier.domain.messages import Item, Message
from services.notifier.domain.telling import Outcome
from services.notifier.watching import Heartbeat
from shared.runtime import Secret
from tests.support.fake_clock import FakeClock
from tests.support.server import free_port
from tests.support.sinks import http_sink

MESSAGE = Message(
    "Một Cửa: 1 hồ sơ quá hạn", "- H44.01-260302-00001", "k-1", 1,
    (Item("a1", "overdue", "H44.01", "H44.01-260302-00001", 1_772_000_000),),
)  # fmt: skip


def channel(url: str) -> WebhookChannel:
    return WebhookChannel("hook", Secret(url), Secret("a-key"), FakeClock())


async def test_the_receiver_can_check_who_sent_it_and_that_it_is_whole() -> None:
    with http_sink() as sink:
        assert await channel(f"{sink.url}/hook").send(MESSAGE) is Outcome.SENT

    ((_, headers, body),) = sink.requests
    signed = f"{headers['X-Motcua-Timestamp']}.".encode() + body
    expected = hmac.new(b"a-key", signed, hashlib.sha256).hexdigest()
    assert headers["X-Motcua-Signature"] == f"sha256={expected}"
    assert headers["Idempotency-Key"] == "k-1"
    assert sink.forms()[0]["worst"][0]["subject"] == "H44.01-260302-00001"


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ([200], Outcome.SENT),
        ([500], Outcome.FAILED),
        ([403], Outcome.FAILED),
        ([0, 200], Outcome.CONFIRMED),  # it hung up, and knows the message when asked
        ([0, 404], Outcome.FAILED),  # it hung up, and does not: nobody was told
        ([0, 0], Outcome.UNKNOWN),
    ],
)
async def test_what_gave_no_answer_is_asked_whether_it_has_the_message(
    statuses: list[int], outcome: Outcome
) -> None:
    with http_sink(list(statuses)) as sink:
        assert await channel(f"{sink.url}/hook").send(MESSAGE) is outcome

    asked = [path for path, _, body in sink.requests if not body]
    assert asked == ["/hook?key=k-1"][: len(statuses) - 1]


@pytest.mark.parametrize(("is_there", "sent"), [(200, 0), (404, 1), (500, 1)])
async def test_what_may_have_arrived_is_asked_for_before_it_is_sent_again(
    is_there: int, sent: int
) -> None:
    with http_sink([is_there]) as sink:
        repeat = msgspec.structs.replace(MESSAGE, is_repeat=True)
        outcome = await channel(sink.url).send(repeat)

    assert outcome is (Outcome.SENT if sent else Outcome.CONFIRMED)
    assert [bool(body) for _, _, body in sink.requests] == [False] + [True] * sent


async def test_nobody_listening_means_that_nobody_was_told() -> None:
    assert await channel(f"http://127.0.0.1:{free_port()}").send(MESSAGE) is Outcome.FAILED


async def test_the_heartbeat_comes_once_a_minute_and_only_while_we_could_alert() -> None:
    clock, able = FakeClock(), [True]
    with http_sink() as watcher:
        heart = Heartbeat(Secret(watcher.url), clock=clock, is_current=lambda: able[0])
        beats = [await heart.beat(), await heart.beat()]
        clock.advance(60)
        beats.append(await heart.beat())
        able[0] = False
        clock.advance(60)
        beats.append(await heart.beat())

    assert beats == [True, False, True, False]
    assert len(watcher.requests) == 2
