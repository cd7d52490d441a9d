"""NATS requests on `submit.<type>`: judged at once, answered in the shape of a PubAck."""

import asyncio
from typing import Any, Final

import msgspec
from faststream.nats import NatsMessage
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.bus.subjects import inbox_stream
from shared.errors import TemporarilyUnavailable
from shared.observability import ServiceLog

from .domain.answers import pub_ack
from .echoes import Echoes, Stored, Verdict
from .handlers import Intake
from .registry import Publisher, Registry
from .rejects import Via

SUBJECT: Final = "in.*.>"
QUEUE: Final = "intake"
# Beyond this the inbox copy is judged, in its own time, and the request goes unanswered.
_WAITING_MAX: Final = 5_000


class Requests:
    """Answers whoever waits; what was published without a reply is left to the inbox."""

    def __init__(self, intake: Intake, registry: Registry, echoes: Echoes, log: ServiceLog) -> None:
        self._intake = intake
        self._registry = registry
        self._echoes = echoes
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    async def on_message(self, message: NatsMessage) -> None:
        """Start answering one request; many are answered at the same time."""
        raw = message.raw_message
        assert isinstance(raw, Msg)  # noqa: S101 - one message, not a batch
        name = raw.subject.split(".")[1]
        key = self._echoes.key(name, raw.data)
        if not raw.reply:
            self._echoes.hear_plain(key)
            return
        publisher = self._registry.by_name(name)
        if publisher is None or publisher.revoked:
            await _respond(raw, _error(403, "unknown or revoked publisher"))
        elif len(self._tasks) < _WAITING_MAX:
            task = asyncio.create_task(self._answer(raw, publisher, key))
            self._tasks.add(task)
            task.add_done_callback(self._on_done)

    async def _answer(self, raw: Msg, publisher: Publisher, key: bytes) -> None:
        heard = self._echoes.hear_request(key)
        stream = inbox_stream(publisher.name)
        if isinstance(heard, Verdict):
            early = await heard.said
            if early is not None:
                await _respond(raw, pub_ack(early, stream=stream))
                return
            heard = Stored()  # its inbox copy comes again, and is a duplicate then
        is_stored = False
        try:
            (result,) = await self._intake.submit([raw.data], publisher, Via.NATS)
            is_stored = result.kept
        except TemporarilyUnavailable as error:
            await _respond(raw, _error(503, error.reason))
        else:
            await _respond(raw, pub_ack(result, stream=stream))
        finally:
            if not heard.said.done():
                heard.said.set_result(is_stored)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._log.failure("request_not_answered", error)


async def _respond(raw: Msg, said: dict[str, Any]) -> None:
    try:
        await raw.respond(msgspec.json.encode(said))
    except (NatsError, OSError):
        return  # nobody hears it; the sender asks again with the same id


def _error(code: int, description: str) -> dict[str, Any]:
    return {
        "stream": "",
        "seq": 0,
        "error": {"code": code, "err_code": 10000, "description": description},
    }
