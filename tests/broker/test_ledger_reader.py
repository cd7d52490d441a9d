"""Reading the log of a real server, whatever becomes of consumer, server and connection."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.bus.publishing import LogWriter
from shared.bus.streams import FACTS
from shared.ledger.follower import fetch_bodies
from shared.ledger.reader import LogGapError, LogReader
from tests.support.facts import messages, received, resolved
from tests.support.server import TestServer
from tests.support.waiting import until

pytestmark = pytest.mark.broker


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    connected = await server.client()
    yield connected
    await connected.close()


async def is_same() -> bool:
    return True


def reader_of(client: Client, *filters: str, after: int = 0) -> LogReader:
    return LogReader(
        client, stream=FACTS, service="test", after=after, is_same_log=is_same, filters=filters
    )


async def write(client: Client, first: int, count: int) -> None:
    facts = [received(number) for number in range(first, first + count)]
    await LogWriter(client, stream=FACTS, timeout_seconds=1).append_all(messages(facts))


async def read(reader: LogReader, count: int) -> list[int]:
    found: list[int] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            found += [sequence for sequence, _ in (await reader.next_batch()).entries]
    return found


async def delete_consumers(client: Client) -> int:
    names = [info.name for info in await client.jetstream().consumers_info(FACTS)]
    for name in names:
        await client.jetstream().delete_consumer(FACTS, name)
    return len(names)


async def test_a_reader_brings_every_fact_once_in_order_with_bytes_and_end(client: Client) -> None:
    await write(client, 1, 2500)
    reader = reader_of(client)

    found = await read(reader, 2500)

    assert found == list(range(1, 2501))
    assert reader.rebuilt_count == 0


async def test_a_reader_starts_after_its_cursor(client: Client) -> None:
    await write(client, 1, 10)

    batch = await reader_of(client, after=7).next_batch()

    sent = messages([received(number) for number in (8, 9, 10)])
    assert batch.entries == [(7 + at, one.body) for at, one in enumerate(sent, start=1)]
    assert (batch.last_message_id, batch.pending_count) == (sent[-1].message_id, 0)


@pytest.mark.slow
async def test_a_reader_goes_on_after_a_quiet_spell_in_which_its_requests_lapsed(
    client: Client,
) -> None:
    reader = reader_of(client)
    await write(client, 1, 3)
    first = await read(reader, 3)
    waiting = asyncio.create_task(read(reader, 3))
    quiet_until = time.monotonic() + 6
    await until(lambda: time.monotonic() > quiet_until)

    await write(client, 4, 3)

    assert (first, await waiting) == ([1, 2, 3], [4, 5, 6])
    assert reader.rebuilt_count == 0


async def test_a_reader_whose_consumer_was_deleted_makes_another_and_misses_nothing(
    client: Client,
) -> None:
    reader = reader_of(client)
    found: list[int] = []
    for round_number in range(4):
        await write(client, 1 + 50 * round_number, 50)
        found += await read(reader, 50)
        waiting = asyncio.create_task(read(reader, 50)) if round_number == 3 else None
        await delete_consumers(client)
    await write(client, 201, 50)
    assert waiting is not None
    found += await waiting

    assert found == list(range(1, 251))


@pytest.mark.slow
async def test_a_reader_goes_on_when_the_server_was_killed_and_came_back(
    server: TestServer, client: Client
) -> None:
    reader = reader_of(client)
    await write(client, 1, 100)
    found = await read(reader, 100)
    for first in (101, 201):
        waiting = asyncio.create_task(read(reader, 100))
        await server.kill()
        await server.start()
        await write(client, first, 100)
        found += await waiting

    assert found == list(range(1, 301))


async def test_a_shard_gets_its_agency_and_all_under_it_and_nothing_else(client: Client) -> None:
    writer = LogWriter(client, stream=FACTS)
    agencies = ["H99", "H99.12", "H98.12", "H99.12.01", "H98"]
    facts = [received(number, agency=agency) for number, agency in enumerate(agencies)]
    await writer.append_all(messages(facts))

    found = await read(reader_of(client, "dossier.*.H99", "dossier.*.H99.>"), 3)

    assert found == [1, 2, 4]


async def test_bodies_are_fetched_by_sequence_in_any_order(client: Client) -> None:
    await write(client, 1, 300)

    wanted = [300, 1, 17, *range(20, 290)]
    bodies = await fetch_bodies(client, FACTS, wanted)

    assert list(bodies) == wanted
    assert bodies[17] == messages([received(17)])[0].body


async def test_a_body_that_is_not_there_is_a_gap(client: Client) -> None:
    await write(client, 1, 3)

    with pytest.raises(LogGapError) as gap:
        await fetch_bodies(client, FACTS, [1, 9])

    assert gap.value.expected == 9


async def test_the_log_refuses_to_lose_a_fact(client: Client) -> None:
    await write(client, 1, 1)
    await LogWriter(client, stream=FACTS).append(messages([resolved(1)])[0])
    js = client.jetstream()

    for attempt in (js.delete_msg(FACTS, 1), js.purge_stream(FACTS)):
        with pytest.raises(Exception, match=r"10057|10110"):
            await attempt

    assert (await js.stream_info(FACTS)).state.messages == 2
    with pytest.raises(NotFoundError):
        await js.get_msg(FACTS, 3)
