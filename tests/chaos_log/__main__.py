"""`make chaos-log SEED=…`: the log lies in four ways; one line, PASS or FAIL.

An older copy of the store is put back and facts are said again; the stream is deleted and made
anew; a message goes missing; a bit flips. Within a minute every fold stops or starts over, and
nothing wrong is shown meanwhile: every page of scoring is the recount of a log that was true.
"""

import argparse
import asyncio
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import httpx

from motcua.home import HTTP_SERVICES
from shared.bus.streams import FACTS, core_streams
from tests.chaos.__main__ import province, settled
from tests.chaos.checking import connected, lost_and_double, stored_bodies, wrong_series
from tests.chaos.feeding import Feed
from tests.chaos.outcomes import wrong_alerts, wrong_parcels
from tests.chaos.system import System
from tests.chaos_log.pages import Pages
from tests.chaos_log.store import copy, exchange, flip_a_bit, forget, store_of, while_down
from tests.support.kept import run_in_fresh_directory

_SHORT, _FULL = 2_000, 20_000
_WITHIN_SECONDS = 60.0
_SETTLE_SECONDS = 120.0
_HALTED = re.compile("gap|halted")


class Run:
    """One system that is lied to again and again."""

    def __init__(self, root: Path, seed: int, facts: int, today: date) -> None:
        bodies = province(facts, seed, today)
        third = len(bodies) // 3
        self._parts = bodies[:third], bodies[third : 2 * third], bodies[2 * third :]
        self._root, self._seed = root, seed
        self._system = System(root, seed)
        self._pages = Pages(self._system)
        self._feeds: list[Feed] = []
        self._count = 0
        self.wrong: list[str] = []
        self.lost = self.double = self.lies = 0
        self.slowest = 0.0

    def _all(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {
            "rewound": self._rewound,
            "recreated": self._recreated,
            "missing": self._missing,
            "flipped": self._flipped,
        }

    async def run(self, only: str) -> None:
        """Lie four times, and judge after each; or `only` in one way beside the first."""
        await self._system.start()
        looking = asyncio.create_task(self._pages.run())
        try:
            # The first one also says everything that the others need.
            for name, lie in self._all().items():
                if name in ("rewound", only or name):
                    await lie()
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            await self._system.stop()

    # ------------------------------------------------------------------ the lies

    async def _rewound(self) -> None:
        """An older copy comes back, and newer facts take the places of those it lacks."""
        first, second, third = self._parts
        older, store = self._root / "older", store_of(self._system)
        await self._say(first)
        await while_down(self._system, "nats", lambda: copy(store, older))
        await self._say(second)
        before = await self._whole()
        since = time.monotonic()
        await while_down(self._system, "nats", lambda: exchange(store, older))
        # As publishers do after a loss: what they said since, said again. Nothing of it may be
        # called a duplicate that the log no longer has.
        self._feeds.clear()
        await self._say([*third, *second])
        await self._say(first)
        await self._judge("rewound", since, before)

    async def _recreated(self) -> None:
        """The stream is deleted and made anew; this one lets messages be deleted."""
        before = await self._whole()
        since = time.monotonic()
        client = await connected(self._system)
        js = client.jetstream()
        await js.delete_stream(FACTS)
        shipped = next(one for one in core_streams() if one.name == FACTS)
        await js.add_stream(shipped.evolve(deny_delete=False))
        await client.close()
        self._feeds.clear()
        for part in self._parts:
            await self._say(part)
        await self._judge("recreated", since, before)

    async def _missing(self) -> None:
        """A message is deleted from the log; whoever folds it anew must stop there."""
        good, store = self._root / "good", store_of(self._system)
        await while_down(self._system, "nats", lambda: copy(store, good))
        await self._system.ready()
        before = await self._whole()
        client = await connected(self._system)
        await client.jetstream().delete_msg(FACTS, self._count // 2)
        await client.close()
        await self._halt_and_mend("missing", before, good)

    async def _flipped(self) -> None:
        """A bit flips on the disk: the broker passes over the message without a word."""
        good, store = self._root / "again", store_of(self._system)
        before = await self._whole()
        body = before[self._count // 2]

        def damage() -> None:
            copy(store, good)
            flip_a_bit(store, body)

        # Stopped in good order: after a kill -9 the broker reads its blocks again, finds the bad
        # one and cuts the log off there, which is the first lie once more.
        await while_down(self._system, "nats", damage, signal.SIGTERM)
        await self._system.ready()
        await self._halt_and_mend("flipped", before, good)

    async def _halt_and_mend(self, lie: str, before: list[bytes], good: Path) -> None:
        """Everybody folds anew, and stops at the hole; a whole copy in its place mends it."""
        since = time.monotonic()
        for name in HTTP_SERVICES:
            await while_down(self._system, name, partial(forget, self._system.home.root, name))
        await self._all_halted(lie, since)
        hidden_from = time.monotonic()
        await asyncio.sleep(5)
        if any(page.series for page in self._pages.shown if page.at > hidden_from):
            self.wrong.append(f"WRONG {lie}: numbers of a log with a hole were shown")
        store = store_of(self._system)
        since = time.monotonic()
        await while_down(self._system, "nats", lambda: exchange(store, good))
        await self._judge(lie, since, before)

    # ------------------------------------------------------------------ between them

    async def _say(self, bodies: list[bytes]) -> None:
        """Say it, each until it is answered."""
        feed = Feed(self._system, bodies, self._seed)
        self._feeds.append(feed)
        await feed.run()
        await self._system.ready()

    async def _whole(self) -> list[bytes]:
        """Return the log once everybody has folded it."""
        await settled(self._system)
        bodies = await stored_bodies(self._system)
        self._count = len(bodies)
        return bodies

    async def _all_halted(self, lie: str, since: float) -> None:
        left = set(HTTP_SERVICES)
        async with httpx.AsyncClient(timeout=5) as http:
            while left and time.monotonic() - since < _WITHIN_SECONDS:
                for name in sorted(left):
                    try:
                        url = self._system.ports.url(name) + "/health/ready"
                        answer = await http.get(url)
                    except httpx.HTTPError:
                        continue
                    if answer.status_code == 503 and (
                        "gap" in answer.text or "halt" in answer.text
                    ):
                        left.discard(name)
                await asyncio.sleep(0.2)
        self.slowest = max(self.slowest, time.monotonic() - since)
        self.wrong += [f"WRONG {lie}: {name} does not say that the log has a hole" for name in left]

    async def _judge(self, lie: str, since: float, before: list[bytes]) -> None:
        """Everything must be as in the log that stands now, in a minute and for good."""
        self.lies += 1
        await self._system.ready(_WITHIN_SECONDS)
        self.slowest = max(self.slowest, time.monotonic() - since)
        _, parcels = await wrong_parcels(self._system, await self._whole(), _SETTLE_SECONDS)
        now = await self._whole()
        _, alerts = await wrong_alerts(self._system, now, _SETTLE_SECONDS)
        promised = {one for feed in self._feeds for one in feed.acknowledged}
        lost, double = lost_and_double(now, promised)
        series, numbers = await wrong_series(self._system, now)
        refused = [line for feed in self._feeds for line in feed.refused]
        # The log grows meanwhile by what the services say: pages are judged by one read after them.
        looked_at = self._pages.between(since, time.monotonic())
        pages = self._pages.wrong(looked_at, since, before, await stored_bodies(self._system))
        self.lost, self.double = self.lost + lost, self.double + double
        found = [*parcels, *alerts, *numbers, *refused, *pages, *([] if series else ["no series"])]
        self.wrong += [f"{lie}: {line}" for line in found]
        print(f"   {lie}: {len(now)} facts, {len(found)} wrong, {lost} lost", flush=True)


async def run(root: Path, seed: int, facts: int, today: date, only: str) -> bool:
    """Run it; prints the line and says whether it passed."""
    started = time.monotonic()
    one = Run(root, seed, facts, today)
    await one.run(only)
    for line in one.wrong[:20]:
        print("  ", line)
    good = not (one.lost or one.double or one.wrong) and one.slowest <= _WITHIN_SECONDS
    print(
        f"LOG seed={seed} day={today} n={facts} faults={one.lies} LOST={one.lost}"
        f" DOUBLE={one.double} WRONG={len(one.wrong)} slowest={one.slowest:.0f}s"
        f" seconds={time.monotonic() - started:.0f} {'PASS' if good else 'FAIL'}",
        flush=True,
    )
    return good


def main() -> int:
    """Parse the arguments, run in a fresh directory, keep it where something is wrong."""
    parser = argparse.ArgumentParser(prog="chaos-log", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--facts", type=int, default=_FULL)
    lies = ("rewound", "recreated", "flipped")  # a message can go missing in a stream made anew
    parser.add_argument("--only", default="", choices=lies, help="one lie, beside the first")
    parser.add_argument("--short", action="store_true", help="2,000 facts")
    parser.add_argument("--day", type=date.fromisoformat, default=datetime.now(UTC).date())
    chosen = parser.parse_args()
    facts = _SHORT if chosen.short else chosen.facts
    return run_in_fresh_directory(
        "chaos-log",
        chosen.seed,
        lambda root: run(root, chosen.seed, facts, chosen.day, chosen.only),
    )


if __name__ == "__main__":
    sys.exit(main())
