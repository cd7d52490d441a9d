"""A publish is done when its acknowledgement is in hand; anything else is asked again."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig

from shared.bus.publishing import BATCH_MAX_COUNT, BODY_MAX_BYTES, Appended, LogMessage, LogWriter
from shared.bus.streams import ALERTS, FACTS
from shared.errors import InvalidFact, RejectReason, TemporarilyUnavailable
from tests.support.server import TestServer
from tests.support.waiting import until

pytestmark = pytest.mark.broker


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    connected = await server.client()
    yield connected
    await connected.close()


def message(number: int, size: int = 20) -> LogMessage:
    return LogMessage("dossier.received.H99.12", b"%0*d" % (size, number), f"id-{number}")


def many(first: int, count: int) -> list[LogMessage]:
    return [message(number) for number in range(first, first + count)]


async def stored(client: Client, stream: str = FACTS) -> int:
    return int((await client.jetstream().stream_info(stream)).state.messages)


async def test_a_message_sent_again_is_a_duplicate_at_the_same_place(client: Client) -> None:
    writer = LogWriter(client, stream=FACTS)

    first, again = await writer.append(message(1)), await writer.append(message(1))

    assert (first, again) == (Appended(1, duplicate=False), Appended(1, duplicate=True))
    assert await stored(client) == 1


async def test_a_batch_stands_in_one_piece_and_in_its_order(client: Client) -> None:
    writer = LogWriter(client, stream=FACTS)
    await writer.append(message(0))

    places = await writer.append_all(many(1, 100))

    assert [place.sequence for place in places] == list(range(2, 102))
    assert not any(place.duplicate for place in places)
    for at in (2, 57, 101):
        body = (await client.jetstream().get_msg(FACTS, at)).data
        assert body == message(at - 1).body


@pytest.mark.parametrize("count", [0, 1])
async def test_no_message_and_a_single_one_need_no_batch(client: Client, count: int) -> None:
    places = await LogWriter(client, stream=FACTS).append_all(many(1, count))

    assert [place.sequence for place in places] == list(range(1, count + 1))


async def test_more_than_a_batch_holds_goes_in_several(client: Client) -> None:
    count = 2 * BATCH_MAX_COUNT + 7

    places = await LogWriter(client, stream=FACTS).append_all(many(1, count))

    assert [place.sequence for place in places] == list(range(1, count + 1))


async def test_one_known_message_makes_the_batch_go_one_by_one(client: Client) -> None:
    writer = LogWriter(client, stream=FACTS)
    await writer.append(message(3))

    places = await writer.append_all(many(1, 5))

    assert [place.duplicate for place in places] == [False, False, True, False, False]
    assert places[2].sequence == 1
    assert sorted(place.sequence for place in places) == [1, 2, 3, 4, 5]
    assert await stored(client) == 5


async def test_a_stream_that_takes_no_batches_takes_singles(client: Client) -> None:
    writer = LogWriter(client, stream=ALERTS)
    sent = [LogMessage(f"alert.raised.{number}", b"{}", f"id-{number}") for number in range(20)]

    places = await writer.append_all(sent)

    assert sorted(place.sequence for place in places) == list(range(1, 21))


@pytest.mark.parametrize("count", [1, 50])
async def test_what_timed_out_is_sent_again_and_stored_once(
    server: TestServer, client: Client, count: int
) -> None:
    writer = LogWriter(client, stream=FACTS, timeout_seconds=0.3, attempts=20)
    await writer.append(message(0))
    server.pause()
    sending = asyncio.create_task(writer.append_all(many(1, count)))
    out_before = client.stats["out_msgs"]
    await until(lambda: client.stats["out_msgs"] >= out_before + count + 1)

    server.resume()
    places = await asyncio.wait_for(sending, 20)

    assert sorted(place.sequence for place in places) == list(range(2, count + 2))
    assert await stored(client) == count + 1


async def test_without_an_answer_the_outcome_is_unknown_and_said_so(
    server: TestServer, client: Client
) -> None:
    writer = LogWriter(client, stream=FACTS, timeout_seconds=0.2, attempts=2)
    server.pause()

    with pytest.raises(TemporarilyUnavailable) as unknown:
        await writer.append(message(1))
    server.resume()

    assert unknown.value.retry_after_seconds > 0
    assert (await LogWriter(client, stream=FACTS).append(message(1))).sequence == 1
    assert await stored(client) == 1


async def test_a_message_sent_while_the_server_is_away_is_stored_once_when_it_is_back(
    server: TestServer, client: Client
) -> None:
    writer = LogWriter(client, stream=FACTS, timeout_seconds=1, attempts=10)
    await server.kill()
    sending = asyncio.create_task(writer.append_all(many(1, 30)))
    await server.start()

    places = await asyncio.wait_for(sending, 30)

    assert sorted(place.sequence for place in places) == list(range(1, 31))
    assert await stored(client) == 30


@pytest.mark.parametrize("size", [BODY_MAX_BYTES + 1, 32_700, 32_768, 40_000])
async def test_a_message_too_large_is_refused_and_costs_neither_connection_nor_neighbours(
    client: Client, size: int
) -> None:
    writer = LogWriter(client, stream=FACTS)

    for sending in (
        writer.append(message(1, size)),
        writer.append_all([*many(2, 3), message(1, size)]),
    ):
        with pytest.raises(InvalidFact) as refused:
            await sending
        assert refused.value.reason is RejectReason.TOO_LARGE

    assert client.is_connected
    assert await stored(client) == 0
    assert (await writer.append(message(1, BODY_MAX_BYTES))).sequence == 1


async def test_a_full_stream_and_a_missing_one_may_work_later(client: Client) -> None:
    small = StreamConfig(name="SMALL", subjects=["small.>"], max_msgs=1, discard="new")  # type: ignore[arg-type]  # nats-py takes the word
    await client.jetstream().add_stream(small)
    writer = LogWriter(client, stream="SMALL", attempts=2)
    await writer.append(LogMessage("small.1", b"", "id-1"))

    for late in (
        writer.append(LogMessage("small.2", b"", "id-2")),
        LogWriter(client, stream="NONE", attempts=1).append(LogMessage("none.1", b"", "id-3")),
    ):
        with pytest.raises(TemporarilyUnavailable):
            await late

    assert (await writer.append(LogMessage("small.1", b"", "id-1"))).duplicate
