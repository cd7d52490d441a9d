"""Whether anybody says that it is ready while work waits and it does not move."""

import asyncio
import re
import time
from collections.abc import Callable

import httpx

from motcua.home import HTTP_SERVICES
from tests.chaos.system import System

_EVERY_SECONDS = 0.5
# The watchdog looks every ten seconds, waits five for an answer, and needs two looks.
PATIENCE_SECONDS = 25.0


class Watch:
    """Looks at every service and at the head of the log, past whatever is broken between them."""

    def __init__(self, system: System, head: Callable[[], int]) -> None:
        self._urls = {name: system.ports.url(name) for name in HTTP_SERVICES}
        self._head = head
        self._place = {
            name: re.compile(rf'^dvc_fold_position{{service="{name}"}} (\d+)', re.MULTILINE)
            for name in HTTP_SERVICES
        }
        self.position = dict.fromkeys(HTTP_SERVICES, 0)
        self.is_ready = dict.fromkeys(HTTP_SERVICES, False)
        self._idle_since: dict[str, float] = {}
        self.longest = dict.fromkeys(HTTP_SERVICES, 0.0)

    async def run(self) -> None:
        """Look at all of them twice a second until cancelled."""
        async with httpx.AsyncClient(timeout=2) as http:
            await asyncio.gather(*(self._look_for_ever(http, name) for name in HTTP_SERVICES))

    async def _look_for_ever(self, http: httpx.AsyncClient, name: str) -> None:
        while True:
            waited, before = self._head(), self.position[name]
            try:
                answer = await http.get(self._urls[name] + "/health/ready")
                self.is_ready[name] = answer.status_code == 200
                found = self._place[name].search(
                    (await http.get(self._urls[name] + "/metrics")).text
                )
                self.position[name] = int(found.group(1)) if found else 0
            except httpx.HTTPError:
                self.is_ready[name] = False
            self._judge(name, is_idle=self.position[name] == before < waited)
            await asyncio.sleep(_EVERY_SECONDS)

    def _judge(self, name: str, *, is_idle: bool) -> None:
        now = time.monotonic()
        if not (is_idle and self.is_ready[name]):
            self._idle_since.pop(name, None)
            return
        since = self._idle_since.setdefault(name, now)
        self.longest[name] = max(self.longest[name], now - since)

    def all_at_head(self) -> bool:
        """Whether everybody is ready and has folded all there is."""
        head = self._head()
        return all(self.is_ready.values()) and min(self.position.values()) >= head

    def wrong(self) -> list[str]:
        """Who was ready too long without moving."""
        return [
            f"WRONG {name} was ready for {seconds:.0f} s while work waited and nothing moved"
            for name, seconds in self.longest.items()
            if seconds > PATIENCE_SECONDS
        ]
