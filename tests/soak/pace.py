"""Publishers that keep to the clock: a fact is due at its instant, whether or not we are late."""

import asyncio
import json
import time
from collections.abc import Sequence

import httpx

from tests.chaos.system import System

_EVERY_SECONDS = 0.1
_TAKEN = ("accepted", "duplicate")


class Pace:
    """Sends bodies in their order at a rate, over HTTP, each source by its own login."""

    def __init__(self, system: System, bodies: Sequence[bytes], rate: float) -> None:
        self._system = system
        self._bodies = bodies
        self._rate = rate
        self.acknowledged: set[tuple[str, str]] = set()
        self.due_at: dict[int, float] = {}  # by place in the log, on the machine's stopwatch
        self.refused: list[str] = []

    async def run(self) -> None:
        """Send everything; a second's delay of ours counts against freshness, not for it."""
        started, sent = time.monotonic(), 0
        async with httpx.AsyncClient(timeout=30) as http, asyncio.TaskGroup() as group:
            while sent < len(self._bodies):
                await asyncio.sleep(_EVERY_SECONDS)
                upto = min(len(self._bodies), int((time.monotonic() - started) * self._rate))
                by_source: dict[str, list[tuple[float, bytes]]] = {}
                for number in range(sent, upto):
                    body = self._bodies[number]
                    due = started + number / self._rate
                    by_source.setdefault(json.loads(body)["source"], []).append((due, body))
                for source, lines in by_source.items():
                    group.create_task(self._post(http, source, lines))
                sent = upto

    async def _post(
        self, http: httpx.AsyncClient, source: str, lines: list[tuple[float, bytes]]
    ) -> None:
        answer = await http.post(
            self._system.ports.url("intake") + "/v1/events",
            content=b"\n".join(body for _, body in lines),
            headers={
                "Authorization": f"Bearer {self._system.token(source)}",
                "Content-Type": "application/x-ndjson",
            },
        )
        results = answer.json().get("results", [])
        if len(results) != len(lines):
            self.refused.append(f"{answer.status_code} for {len(lines)} lines")
            return
        for (due, body), result in zip(lines, results, strict=True):
            if result["outcome"] not in _TAKEN:
                self.refused.append(json.dumps(result))
                continue
            self.acknowledged.add((source, json.loads(body)["id"]))
            self.due_at[result["sequence"]] = due
