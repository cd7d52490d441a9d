"""`make chaos-zombies SEED=…`: processes that could live on and do nothing; one line, PASS or FAIL.

Consumers deleted, logins revoked, connections half open, a slow network, the broker or a service
stopped where it stands, a long outage: publishers send all the while. 45 seconds after a fault is
over, or after it began where it does not end by itself, everybody is at the head of the log again;
nobody says that it is ready without moving; and in the end nothing is lost, double or wrong.
"""

import argparse
import asyncio
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import nats
from nats.errors import Error as NatsError

from shared.bus.streams import FACTS
from tests.chaos.__main__ import province, settled
from tests.chaos.checking import connected, lost_and_double, stored_bodies, wrong_series
from tests.chaos.feeding import Feed
from tests.chaos.outcomes import wrong_alerts, wrong_parcels
from tests.chaos.system import System
from tests.chaos_zombies.faults import Faults
from tests.chaos_zombies.watching import Watch
from tests.support.kept import run_in_fresh_directory
from tests.support.tcp_proxy import TcpProxy

_RECOVERED_WITHIN_SECONDS = 45.0
_SETTLE_SECONDS = 120.0
_SHORT, _FULL = (1_000, 40.0, 40.0), (20_000, 90.0, 600.0)


class Run:
    """One system behind a network that we hold in our hand."""

    def __init__(self, root: Path, seed: int, facts: int, today: date) -> None:
        self._root, self._seed = root, seed
        self._bodies = province(facts, seed, today)
        self._head = 0
        self._feeds: list[Feed] = []
        self.wrong: list[str] = []
        self.lost = self.double = self.faults = 0
        self.slowest = 0.0

    async def run(self, hold: float, outage: float, only: str) -> None:
        """Do every fault, one after the other, under load."""
        system = System(self._root, self._seed)
        proxy = await TcpProxy(system.ports.of("nats")).start()
        system.reach_the_broker_at(f"nats://127.0.0.1:{proxy.port}")
        watch = Watch(system, lambda: self._head)
        await system.start()
        looking = [asyncio.create_task(self._follow_head(system)), asyncio.create_task(watch.run())]
        faults = Faults(system, proxy, hold_seconds=hold, outage_seconds=outage).all()
        chosen = {name: one for name, one in faults.items() if only in name}
        size = len(self._bodies) // len(chosen)
        try:
            for place, (name, fault) in enumerate(chosen.items()):
                feed = Feed(system, self._bodies[place * size : (place + 1) * size], self._seed)
                self._feeds.append(feed)
                feeding = asyncio.create_task(feed.run())
                await fault()
                self.faults += 1
                await self._recovers(name, watch, feeding)
            await self._judge(system)
        finally:
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)
            await system.stop()
            await proxy.stop()
        self.wrong += watch.wrong()

    async def _follow_head(self, system: System) -> None:
        """Know the head of the log, past the network that we break."""
        while True:
            try:
                client = await connected(system)
                while True:
                    info = await client.jetstream().stream_info(FACTS)
                    self._head = info.state.last_seq
                    await asyncio.sleep(0.5)
            except (TimeoutError, NatsError, OSError, nats.errors.Error):
                await asyncio.sleep(0.5)

    async def _recovers(self, name: str, watch: Watch, feeding: "asyncio.Task[None]") -> None:
        """Wait until all is said and everybody is at the head."""
        started = time.monotonic()
        while not (feeding.done() and watch.all_at_head()):
            if time.monotonic() - started > 4 * _RECOVERED_WITHIN_SECONDS:
                break
            await asyncio.sleep(0.2)
        took = time.monotonic() - started
        self.slowest = max(self.slowest, took)
        if took > _RECOVERED_WITHIN_SECONDS:
            left = [one for one, is_ready in watch.is_ready.items() if not is_ready]
            self.wrong.append(f"WRONG after {name}: {took:.0f} s, not ready: {left}")
        print(f"   {name}: recovered in {took:.0f} s", flush=True)
        await feeding

    async def _judge(self, system: System) -> None:
        await settled(system)
        stored = await stored_bodies(system)
        _, parcels = await wrong_parcels(system, stored, _SETTLE_SECONDS)
        await settled(system)
        stored = await stored_bodies(system)
        _, alerts = await wrong_alerts(system, stored, _SETTLE_SECONDS)
        promised = {one for feed in self._feeds for one in feed.acknowledged}
        self.lost, self.double = lost_and_double(stored, promised)
        _, numbers = await wrong_series(system, stored)
        self.wrong += [*parcels, *alerts, *numbers]
        self.wrong += [line for feed in self._feeds for line in feed.refused]


async def run(
    root: Path, seed: int, facts: int, today: date, hold: float, outage: float, only: str
) -> bool:
    """Run it; prints the line and says whether it passed."""
    started = time.monotonic()
    one = Run(root, seed, facts, today)
    await one.run(hold, outage, only)
    for line in one.wrong[:20]:
        print("  ", line)
    good = not (one.lost or one.double or one.wrong)
    print(
        f"ZOMBIES seed={seed} day={today} n={facts} faults={one.faults} hold={hold:.0f}s"
        f" outage={outage:.0f}s LOST={one.lost} DOUBLE={one.double} WRONG={len(one.wrong)}"
        f" slowest_recovery={one.slowest:.0f}s seconds={time.monotonic() - started:.0f}"
        f" {'PASS' if good else 'FAIL'}",
        flush=True,
    )
    return good


def main() -> int:
    """Parse the arguments, run in a fresh directory, keep it where something is wrong."""
    parser = argparse.ArgumentParser(prog="chaos-zombies", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--facts", type=int, default=_FULL[0])
    parser.add_argument("--hold", type=float, default=_FULL[1], help="seconds of a SIGSTOP")
    parser.add_argument("--outage", type=float, default=_FULL[2], help="seconds")
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    parser.add_argument("--short", action="store_true", help="1,000 facts, 40 s each")
    parser.add_argument("--day", type=date.fromisoformat, default=datetime.now(UTC).date())
    chosen = parser.parse_args()
    asked = (chosen.facts, chosen.hold, chosen.outage)
    facts, hold, outage = _SHORT if chosen.short else asked
    return run_in_fresh_directory(
        "chaos-zombies",
        chosen.seed,
        lambda root: run(root, chosen.seed, facts, chosen.day, hold, outage, chosen.only),
    )


if __name__ == "__main__":
    sys.exit(main())
