"""`make chaos-power SEED=…`: the power goes while facts are stored; one line, PASS, FAIL or SKIP.

The shipped configuration must lose nothing that was acknowledged. The same rounds with the
broker's default for syncing are the control: they must lose some, or the test tests nothing.
"""

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

from motcua.nats_server import PublisherLogin, ServerStartError
from shared.bus.publishing import LogMessage, LogWriter
from shared.bus.streams import FACTS, core_streams
from shared.errors import TemporarilyUnavailable
from tests.chaos_power.image import Disk, NoDiskError
from tests.support.server import TestServer

_FULL, _SHORT = (30, 5), (4, 1)
_SYNC = "sync_interval: always"
_BATCH = 50
_PAUSE_SECONDS = 0.01
# Kept for minutes: on a busy machine the usual five seconds pass between two fetches.
_READING = ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True, inactive_threshold=300)
_STREAM_BYTES = 48 * 1024**2


class Server(TestServer):
    """With the shipped configuration, or with the broker's own idea of syncing."""

    def __init__(self, home: Path, *, is_default_sync: bool) -> None:
        super().__init__(home)
        self._is_default_sync = is_default_sync

    def config(self, publishers: Sequence[PublisherLogin]) -> str:
        shipped = super().config(publishers)
        assert _SYNC in shipped, "the shipped configuration no longer syncs always"
        return shipped.replace(_SYNC, "") if self._is_default_sync else shipped


class Outcome(Struct):
    """Of all rounds together."""

    acknowledged: int = 0
    lost: int = 0
    double: int = 0
    rounds: int = 0


class Rounds:
    """One disk, cut again and again; what was acknowledged in any round must be there."""

    def __init__(self, root: Path, seed: int, *, is_default_sync: bool) -> None:
        self._disk = Disk(root)
        self._root = root
        self._is_default_sync = is_default_sync
        self._random = random.Random(seed)
        self._acknowledged: set[str] = set()
        self._sent = 0
        self.outcome = Outcome()

    async def run(self, rounds: int) -> Outcome:
        """Store, cut, look, as often as asked."""
        self._disk.mount()
        try:
            for _ in range(rounds):
                await self._round()
        finally:
            self._disk.unmount()
        return self.outcome

    async def _round(self) -> None:
        server = Server(self._disk.mounted_at / "nats", is_default_sync=self._is_default_sync)
        try:
            await server.start()
            await _provision(server)
            await self._store_until_the_cut(server)
        finally:
            await server.kill()
        self._disk.cut()
        self._disk.mount()
        self.outcome.rounds += 1
        await self._look()

    async def _store_until_the_cut(self, server: TestServer) -> None:
        client = await server.client("intake")
        log = LogWriter(client, stream=FACTS, timeout_seconds=1.0, attempts=1)
        storing = [asyncio.create_task(self._batches(log)), asyncio.create_task(self._ones(log))]
        await asyncio.sleep(self._random.uniform(0.1, 1.2))
        server.pause()
        # Whatever was acknowledged up to here counts; the answers still in the pipe as well.
        await asyncio.sleep(0.05)
        self.outcome.acknowledged = len(self._acknowledged)
        promised = set(self._acknowledged)
        await asyncio.to_thread(self._disk.remember)
        for task in storing:
            task.cancel()
        await asyncio.gather(*storing, return_exceptions=True)
        self._acknowledged = promised
        server.resume()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.close(), 2)

    def _message(self) -> LogMessage:
        self._sent += 1
        name = f"fact-{self._sent}"
        body = b'{"id":"%s","filling":"%s"}' % (name.encode(), b"x" * 100)
        return LogMessage("dossier.received.H99.16", body, name)

    async def _batches(self, log: LogWriter) -> None:
        while True:
            messages = [self._message() for _ in range(_BATCH)]
            with contextlib.suppress(TemporarilyUnavailable):
                await log.append_all(messages)
                self._acknowledged.update(one.message_id for one in messages)
            await asyncio.sleep(_PAUSE_SECONDS)  # the disk is small

    async def _ones(self, log: LogWriter) -> None:
        while True:
            message = self._message()
            with contextlib.suppress(TemporarilyUnavailable):
                await log.append(message)
                self._acknowledged.add(message.message_id)

    async def _look(self) -> None:
        server = Server(self._disk.mounted_at / "nats", is_default_sync=self._is_default_sync)
        try:
            await server.start()
            client = await server.client()
            stored = await _stored(client)
            await client.close()
        except ServerStartError:
            if not self._is_default_sync:
                raise
            stored = Counter()  # what the cut left of its files is of no use to the broker
        finally:
            if server.process is not None:
                await server.kill()
        lost = self._acknowledged - stored.keys()
        self.outcome.lost += len(lost)
        self.outcome.double += sum(count - 1 for count in stored.values())
        self._acknowledged -= lost  # counted once


async def _provision(server: TestServer) -> None:
    """Make FACTS as shipped, but for its size: the disk is small."""
    client = await server.client()
    shipped = next(one for one in core_streams() if one.name == FACTS)
    js = client.jetstream()
    try:
        await js.stream_info(FACTS)
    except NotFoundError:
        await js.add_stream(shipped.evolve(max_bytes=_STREAM_BYTES))
    await client.close()


async def _stored(client: Client) -> Counter[str]:
    """How often each id stands in the log; nothing where the stream itself is gone."""
    js = client.jetstream()
    try:
        wanted = (await js.stream_info(FACTS)).state.messages
    except NotFoundError:
        return Counter()
    reader = await js.pull_subscribe("", stream=FACTS, config=_READING)
    found: Counter[str] = Counter()
    while found.total() < wanted:
        found.update(
            (message.headers or {}).get("Nats-Msg-Id", "")
            for message in await reader.fetch(1000, timeout=10)
        )
    return found


async def run(root: Path, seed: int, rounds: int, controls: int) -> bool:
    """Both kinds of rounds; prints the line and says whether it passed."""
    started = time.monotonic()
    shipped = await Rounds(root / "shipped", seed, is_default_sync=False).run(rounds)
    control = Outcome()
    for number in range(controls):  # a disk each: what a cut leaves may be of no more use
        disk = Rounds(root / f"default-{number}", seed + number, is_default_sync=True)
        control.lost += (await disk.run(1)).lost
        control.rounds += 1
    good = not (shipped.lost or shipped.double) and shipped.acknowledged > 0 and control.lost > 0
    print(
        f"POWER seed={seed} n={shipped.acknowledged} faults={shipped.rounds} LOST={shipped.lost}"
        f" DOUBLE={shipped.double} WRONG=0 control_default_sync: faults={control.rounds}"
        f" lost={control.lost} (must be more than 0) seconds={time.monotonic() - started:.0f}"
        f" {'PASS' if good else 'FAIL'}",
        flush=True,
    )
    return good


def _why_not(root: Path) -> str:
    """Say why no image can be mounted here; empty where one can."""
    if os.geteuid() != 0:
        return "mounting an image needs root"
    try:
        probe = Disk(root, size_mib=16)
        probe.mount()
        probe.unmount()
    except NoDiskError as error:
        return str(error)
    return ""


def main() -> int:
    """Parse the arguments, run in a fresh directory."""
    parser = argparse.ArgumentParser(prog="chaos-power", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=_FULL[0])
    parser.add_argument("--controls", type=int, default=_FULL[1])
    parser.add_argument("--short", action="store_true", help="4 rounds and 1 control")
    chosen = parser.parse_args()
    rounds, controls = _SHORT if chosen.short else (chosen.rounds, chosen.controls)
    root = Path(tempfile.mkdtemp(prefix="chaos-power-"))
    try:
        why_not = _why_not(root / "probe")
        if why_not:
            print(f"POWER seed={chosen.seed} SKIP: {why_not}")
            return 0
        return 0 if asyncio.run(run(root, chosen.seed, rounds, controls)) else 1
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
