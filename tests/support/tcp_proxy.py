"""A network between two programs that can be slow, silent or gone."""

import asyncio
import contextlib
from typing import Self

_PIECE = 16_384


class TcpProxy:
    """Passes bytes from its own port to another one, as well as it is told to."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.Task[None]] = set()
        self._silent: set[asyncio.StreamWriter] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.delay_seconds = 0.0
        self.bytes_per_second = 0  # 0: as fast as it goes

    async def start(self) -> Self:
        """Listen on a free port of loopback."""
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    def fall_silent(self) -> None:
        """Swallow everything on the connections of now, and close none: half-open, both ways."""
        self._silent |= self._open

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.close()
            return
        for source, sink in ((reader, there[1]), (there[0], writer)):
            self._open.add(sink)
            way = asyncio.create_task(self._pass(source, sink))
            self._ways.add(way)
            way.add_done_callback(self._ways.discard)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(_PIECE):
                if sink in self._silent:
                    continue
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                if self.bytes_per_second:
                    await asyncio.sleep(len(piece) / self.bytes_per_second)
                sink.write(piece)
                await sink.drain()
        except OSError:
            pass
        finally:
            self._open.discard(sink)
            if sink not in self._silent:  # nobody hears of the other side's end
                with contextlib.suppress(OSError, RuntimeError):
                    sink.close()
