"""Appending to the log. A publish is done when its PubAck is in hand (docs/adr/0001)."""

import asyncio
import math
import uuid
from collections.abc import Sequence

import msgspec
from msgspec import Struct
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from nats.js.errors import APIError

from shared.errors import InvalidFact, RejectReason, TemporarilyUnavailable

from .streams import MESSAGE_SIZE_MAX_BYTES

BATCH_MAX_COUNT = 1000
BODY_MAX_BYTES = MESSAGE_SIZE_MAX_BYTES - 512
"""The headers count as well, and a message over the server's limit is not refused: the server
closes the connection, for good."""

_MESSAGE_TOO_LARGE = 10054


class LogMessage(Struct, frozen=True, gc=False):
    """What is appended: the same bytes and the same id on every try."""

    subject: str
    body: bytes
    message_id: str


class Appended(Struct, frozen=True, gc=False):
    """Where it stands; `duplicate` when the broker had it before, inside its window."""

    sequence: int
    duplicate: bool


class _BatchAck(Struct):
    seq: int = 0
    count: int = 0
    error: dict[str, object] | None = None


class LogWriter:
    """Appends to one stream and answers only what the broker acknowledged."""

    def __init__(
        self,
        client: Client,
        *,
        stream: str,
        timeout_seconds: float = 5.0,
        attempts: int = 4,
        in_flight_max_count: int = 256,
        patience_seconds: float = math.inf,
    ) -> None:
        """`patience_seconds`: no attempt at one message goes on for longer than that in all."""
        self._client = client
        self._js = JetStreamContext(client)
        self._stream = stream
        self._timeout_seconds = timeout_seconds
        self._attempts = attempts
        self._patience_seconds = patience_seconds
        self._slots = asyncio.Semaphore(in_flight_max_count)

    async def append(self, message: LogMessage) -> Appended:
        """Append one message; an unknown outcome is asked again with the same id.

        Raises:
            InvalidFact: it is too large.
            TemporarilyUnavailable: no acknowledgement after all attempts. It may be stored.
        """
        _check_size(message)
        reason = ""
        until = asyncio.get_running_loop().time() + self._patience_seconds
        for attempt in range(self._attempts):
            if attempt:
                await asyncio.sleep(min(0.05 * 4 ** (attempt - 1), 2.0))
            try:
                async with self._slots:
                    left = until - asyncio.get_running_loop().time()
                    if left <= 0:
                        break
                    ack = await self._js.publish(
                        message.subject,
                        message.body,
                        timeout=min(self._timeout_seconds, left),
                        stream=self._stream,
                        headers={"Nats-Msg-Id": message.message_id},
                    )
            except APIError as error:
                if error.err_code == _MESSAGE_TOO_LARGE:
                    raise InvalidFact(RejectReason.TOO_LARGE) from None
                reason = f"{error.err_code} {error.description}"
            except MaxPayloadError:
                raise InvalidFact(RejectReason.TOO_LARGE) from None
            except (TimeoutError, NatsError, ConnectionError, OSError) as error:
                reason = type(error).__name__
            else:
                return Appended(ack.seq, bool(ack.duplicate))
        raise TemporarilyUnavailable(f"{self._stream}: {reason}", retry_after_seconds=5)

    async def append_all(self, messages: Sequence[LogMessage]) -> list[Appended]:
        """Append many: one atomic batch, or singles with the same ids where that is refused.

        The order of the answers is that of the messages. Ids must differ.

        Raises:
            InvalidFact: one of them is too large, and none was sent.
            TemporarilyUnavailable: as `append`; some may be stored.
        """
        for message in messages:
            _check_size(message)
        if len(messages) > BATCH_MAX_COUNT:
            head = await self.append_all(messages[:BATCH_MAX_COUNT])
            return head + await self.append_all(messages[BATCH_MAX_COUNT:])
        if len(messages) > 1:
            last = await self._atomic(messages)
            if last is not None:
                first = last - len(messages) + 1
                return [Appended(first + i, duplicate=False) for i in range(len(messages))]
        return list(await asyncio.gather(*(self.append(message) for message in messages)))

    async def _atomic(self, messages: Sequence[LogMessage]) -> int | None:
        """Return the sequence of the last member, or None where the outcome is no or unknown."""
        batch_id = uuid.uuid4().hex
        try:
            for position, message in enumerate(messages[:-1], start=1):
                await self._client.publish(
                    message.subject, message.body, headers=_batch(batch_id, position, message)
                )
            reply = await self._client.request(
                messages[-1].subject,
                messages[-1].body,
                timeout=self._timeout_seconds,
                headers=_batch(batch_id, len(messages), messages[-1]) | {"Nats-Batch-Commit": "1"},
            )
            ack = msgspec.json.decode(reply.data, type=_BatchAck)
        except (TimeoutError, NatsError, ConnectionError, OSError, msgspec.DecodeError):
            return None
        return ack.seq if ack.error is None and ack.count == len(messages) else None


def _check_size(message: LogMessage) -> None:
    if len(message.body) > BODY_MAX_BYTES:
        raise InvalidFact(RejectReason.TOO_LARGE, f"more than {BODY_MAX_BYTES} bytes")


def _batch(batch_id: str, position: int, message: LogMessage) -> dict[str, str]:
    return {
        "Nats-Msg-Id": message.message_id,
        "Nats-Batch-Id": batch_id,
        "Nats-Batch-Sequence": str(position),
    }
