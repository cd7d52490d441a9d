import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from shared.bus.publishing import LogMessage, LogWriter
from shared.bus.tap import lines_of, status_of, tap
from shared.ledger.reader import PULL_COUNT, Batch, LogReader
from tests.support.server import PASSWORD, TestServer

pytestmark = pytest.mark.broker


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TestServer]:
    server = await (await TestServer(tmp_path).start()).provisioned()
    yield server
    await server.kill()


class Arrivals:
    """What a tap heard, and a way to wait for the next."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[bytes, bytes, bytes | None]] = asyncio.Queue()

    def hear(self, reply: bytes, body: bytes, headers: bytes | None) -> None:
        self.queue.put_nowait((reply, body, headers))

    async def next(self) -> tuple[bytes, bytes, bytes | None]:
        return await asyncio.wait_for(self.queue.get(), 20)


def message(number: int) -> LogMessage:
    return LogMessage("source.heartbeat._", b"%d" % number, f"id-{number}")


async def same_log() -> bool:
    return True


def reader_of(client: Client, *, after: int = 0) -> LogReader:
    return LogReader(client, stream="FACTS", service="test", after=after, is_same_log=same_log)


async def read(reader: LogReader, count: int) -> list[Batch]:
    batches: list[Batch] = []
    while sum(len(batch.entries) for batch in batches) < count:
        batches.append(await asyncio.wait_for(reader.next_batch(), 20))
    return batches


async def test_a_tapped_subject_is_heard_raw_and_the_others_as_ever(server: TestServer) -> None:
    client, arrivals = await server.client(), Arrivals()
    await tap(client, "tapped", arrivals.hear)
    usual = await client.subscribe("usual")

    await client.publish("tapped", b"one", reply="answer", headers={"Name": "value"})
    await client.publish("usual", b"two")

    reply, body, headers = await arrivals.next()
    assert (reply, body, status_of(headers)) == (b"answer", b"one", "")
    assert lines_of(headers).strip() == b"Name: value"
    assert (await usual.next_msg(timeout=20)).data == b"two"
    await client.close()


async def test_a_tap_outlives_the_server_and_ends_when_closed(server: TestServer) -> None:
    back, arrivals = asyncio.Event(), Arrivals()

    async def on_reconnected() -> None:
        back.set()

    client = await nats.connect(
        server.url, user="operator", password=PASSWORD, reconnect_time_wait=0.05,
        max_reconnect_attempts=-1, reconnected_cb=on_reconnected,
    )  # fmt: skip
    tapped = await tap(client, "tapped", arrivals.hear)
    await server.kill()
    await server.start()
    await asyncio.wait_for(back.wait(), 20)
    await client.publish("tapped", b"after the restart")

    _, body, headers = await arrivals.next()
    await tapped.close()
    await client.publish("tapped", b"after the end")
    await client.flush()

    assert (body, headers) == (b"after the restart", None)
    assert arrivals.queue.empty()
    await client.close()


async def test_an_empty_answer_carries_its_status(server: TestServer) -> None:
    client, arrivals = await server.client(), Arrivals()
    await tap(client, "inbox", arrivals.hear)

    await client.publish("nobody.listens", b"?", reply="inbox")

    assert status_of((await arrivals.next())[2]) == "503"
    await client.close()


async def test_the_log_is_read_whole_in_order_with_the_last_id(server: TestServer) -> None:
    client = await server.client()
    await LogWriter(client, stream="FACTS").append_all([message(n) for n in range(2500)])

    batches = await read(reader_of(client), 2500)

    assert [entry for batch in batches for entry in batch.entries] == [
        (n + 1, b"%d" % n) for n in range(2500)
    ]
    assert all(b.last_message_id == f"id-{int(b.entries[-1][1])}" for b in batches)
    assert batches[-1].pending_count == 0
    await client.close()


@pytest.mark.slow
async def test_more_facts_than_two_requests_ask_for_are_read_without_starting_anew(
    server: TestServer,
) -> None:
    client, count = await server.client(), 2 * PULL_COUNT + 700
    await LogWriter(client, stream="FACTS").append_all([message(n) for n in range(count)])
    reader = reader_of(client)

    batches = await read(reader, count)

    assert [at for b in batches for at, _ in b.entries] == list(range(1, count + 1))
    assert len(batches) < count // 100
    assert reader.rebuilt_count == 0
    await client.close()


@pytest.mark.slow
async def test_the_largest_facts_are_read_without_the_server_giving_up_on_us(
    server: TestServer,
) -> None:
    client, count = await server.client(), 3000
    writer, body = LogWriter(client, stream="FACTS"), b"x" * 30_000
    large = [LogMessage("source.heartbeat._", body, f"id-{n}") for n in range(count)]
    for start in range(0, count, 100):
        await writer.append_all(large[start : start + 100])
    reader = reader_of(client)

    batches = await read(reader, count)

    assert [at for b in batches for at, _ in b.entries] == list(range(1, count + 1))
    assert reader.rebuilt_count == 0
    await client.close()


@pytest.mark.slow
async def test_reading_goes_on_after_both_requests_lapsed_in_a_quiet_spell(
    server: TestServer,
) -> None:
    client = await server.client()
    writer, reader = LogWriter(client, stream="FACTS"), reader_of(client)
    await writer.append(message(0))
    await read(reader, 1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.next_batch(), 11)  # two requests of five seconds

    await writer.append_all([message(n) for n in range(1, 2300)])

    entries = [entry for batch in await read(reader, 2299) for entry in batch.entries]
    assert [sequence for sequence, _ in entries] == list(range(2, 2301))
    assert reader.rebuilt_count == 0
    await client.close()
