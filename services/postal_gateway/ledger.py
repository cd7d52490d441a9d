"""Every parcel's way, folded from FACTS, with what the carrier told us beside it in one file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from services.postal_gateway.domain.machine import FINAL, LegStatus
from services.postal_gateway.domain.parcels import LegState, PostProjection, PostState
from shared.calendar.civil_time import epoch_of
from shared.events.history import History
from shared.ledger.bodies import FetchBodies
from shared.ledger.fold import SCHEMA as FOLD_SCHEMA
from shared.ledger.fold import Fold
from shared.ledger.reader import Batch
from shared.ledger.store import Position, Store, Write
from shared.ledger.subject import Outcome
from shared.ledger.wheel import Wheel

_PARCEL: Final = (
    "dossier text, leg text, attempt integer, agency text, carrier text, tracking text,"
    " status text, since integer, primary key (dossier, leg, attempt)"
)
_ODD: Final = "carrier text, code text, about text, at integer, primary key (carrier, code, about)"
_TROUBLE: Final = "dossier text primary key, reason text, at integer"
SCHEMA = (
    *FOLD_SCHEMA,
    f"create table if not exists parcel ({_PARCEL}) without rowid",
    "create index if not exists parcel_by_status on parcel (status)",
    "create index if not exists parcel_by_tracking on parcel (tracking)",
    f"create table if not exists odd_status ({_ODD}) without rowid",
    f"create table if not exists trouble ({_TROUBLE}) without rowid",
    "create table if not exists erasure (contact_ref text primary key) without rowid",
)
SETTLING_SECONDS: Final = 2
"""A fact may be followed at once by the one that makes acting on it wrong."""


class ParcelRow(Struct, frozen=True):
    """One leg as lists show it; `since` is an epoch second."""

    dossier: str
    leg: str
    attempt: int
    agency: str
    carrier: str
    tracking: str
    status: str
    since: int


class OddStatus(Struct, frozen=True):
    """A status that moved nothing: `about` is the order number it came with."""

    carrier: str
    code: str
    about: str
    at: int


class Trouble(Struct, frozen=True):
    """A dossier that the carrier will not take, or cannot: a person must look."""

    dossier: str
    reason: str
    at: int


class PostLedger:
    """The follower's target for FACTS."""

    def __init__(
        self,
        store: Store,
        projection: PostProjection,
        fetch: FetchBodies,
        *,
        now: Callable[[], datetime],
        count: Callable[[Mapping[tuple[str, Outcome], int]], None],
    ) -> None:
        self.fold: Fold[PostState] = Fold(projection, store, fetch)
        self._store = store
        self.history = History()
        self._projection = projection
        self._now = now
        self._count = count
        self._wheel = Wheel()
        self.waiting: set[str] = {key for key, _ in self.fold.hot_items()}

    @property
    def position(self) -> Position:
        """Where the committed state stands."""
        return self.fold.position

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Fold and commit; the dossiers it was about will be looked at."""
        now = epoch_of(self._now())
        before = self._projection.backdated_count
        applied = await self.fold.apply(batch, stream_created, now)
        self.fold.commit(self._rows(applied.keys))
        self.history.note(self._projection.backdated_count - before, now)
        self._count(applied.outcomes)
        for key in applied.keys:
            self._wheel.plan(key, now + SETTLING_SECONDS)

    def reset(self, rewinds: int) -> None:
        """Forget everything; tracking is read again from its first row."""
        self.fold.reset(rewinds)
        self._wheel.clear()
        self.waiting.clear()

    def plan(self, dossier: str, at: int) -> None:
        """Look at the dossier again at that epoch second."""
        self._wheel.plan(dossier, at)

    def tick(self, now: int) -> None:
        """Let time pass to `now`; dossiers whose moment came are now waiting."""
        self.fold.advance(now)
        self.waiting.update(key for _, key in self._wheel.due(now))

    def _rows(self, dossiers: Iterable[str]) -> Sequence[Write]:
        parcels: list[tuple[Any, ...]] = []
        erased: list[tuple[str]] = []
        settled: list[tuple[str]] = []
        for dossier in dossiers:
            state = self.fold.state_of(dossier)
            for leg in state.legs if state else ():
                parcels.append((
                    dossier, leg.leg, leg.attempt, state.agency if state else "", leg.carrier,
                    leg.tracking_number, leg.status, leg.since,
                ))  # fmt: skip
                if leg.status == LegStatus.DELIVERED and leg.contact_ref:
                    erased.append((leg.contact_ref,))
                if leg.status != LegStatus.REQUESTED:
                    settled.append((dossier,))
        return (
            ("insert or replace into parcel values (?, ?, ?, ?, ?, ?, ?, ?)", parcels),
            ("insert or ignore into erasure values (?)", erased),
            ("delete from trouble where dossier = ?", settled),
        )

    # ------------------------------------------------------------------ the carrier's word

    def last_row(self, carrier: str) -> int:
        """The last row of tracking that was written down; 0 at the beginning."""
        return int(self._store.note(f"tracking.{carrier}") or 0)

    def tracked(self, carrier: str, last_row: int, odd: Iterable[OddStatus]) -> None:
        """Remember how far tracking was read, and what in it moved nothing."""
        rows = [(one.carrier, one.code, one.about, one.at) for one in odd]
        self._store.commit(
            [("insert or ignore into odd_status values (?, ?, ?, ?)", rows)],
            notes={f"tracking.{carrier}": str(last_row)},
        )

    def note_trouble(self, trouble: Trouble) -> None:
        """List a dossier that a person must look at; it goes when the order is accepted."""
        row = (trouble.dossier, trouble.reason, trouble.at)
        self._store.commit([("insert or replace into trouble values (?, ?, ?)", [row])])

    def to_be_erased(self) -> list[str]:
        """References of contacts whose parcel was delivered."""
        rows = self._store.rows("select contact_ref from erasure limit 100")
        return [reference for (reference,) in rows]

    def erased(self, reference: str) -> None:
        """Remember that the contact is gone."""
        self._store.commit([("delete from erasure where contact_ref = ?", [(reference,)])])

    # ------------------------------------------------------------------ looking

    def parcels(self, statuses: Iterable[str]) -> list[ParcelRow]:
        """The legs that stand in one of these states."""
        wanted = sorted(set(statuses) & set(LegStatus))
        marks = ", ".join("?" * len(wanted))
        query = f"select * from parcel where status in ({marks}) order by since"  # noqa: S608 - question marks only
        return [ParcelRow(*row) for row in self._store.rows(query, wanted)]

    def dossier_of(self, text: str) -> str | None:
        """The dossier of that code or tracking number; None where there is none."""
        if not text:  # a parcel without a tracking number is not what nobody asked for
            return None
        if self._store.rows("select 1 from parcel where dossier = ?", (text,)):
            return text
        rows = self._store.rows("select dossier from parcel where tracking = ?", (text,))
        return rows[0][0] if rows else None

    def odd_statuses(self) -> list[OddStatus]:
        """Statuses that moved nothing, the newest first."""
        rows = self._store.rows("select carrier, code, about, at from odd_status order by at desc")
        return [OddStatus(*row) for row in rows]

    def troubles(self) -> list[Trouble]:
        """Dossiers that a person must look at, the oldest first."""
        rows = self._store.rows("select dossier, reason, at from trouble order by at")
        return [Trouble(*row) for row in rows]

    def trouble_of(self, dossier: str) -> str:
        """Why a person must look at the dossier; empty where nobody must."""
        rows = self._store.rows("select reason from trouble where dossier = ?", (dossier,))
        return str(rows[0][0]) if rows else ""

    def leg_of(self, dossier: str, leg: str, attempt: int) -> tuple[PostState, LegState] | None:
        """The dossier and its leg, if it was asked for."""
        state = self.fold.state_of(dossier)
        found = state.leg(leg, attempt) if state else None
        return (state, found) if state and found else None


OPEN_STATUSES: Final = tuple(status for status in LegStatus if status not in FINAL)
