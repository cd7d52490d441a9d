"""Anything in any order on a real server: the counters are those of a recount, key by key."""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from nats.aio.client import Client

from shared.bus.publishing import LogMessage, LogWriter
from shared.bus.streams import FACTS
from shared.events.envelope import Fact
from shared.ledger.follower import Follower
from tests.support.facts import messages
from tests.support.fake_clock import FakeClock
from tests.support.followed import FollowedFold
from tests.support.server import TestServer
from tests.support.small_fold import recounted
from tests.unit.shared.ledger.histories import histories, moments, quarrels

T = TypeVar("T")


class LogOfAProvince(RuleBasedStateMachine):
    """A server, a writer and a follower; the test keeps what was acknowledged, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.home = Path(tempfile.mkdtemp(prefix="machine-"))
        self.server = TestServer(self.home / "nats")
        self.acknowledged: dict[int, bytes] = {}
        self.resent = itertools.count()
        self.now = 0

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(coroutine, 60))

    @initialize()
    def begin(self) -> None:
        self.run(self._begin())

    async def _begin(self) -> None:
        await (await self.server.start()).provisioned()
        self.client: Client = await self.server.client()
        self.writer = LogWriter(self.client, stream=FACTS, timeout_seconds=1, attempts=10)
        self._follow()

    def _follow(self) -> None:
        self.target = FollowedFold(self.home / "fold.db", self.client)
        self.target.now = self.now
        follower = Follower(self.client, self.target, service="test", clock=FakeClock())
        self.following = self.loop.create_task(follower.run())

    async def _stop_following(self) -> None:
        self.following.cancel()
        await asyncio.wait({self.following})
        self.target.store.close()

    async def _write(self, sent: list[LogMessage]) -> None:
        places = await self.writer.append_all(sent)
        for place, message in zip(places, sent, strict=True):
            if not place.duplicate:
                self.acknowledged[place.sequence] = message.body

    @rule(facts=histories(6))
    def publish(self, facts: list[Fact]) -> None:
        self.run(self._write(messages(facts)))

    @rule(facts=quarrels(4))
    def publish_beyond_the_brokers_memory(self, facts: list[Fact]) -> None:
        """With ids of their own the broker takes repeats and conflicts; the fold must judge."""
        sent = [
            LogMessage(one.subject, one.body, f"{one.message_id}-{next(self.resent)}")
            for one in messages(facts)
        ]
        self.run(self._write(sent))

    @rule(facts=histories(6))
    def publish_while_the_server_is_killed(self, facts: list[Fact]) -> None:
        self.run(self._write_through_a_kill(messages(facts)))

    async def _write_through_a_kill(self, sent: list[LogMessage]) -> None:
        writing = self.loop.create_task(self._write(sent))
        await self.server.kill()
        await self.server.start()
        await writing

    @rule()
    def kill_the_server(self) -> None:
        self.run(self.server.kill())
        self.run(self.server.start())

    @rule()
    def restart_the_fold_from_its_file(self) -> None:
        self.run(self._stop_following())
        self._follow()

    @rule(now=moments)
    def let_time_pass(self, now: int) -> None:
        self.now = self.target.now = max(self.now, now)
        self.target.fold.advance(now)

    @invariant()
    def counters_are_those_of_a_recount(self) -> None:
        if not self.acknowledged:
            return
        self.run(self.target.reaches(max(self.acknowledged)))
        fold = self.target.fold
        bodies = [self.acknowledged[at] for at in sorted(self.acknowledged)]
        assert sorted(self.acknowledged) == list(range(1, len(bodies) + 1))
        assert fold.counters.values == fold.recount() == recounted(bodies, fold.as_of)
        assert fold.position.rewinds == 0

    def teardown(self) -> None:
        try:
            self.run(self._end())
        finally:
            self.loop.close()
            shutil.rmtree(self.home, ignore_errors=True)

    async def _end(self) -> None:
        if hasattr(self, "following"):
            await self._stop_following()
            await self.client.close()
        if self.server.process is not None:
            await self.server.kill()


LogOfAProvince.TestCase.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None, print_blob=True
)


TestLogOfAProvince = pytest.mark.broker(pytest.mark.slow(LogOfAProvince.TestCase))
