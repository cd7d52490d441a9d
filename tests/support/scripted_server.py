"""A server that speaks just enough of the NATS protocol to say what a test wants said, on a wire.

A real server cannot be made to send a fact and bad news in one breath; this one does, in one
write, to the real client.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import nats
from nats.aio.client import Client

from shared.ledger.reader import PULL_COUNT

_INFO = {
    "server_id": "scripted", "version": "2.15.1", "proto": 1, "headers": True,
    "max_payload": 32768, "jetstream": True,
}  # fmt: skip
_ANSWER = {"stream_name": "FACTS", "created": "2026-03-02T01:00:00Z", "num_pending": 3}
_REQUESTS_OPEN = 2


class ScriptedServer:
    """Says line n of the script to consumer n, once it has its pull requests.

    A line holds stored sequences ("1", "2", or "10/1" with the consumer's own number after the
    slash) and statuses ("409 Consumer Deleted").
    """

    def __init__(self, script: Sequence[Sequence[str]]) -> None:
        self._script = script
        self._subscriptions: dict[str, str] = {}
        self._pulls = 0
        self._inbox = ""
        self._writer: asyncio.StreamWriter | None = None
        self.consumers: list[dict[str, Any]] = []

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """Yield a real client connected to it."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = await nats.connect(f"nats://127.0.0.1:{port}", allow_reconnect=False)
        try:
            yield client
        finally:
            await client.close()
            server.close()

    def deliver(self, *said: str) -> None:
        """Send to the inbox of the last pull request, all in one write."""
        self._send(b"".join(self._wire(one) for one in said))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._send(b"INFO %s\r\n" % json.dumps(_INFO).encode())
        while line := await reader.readline():
            verb, *words = line.decode().split()
            if verb == "PING":
                self._send(b"PONG\r\n")
            elif verb == "SUB":
                self._subscriptions[words[0]] = words[-1]
            elif verb in ("PUB", "HPUB"):
                body = (await reader.readexactly(int(words[-1]) + 2))[:-2]
                numbers = 2 if verb == "HPUB" else 1
                reply = words[1] if len(words) > numbers + 1 else ""
                self._on_publish(words[0], reply, body)

    def _on_publish(self, subject: str, reply: str, body: bytes) -> None:
        if subject.startswith("$JS.API.CONSUMER.CREATE."):
            config = json.loads(body)["config"]
            self.consumers.append(config)
            self._pulls = 0
            info = _ANSWER | {"name": config["name"], "config": config}
            self._message(reply, "", json.dumps(info).encode())
        elif subject.startswith("$JS.API.CONSUMER.MSG.NEXT."):
            self._pulls, self._inbox = self._pulls + 1, reply
            if self._pulls == _REQUESTS_OPEN:
                self.deliver(*self._script[len(self.consumers) - 1])

    def _wire(self, said: str) -> bytes:
        if " " in said:
            whole = f"NATS/1.0 {said}\r\nNats-Pending-Messages: {PULL_COUNT}\r\n\r\n"
            status = whole.encode()
            return self._hmsg(self._inbox, "", status, b"")
        sequence, _, ordinal = said.partition("/")
        reply = f"$JS.ACK.FACTS.c.1.{sequence}.{ordinal or sequence}.1700000000.5"
        headers = f"NATS/1.0\r\nNats-Msg-Id: id-{sequence}\r\n\r\n".encode()
        return self._hmsg(self._inbox, reply, headers, sequence.encode())

    def _hmsg(self, subject: str, reply: str, headers: bytes, body: bytes) -> bytes:
        sizes = f"{len(headers)} {len(headers) + len(body)}"
        first = f"HMSG {subject} {self._sid(subject)} {reply + ' ' if reply else ''}{sizes}\r\n"
        return first.encode() + headers + body + b"\r\n"

    def _message(self, subject: str, reply: str, body: bytes) -> None:
        first = f"MSG {subject} {self._sid(subject)} {reply + ' ' if reply else ''}{len(body)}\r\n"
        self._send(first.encode() + body + b"\r\n")

    def _sid(self, subject: str) -> str:
        own = self._subscriptions.get(subject)
        return own or self._subscriptions[subject.rpartition(".")[0] + ".*"]

    def _send(self, data: bytes) -> None:
        assert self._writer is not None
        self._writer.write(data)
