"""What was published of a period: its numbers from the log, its bytes from a file by their digest.

The log keeps digest and position of every publication. The bytes stand beside the service's file,
which other rules build anew: what was published outlives them. Without them they are drawn up
again from the log up to that position, and compared with the digest.
"""

import asyncio
import tempfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace
from nats.aio.client import Client

from shared.ledger.store import Store
from shared.rules.targets import Plan

from .domain.closing import Figures, PeriodState, end_of_period
from .domain.period_report import digest_of
from .drawing import Drawn, drawn
from .handlers import Scoring
from .ledger import PERIOD
from .past import Place
from .refolding import refold

FOLDER: Final = "reports"


class NotReproducibleError(Exception):
    """The log up to that position gives another report now: rules, catalogue or log changed."""


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

    def mark(self, period: str, figures: Figures) -> str | None:
        """Return the fingerprint at which a publication was last known to hold; None: unknown."""
        rows = self._store.rows(
            "select fingerprint from period_mark where period = ? and digest = ?",
            (period, figures.digest),
        )
        return str(rows[0][0]) if rows else None

    def keep(self, period: str, drawn: Drawn) -> None:
        """Keep the bytes of a publication, and that it holds as of now."""
        self._write(drawn.canonical)
        self._mark(period, drawn.sha256, drawn.fingerprint)

    def _mark(self, period: str, digest: str, fingerprint: str) -> None:
        statement = "insert or replace into period_mark values (?, ?, ?)"
        self._store.commit([(statement, [(period, digest, fingerprint)])])

    async def body(self, period: str, figures: Figures) -> bytes:
        """Return the bytes of a publication, as kept or drawn up anew from the log.

        Raises:
            NotReproducibleError: today's rules make something else of the same facts.
            LogGapError, nats.errors.Error, TimeoutError: the log is out of reach.
        """
        async with self._rebuilding:
            kept = self._read(figures.digest)
            if kept is not None:
                return kept[1]
            again = await self._rebuilt(period, figures)
            if again.sha256 != figures.digest:
                raise NotReproducibleError
            self._write(again.canonical)
        return again.canonical

    async def adopt(self, period: str, figures: Figures) -> str:
        """Find out whether the last publication still holds, after the file was built anew.

        Returns its mark: the one of now where nothing changed, or where rules did, which no fact
        did and nothing corrects; an empty one where facts did.
        """
        async with self._rebuilding:
            now = await self.draw(period)
            fingerprint = now.fingerprint
            kept = self._read(figures.digest)
            if now.sha256 == figures.digest:
                self._write(now.canonical)
            elif kept is not None:
                fingerprint = "" if kept[0] == self._version else now.fingerprint
            elif (again := await self._rebuilt(period, figures)).sha256 == figures.digest:
                self._write(again.canonical)
                fingerprint = ""
            self._mark(period, figures.digest, fingerprint)
        return fingerprint

    def _path(self, digest: str) -> Path:
        return self.place.path.parent / FOLDER / f"{digest}.json.z"

    @property
    def _version(self) -> str:
        return self.scoring.projection.version

    def _read(self, digest: str) -> tuple[str, bytes] | None:
        """The version of the rules and the bytes; None where they are gone or damaged."""
        try:
            found = zlib.decompress(self._path(digest).read_bytes())
        except (OSError, zlib.error):
            return None
        version, _, canonical = found.partition(b"\n")
        return (version.decode(), canonical) if digest_of(canonical) == digest else None

    def _write(self, canonical: bytes) -> None:
        path = self._path(digest_of(canonical))
        path.parent.mkdir(exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_bytes(zlib.compress(self._version.encode() + b"\n" + canonical))
        beside.replace(path)

    async def _rebuilt(self, period: str, figures: Figures) -> Drawn:
        folder = self.place.path.parent
        with tempfile.TemporaryDirectory(dir=folder, prefix="refold-") as beside:
            path = Path(beside) / "scoring.db"
            client = self.client()
            await refold(client, path, self.place.rules, position=figures.position)
            return await drawn(replace(self.place, path=path), period, self.plans, figures.at)
