"""The broker lets go of what is too old: folds go on, rebuilt or not, and call it no other log."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client

from shared.bus.publishing import LogMessage, LogWriter
from shared.bus.streams import REJECTS
from shared.ledger.follower import Follower
from shared.ledger.reader import Batch
from shared.ledger.store import Position
from tests.support.fake_clock import FakeClock
from tests.support.server import TestServer
from tests.support.waiting import until

pytestmark = pytest.mark.broker


class Seen:
    """A target that remembers the sequences it was given."""

    def __init__(self, position: Position | None = None) -> None:
        self.position = position or Position()
        self.sequences: list[int] = []

    async def apply(self, batch: Batch, stream_created: str) -> None:
        self.sequences += [sequence for sequence, _ in batch.entries]
        self.position = Position(
            batch.entries[-1][0], stream_created, batch.last_message_id, self.position.rewinds
        )

    def reset(self, rewinds: int) -> None:
        self.position = Position(rewinds=rewinds)


@asynccontextmanager
async def following(
    client: Client, target: Seen, *, expires: bool = True
) -> AsyncIterator[Follower]:
    follower = Follower(
        client, target, service="intake", clock=FakeClock(), stream=REJECTS, expires=expires
    )
    task = asyncio.create_task(follower.run())
    try:
        yield follower
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def raised(client: Client, *numbers: int) -> None:
    writer = LogWriter(client, stream=REJECTS)
    for number in numbers:
        await writer.append(LogMessage("reject.raised.a", b"{}", f"id-{number}"))


async def kept_for(client: Client, seconds: float) -> None:
    js = client.jetstream()
    found = (await js.stream_info(REJECTS)).config
    await js.update_stream(found.evolve(max_age=seconds, duplicate_window=seconds))


def left(client: Client, count: int) -> Callable[[], Awaitable[bool]]:
    async def is_so() -> bool:
        return (await client.jetstream().stream_info(REJECTS)).state.messages == count

    return is_so


async def test_a_fold_whose_anchor_is_gone_goes_on_and_a_new_one_begins_at_what_is_left(
    server: TestServer,
) -> None:
    client = await server.client("tests")
    await raised(client, 1, 2, 3)
    old = Seen()
    async with following(client, old) as follower:
        await until(lambda: follower.caught_up and len(old.sequences) == 3)
    await kept_for(client, 1)
    await until(left(client, 0))
    await server.kill()
    await server.start()  # an empty stream must remember how far it was
    await client.close()
    client = await server.client("tests")
    await kept_for(client, 3_600)

    new = Seen()
    async with following(client, old) as one, following(client, new) as other:
        await until(lambda: one.caught_up and other.caught_up)
        assert (await one.behind_count(), await other.behind_count()) == (0, 0)
        await raised(client, 4, 5)
        await until(lambda: old.position.sequence == new.position.sequence == 5)

    assert (old.sequences, new.sequences) == ([1, 2, 3, 4, 5], [4, 5])
    assert (old.position.rewinds, new.position.rewinds) == (0, 0)
    await client.close()


async def test_where_nothing_expires_a_missing_beginning_is_another_log(
    server: TestServer,
) -> None:
    """The control: FACTS has no age limit, and there the same sight is an alarm."""
    client = await server.client("tests")
    await raised(client, 1, 2, 3)
    old = Seen()
    async with following(client, old, expires=False) as follower:
        await until(lambda: follower.caught_up and len(old.sequences) == 3)
    await kept_for(client, 1)
    await until(left(client, 0))

    async with following(client, old, expires=False) as follower:
        await until(lambda: old.position.rewinds == 1)
        assert not follower.caught_up

    await client.close()


async def test_another_stream_is_another_log_though_it_expires(server: TestServer) -> None:
    client = await server.client("tests")
    await raised(client, 1, 2)
    created = str((await client.jetstream().stream_info(REJECTS)).created)
    elsewhere = Seen(Position(1, "another day", "id-1"))
    beyond = Seen(Position(7, created, "id-7"))

    for target in (elsewhere, beyond):
        async with following(client, target):
            await until(lambda: target.position.sequence == 2)  # noqa: B023 - awaited in the loop
        assert target.position.rewinds == 1

    await client.close()
