"""A small fold that follows the log of a real server, as a service does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

from nats.aio.client import Client

from shared.bus.streams import FACTS
from shared.ledger.fold import Fold
from shared.ledger.follower import Follower, fetch_bodies
from shared.ledger.reader import Batch
from shared.ledger.store import Position
from tests.support.fake_clock import FakeClock
from tests.support.small_fold import SmallProjection, small_store
from tests.support.waiting import until


class FollowedFold:
    """The follower's target: folds, commits, and is reset when the log is another one."""

    def __init__(self, path: Path, client: Client) -> None:
        self.store = small_store(path)
        fetch = partial(fetch_bodies, client, FACTS)
        self.fold = Fold(SmallProjection(), self.store, fetch)
        self.now = 0
        self.batches: list[Batch] = []

    @property
    def position(self) -> Position:
        return self.fold.position

    async def apply(self, batch: Batch, stream_created: str) -> None:
        await self.fold.apply(batch, stream_created, self.now)
        self.fold.commit()
        self.batches.append(batch)

    def reset(self, rewinds: int) -> None:
        self.fold.reset(rewinds)

    async def reaches(self, sequence: int) -> None:
        await until(lambda: self.position.sequence >= sequence, what=f"position {sequence}")


@contextlib.asynccontextmanager
async def following(
    client: Client, target: FollowedFold, filters: Sequence[str] = ()
) -> AsyncIterator[Follower]:
    """Follow until the end of the block; a follower that fails, fails the test."""
    follower = Follower(client, target, service="test", clock=FakeClock(), filters=filters)
    task = asyncio.create_task(follower.run())
    try:
        yield follower
        assert not task.done(), task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        target.store.close()
