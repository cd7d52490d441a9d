"""Every parcel's way, folded from FACTS, with what the carrier told us beside it in one file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.parcels import PostProjection, contacts_done
from services.postal_gateway.domain.states import BUNDLE, BundleState, LegState, PostState, State
from services.postal_gateway.registers import SCHEMA as REGISTER_SCHEMA
from services.postal_gateway.registers import Registers, bundle_writes, writes_of
from shared.calendar.civil_time import epoch_of
from shared.events.history import History
from shared.ledger.bodies import FetchBodies
from shared.ledger.fold import SCHEMA as FOLD_SCHEMA
from shared.ledger.fold import Fold
from shared.ledger.reader import Batch
from shared.ledger.store import Position, Store, Write
from shared.ledger.subject import Outcome
from shared.ledger.wheel import Wheel

_ODD: Final = "carrier text, code text, about text, at integer, primary key (carrier, code, about)"
_TROUBLE: Final = "dossier text primary key, reason text, at integer"
SCHEMA = (
    *FOLD_SCHEMA,
    *REGISTER_SCHEMA,
    f"create table if not exists odd_status ({_ODD}) without rowid",
    f"create table if not exists trouble ({_TROUBLE}) without rowid",
    "create table if not exists erasure (contact_ref text primary key) without rowid",
    # Bundles that both sides signed and whose papers are not yet said to have changed hands.
    "create table if not exists to_settle (number text primary key) without rowid",
)
SETTLING_SECONDS: Final = 2
"""A fact may be followed at once by the one that makes acting on it wrong."""


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
        self.fold: Fold[State] = Fold(projection, store, fetch)
        self.lists = Registers(store)
        self._store = store
        self.history = History()
        self._projection = projection
        self._now = now
        self._count = count
        self._wheel = Wheel()
        self._ticked_at = 0
        self.waiting: set[str] = {key for key, _ in self.fold.hot_items()} | self._unsettled()

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
        if now + SETTLING_SECONDS < self._ticked_at:
            # The clock was set back: what is planned by it would wait so much longer.
            self.waiting.update(key for key, _ in self.fold.hot_items())
        self._ticked_at = now
        self.fold.advance(now)
        self.waiting.update(key for _, key in self._wheel.due(now))

    def _rows(self, keys: Iterable[str]) -> Sequence[Write]:
        states = [(key, self.fold.state_of(key)) for key in keys]
        dossiers = [(key, state) for key, state in states if isinstance(state, PostState)]
        bundles = [
            (key.removeprefix(BUNDLE), state)
            for key, state in states
            if isinstance(state, BundleState)
        ]
        legs = [(key, leg) for key, state in dossiers for leg in state.legs]
        erased = [(ref,) for _, state in dossiers for ref in sorted(contacts_done(state))]
        settled = [(key,) for key, leg in legs if leg.status != LegStatus.REQUESTED]
        signed = [(number,) for number, state in bundles if state.signed is not None]
        return (
            *writes_of(dossiers),
            *bundle_writes(bundles),
            ("insert or ignore into erasure values (?)", erased),
            ("delete from trouble where dossier = ?", settled),
            ("insert or ignore into to_settle values (?)", signed),
        )

    # ------------------------------------------------------------------ the carrier's word

    def last_row(self, carrier: str) -> int:
        """The last row of tracking that was written down; 0 at the beginning."""
        return int(self._store.note(f"tracking.{carrier}") or 0)

    def tracked(self, carrier: str, last_row: int, odd: Iterable[OddStatus]) -> None:
        """Remember how far tracking was read, and what in it moved nothing."""
        self._store.commit([_odd_write(odd)], notes={f"tracking.{carrier}": str(last_row)})

    def note_odd(self, odd: Iterable[OddStatus]) -> None:
        """List statuses that moved nothing."""
        self._store.commit([_odd_write(odd)])

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

    def settled(self, number: str) -> None:
        """Remember that what a signed bundle says was written as facts."""
        self._store.commit([("delete from to_settle where number = ?", [(number,)])])

    def _unsettled(self) -> set[str]:
        return {BUNDLE + number for (number,) in self._store.rows("select number from to_settle")}

    def remember(self, name: str, value: str) -> None:
        """Keep a small value over restarts."""
        self._store.commit(notes={name: value})

    def remembered(self, name: str) -> str:
        """The value kept; empty where there is none."""
        return self._store.note(name)

    # ------------------------------------------------------------------ looking

    def dossier(self, code: str) -> PostState | None:
        """What is known of a dossier; None where nothing is."""
        state = self.fold.state_of(code)
        return state if isinstance(state, PostState) else None

    def bundle(self, number: str) -> BundleState | None:
        """What is known of a bundle; None where nothing is."""
        state = self.fold.state_of(BUNDLE + number)
        return state if isinstance(state, BundleState) else None

    def leg_of(self, dossier: str, leg: str, attempt: int) -> tuple[PostState, LegState] | None:
        """The dossier and its leg, if it was asked for."""
        state = self.dossier(dossier)
        found = state.leg(leg, attempt) if state else None
        return (state, found) if state and found else None

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


def _odd_write(odd: Iterable[OddStatus]) -> Write:
    rows = [(one.carrier, one.code, one.about, one.at) for one in odd]
    return "insert or ignore into odd_status values (?, ?, ?, ?)", rows
