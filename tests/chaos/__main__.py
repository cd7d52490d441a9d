"""`make chaos SEED=…`: one seeded run, one line, PASS or FAIL."""

import argparse
import asyncio
import json
import random
import re
import sys
import time
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

from motcua.simulate.province import simulate
from shared.calendar.civil_time import instant_of, midnight_epoch
from tests.support.kept import run_in_fresh_directory

from .checking import connected, lost_and_double, stored_bodies, wrong_series
from .feeding import Feed
from .outcomes import wrong_alerts, wrong_parcels
from .system import PROFILE, System

_SHORT = (20_000, 10)
_FULL = (200_000, 30)
_DAYS = 25  # the gateway sends nothing of a result that is a month old
_SETTLE_SECONDS = 240.0
_POSITION = re.compile(r'^dvc_fold_position\{service="scoring"\} (\d+)', re.MULTILINE)


def province(facts: int, seed: int, today: date) -> list[bytes]:
    """Return what the publishers say of the last weeks; nobody hands a result out by other means.

    The gateway alone decides about what goes by post, so that an order is owed or is not.
    """
    told = simulate(
        PROFILE, facts // 4, seed, procedures=False,
        first_day=today - timedelta(days=_DAYS), until=instant_of(midnight_epoch(today)),
    )  # fmt: skip
    return list(islice((body for body in told if not _is_postal_return(body)), facts))


def _is_postal_return(body: bytes) -> bool:
    if b'"dossier.returned.v1"' not in body:
        return False
    return bool(json.loads(body)["data"].get("delivery") == "postal")


async def run(root: Path, seed: int, facts: int, kills: int, today: date) -> bool:
    """Feed, kill, settle, compare; prints the line and says whether it passed."""
    bodies = province(facts, seed, today)
    system = System(root, seed)
    feed = Feed(system, bodies, seed)
    started = time.monotonic()
    await system.start()
    feeding = asyncio.create_task(feed.run())
    await _kill_while(system, feed, feeding, kills, seed)
    await feeding
    fed = time.monotonic()
    await system.ready()
    good = await _judged(system, feed, f"CHAOS seed={seed} day={today}", bodies, started)
    print(f"   fed in {fed - started:.0f} s; killed {dict(system.killed)} at {dict(system.points)}")
    await system.stop()
    return good


async def _judged(
    system: System, feed: Feed, title: str, bodies: list[bytes], started: float
) -> bool:
    settle = _SETTLE_SECONDS + len(bodies) / 1000
    orders, parcels = await wrong_parcels(system, bodies, settle)
    raised, alerts = await wrong_alerts(system, bodies, settle)
    await settled(system)
    stored = await stored_bodies(system)
    lost, double = lost_and_double(stored, feed.acknowledged)
    series, wrong = await wrong_series(system, stored)
    wrong += alerts + parcels
    for line in [*feed.refused[:5], *wrong[:20]]:
        print("  ", line)
    distinct = len({id(one) for one in bodies})
    good = not (lost or double or wrong or feed.refused)
    good = good and len(stored) >= distinct and min(series, raised, orders) > 0
    print(
        f"{title} n={len(bodies)} stored={len(stored)} sent={feed.sent} faults={system.kills}"
        f" series={series} alerts={raised} parcels={orders} LOST={lost} DOUBLE={double}"
        f" WRONG={len(wrong)} REFUSED={len(feed.refused)}"
        f" seconds={time.monotonic() - started:.0f} {'PASS' if good else 'FAIL'}",
        flush=True,
    )
    return good


async def _kill_while(
    system: System, feed: Feed, feeding: "asyncio.Task[None]", kills: int, seed: int
) -> None:
    """Kill at random shares of the way, and go on killing until the number is reached."""
    shares = sorted(random.Random(seed + 2).uniform(0.02, 0.95) for _ in range(kills))
    for share in shares:
        while not feeding.done() and feed.sent < share * feed.total:
            await asyncio.sleep(0.05)
        while not await system.kill_one():
            await asyncio.sleep(0.1)
        # Overlapping failures are wanted, a system that never runs is not.
        await asyncio.sleep(0.3)
        if feeding.done():
            await system.ready()


async def settled(system: System) -> None:
    """Wait until scoring has folded the last fact.

    Raises:
        TimeoutError: it did not within two minutes.
    """
    import httpx

    client = await connected(system)
    last = (await client.jetstream().stream_info("FACTS")).state.last_seq
    await client.close()
    async with httpx.AsyncClient(timeout=10) as http:
        for _ in range(1200):
            page = (await http.get(system.ports.url("scoring") + "/metrics")).text
            found = _POSITION.search(page)
            if found and int(found[1]) >= last:  # scoring itself adds what it says of targets
                return
            await asyncio.sleep(0.1)
    raise TimeoutError(f"scoring has not reached {last}")


def main() -> int:
    """Parse the arguments, run in a fresh directory, keep it where something is wrong."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--facts", type=int, default=_FULL[0])
    parser.add_argument("--kills", type=int, default=_FULL[1])
    parser.add_argument("--short", action="store_true", help="20,000 facts, 10 kills")
    # The gateway asks what is recent: to repeat a run, give it the same distance to today.
    parser.add_argument("--day", type=date.fromisoformat, default=datetime.now(UTC).date())
    chosen = parser.parse_args()
    facts, kills = _SHORT if chosen.short else (chosen.facts, chosen.kills)
    return run_in_fresh_directory(
        "chaos", chosen.seed, lambda root: run(root, chosen.seed, facts, kills, chosen.day)
    )


if __name__ == "__main__":
    sys.exit(main())
