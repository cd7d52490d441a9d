"""`make chaos-alerts SEED=…`: dossiers, two notifiers, kill -9; one line, PASS or FAIL.

Two copies decide under a virtual clock and are killed again and again, the broker is restarted
once. In the end each stage of each dossier was raised once where it was owed, and nowhere else.
"""

import argparse
import asyncio
import random
import sys
import time
from collections import defaultdict
from pathlib import Path

import nats
from nats.aio.client import Client

from shared.bus.streams import ALERTS, FACTS
from shared.calendar.civil_time import epoch_of
from shared.events.envelope import LOG_DECODER
from shared.ledger.reader import LogReader, from_the_first
from tests.chaos_alerts.world import (
    BEGIN,
    SPAN_SECONDS,
    Fate,
    closing_facts,
    fates,
    intake_facts,
    judged,
    moments,
)
from tests.support.dossiers import publish
from tests.support.kept import run_in_fresh_directory
from tests.support.server import PASSWORD, TestServer

STEP_SECONDS = 600
_SHORT, _FULL = (5_000, 20), (50_000, 100)
_PATIENCE_SECONDS = 300.0
Raised = dict[tuple[str, str], list[tuple[int, int]]]


class Copies:
    """Two processes, killed and started again; none outlives the run."""

    def __init__(self, server: TestServer, root: Path, clock: Path) -> None:
        self._server = server
        self._root = root
        self._clock = clock
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self.kills = 0

    async def start(self, name: str) -> None:
        (self._root / name / "folded").unlink(missing_ok=True)
        with (self._root / f"{name}.log").open("ab") as log:
            self._running[name] = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.chaos_alerts.copy", "--url", self._server.url,
                "--home", str(self._root / name), "--clock", str(self._clock),
                stdout=log, stderr=log,
            )  # fmt: skip

    async def kill(self, name: str) -> None:
        process = self._running[name]
        assert process.returncode is None, f"{name} died by itself: see {name}.log"
        process.kill()
        await process.wait()
        self.kills += 1

    async def have_seen(self, now: int) -> None:
        """Wait until one of them has said all that is owed at `now`: time waits for the living."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while max(map(self._seen, self._running)) < now:
                await asyncio.sleep(0.01)

    async def have_read(self, sequence: int) -> None:
        """Wait for whoever believes to be at the head of the log.

        Ten virtual minutes pass in a blink: a fact on its way for a blink would be as late.
        """
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while any(0 < self._noted(n, "folded") < sequence for n in self._running):
                await asyncio.sleep(0.01)

    def _seen(self, name: str) -> float:
        return self._noted(name, "seen")

    def _noted(self, name: str, what: str) -> float:
        try:
            return float((self._root / name / what).read_text() or 0)
        except FileNotFoundError:
            return 0.0

    async def end(self) -> None:
        for process in self._running.values():
            if process.returncode is None:
                process.kill()
                await process.wait()


async def run(root: Path, seed: int, count: int, kills: int) -> bool:
    """Feed, kill, settle, compare; prints the line and says whether it passed."""
    started = time.monotonic()
    known = fates(count, seed)
    server = await (await TestServer(root / "nats").start()).provisioned()
    client = await _connected(server)
    clock = root / "clock"
    _show(clock, BEGIN)
    await publish(client, list(intake_facts(known)))
    copies = Copies(server, root, clock)
    try:
        for name in "ab":
            await copies.start(name)
        restarts = await _pass_time(known, seed, kills, server, client, copies, clock)
        raised = await _settled(client, known)
    finally:
        await copies.end()
        await client.close()
        await server.kill()
    verdict = judged(known, raised, slack=2 * STEP_SECONDS, end=BEGIN + SPAN_SECONDS)
    for line in verdict.examples[:10]:
        print("  ", line)
    faults = (verdict.missed, verdict.double, verdict.early, verdict.wrong)
    good = not any(faults) and verdict.owed > 0
    late = sorted(verdict.lateness) or [0]
    print(
        f"CHAOS-ALERTS seed={seed} n={count} raised={verdict.raised} owed={verdict.owed}"
        f" kills={copies.kills} broker_restarts={restarts} MISSED={verdict.missed}"
        f" DOUBLE={verdict.double} EARLY={verdict.early} WRONG={verdict.wrong}"
        f" lateness_p99={late[len(late) * 99 // 100]}s (virtual; a step is {STEP_SECONDS}s)"
        f" seconds={time.monotonic() - started:.0f} {'PASS' if good else 'FAIL'}",
        flush=True,
    )
    return good


async def _pass_time(
    known: list[Fate], seed: int, kills: int, server: TestServer, client: Client, copies: Copies,
    clock: Path,
) -> int:  # fmt: skip
    """Move the virtual clock step by step, say what happened meanwhile, kill in between."""
    chance = random.Random(seed + 1)
    closing = closing_facts(known)
    steps = SPAN_SECONDS // STEP_SECONDS
    doomed = sorted(chance.randrange(steps) for _ in range(kills))
    broker_at, restarts, said_count = chance.randrange(steps // 3, steps * 2 // 3), 0, 0
    for step in range(steps):
        now = BEGIN + step * STEP_SECONDS
        until = said_count
        while until < len(closing) and closing[until][0] <= now:
            until += 1
        if until > said_count:
            await publish(client, [fact for _, fact in closing[said_count:until]])
            said_count = until
            await copies.have_read((await client.jetstream().stream_info(FACTS)).state.last_seq)
        _show(clock, now)
        while doomed and doomed[0] <= step:
            doomed.pop(0)
            name = chance.choice("ab")
            await asyncio.sleep(chance.uniform(0.0, 0.6))
            await copies.kill(name)
            await copies.start(name)
        if step == broker_at:
            await server.kill()
            await server.start()
            restarts += 1
        await copies.have_seen(now)
    _show(clock, BEGIN + SPAN_SECONDS)
    return restarts


async def _settled(client: Client, known: list[Fate]) -> Raised:
    """Wait until what must be raised is, and nothing more comes; then read the log."""
    must = sum(
        1 for fate in known for stage, (first, _) in moments(fate).items()
        if stage != "due_soon" and fate.closed is None and first <= BEGIN + SPAN_SECONDS
    )  # fmt: skip
    deadline = time.monotonic() + _PATIENCE_SECONDS
    js, last, quiet_since = client.jetstream(), -1, time.monotonic()
    while time.monotonic() < deadline:
        state = (await js.stream_info(ALERTS)).state
        if state.last_seq != last:
            last, quiet_since = state.last_seq, time.monotonic()
        if time.monotonic() - quiet_since > 10 and last >= must:
            break
        await asyncio.sleep(0.5)
    return await _raised(client, last)


async def _raised(client: Client, last: int) -> Raised:
    found: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    reader = LogReader(client, stream=ALERTS, service="chaos", after=0, is_same_log=from_the_first)
    reached = 0
    while reached < last:
        batch = await reader.next_batch()
        reached = batch.entries[-1][0]
        for _, body in batch.entries:
            fact = LOG_DECODER.decode(body)
            if fact.type == "alert.raised.v1":
                data = fact.data
                since = epoch_of(data.since_at)  # type: ignore[attr-defined] # by its type
                found[fact.subject, data.stage].append((epoch_of(fact.time), since))  # type: ignore[attr-defined] # by its type
    await reader.close()
    return dict(found)


async def _connected(server: TestServer) -> Client:
    async def keep_quiet(_: Exception) -> None:
        """The broker is restarted: that is no news."""

    return await nats.connect(
        server.url, user="intake", password=PASSWORD, max_reconnect_attempts=-1,
        reconnect_time_wait=0.05, pending_size=0, error_cb=keep_quiet,
    )  # fmt: skip


def _show(clock: Path, now: int) -> None:
    """Change the clock in one step: a reader sees the old time or the new one."""
    beside = clock.with_suffix(".new")
    beside.write_text(str(now))
    beside.replace(clock)


def main() -> int:
    """Parse the arguments, run in a fresh directory, keep it where something is wrong."""
    parser = argparse.ArgumentParser(prog="chaos-alerts", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dossiers", type=int, default=_FULL[0])
    parser.add_argument("--kills", type=int, default=_FULL[1])
    parser.add_argument("--short", action="store_true", help="5,000 dossiers, 20 kills")
    chosen = parser.parse_args()
    dossiers, kills = _SHORT if chosen.short else (chosen.dossiers, chosen.kills)
    return run_in_fresh_directory(
        "chaos-alerts", chosen.seed, lambda root: run(root, chosen.seed, dossiers, kills)
    )


if __name__ == "__main__":
    sys.exit(main())
