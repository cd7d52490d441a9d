"""What the reader does with what arrives, said to it word by word on a wire."""

import asyncio
from typing import Any

import pytest
from nats.aio.client import Client

from shared.ledger.reader import LogGapError, LogReader, LogRewoundError
from tests.support.scripted_server import ScriptedServer

DELETED = "409 Consumer Deleted"


async def is_same() -> bool:
    return True


def reader_of(client: Client, after: int = 0, **more: Any) -> LogReader:
    options: dict[str, Any] = {"is_same_log": is_same} | more
    return LogReader(client, stream="FACTS", service="test", after=after, **options)


async def sequences(reader: LogReader) -> list[int]:
    async with asyncio.timeout(5):
        return [sequence for sequence, _ in (await reader.next_batch()).entries]


def starts(server: ScriptedServer) -> list[int]:
    return [config["opt_start_seq"] for config in server.consumers]


@pytest.mark.parametrize("ending", [DELETED, "5"], ids=["consumer deleted", "a hole"])
async def test_facts_that_came_before_bad_news_are_delivered_and_not_passed_over(
    ending: str,
) -> None:
    server = ScriptedServer([("1", "2", ending), ("3", "4")])
    async with server.client() as client:
        reader = reader_of(client)

        first, second = await sequences(reader), await sequences(reader)

        assert (first, second) == ([1, 2], [3, 4])
        assert starts(server) == [1, 3]


async def test_a_batch_says_where_it_ends_and_what_is_left() -> None:
    async with ScriptedServer([("8", "9")]).client() as client:
        batch = await reader_of(client, after=7).next_batch()

    assert (batch.entries, batch.last_message_id) == ([(8, b"8"), (9, b"9")], "id-9")
    assert batch.pending_count == 5


async def test_a_hole_that_stays_is_an_error_and_never_passed_over() -> None:
    server = ScriptedServer([("1", "3"), ("3",)])
    async with server.client() as client:
        reader = reader_of(client)
        first = await sequences(reader)

        with pytest.raises(LogGapError) as gap:
            await sequences(reader)

    assert first == [1]
    assert (gap.value.expected, gap.value.found) == (2, 3)
    assert starts(server) == [1, 2]


async def test_what_comes_twice_is_passed_over() -> None:
    async with ScriptedServer([("1", "2", "1", "2", "3")]).client() as client:
        assert await sequences(reader_of(client)) == [1, 2, 3]


async def test_a_request_that_lapsed_is_made_again() -> None:
    """Not counting it would leave the reader waiting for ever after a quiet spell."""
    server = ScriptedServer([("408 Request Timeout", "408 Request Timeout", "1")])
    async with server.client() as client:
        reader = reader_of(client)
        first = await sequences(reader)
        asked = asyncio.create_task(sequences(reader))
        while server._pulls < 4:  # noqa: ASYNC110 - the script has no event for it
            await asyncio.sleep(0)

        server.deliver("2")

        assert (first, await asked) == ([1], [2])
        assert len(server.consumers) == 1


async def test_another_log_is_noticed_before_anything_is_read_from_it() -> None:
    async def is_another() -> bool:
        return False

    server = ScriptedServer([("1",)])
    async with server.client() as client:
        with pytest.raises(LogRewoundError):
            await sequences(reader_of(client, is_same_log=is_another))

    assert server.consumers == []


async def test_a_filtered_reader_counts_its_consumers_own_numbers() -> None:
    filters = ["dossier.*.H99", "dossier.*.H99.>"]
    server = ScriptedServer([("10/1", "25/2"), ("41/2",), ("41/2",)])
    async with server.client() as client:
        heard: list[int] = []
        reader = reader_of(client, filters=filters, on_opened=heard.append)

        first = await sequences(reader)
        server.deliver("40/4")
        with pytest.raises(LogGapError):
            await sequences(reader)

    assert first == [10, 25]
    assert server.consumers[0]["filter_subjects"] == filters
    assert heard[0] == 3
