"""Publishers under fire: each sends until it has its answer, repeats some, and mixes the order."""

import asyncio
import json
import random
from collections.abc import Sequence

import httpx
import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from .system import System

_AT_ONCE = 200
_NATS_IN_FLIGHT = 64
_GOOD = ("accepted", "duplicate")


class Feed:
    """All publishers together; `acknowledged` holds (source, id) of every promise made to us."""

    def __init__(self, system: System, bodies: Sequence[bytes], seed: int) -> None:
        self._system = system
        self._random = random.Random(seed + 1)
        self.acknowledged: set[tuple[str, str]] = set()
        self.refused: list[str] = []
        self.sent = 0
        self.total = 0
        self._by_source: dict[str, list[bytes]] = {}
        for body in bodies:
            self._by_source.setdefault(json.loads(body)["source"], []).append(body)
        for name, lines in self._by_source.items():
            self._by_source[name] = self._disturbed(lines)
            self.total += len(self._by_source[name])

    def _disturbed(self, lines: list[bytes]) -> list[bytes]:
        """Return the lines with every twentieth said again, and shuffled within 50 places."""
        again = lines + self._random.sample(lines, k=len(lines) // 20)
        places = {id(one): place for place, one in enumerate(lines)}
        keyed = [(places[id(one)] + self._random.random() * 50, n) for n, one in enumerate(again)]
        return [again[n] for _, n in sorted(keyed)]

    async def run(self) -> None:
        """Send everything; returns when every line has its answer."""
        *over_http, last = sorted(self._by_source)
        await asyncio.gather(*(self._http(name) for name in over_http), self._nats(last))

    async def _http(self, name: str) -> None:
        lines = self._by_source[name]
        headers = {
            "Authorization": f"Bearer {self._system.token(name)}",
            "Content-Type": "application/x-ndjson",
        }
        url = self._system.ports.url("intake") + "/v1/events"
        async with httpx.AsyncClient(timeout=30) as http:
            for at in range(0, len(lines), _AT_ONCE):
                waiting = lines[at : at + _AT_ONCE]
                while waiting:
                    waiting = await self._post(http, url, headers, name, waiting)
                self.sent += len(lines[at : at + _AT_ONCE])

    async def _post(
        self,
        http: httpx.AsyncClient,
        url: str,
        headers: dict[str, str],
        name: str,
        lines: list[bytes],
    ) -> list[bytes]:
        """Return the lines that must be sent again: the same bytes with the same ids."""
        try:
            answer = await http.post(url, content=b"\n".join(lines), headers=headers)
        except httpx.HTTPError:
            await asyncio.sleep(0.2)
            return lines
        if answer.status_code in (429, 503):
            await asyncio.sleep(0.2)
            return lines
        if answer.status_code not in (202, 207, 409, 422):
            raise RuntimeError(f"intake answered {answer.status_code}: {answer.text[:300]}")
        results = answer.json()["results"]
        assert len(results) == len(lines)
        again = []
        for line, result in zip(lines, results, strict=True):
            if result["outcome"] in _GOOD:
                self.acknowledged.add((name, json.loads(line)["id"]))
            elif result["outcome"] in ("conflict", "rejected"):
                self.refused.append(json.dumps(result))
            else:
                again.append(line)
        return again

    async def _nats(self, name: str) -> None:
        lines = self._by_source[name]
        slots = asyncio.Semaphore(_NATS_IN_FLIGHT)

        async def quiet(error: Exception) -> None:
            del error  # a killed server is what this is about

        client = await nats.connect(
            self._system.ports.url("nats"), nkeys_seed_str=self._system.seed(name),
            max_reconnect_attempts=-1, reconnect_time_wait=0.1, pending_size=0, error_cb=quiet,
        )  # fmt: skip

        async def one(line: bytes) -> None:
            async with slots:
                event = json.loads(line)
                for _ in range(2000):  # two thousand refused connections are a fault of ours
                    if await self._ask(client, name, event["type"], event["id"], line):
                        break
                    await asyncio.sleep(0.1)
                self.sent += 1

        for at in range(0, len(lines), 5000):
            await asyncio.gather(*(one(line) for line in lines[at : at + 5000]))
        await client.close()

    async def _ask(self, client: Client, name: str, what: str, event_id: str, line: bytes) -> bool:
        try:
            reply = await client.request(f"submit.{what}", line, timeout=5)
        except (NatsError, TimeoutError, OSError):
            return False
        verdict = json.loads(reply.data)
        if verdict.get("outcome") in _GOOD:
            self.acknowledged.add((name, event_id))
            return True
        if verdict.get("outcome") in ("conflict", "rejected"):
            self.refused.append(json.dumps(verdict))
            return True
        return False
