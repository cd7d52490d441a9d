"""A fold that follows a real log: out of order, through holes, rewinds and restarts."""

import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random

import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig

from shared.bus.publishing import LogMessage, LogWriter
from shared.bus.streams import FACTS, core_streams, provision
from shared.events.envelope import Fact
from tests.support.facts import START_EPOCH, messages, received, resolved
from tests.support.followed import FollowedFold, following
from tests.support.server import TestServer
from tests.support.small_fold import recounted
from tests.support.waiting import until

pytestmark = pytest.mark.broker
LATER = START_EPOCH + 90 * 60


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    connected = await server.client()
    yield connected
    await connected.close()


async def write(client: Client, facts: Sequence[Fact]) -> list[bytes]:
    sent = messages(facts)
    await LogWriter(client, stream=FACTS, timeout_seconds=1).append_all(sent)
    return [message.body for message in sent]


def story(numbers: Sequence[int], agency: str = "H99.12") -> list[Fact]:
    facts = [received(number, agency=agency, due=number) for number in numbers]
    return facts + [resolved(number, at=number + number % 3) for number in numbers[::2]]


def exact(target: FollowedFold, bodies: Sequence[bytes]) -> bool:
    """Key by key: a sum can be right over wrong keys."""
    target.fold.advance(LATER)
    return target.fold.counters.values == target.fold.recount() == recounted(bodies, LATER)


async def test_a_fold_over_facts_in_any_order_reads_the_earlier_ones_again(
    client: Client, tmp_path: Path
) -> None:
    facts = story(range(1, 151))
    Random(7).shuffle(facts)
    target = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, target) as follower:
        bodies: list[bytes] = []
        for start in range(0, len(facts), 40):
            bodies += await write(client, facts[start : start + 40])
            await target.reaches(len(bodies))

        assert exact(target, bodies)
        assert follower.caught_up
        assert (follower.lag_count, follower.halted) == (0, "")


async def test_a_fold_that_starts_again_from_its_file_goes_on_where_it_was(
    client: Client, tmp_path: Path
) -> None:
    bodies = await write(client, story(range(1, 40)))
    target = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, target):
        await target.reaches(len(bodies))
    bodies += await write(client, story(range(40, 60)))

    again = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, again):
        await again.reaches(len(bodies))

        assert exact(again, bodies)
        assert again.position.rewinds == 0
        assert again.batches[0].entries[0][0] == len(story(range(1, 40))) + 1


async def test_a_shard_without_news_is_caught_up_when_it_starts(
    client: Client, tmp_path: Path
) -> None:
    await write(client, [received(1, agency="H99.12"), received(2, agency="H98.12")])
    target = FollowedFold(tmp_path / "fold.db", client)
    filters = ["dossier.*.H99", "dossier.*.H99.>"]
    async with following(client, target, filters):
        await target.reaches(1)

    again = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, again, filters) as follower:
        await until(lambda: follower.caught_up)

        assert (again.position.sequence, follower.lag_count) == (1, 0)


async def open_log(client: Client) -> None:
    """FACTS as it must never be: with messages that can be deleted."""
    (config, *_) = core_streams()
    await client.jetstream().delete_stream(FACTS)
    await client.jetstream().add_stream(
        StreamConfig(
            name=FACTS, subjects=config.subjects, allow_direct=True, allow_atomic=True,
            max_bytes=config.max_bytes, deny_delete=False,
        )
    )  # fmt: skip


async def test_a_hole_in_the_log_halts_the_fold_before_it(client: Client, tmp_path: Path) -> None:
    await open_log(client)
    bodies = await write(client, story(range(1, 11)))
    await client.jetstream().delete_msg(FACTS, 6)
    target = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, target) as follower:
        await until(lambda: bool(follower.halted))

        assert follower.halted == "expected sequence 6, found 7"
        assert not follower.caught_up
        assert exact(target, bodies[:5])
        assert target.position.sequence == 5


async def test_a_hole_among_facts_to_be_read_again_halts_the_fold_too(
    client: Client, tmp_path: Path
) -> None:
    await open_log(client)
    bodies = await write(client, [resolved(1), received(2)])
    target = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, target) as follower:
        await target.reaches(2)
        await client.jetstream().delete_msg(FACTS, 1)
        await write(client, [received(1)])
        await until(lambda: bool(follower.halted))

        assert follower.halted == "expected sequence 1, found 0"
        assert exact(target, bodies)


async def swap_store(server: TestServer, copy: Path) -> None:
    store = server.home / "jetstream"
    shutil.rmtree(store)
    shutil.copytree(copy, store)


@pytest.mark.parametrize("when", ["while it follows", "while it is away"])
async def test_a_log_that_lost_its_tail_and_got_another_is_folded_anew(
    server: TestServer, client: Client, tmp_path: Path, when: str
) -> None:
    kept = await write(client, story(range(1, 21)))
    await server.kill()
    shutil.copytree(server.home / "jetstream", tmp_path / "copy")
    await server.start()
    lost = await write(client, story(range(21, 41)))
    target = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, target):
        await target.reaches(len(kept + lost))
        if when == "while it follows":
            bodies = await lose_the_tail(server, client, tmp_path, kept)
            await until(lambda: target.position.rewinds == 1)
            await target.reaches(len(bodies))
            assert exact(target, bodies)
            return

    bodies = await lose_the_tail(server, client, tmp_path, kept)
    again = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, again):
        await until(lambda: again.position.rewinds == 1)
        await again.reaches(len(bodies))
        assert exact(again, bodies)


async def lose_the_tail(
    server: TestServer, client: Client, home: Path, kept: list[bytes]
) -> list[bytes]:
    """As many other facts at the same sequences: the total tells nothing."""
    await server.kill()
    await swap_store(server, home / "copy")
    await server.start()
    return kept + await write(client, story(range(61, 81), agency="H99.103"))


async def test_a_log_made_anew_is_folded_anew(client: Client, tmp_path: Path) -> None:
    before = await write(client, story(range(1, 21)))
    target = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, target):
        await target.reaches(len(before))
        await client.jetstream().delete_stream(FACTS)
        await provision(client.jetstream())
        bodies = await write(client, story(range(21, 51)))
        await until(lambda: target.position.rewinds == 1)
        await target.reaches(len(bodies))

        assert exact(target, bodies)


async def test_a_follower_waits_for_a_server_that_is_away_and_a_batch_it_could_not_fold(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    bodies = await write(client, [resolved(1), received(2)])
    target = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, target):
        await target.reaches(2)
        for number in (1, 3, 4):
            await server.kill()
            await server.start()
            bodies += await write(client, [resolved(number + 10), received(number)])
        await target.reaches(len(bodies))

        assert exact(target, bodies)
        assert target.position.rewinds == 0


async def test_bytes_that_nobody_of_ours_wrote_are_passed_over(
    client: Client, tmp_path: Path
) -> None:
    writer = LogWriter(client, stream=FACTS)
    await writer.append(LogMessage("dossier.received.H99.12", b"\xff{", "strange"))
    bodies = await write(client, [received(1)])
    target = FollowedFold(tmp_path / "fold.db", client)
    async with following(client, target):
        await target.reaches(2)

        assert exact(target, bodies)
