"""Our side: the scoring service's own fold at the head of the log, and what reading alone costs."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from motcua.bench import corpus
from motcua.bench.broker import Address
from services.scoring.app import Parts
from services.scoring.settings import Settings
from shared.bus.headers import read_headers_quickly
from shared.events.envelope import LOG_DECODER
from shared.ledger.follower import Follower, Target
from shared.ledger.reader import Batch
from shared.ledger.store import Position
from shared.runtime import settle_memory


class BenchClock:
    """Stands at the end of the invented month; only its stopwatch runs."""

    def now(self) -> datetime:
        """The instant as of which everything counts."""
        return corpus.UNTIL

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()


class Watched:
    """A target that tells of each batch after it was applied."""

    def __init__(self, target: Target, on_batch: Callable[[Batch], None]) -> None:
        self._target = target
        self._on_batch = on_batch

    @property
    def position(self) -> Position:
        """Where the target stands."""
        return self._target.position

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Let the target apply it, then tell."""
        await self._target.apply(batch, stream_created)
        self._on_batch(batch)

    def reset(self, rewinds: int) -> None:
        """Let the target forget everything."""
        self._target.reset(rewinds)


class DecodeOnly:
    """Reads and decodes like the fold, and does nothing else: the floor of a rebuild."""

    def __init__(self) -> None:
        self.position = Position()

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Decode every body."""
        decode = LOG_DECODER.decode
        for _, body in batch.entries:
            decode(body)
        self.position = Position(batch.entries[-1][0], stream_created, batch.last_message_id)

    def reset(self, rewinds: int) -> None:
        """Start over."""
        self.position = Position(rewinds=rewinds)


def scoring_parts(directory: str) -> Parts:
    """Return the service's own wiring on `directory`, which holds the catalogue and its file."""
    data = Path(directory)
    settings = Settings(data=data, catalogue=corpus.catalogue_file(data))
    return Parts(settings, BenchClock())


async def service_client(url: str, password: str, user: str = "scoring") -> Client:
    """Connect as our services do."""
    return read_headers_quickly(await Address(url, password).client(user))


async def until_at(client: Client, target: Target, last: int) -> dict[str, float]:
    """Follow FACTS up to sequence `last`; returns wall and CPU seconds of this process.

    Raises:
        RuntimeError: the follower ended before it was there.
    """
    there = asyncio.Event()

    def look(batch: Batch) -> None:
        if batch.entries[-1][0] >= last:
            there.set()

    settle_memory()
    started, used = time.perf_counter(), time.process_time()
    watched = Watched(target, look)
    follower = Follower(client, watched, service="scoring", clock=BenchClock())
    following = asyncio.create_task(follower.run())
    arriving = asyncio.create_task(there.wait())
    await asyncio.wait({following, arriving}, return_when=asyncio.FIRST_COMPLETED)
    took = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - used}
    if not there.is_set():
        raise RuntimeError("the follower ended early") from following.exception()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return took


async def fold(url: str, password: str, directory: str, last: int) -> dict[str, Any]:
    """Fold FACTS with durable commits, from what `directory` holds up to `last`."""
    client = await service_client(url, password)
    parts = scoring_parts(directory)
    parts.connect(client)
    took = await until_at(client, parts.scoring, last)
    hot_count = parts.scoring.fold.hot_count
    parts.close()
    await client.close()
    return took | {"open": hot_count}


async def score(url: str, password: str, directory: str, last: int) -> dict[str, Any]:
    """Fold FACTS as `fold`, with every unit's indicators and points worked out each second."""
    client = await service_client(url, password)
    parts = scoring_parts(directory)
    parts.connect(client)
    scoring = parts.scoring

    async def keep_scores() -> None:
        while True:
            await asyncio.sleep(1)
            if scoring.fold.as_of:
                await scoring.numbers.refresh_gently(scoring.fold.as_of)

    settle_memory()
    started, used = time.perf_counter(), time.process_time()
    keeping = asyncio.create_task(keep_scores())
    await until_at(client, scoring, last)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    # What was not scored yet belongs to the work.
    await scoring.numbers.refresh_gently(scoring.fold.as_of)
    took = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - used}
    book = scoring.numbers.book
    units = len(book.units) if book is not None else 0
    parts.close()
    await client.close()
    return took | {"units": units}


async def decode(url: str, password: str, last: int) -> dict[str, Any]:
    """Read and decode FACTS up to `last`."""
    client = await service_client(url, password)
    took = await until_at(client, DecodeOnly(), last)
    await client.close()
    return took


async def last_sequence(address: Address) -> int:
    """Return the last sequence of FACTS."""
    client = await address.client()
    try:
        return (await client.jetstream().stream_info("FACTS")).state.last_seq
    finally:
        await client.close()
