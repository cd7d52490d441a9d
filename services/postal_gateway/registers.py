"""The lists beside the fold: parcels, bundles, fees and claims as rows to look up and download."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from services.postal_gateway.domain.bundles import differences, standing
from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.orders import LegName
from services.postal_gateway.domain.rows import (
    BundleRow,
    ClaimRow,
    DifferenceRow,
    FeeRow,
    ParcelRow,
)
from services.postal_gateway.domain.states import BundleState, PostState
from shared.events.fields import Leg
from shared.ledger.store import Store, Write

COMPARED_AT: Final = "compared_at"
_PARCEL: Final = (
    "dossier text, leg text, attempt integer, agency text, carrier text, tracking text,"
    " status text, since integer, is_open integer, to_agency text, record text, item text,"
    " scanned integer, ordered integer, handed integer, received integer, returned integer,"
    " primary key (dossier, leg, attempt)"
)
_BUNDLE: Final = (
    "number text primary key, agency text, direction text, carrier text, listed integer,"
    " standing text, items integer, differences integer, by text"
)
_FEE: Final = (
    "dossier text, place integer, kind text, at integer, agency text, office text,"
    " amount integer, receipt text, primary key (dossier, place)"
)
_CLAIM: Final = (
    "dossier text, place integer, leg text, attempt integer, agency text, kind text,"
    " opened integer, charge integer, settled integer, paid integer, refused integer,"
    " primary key (dossier, place)"
)
_DIFFERENCE: Final = (
    "kind text, item text, owner text, dossier text, leg text, agency text, carrier text,"
    " since integer, primary key (kind, item)"
)
SCHEMA: Final = (
    f"create table if not exists difference ({_DIFFERENCE}) without rowid",
    f"create table if not exists parcel ({_PARCEL}) without rowid",
    "create index if not exists parcel_by_status on parcel (status)",
    "create index if not exists parcel_open on parcel (agency) where is_open = 1",
    "create index if not exists parcel_by_tracking on parcel (tracking)",
    "create index if not exists parcel_by_item on parcel (item)",
    f"create table if not exists bundle ({_BUNDLE}) without rowid",
    "create index if not exists bundle_by_time on bundle (listed)",
    f"create table if not exists fee ({_FEE}) without rowid",
    f"create table if not exists claim ({_CLAIM}) without rowid",
)


_MARKS: Final = {
    name: ", ".join("?" * len(kind.__struct_fields__))
    for name, kind in (
        ("parcel", ParcelRow), ("bundle", BundleRow), ("fee", FeeRow), ("claim", ClaimRow),
        ("difference", DifferenceRow),
    )
}  # fmt: skip


def writes_of(dossiers: Iterable[tuple[str, PostState]]) -> list[Write]:
    """What the lists must say of these dossiers."""
    parcels: list[Sequence[Any]] = []
    fees: list[Sequence[Any]] = []
    claims: list[Sequence[Any]] = []
    for dossier, state in dossiers:
        parcels += _parcels(dossier, state)
        fees += [
            (dossier, n, fee.kind, fee.at, state.agency, fee.office, fee.amount, fee.receipt)
            for n, fee in enumerate(state.fees)
        ]
        claims += [
            (
                dossier, n, one.leg, one.attempt, state.agency, one.kind, one.opened, one.charge,
                one.settled, one.paid, one.is_refused,
            )
            for n, one in enumerate(state.claims)
        ]  # fmt: skip
    return [_insert("parcel", parcels), _insert("fee", fees), _insert("claim", claims)]


def _parcels(dossier: str, state: PostState) -> Iterable[Sequence[Any]]:
    for leg in state.legs:
        name = LegName(dossier, Leg(leg.leg), leg.attempt)
        yield (
            dossier, leg.leg, leg.attempt, state.agency, leg.carrier, leg.tracking_number,
            leg.status, leg.since, not leg.is_final, leg.to_agency, leg.record_ref,
            name.order_number, leg.scanned_at, leg.reached(LegStatus.ORDERED),
            leg.reached(LegStatus.HANDED), state.received, state.returned,
        )  # fmt: skip


def bundle_writes(bundles: Iterable[tuple[str, BundleState]]) -> list[Write]:
    """What the list of bundles must say of these."""
    rows = [
        (
            number, state.agency, state.direction, state.carrier, state.listed,
            standing(state).value, len(state.items), differences(state).count, state.by,
        )
        for number, state in bundles
    ]  # fmt: skip
    return [_insert("bundle", rows)]


def _insert(table: str, rows: Iterable[Sequence[Any]]) -> Write:
    return f"insert or replace into {table} values ({_MARKS[table]})", rows  # noqa: S608 - names of ours


class Registers:
    """Reads the lists."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open_parcels(self) -> list[ParcelRow]:
        """The legs whose way has not ended, oldest state first."""
        return self._parcels("is_open = 1 order by since", ())

    def parcels(self, statuses: Iterable[str]) -> list[ParcelRow]:
        """The legs that stand in one of these states."""
        wanted = sorted(set(statuses) & set(LegStatus))
        marks = ", ".join("?" * len(wanted))
        return self._parcels(f"status in ({marks}) order by since", wanted)

    def parcel_of(self, item: str) -> ParcelRow | None:
        """The leg of that order number or tracking number: what a scanner reads."""
        found = self._parcels("item = ? or (tracking = ? and tracking != '')", (item, item))
        return found[0] if found else None

    def changed_since(self, since: int) -> list[ParcelRow]:
        """The legs with a carrier that are open, or ended since that epoch second."""
        return self._parcels("(is_open = 1 or since >= ?) and carrier != ''", (since,))

    def dossier_of(self, text: str) -> str | None:
        """The dossier of that code, order or tracking number; None where there is none."""
        if not text:  # a parcel without a tracking number is not what nobody asked for
            return None
        if self._store.rows("select 1 from parcel where dossier = ?", (text,)):
            return text
        row = self.parcel_of(text)
        return row.dossier if row else None

    def bundles(self, since: int) -> list[BundleRow]:
        """Bundles listed since that epoch second and those that wait, the newest first."""
        query = (
            "select * from bundle where listed >= ? or standing in"
            " ('listed', 'awaits_agency', 'awaits_carrier') order by listed desc, number"
        )
        return [BundleRow(*row) for row in self._store.rows(query, (since,))]

    def bundle_numbers(self, prefix: str) -> list[str]:
        """The numbers that begin so."""
        query = "select number from bundle where number >= ? and number < ?"
        return [number for (number,) in self._store.rows(query, (prefix, prefix + "\x7f"))]

    def fees(self) -> list[FeeRow]:
        """All fees, in order of time."""
        return [FeeRow(*row) for row in self._store.rows("select * from fee order by at, dossier")]

    def claims(self) -> list[ClaimRow]:
        """All claims, open ones first, then by time."""
        query = "select * from claim order by settled is not null, opened"
        return [ClaimRow(*row) for row in self._store.rows(query)]

    def differences(self) -> list[DifferenceRow]:
        """What the last comparison found, the oldest first."""
        query = "select * from difference order by since, item"
        return [DifferenceRow(*row) for row in self._store.rows(query)]

    def replace_differences(self, found: Iterable[DifferenceRow], compared_at: int) -> None:
        """Write down what a comparison found; what was found before keeps its first day."""
        before = {(one.kind, one.item): one.since for one in self.differences()}
        rows = [
            msgspec.structs.astuple(
                msgspec.structs.replace(one, since=before.get((one.kind, one.item), one.since))
            )
            for one in found
        ]
        self._store.commit(
            [("delete from difference", [()]), _insert("difference", rows)],
            notes={COMPARED_AT: str(compared_at)},
        )

    def compared_at(self) -> int:
        """When records were last compared; 0 where they never were."""
        return int(self._store.note(COMPARED_AT) or 0)

    def _parcels(self, where: str, parameters: Sequence[Any]) -> list[ParcelRow]:
        query = f"select * from parcel where {where}"  # noqa: S608 - conditions of ours only
        return [ParcelRow(*row) for row in self._store.rows(query, parameters)]
