"""A bare NATS connection: what the server says to one line, at once and without a client's opinion.

The server answers a forbidden line with -ERR before it answers the PING behind it, so nothing here
waits for a timeout to learn that something is forbidden.
"""

import asyncio
import base64
import contextlib
import json
from collections.abc import Mapping
from typing import Any, Self

import nkeys  # type: ignore[import-untyped]  # it ships none
from msgspec import Struct

_PATIENCE_SECONDS = 5.0


class Heard(Struct, frozen=True):
    """A message as it came; `status` is the server's own ("503"), empty for any other."""

    subject: str
    body: bytes
    status: str


class Connection:
    """One login. `heard` is everything that came to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._errors: list[str] = []
        self._pongs = asyncio.Queue[None]()
        self._news = asyncio.Event()
        self.heard: list[Heard] = []
        self._listening: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, port: int, seed: str) -> Self:
        """Log in with an nkey; no seed is nobody.

        Raises:
            ConnectionError: refused.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        told = json.loads((await reader.readline()).partition(b" ")[2])
        writer.write(b"CONNECT " + json.dumps(_login(seed, told["nonce"])).encode() + b"\r\n")
        self = cls(reader, writer)
        self._listening = asyncio.create_task(self._listen())
        if refused := await self.say(b""):
            raise ConnectionError(refused[0])
        return self

    async def say(self, lines: bytes) -> list[str]:
        """Send lines, and return what the server objects to.

        Raises:
            ConnectionError: it ended the connection.
        """
        self._errors.clear()
        self._writer.write(lines + b"PING\r\n")
        pong = asyncio.create_task(self._pongs.get())
        assert self._listening is not None
        await asyncio.wait(
            {pong, self._listening}, timeout=_PATIENCE_SECONDS, return_when="FIRST_COMPLETED"
        )
        if not pong.done():
            pong.cancel()
            raise ConnectionError(self._errors[0] if self._errors else "no PONG")
        return list(self._errors)

    async def publish(
        self, subject: str, body: bytes = b"", *, reply: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> bool:  # fmt: skip
        """Publish; False where the server forbids it."""
        to = f"{subject} {reply}".strip().encode()
        if headers:
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            head = f"NATS/1.0\r\n{lines}\r\n".encode()
            size = b"%d %d" % (len(head), len(head) + len(body))
            return not await self.say(b"HPUB %s %s\r\n%s%s\r\n" % (to, size, head, body))
        return not await self.say(b"PUB %s %d\r\n%s\r\n" % (to, len(body), body))

    async def may_subscribe(self, subject: str, queue: str = "") -> bool:
        """Whether the server lets it; the subscription is given up again."""
        what = f"{subject} {queue}".strip().encode()
        forbidden = await self.say(b"SUB %s 99\r\n" % what)
        await self.say(b"UNSUB 99\r\n")
        return not forbidden

    async def listen(self, subject: str, number: int) -> None:
        """Subscribe for good, under a number."""
        forbidden = await self.say(f"SUB {subject} {number}\r\n".encode())
        assert not forbidden, forbidden

    async def message_on(self, subject: str, within: float) -> Heard | None:
        """Return what came on that subject, waiting for it; None where nothing does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while True:
                    for one in self.heard:
                        if one.subject == subject:
                            return one
                    self._news.clear()
                    await self._news.wait()
        return None

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        self._writer.close()

    async def _listen(self) -> None:
        while line := await self._reader.readline():
            word, _, rest = line.decode().strip().partition(" ")
            if word in {"MSG", "HMSG"}:
                await self._take(word, rest.split())
            elif word == "PONG":
                self._pongs.put_nowait(None)
            elif word == "PING":
                self._writer.write(b"PONG\r\n")
            elif word == "-ERR":
                self._errors.append(rest)

    async def _take(self, word: str, parts: list[str]) -> None:
        body = (await self._reader.readexactly(int(parts[-1]) + 2))[:-2]
        status = ""
        if word == "HMSG":
            head, body = body[: int(parts[-2])], body[int(parts[-2]) :]
            first = head.split(b"\r\n", 1)[0].decode().split()
            status = first[1] if len(first) > 1 else ""
        self.heard.append(Heard(parts[0], body, status))
        self._news.set()


def _login(seed: str, nonce: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "verbose": False, "pedantic": False, "headers": True, "no_responders": True,
        "lang": "probe", "version": "0", "protocol": 1,
    }  # fmt: skip
    if not seed:
        return said
    pair = nkeys.from_seed(bytearray(seed.encode()))
    signed = base64.urlsafe_b64encode(pair.sign(nonce.encode())).rstrip(b"=").decode()
    return said | {"nkey": bytes(pair.public_key).decode(), "sig": signed}
