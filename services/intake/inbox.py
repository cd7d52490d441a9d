"""What publishers left in their inboxes: fetched, judged, recorded, and only then acknowledged."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final, Never

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext as Context

from shared.bus.subjects import inbox_stream
from shared.errors import TemporarilyUnavailable
from shared.observability import ServiceLog

from .delivery import Breaker
from .echoes import Echoes
from .handlers import Intake
from .metrics import Metrics
from .registry import Publisher, Registry
from .rejects import Via

CONSUMER: Final = "intake"
FETCH_COUNT: Final = 500
ACK_WAIT_SECONDS: Final = 30
MAX_DELIVER_COUNT: Final = 20
MAX_ACK_PENDING_COUNT: Final = 2000
_FETCH_SECONDS: Final = 5.0
# A recovered log is noticed within this; from the fifteenth delivery on a message is held in hand,
# so that waiting briefly never uses its deliveries up.
_DELAY_MAX_SECONDS: Final = 10.0
_NOT_KEPT_DELAY_SECONDS: Final = 300.0
# Near the last delivery a message is held in hand instead of given back: it would be stuck.
_HOLD_FROM_DELIVERY: Final = 15
_HOLD_SECONDS: Final = 10.0


class Inboxes:
    """One reader a publisher, from the moment the registry names it."""

    def __init__(
        self,
        client: Client,
        *,
        intake: Intake,
        registry: Registry,
        echoes: Echoes,
        breaker: Breaker,
        metrics: Metrics,
        log: ServiceLog,
    ) -> None:
        self._js = JetStreamContext(client)
        self._intake = intake
        self._registry = registry
        self._echoes = echoes
        self._breaker = breaker
        self._metrics = metrics
        self._log = log

    async def run(self, *, look_every_seconds: float = 1.0) -> Never:
        """Follow the registry for ever, and read the inbox of everyone in it."""
        reading: set[str] = set()
        async with asyncio.TaskGroup() as readers:
            while True:
                self._registry.refresh()
                for name in set(self._registry.names()) - reading:
                    reading.add(name)
                    readers.create_task(self._read_for_ever(name), name=f"inbox {name}")
                await asyncio.sleep(look_every_seconds)

    async def _read_for_ever(self, name: str) -> Never:
        wait = 0.5
        while True:
            try:
                await self._js.add_consumer(inbox_stream(name), consumer_config())
                subscription = await self._js.pull_subscribe_bind(
                    CONSUMER, stream=inbox_stream(name)
                )
                wait = 0.5
                try:
                    await self._read(name, subscription)
                finally:
                    with contextlib.suppress(NatsError, OSError):
                        await subscription.unsubscribe()
            except (TimeoutError, NatsError, OSError) as error:
                # No stream yet, no server, or the consumer went away: begin again. The client
                # turns a cancellation into an error of its own while it closes.
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise asyncio.CancelledError from error
                self._log.warning("inbox_away", publisher=name, error_type=type(error).__name__)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 10.0)

    async def _read(self, name: str, subscription: Context.PullSubscription) -> None:
        while not self._breaker.is_open:
            try:
                messages = await subscription.fetch(FETCH_COUNT, timeout=_FETCH_SECONDS)
            except TimeoutError:
                # Quiet, or the consumer is gone: this raises for the latter.
                await self._js.consumer_info(inbox_stream(name), CONSUMER)
                self._metrics.inbox_pending.set((name,), 0)
                continue
            if messages:
                pending = messages[-1].metadata.num_pending
                self._metrics.inbox_pending.set((name,), pending)
                await self._settle(name, messages)

    async def _settle(self, name: str, messages: Sequence[Msg]) -> None:
        publisher = self._registry.by_name(name) or Publisher(name=name, revoked=True)
        fresh: list[Msg] = []
        for message in messages:
            asked = self._echoes.request_of(self._echoes.key(name, message.data))
            if asked is not None and await asked.said:
                await message.ack()
            else:
                fresh.append(message)
        if not fresh:
            return
        try:
            await self._judge(publisher, fresh)
        except TemporarilyUnavailable as error:
            await self._give_back(publisher, fresh, error)

    async def _judge(self, publisher: Publisher, messages: Sequence[Msg]) -> None:
        bodies = [message.data for message in messages]
        keys = [self._echoes.key(publisher.name, body) for body in bodies]
        verdicts = [self._echoes.judging(key) for key in keys]
        try:
            results = await self._intake.submit(bodies, publisher, Via.NATS)
        except BaseException:
            for verdict in verdicts:
                self._echoes.settle(verdict, None)
            raise
        for message, verdict, result in zip(messages, verdicts, results, strict=True):
            self._echoes.settle(verdict, result)
            if result.kept:
                await message.ack()
            else:
                await message.nak(delay=_NOT_KEPT_DELAY_SECONDS)

    async def _give_back(
        self, publisher: Publisher, messages: Sequence[Msg], error: TemporarilyUnavailable
    ) -> None:
        delivered = max(message.metadata.num_delivered or 1 for message in messages)
        delay = max(error.retry_after_seconds, delay_seconds(delivered))
        self._log.warning(
            "inbox_waits", publisher=publisher.name, reason=error.reason, seconds=delay
        )
        held = [m for m in messages if (m.metadata.num_delivered or 1) >= _HOLD_FROM_DELIVERY]
        for message in messages:
            if message not in held:
                await message.nak(delay=delay)
        while held:
            for message in held:
                await message.in_progress()
            await asyncio.sleep(_HOLD_SECONDS)
            with contextlib.suppress(TemporarilyUnavailable):
                await self._judge(publisher, held)
                return
        # Others wait, too: fetching them now would only use up their deliveries.
        await asyncio.sleep(delay)


def delay_seconds(delivered: int) -> float:
    """Return how long a message rests after so many deliveries: 1 s doubling to 10 s."""
    return float(min(_DELAY_MAX_SECONDS, 2.0 ** min(delivered - 1, 20)))


def consumer_config() -> ConsumerConfig:
    """Return the durable consumer of every inbox, each limit written out."""
    return ConsumerConfig(
        durable_name=CONSUMER,
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.ALL,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=MAX_DELIVER_COUNT,
        max_ack_pending=MAX_ACK_PENDING_COUNT,
    )
