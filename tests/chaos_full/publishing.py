"""A publisher that never stops, and writes down how it was answered."""

import asyncio
import json
import time

import httpx
from msgspec import Struct

from tests.chaos.system import System

_AT_ONCE = 20
_GOOD = ("accepted", "duplicate")
TRANSPORT = 0
"""The status written down where the connection was refused or cut."""


class Answer(Struct):
    """One request: when it was answered, how, and after how many seconds."""

    at: float
    status: int
    retry_after: str
    seconds: float


class Publisher:
    """Sends batch after batch, each until it is taken; `acknowledged` are promises made to it."""

    def __init__(self, system: System, name: str, bodies: list[bytes]) -> None:
        self._url = system.ports.url("intake") + "/v1/events"
        self._headers = {
            "Authorization": f"Bearer {system.token(name)}",
            "Content-Type": "application/x-ndjson",
        }
        self._name = name
        self._batches = [bodies[at : at + _AT_ONCE] for at in range(0, len(bodies), _AT_ONCE)]
        self.acknowledged: set[tuple[str, str]] = set()
        self.answers: list[Answer] = []
        self.sent = 0

    async def run(self) -> None:
        """Send for ever; when everything is said, it is said again, and is a duplicate."""
        while True:
            for batch in self._batches:
                while not await self._send(batch):
                    await asyncio.sleep(0.3)
                self.sent += 1
                await asyncio.sleep(0.05)

    async def _send(self, batch: list[bytes]) -> bool:
        started = time.monotonic()
        status, retry_after, is_taken = TRANSPORT, "", False
        try:
            # A connection for each: as many small publishers do, and the limits are about them.
            async with httpx.AsyncClient(timeout=60) as http:
                answer = await http.post(
                    self._url, content=b"\n".join(batch), headers=self._headers
                )
            status, retry_after = answer.status_code, answer.headers.get("Retry-After", "")
            if status in (202, 207):
                outcomes = [one["outcome"] for one in answer.json()["results"]]
                for body, outcome in zip(batch, outcomes, strict=True):
                    if outcome in _GOOD:
                        self.acknowledged.add((self._name, json.loads(body)["id"]))
                is_taken = all(outcome in _GOOD for outcome in outcomes)
        except httpx.HTTPError:
            pass
        now = time.monotonic()
        self.answers.append(Answer(now, status, retry_after, now - started))
        return is_taken

    def refusals(self, since: float) -> list[Answer]:
        """What was answered 503 since then."""
        return [one for one in self.answers if one.at >= since and one.status == 503]

    def odd(self, since: float) -> list[str]:
        """What is neither taken, nor 503 with Retry-After, nor a cut connection."""
        lines = []
        for one in self.answers:
            if one.at < since or one.status in (202, 207, 429, TRANSPORT):
                continue
            if one.status != 503:
                lines.append(f"WRONG answer {one.status}")
            elif not one.retry_after.isdigit():
                lines.append("WRONG answer 503 without Retry-After")
        return lines
