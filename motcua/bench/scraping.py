"""Rows: a page of many series against prometheus_client's, and how long it holds the loop."""

import asyncio
import time
from typing import Any, Final

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from motcua.bench.child import measured
from motcua.bench.measuring import Goal, Row, row
from motcua.bench.plan import Plan
from shared.observability import Page
from shared.runtime import settle_memory

_SHARE: Final = 0.02
_HOLD_MS: Final = 20.0
_RENDERS: Final = 5
_LABELS: Final = ("agency", "field", "stage")


async def scrape(plan: Plan) -> list[Row]:
    """Render after every number changed, which is the most a scrape can cost."""
    ours, theirs = [], []
    for _ in range(plan.rounds):
        ours.append(await measured("scraping:own_page", count=plan.series))
        theirs.append(await measured("scraping:client_page", count=plan.series))
    return [
        row(
            "scrape", f"Trang /metrics {plan.series} chuỗi, mọi số vừa đổi", "ms",
            ours=[one["all_ms"] for one in ours], yardstick=[one["all_ms"] for one in theirs],
            yardstick_name="prometheus_client", goal=Goal(at_most=_SHARE),
            details={"tenth_changed_ms": [one["tenth_ms"] for one in ours],
                     "set_us_per_series": [one["set_us"] for one in ours],
                     "bytes": ours[0]["bytes"]},
        ),
        row(
            "scrape-hold", "  … giữ vòng sự kiện lâu nhất", "ms",
            ours=[one["hold_ms"] for one in ours], goal=Goal(at_most=_HOLD_MS),
        ),
    ]  # fmt: skip


def _labels(number: int) -> tuple[str, str, str]:
    return f"H99.{number // 100}", f"linh-vuc-{number % 100 // 4}", f"stage_{number % 4}"


async def own_page(count: int) -> dict[str, Any]:
    """Our page: once all numbers changed, then every tenth."""
    page = Page()
    series = page.gauge("dvc_dossiers_open", "Open dossiers.", _LABELS)
    keys = [_labels(number) for number in range(count)]
    for key in keys:
        series.set(key, 0)
    settle_memory()
    everything, tenths, holds, sets, size = [], [], [], [], 0
    for turn in range(1, _RENDERS + 1):
        started = time.perf_counter()
        for key in keys:
            series.set(key, turn)
        sets.append((time.perf_counter() - started) / max(count, 1) * 1e6)
        seconds, hold, size = await _rendered(page)
        everything.append(seconds)
        holds.append(hold)
        for key in keys[: count // 10]:
            series.set(key, -turn)
        tenths.append((await _rendered(page))[0])
    return {
        "all_ms": sorted(everything)[_RENDERS // 2] * 1e3,
        "tenth_ms": sorted(tenths)[_RENDERS // 2] * 1e3,
        "hold_ms": max(holds) * 1e3, "set_us": min(sets), "bytes": size,
    }  # fmt: skip


async def _rendered(page: Page) -> tuple[float, float, int]:
    """Render beside a task that only notes when it may run: seconds, longest hold, bytes."""
    longest, last = 0.0, time.perf_counter()

    async def pulse() -> None:
        nonlocal longest, last
        while True:
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            await asyncio.sleep(0)

    beating = asyncio.create_task(pulse())
    await asyncio.sleep(0)
    started = time.perf_counter()
    body = await page.render()
    seconds = time.perf_counter() - started
    await asyncio.sleep(0)
    beating.cancel()
    return seconds, longest, len(body)


def client_page(count: int) -> dict[str, Any]:
    """The same series of prometheus_client, its way."""
    registry = CollectorRegistry()
    gauge = Gauge("dvc_dossiers_open", "Open dossiers.", _LABELS, registry=registry)
    children = [gauge.labels(*_labels(number)) for number in range(count)]
    took = []
    for turn in range(2):
        for child in children:
            child.set(turn)
        started = time.perf_counter()
        generate_latest(registry)
        took.append(time.perf_counter() - started)
    return {"all_ms": min(took) * 1e3}
