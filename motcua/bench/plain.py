"""The yardsticks of scoring: what a team would write first, with three counters and no state.

Both keep a durable consumer and acknowledge each message, as the tutorials of FastStream and
nats-py do. They are in earnest: uvloop, one connection, no logging per message.
"""

import asyncio
import json
import time
from datetime import datetime
from typing import Any, Final

from faststream.nats import JStream, NatsBroker
from faststream.security import SASLPlaintext
from nats.js.api import AckPolicy, ConsumerConfig
from prometheus_client import CollectorRegistry, Counter
from pydantic import BaseModel

from motcua.bench.broker import Address

_FETCH: Final = 100


class Happened(BaseModel):
    """The CloudEvent as a pydantic user declares it."""

    type: str
    id: str
    source: str
    subject: str
    time: datetime
    data: dict[str, Any]


class ThreeCounters:
    """Received, closed, and everything by type."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.received = Counter(
            "dossiers_received", "Received.", ["agency", "channel"], registry=registry
        )
        self.closed = Counter("dossiers_closed", "Closed.", ["agency"], registry=registry)
        self.events = Counter("events", "All events.", ["type", "agency"], registry=registry)

    def count(self, type_: str, data: dict[str, Any]) -> None:
        """Count one event."""
        agency = data.get("agency_code", "")
        self.events.labels(type_, agency).inc()
        if type_ == "dossier.received.v1":
            self.received.labels(agency, data.get("channel", "direct")).inc()
        elif type_ == "dossier.resolved.v1":
            self.closed.labels(agency).inc()


async def faststream_handler(url: str, password: str, limit: int, durable: str) -> dict[str, Any]:
    """Handle `limit` facts, one call each."""
    login = SASLPlaintext(username="scoring", password=password, use_ssl=False)
    broker = NatsBroker(url, security=login, logger=None)
    counters, done, handled = ThreeCounters(), asyncio.Event(), 0

    @broker.subscriber(">", stream=JStream("FACTS", declare=False), durable=durable)
    async def on_event(event: Happened) -> None:
        nonlocal handled
        counters.count(event.type, event.data)
        handled += 1
        if handled >= limit:
            done.set()

    await broker.connect()
    started, used = time.perf_counter(), time.process_time()
    await broker.start()
    await done.wait()
    took = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - used}
    await broker.stop()
    return took


async def nats_loop(url: str, password: str, limit: int, durable: str) -> dict[str, Any]:
    """Fetch a hundred, parse, count, acknowledge each, up to `limit` facts."""
    client = await Address(url, password).client("scoring")
    js, counters, handled = client.jetstream(), ThreeCounters(), 0
    started, used = time.perf_counter(), time.process_time()
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT)
    subscription = await js.pull_subscribe(">", durable, stream="FACTS", config=config)
    while handled < limit:
        for message in await subscription.fetch(_FETCH, timeout=5):
            event = json.loads(message.data)
            counters.count(event["type"], event["data"])
            await message.ack()
            handled += 1
    took = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - used}
    await client.close()
    return took
