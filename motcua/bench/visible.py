"""Row: from a publisher's event to the number on /metrics, of the real scoring service over HTTP.

The publisher is an open loop: a fact's time runs from the instant it was due to be sent, whether
or not the sender was late. It is visible when a scrape that shows its position has been read to
the end; the scraper asks again after five milliseconds, and its own waiting counts against us.
"""

import asyncio
import os
import sys
import time
from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import httpx

from motcua.bench import corpus
from motcua.bench.broker import Address, broker, free_ports
from motcua.bench.child import ChildError, measured
from motcua.bench.filling import long_log
from motcua.bench.measuring import Goal, Row, percentile, row
from motcua.bench.plan import Plan
from shared.bus.publishing import LogWriter

_GOALS_MS: Final = {1_000: 50.0, 20_000: 100.0}
_GATHER_SECONDS: Final = 0.005
_IN_FLIGHT: Final = 4
_SCRAPE_PAUSE_SECONDS: Final = 0.005
_PATIENCE_SECONDS: Final = 60.0
_POSITION: Final = b'\ndvc_fold_position{service="scoring"} '
_WARM_SHARE: Final = 0.1


async def visible(plan: Plan) -> list[Row]:
    """Every rate for some seconds, several times, each on a fresh log and service."""
    home = plan.home / "visible"
    home.mkdir()
    corpus.save(corpus.told(max(60, plan.dossiers // 10)), home / "facts")
    rows = []
    for rate in plan.rates:
        p50: list[float] = []
        p99: list[float] = []
        stored: list[float] = []
        for number in range(plan.rounds):
            took, acked = await _round(home, f"{rate}-{number}", rate, plan.visible_seconds)
            stored.append(percentile(acked, 0.50))
            p50.append(percentile(took, 0.50))
            p99.append(percentile(took, 0.99))
        limit = _GOALS_MS.get(rate)
        rows.append(
            row(
                f"visible-{rate}", f"Gửi → thấy trên /metrics, {rate} sự kiện/giây: p99", "ms",
                ours=p99, goal=None if limit is None else Goal(at_most=limit),
                note=f"p50 {sorted(p50)[len(p50) // 2]:.1f} ms; riêng ghi bền {max(stored):.1f} ms",
                details={"p50_ms": p50, "acknowledged_p50_ms": stored,
                         "seconds": plan.visible_seconds},
            )
        )  # fmt: skip
    return rows


async def _round(
    home: Path, name: str, rate: int, seconds: float
) -> tuple[list[float], list[float]]:
    """Milliseconds until visible, and until acknowledged, of every fact after the first tenth."""
    async with (
        broker(home / name) as address,
        _service(home / name, address) as url,
    ):
        total = round(rate * seconds)
        sent, seen = await asyncio.gather(
            measured(
                "visible:publish", url=address.url, password=address.password, rate=rate,
                path=str(home / "facts"), total=total,
            ),
            measured("visible:scrape", url=url, total=total),
        )  # fmt: skip
    warm = int(total * _WARM_SHARE)
    facts = sent["facts"][warm:]
    acked = [(at - due) * 1e3 for due, _, at in facts]
    return latencies_ms(facts, seen["pages"]), acked


def latencies_ms(facts: list[list[float]], pages: list[list[float]]) -> list[float]:
    """Milliseconds from each (due, sequence, …) to the first (read, position) that shows it.

    A fact that no page shows has waited until the last page, at least.
    """
    positions = [position for _, position in pages]
    took = []
    for due, sequence, *_ in facts:
        at = min(bisect_left(positions, sequence), len(pages) - 1)
        took.append((pages[at][0] - due) * 1e3)
    return took


@asynccontextmanager
async def _service(data: Path, address: Address) -> AsyncIterator[str]:
    """The scoring service as `motcua run` starts it."""
    corpus.catalogue_file(data)
    [port] = free_ports(1)
    environment = {
        "MOTCUA_NATS_URL": address.url,
        "MOTCUA_NATS_USER": "scoring",
        "MOTCUA_NATS_NKEY": address.scoring_seed,
        "MOTCUA_DATA": str(data),
        "MOTCUA_HTTP_PORT": str(port),
        "MOTCUA_CATALOGUE": str(data / "catalogue.json"),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.scoring", env=dict(os.environ) | environment,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        await _until_ready(url, process)
        yield url
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    async with httpx.AsyncClient() as client:
        while process.returncode is None and time.monotonic() < deadline:
            try:
                if (await client.get(f"{url}/health/ready")).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)
    raise ChildError("services.scoring did not become ready")


async def publish(url: str, password: str, path: str, rate: int, total: int) -> dict[str, Any]:
    """Publish `total` facts on time, gathered for 5 ms as intake does.

    Returns {"facts": [[due, sequence, acknowledged], …]} in order of sequence; both instants by
    the machine's stopwatch.
    """
    client = await Address(url, password).client("intake")
    writer, slots = LogWriter(client, stream="FACTS"), asyncio.Semaphore(_IN_FLIGHT)
    messages = list(islice(long_log(corpus.load(path), total), total))
    sent: list[list[float]] = []
    started = time.monotonic() + 0.5

    async def append(first: int, last: int) -> None:
        stored = await writer.append_all(messages[first:last])
        slots.release()
        acked = time.monotonic()
        for number, one in enumerate(stored, first):
            sent.append([started + number / rate, one.sequence, acked])

    done = 0
    async with asyncio.TaskGroup() as group:
        while done < len(messages):
            await asyncio.sleep(_GATHER_SECONDS)
            await slots.acquire()
            due = min(len(messages), int((time.monotonic() - started) * rate) + 1)
            if due > done:
                group.create_task(append(done, due))
                done = due
            else:
                slots.release()
    await client.close()
    return {"facts": sorted(sent, key=lambda one: one[1])}


async def scrape(url: str, total: int) -> dict[str, Any]:
    """Scrape until everything is visible; returns {"pages": [[read, position], …]}."""
    pages: list[list[float]] = []
    async with httpx.AsyncClient() as client:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        position = 0
        while position < total and time.monotonic() < deadline:
            page = (await client.get(f"{url}/metrics", headers={"accept-encoding": ""})).content
            read = time.monotonic()
            position = int(page.partition(_POSITION)[2].partition(b"\n")[0] or 0)
            pages.append([read, position])
            await asyncio.sleep(_SCRAPE_PAUSE_SECONDS)
    return {"pages": pages}
