"""The verdict: what was promised is stored once, and every series equals the recount."""

import json
from collections import Counter

import httpx
import nats
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig

from tests.support.server import PASSWORD

from .oracle import recount, series_of
from .system import HAND, System

# Kept for minutes: on a busy machine the usual five seconds pass between two fetches.
_READING = ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True, inactive_threshold=300)


async def stored_bodies(system: System, stream: str = "FACTS") -> list[bytes]:
    """Return every body of a stream, read by plain fetches: none of our own reader's code."""
    client = await connected(system)
    js = client.jetstream()
    info = await js.stream_info(stream)
    wanted = info.state.messages
    # Ephemeral and without acknowledgements; the stream keeps everything.
    reader = await js.pull_subscribe("", stream=stream, config=_READING)
    bodies: list[bytes] = []
    while len(bodies) < wanted:
        bodies.extend(message.data for message in await reader.fetch(1000, timeout=10))
    await client.close()
    return bodies


async def connected(system: System) -> Client:
    """Connect to the broker as the test's own hand, which may also do what nobody of ours may."""

    async def quiet(error: Exception) -> None:
        del error  # a broker that goes away is what this is about

    return await nats.connect(
        system.ports.url("nats"), user=HAND, password=PASSWORD, error_cb=quiet
    )


def lost_and_double(bodies: list[bytes], acknowledged: set[tuple[str, str]]) -> tuple[int, int]:
    """Return how many promises are not kept, and how many facts stand twice."""
    stored = Counter((event["source"], event["id"]) for event in map(json.loads, bodies))
    lost = sum(1 for key in acknowledged if key not in stored)
    double = sum(count - 1 for count in stored.values())
    return lost, double


async def wrong_series(system: System, bodies: list[bytes]) -> tuple[int, list[str]]:
    """Return how many series were compared, and each that is not what the recount says."""
    async with httpx.AsyncClient(timeout=60) as http:
        page = (await http.get(system.ports.url("scoring") + "/metrics")).text
    shown = series_of(page)
    snapshot = int(shown.pop("as_of"))
    catalogue = json.loads(system.home.catalogue_file.read_bytes())
    expected = recount(bodies, catalogue, snapshot)
    names = sorted(shown.keys() | expected.keys())
    return len(names), [
        f"{name}: page {shown.get(name)}, recount {expected.get(name)}"
        for name in names
        if shown.get(name) != expected.get(name)
    ]
