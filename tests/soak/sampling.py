"""What is looked at while it runs: freshness, memory, and what the broker holds for us."""

import asyncio
import re
import time
from pathlib import Path

import httpx

from tests.chaos.system import System

_LOOK_SECONDS = 0.2
_SAMPLE_SECONDS = 10.0
_POSITION = re.compile(r'^dvc_fold_position\{service="scoring"\} (\d+)', re.MULTILINE)
_MIB = 1024 * 1024


class Sampling:
    """`seen` is (instant, position on scoring's page); `rss` is (instant, bytes) by process."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.seen: list[tuple[float, int]] = []
        self.rss: dict[str, list[tuple[float, int]]] = {}
        self.held: list[tuple[int, int, int]] = []  # connections, subscriptions, consumers

    async def run(self) -> None:
        """Look until cancelled."""
        async with httpx.AsyncClient(timeout=10) as http:
            await asyncio.gather(self._freshness(http), self._sizes(http))

    async def _freshness(self, http: httpx.AsyncClient) -> None:
        url = self._system.ports.url("scoring") + "/metrics"
        while True:
            page = (await http.get(url)).text
            found = _POSITION.search(page)
            if found:
                self.seen.append((time.monotonic(), int(found[1])))
            await asyncio.sleep(_LOOK_SECONDS)

    async def _sizes(self, http: httpx.AsyncClient) -> None:
        monitor = self._system.ports.url("monitor")
        while True:
            for name, child in self._system.victims.items():
                if child.pid is not None:
                    sample = (time.monotonic(), resident_bytes(child.pid))
                    self.rss.setdefault(name, []).append(sample)
            server = (await http.get(f"{monitor}/varz")).json()
            streams = (await http.get(f"{monitor}/jsz")).json()
            self.held.append((server["connections"], server["subscriptions"], streams["consumers"]))
            await asyncio.sleep(_SAMPLE_SECONDS)

    def slopes(self, after: float) -> dict[str, float]:
        """MiB an hour of each process, by least squares over what was seen after an instant."""
        return {
            name: slope([one for one in samples if one[0] >= after]) * 3600 / _MIB
            for name, samples in self.rss.items()
        }


def resident_bytes(pid: int) -> int:
    """What the process holds in memory now."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def slope(samples: list[tuple[float, int]]) -> float:
    """Growth per second of (second, number), by least squares; 0 for fewer than three."""
    if len(samples) < 3:
        return 0.0
    middle = sum(at for at, _ in samples) / len(samples)
    spread = sum((at - middle) ** 2 for at, _ in samples)
    return sum((at - middle) * value for at, value in samples) / spread
