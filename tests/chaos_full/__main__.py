"""`make chaos-full SEED=…`: everything runs out once; one line, PASS or FAIL.

A full disk under the broker and all services, a full stream, no file descriptors and no memory
for a service: publishers are answered 503 with Retry-After, or not at all where nobody can answer;
after what the runbook says, everybody is ready, and nothing that was acknowledged is missing.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from tests.chaos.__main__ import province, settled
from tests.chaos.checking import lost_and_double, stored_bodies, wrong_series
from tests.chaos.outcomes import wrong_alerts, wrong_parcels
from tests.chaos.system import System
from tests.chaos_full.limits import (
    NoDiskError,
    SmallDisk,
    full_disk,
    full_stream,
    no_descriptors,
    no_memory,
)
from tests.chaos_full.publishing import Publisher
from tests.support.kept import run_in_fresh_directory

_SHORT, _FULL = (1_000, 12.0), (10_000, 60.0)
_DISK_MIB = 192
_SETTLE_SECONDS = 120.0
Limit = Callable[[], Awaitable[None]]


class Run:
    """One system on a small disk, and publishers that never stop."""

    def __init__(
        self, root: Path, seed: int, facts: int, today: date, hold: float, only: str
    ) -> None:
        self._disk = SmallDisk(root / "disk", size_mib=_DISK_MIB)
        self._root, self._seed, self._hold, self._only = root, seed, hold, only
        self._bodies = province(facts, seed, today)
        self.wrong: list[str] = []
        self.lost = self.double = self.limits = self.refusals = 0
        self.slowest = 0.0

    async def run(self) -> None:
        """Let everything run out, one after the other.

        Raises:
            NoDiskError: there can be no small disk here.
        """
        self._disk.mount()
        try:
            system = System(self._root, self._seed, small_disk=self._disk.at)
            await system.start()
            try:
                await self._exhaust(system)
            finally:
                await system.stop()
        finally:
            self._disk.unmount()

    async def _exhaust(self, system: System) -> None:
        by_source: dict[str, list[bytes]] = {}
        for body in self._bodies:
            by_source.setdefault(json.loads(body)["source"], []).append(body)
        publishers = [Publisher(system, name, lines) for name, lines in by_source.items()]
        sending = [asyncio.create_task(one.run()) for one in publishers]
        try:
            # Not with an empty log: where its very first write fails, the broker leaves a hole.
            await _go_on(publishers)
            for name, limit in self._all(system).items():
                if self._only in name:
                    await self._one(name, limit, system, publishers)
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
        await self._judge(system, {key for one in publishers for key in one.acknowledged})

    def _all(self, system: System) -> dict[str, Limit]:
        hold = self._hold
        return {
            "stream": partial(full_stream, system, hold),
            "descriptors": partial(no_descriptors, system, "intake", hold),
            "memory": partial(no_memory, system, "intake", hold),
            "disk": partial(full_disk, system, self._disk, hold),
        }

    async def _one(
        self, name: str, limit: Limit, system: System, publishers: list[Publisher]
    ) -> None:
        since = time.monotonic()
        await limit()
        ended = time.monotonic()
        self.limits += 1
        async with asyncio.timeout(120):
            await system.ready()
            await _go_on(publishers)
        took = time.monotonic() - ended
        refused = [answer for one in publishers for answer in one.refusals(since)]
        self.refusals += len(refused)
        self.wrong += [f"{name}: {line}" for one in publishers for line in set(one.odd(since))]
        if name != "memory" and not refused:
            self.wrong.append(f"WRONG {name}: nobody was told to wait")
        quickest = min((one.seconds for one in refused), default=0.0)
        longest = max((one.seconds for one in refused), default=0.0)
        self.slowest = max(self.slowest, longest)
        print(
            f"   {name}: {len(refused)} times 503, after {quickest:.1f} to {longest:.1f} s;"
            f" recovered in {took:.0f} s",
            flush=True,
        )

    async def _judge(self, system: System, promised: set[tuple[str, str]]) -> None:
        await settled(system)
        _, parcels = await wrong_parcels(system, await stored_bodies(system), _SETTLE_SECONDS)
        await settled(system)
        stored = await stored_bodies(system)
        _, alerts = await wrong_alerts(system, stored, _SETTLE_SECONDS)
        self.lost, self.double = lost_and_double(stored, promised)
        _, numbers = await wrong_series(system, stored)
        self.wrong += [*parcels, *alerts, *numbers]


async def _go_on(publishers: list[Publisher]) -> None:
    """Wait until every publisher had another batch taken."""
    before = [one.sent for one in publishers]
    while any(one.sent <= was for one, was in zip(publishers, before, strict=True)):
        await asyncio.sleep(0.1)


async def run(root: Path, seed: int, facts: int, today: date, hold: float, only: str) -> bool:
    """Run it; prints the line and says whether it passed."""
    started = time.monotonic()
    one = Run(root, seed, facts, today, hold, only)
    await one.run()
    for line in one.wrong[:20]:
        print("  ", line)
    good = not (one.lost or one.double or one.wrong)
    print(
        f"FULL seed={seed} day={today} n={facts} faults={one.limits} LOST={one.lost}"
        f" DOUBLE={one.double} WRONG={len(one.wrong)} refused_503={one.refusals}"
        f" slowest_503={one.slowest:.1f}s seconds={time.monotonic() - started:.0f}"
        f" {'PASS' if good else 'FAIL'}",
        flush=True,
    )
    return good


def main() -> int:
    """Parse the arguments, run in a fresh directory."""
    parser = argparse.ArgumentParser(prog="chaos-full", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--facts", type=int, default=_FULL[0])
    parser.add_argument("--hold", type=float, default=_FULL[1], help="seconds of each limit")
    parser.add_argument("--only", default="", help="limits whose name has this in it")
    parser.add_argument("--short", action="store_true", help="1,000 facts, 12 s each")
    parser.add_argument("--day", type=date.fromisoformat, default=datetime.now(UTC).date())
    chosen = parser.parse_args()
    facts, hold = _SHORT if chosen.short else (chosen.facts, chosen.hold)

    async def unless_impossible(root: Path) -> bool:
        try:
            return await run(root, chosen.seed, facts, chosen.day, hold, chosen.only)
        except NoDiskError as error:
            print(f"FULL seed={chosen.seed} SKIP: {error}")
            return True

    return run_in_fresh_directory("chaos-full", chosen.seed, unless_impossible)


if __name__ == "__main__":
    sys.exit(main())
