"""What was published of a period: its numbers from the log, its bytes from the service's file.

The log keeps digest and position of every publication, the file keeps the bytes. Without the file
the bytes are drawn up anew from the log up to that position, and compared with the digest.
"""

import asyncio
import tempfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from nats.aio.client import Client

from shared.ledger.store import Store
from shared.rules.targets import Plan

from .domain.closing import Figures, PeriodState, end_of_period
from .drawing import Drawn, drawn
from .handlers import Scoring
from .ledger import PERIOD
from .past import Place
from .refolding import refold


class NotReproducibleError(Exception):
    """The log up to that position gives another report now: rules, catalogue or log changed."""


class Kept(Struct, frozen=True):
    """The bytes of one publication; empty where they cannot be had any more."""

    digest: str
    fingerprint: str
    body: bytes


class Publications:
    """Closings and corrections of the province's periods; reads and keeps, publishes nothing."""

    def __init__(
        self,
        scoring: Scoring,
        store: Store,
        place: Place,
        plans: Sequence[Plan],
        client: Callable[[], Client],
    ) -> None:
        self.scoring = scoring
        self.place = place
        self.plans = plans
        self.client = client
        self.province = place.catalogue.province or ""
        self._store = store
        self._rebuilding = asyncio.Lock()

    def figures(self, period: str) -> list[Figures]:
        """Return what was published of a period, by number; empty where it was not closed."""
        state = self.scoring.fold.state_of(f"{PERIOD}{self.province}/{period}")
        return state.figures if isinstance(state, PeriodState) else []

    def periods(self) -> list[PeriodState]:
        """Return every closed period of the province, the last one first."""
        states = [
            state
            for _, state in self.scoring.fold.items(f"{PERIOD}{self.province}/")
            if isinstance(state, PeriodState)
        ]
        return sorted(states, key=lambda one: (end_of_period(one.period), one.period), reverse=True)

    async def draw(self, period: str) -> Drawn:
        """Draw up a period's report from what is folded now."""
        self.scoring.commit()
        return await drawn(self.place, period, self.plans)

    def kept(self, period: str, figures: Figures) -> Kept | None:
        """Return what the file keeps of a publication; None for nothing, or for another one."""
        rows = self._store.rows(
            "select digest, fingerprint, body from period_report where period = ? and number = ?",
            (period, figures.number),
        )
        found = [Kept(digest, mark, zlib.decompress(body)) for digest, mark, body in rows]
        return found[0] if found and found[0].digest == figures.digest else None

    def keep(self, period: str, number: int, kept: Kept) -> None:
        """Keep the bytes of a publication."""
        row = (period, number, kept.digest, kept.fingerprint, zlib.compress(kept.body))
        self._store.commit([("insert or replace into period_report values (?, ?, ?, ?, ?)", [row])])

    async def body(self, period: str, figures: Figures) -> bytes:
        """Return the bytes of a publication, from the file or drawn up anew from the log.

        Raises:
            NotReproducibleError: today's rules make something else of the same facts.
            LogGapError, nats.errors.Error, TimeoutError: the log is out of reach.
        """
        async with self._rebuilding:
            kept = self.kept(period, figures)
            if kept is None:
                kept = await self._rebuilt(period, figures)
                self.keep(period, figures.number, kept)
        if not kept.body:
            raise NotReproducibleError
        return kept.body

    async def adopt(self, period: str, figures: Figures) -> Kept:
        """Have the last publication in the file again, after the file was built anew."""
        async with self._rebuilding:
            now = await self.draw(period)
            if now.sha256 == figures.digest:
                kept = Kept(now.sha256, now.fingerprint, now.canonical)
            else:
                kept = await self._rebuilt(period, figures)
                if not kept.body:  # other rules: no fact changed it, so nothing is corrected
                    kept = replace(kept, fingerprint=now.fingerprint)
            self.keep(period, figures.number, kept)
        return kept

    async def _rebuilt(self, period: str, figures: Figures) -> Kept:
        folder = self.place.path.parent
        with tempfile.TemporaryDirectory(dir=folder, prefix="refold-") as beside:
            path = Path(beside) / "scoring.db"
            client = self.client()
            await refold(client, path, self.place.rules, position=figures.position)
            again = await drawn(replace(self.place, path=path), period, self.plans, figures.at)
        body = again.canonical if again.sha256 == figures.digest else b""
        return Kept(figures.digest, "", body)
