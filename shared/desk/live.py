"""Server-sent events that tell an open page which of its regions is no longer current.

Only the region's name travels; the browser asks for the page again and takes the region out of
it. So a page is the same with and without this, and nothing is pushed that may not be read.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from litestar import get
from litestar.exceptions import ServiceUnavailableException
from litestar.handlers import HTTPRouteHandler
from litestar.response import ServerSentEvent, ServerSentEventMessage

from shared.access import WITHIN

READERS_MAX: Final = 300
# A wall of many facts a second is redrawn once in this time.
QUIET_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 15.0


class _Reader:
    def __init__(self) -> None:
        self.regions: set[str] = set()
        self.woken = asyncio.Event()


class LiveHub:
    """Who is looking, and what they do not know yet."""

    def __init__(
        self, *, quiet_seconds: float = QUIET_SECONDS, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        self._quiet_seconds = quiet_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._readers: set[_Reader] = set()
        self._is_closed = False

    @property
    def reader_count(self) -> int:
        """How many pages are open."""
        return len(self._readers)

    def publish(self, region: str) -> None:
        """Say that a region changed. Costs nothing while nobody looks; repeats melt into one."""
        for reader in self._readers:
            reader.regions.add(region)
            reader.woken.set()

    def close(self) -> None:
        """End all streams: the process stops. Browsers come back by themselves."""
        self._is_closed = True
        for reader in self._readers:
            reader.woken.set()

    async def regions(self) -> AsyncIterator[list[str]]:
        """Names of changed regions, as they come; an empty list is a sign of life."""
        reader = _Reader()
        self._readers.add(reader)
        try:
            yield []
            while not self._is_closed:
                try:
                    async with asyncio.timeout(self._heartbeat_seconds):
                        await reader.woken.wait()
                except TimeoutError:
                    yield []
                    continue
                reader.woken.clear()
                changed, reader.regions = sorted(reader.regions), set()
                if changed:
                    yield changed
                    await asyncio.sleep(self._quiet_seconds)
        finally:
            self._readers.discard(reader)


def make_live_handler(hub: LiveHub, path: str = "/live") -> HTTPRouteHandler:
    """The stream that `desk.js` listens to. Answers 503 beyond `READERS_MAX` open pages."""

    @get(path, include_in_schema=False, opt=WITHIN)
    async def live() -> ServerSentEvent:
        if hub.reader_count >= READERS_MAX:
            raise ServiceUnavailableException("too many open pages")
        return ServerSentEvent(_messages(hub))

    return live


async def _messages(hub: LiveHub) -> AsyncIterator[ServerSentEventMessage]:
    async for regions in hub.regions():
        if not regions:
            yield ServerSentEventMessage(data="", event="alive")
        for region in regions:
            yield ServerSentEventMessage(data=region, event="region")
