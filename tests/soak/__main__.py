"""`make soak`: one seeded run at a steady pace, one line, PASS or FAIL.

A province sees about 1,000,000 dossiers a year, nine facts each, in 250 working days of eight
hours: 1.25 facts a second. A busy hour is taken as four times that; ten times its peak is 50.
"""

import argparse
import asyncio
import sys
import time
from bisect import bisect_left
from datetime import UTC, datetime
from pathlib import Path

from motcua.bench.measuring import percentile
from tests.chaos.__main__ import province, settled
from tests.chaos.checking import lost_and_double, stored_bodies, wrong_series
from tests.chaos.system import System
from tests.support.kept import run_in_fresh_directory

from .pace import Pace
from .sampling import Sampling

RATE = 50.0
_FRESH_SECONDS_MAX = 2.0
_WARM_SHARE = 0.3
# State grows with the facts kept, which is no leak: at most so much of each process for a fact.
_BYTES_A_FACT_MAX = 1500
_LEAK_MIB_AN_HOUR_MAX = 8.0


async def run(root: Path, seed: int, minutes: float, rate: float) -> bool:
    """Publish at the rate, look meanwhile, recount at the end; says whether it passed."""
    facts = round(minutes * 60 * rate)
    bodies = province(facts, seed, datetime.now(UTC).date())
    system = System(root, seed)
    await system.start()
    await system.ready()
    pace, sampling = Pace(system, bodies, rate), Sampling(system)
    looking = asyncio.create_task(sampling.run())
    started = time.monotonic()
    await pace.run()
    took = time.monotonic() - started
    await settled(system)
    await asyncio.sleep(1)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    good = await _judged(system, pace, sampling, started + took * _WARM_SHARE, seed, rate)
    await system.stop()
    return good


async def _judged(
    system: System, pace: Pace, sampling: Sampling, warm: float, seed: int, rate: float
) -> bool:
    stored = await stored_bodies(system)
    lost, double = lost_and_double(stored, pace.acknowledged)
    series, wrong = await wrong_series(system, stored)
    fresh = percentile(freshness(pace, sampling, warm), 0.99)
    slopes = sampling.slopes(warm)
    limit = _LEAK_MIB_AN_HOUR_MAX + _BYTES_A_FACT_MAX * rate * 3600 / 2**20
    held = sampling.held[len(sampling.held) // 3 :]
    is_constant = all(max(column) - min(column) <= 1 for column in zip(*held, strict=True))
    for line in [*pace.refused[:5], *wrong[:10]]:
        print("  ", line)
    good = not (lost or double or wrong or pace.refused) and fresh <= _FRESH_SECONDS_MAX
    good = good and is_constant and max(slopes.values()) <= limit and series > 0
    grown = " ".join(f"{name}={value:+.1f}" for name, value in slopes.items())
    print(f"   memory, MiB an hour: {grown} (at most {limit:.0f}: state grows with the facts)")
    print(f"   connections, subscriptions, consumers: {held[0]} -> {held[-1]}")
    print(
        f"SOAK seed={seed} n={len(stored)} rate={rate:g}/s faults=0 series={series} LOST={lost}"
        f" DOUBLE={double} WRONG={len(wrong)} REFUSED={len(pace.refused)} fresh_p99={fresh:.2f}s"
        f" {'PASS' if good else 'FAIL'}",
        flush=True,
    )
    return good


def freshness(pace: Pace, sampling: Sampling, warm: float) -> list[float]:
    """Seconds from when each fact was due to the first page of scoring that shows it."""
    positions = [position for _, position in sampling.seen]
    return [
        sampling.seen[min(bisect_left(positions, sequence), len(positions) - 1)][0] - due
        for sequence, due in pace.due_at.items()
        if due >= warm
    ]


def main() -> int:
    """Parse the arguments, run in a fresh directory, keep it where something is wrong."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=RATE, help="facts a second")
    chosen = parser.parse_args()
    return run_in_fresh_directory(
        "soak", chosen.seed, lambda root: run(root, chosen.seed, chosen.minutes, chosen.rate)
    )


if __name__ == "__main__":
    sys.exit(main())
