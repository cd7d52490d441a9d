"""Telling open pages what is no longer current."""

import asyncio
from collections.abc import AsyncIterator

from shared.desk import LiveHub


async def opened(hub: LiveHub) -> AsyncIterator[list[str]]:
    reader = hub.regions()
    assert await anext(reader) == []
    return reader


async def test_a_page_hears_once_of_many_changes_to_one_region() -> None:
    hub = LiveHub(quiet_seconds=0)
    reader = await opened(hub)

    for _ in range(1000):
        hub.publish("board")
    hub.publish("alerts")

    async with asyncio.timeout(5):
        assert await anext(reader) == ["alerts", "board"]


async def test_what_changes_while_a_page_is_quiet_is_told_afterwards() -> None:
    hub = LiveHub(quiet_seconds=0)
    reader = await opened(hub)
    hub.publish("board")
    async with asyncio.timeout(5):
        await anext(reader)

        hub.publish("board")

        assert await anext(reader) == ["board"]


async def test_a_quiet_stream_gives_signs_of_life() -> None:
    hub = LiveHub(heartbeat_seconds=0.01)
    reader = await opened(hub)

    async with asyncio.timeout(5):
        assert await anext(reader) == []


async def test_closing_ends_every_stream_and_forgets_its_reader() -> None:
    hub = LiveHub()
    reader = await opened(hub)
    assert hub.reader_count == 1

    hub.close()

    async with asyncio.timeout(5):
        assert [regions async for regions in reader] == []
    assert hub.reader_count == 0
