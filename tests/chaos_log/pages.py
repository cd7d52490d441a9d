"""What scoring showed, moment by moment, and whether any of it was wrong."""

import asyncio
import json
import re
import time
from collections.abc import Sequence

import httpx
from msgspec import Struct

from tests.chaos.oracle import Series, recount, series_of
from tests.chaos.system import System

_EVERY_SECONDS = 0.2
_POSITION = re.compile(r'^dvc_fold_position\{service="scoring"\} (\d+)', re.MULTILINE)


class Shown(Struct):
    """One scrape: when, how far in the log, as of when, and the legal series (none: hidden)."""

    at: float
    position: int
    as_of: int
    series: Series


class Pages:
    """Scrapes for ever; every page is kept."""

    def __init__(self, system: System) -> None:
        self._url = system.ports.url("scoring") + "/metrics"
        self._catalogue = json.loads(system.home.catalogue_file.read_bytes())
        self.shown: list[Shown] = []

    async def run(self) -> None:
        """Look five times a second until cancelled."""
        async with httpx.AsyncClient(timeout=10) as http:
            while True:
                try:
                    page = (await http.get(self._url)).text
                except httpx.HTTPError:
                    page = ""
                found = series_of(page)
                as_of = int(found.pop("as_of", 0))
                position = _POSITION.search(page)
                at = int(position.group(1)) if position else 0
                self.shown.append(Shown(time.monotonic(), at, as_of, found))
                await asyncio.sleep(_EVERY_SECONDS)

    def between(self, since: float, until: float) -> list[Shown]:
        """Return the pages with numbers of that time."""
        return [page for page in self.shown if since <= page.at <= until and page.series]

    def wrong(
        self, pages: list[Shown], since: float, before: Sequence[bytes], now: Sequence[bytes]
    ) -> list[str]:
        """Recount pages from the lie on: each shows the facts up to its position, all of them.

        They are those of the log `before`, until it is noticed, and of the log as it is `now` from
        then on: a page never goes back. Of pages at one position the first and the last are
        recounted.
        """
        ends: dict[int, list[Shown]] = {}
        for page in pages:
            ends.setdefault(page.position, []).append(page)
        chosen = {id(some[at]) for some in ends.values() for at in (0, -1)}
        lines, is_new = [], False
        for page in pages:
            if id(page) not in chosen:
                continue
            if not is_new and self._is_of(page, before):
                continue
            is_new = True
            if not self._is_of(page, now):
                after = page.at - since
                lines.append(f"WRONG page {after:.1f} s after the lie, at {page.position}")
        return lines

    def _is_of(self, page: Shown, log: Sequence[bytes]) -> bool:
        if page.position > len(log):
            return False
        return recount(log[: page.position], self._catalogue, page.as_of) == page.series
