"""Scores and lists as of one commit, for any period: read from the service's file, in a thread.

A reading transaction of SQLite sees one commit and nothing after it: counters, states and their
instant belong together. The fold goes on meanwhile.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from shared.calendar import civil_day
from shared.catalogue.model import Catalogue
from shared.rules.measures import Measured, load_measures

from .domain.contribution import ANNOUNCED, CLOSED, FACETS, MEASURE, OFFER, PUBLISHED, USE
from .domain.index import Index, month_in
from .domain.items import COUNTED, Asked, ItemState, reason_of, verdict
from .domain.periods import last_day_of, months_of
from .domain.rules import Rules
from .domain.scores import Unit
from .domain.tally import Group, Measures, Tally
from .ledger import COPY, DOCUMENT, DOSSIER, PETITION
from .scorebook import Scorebook
from .snapshot import commit_of, states_of

ASKED: Final = "asked"
_KINDS: Final = (FACETS, CLOSED, USE, OFFER, ANNOUNCED, PUBLISHED, MEASURE)
_PREFIXES: Final = {
    "dossier": DOSSIER, "ended": DOSSIER, "petition": PETITION, "document": DOCUMENT, "copy": COPY,
}  # fmt: skip


class Past(Struct, frozen=True):
    """The scores of one period as of one commit; units are under (agency, ASKED)."""

    as_of: int
    position: int
    book: Scorebook


class Item(Struct, frozen=True, gc=False):
    """One thing in question; `reason` is empty when it is counted, `state` None for procedures."""

    code: str
    agency: str
    reason: str
    state: ItemState | None = None


class Listed(Struct, frozen=True):
    """What a measure counts and what it leaves out; the numbers are the counters' own."""

    as_of: int
    position: int
    numerator: int
    denominator: int
    counted: list[Item]
    left_out: list[Item]
    reasons: Mapping[str, int]


class Place(Struct, frozen=True, kw_only=True):
    """Where to look: the file, and what the codes in it mean; `map_day` chooses the tree."""

    path: Path
    catalogue: Catalogue
    rules: Rules
    map_day: date | None = None


async def scores(place: Place, period: str) -> Past:
    """Return every unit's score of a period."""
    return await asyncio.to_thread(_scores, place, period)


async def listed(place: Place, measure: Measured, node: str, period: str) -> Listed:
    """Return what a measure counts for a node with everything below it; "" is the province."""
    return await asyncio.to_thread(_listed, place, measure, node, period)


async def trend(place: Place, node: str, months: Sequence[str]) -> list[tuple[str, Unit | None]]:
    """Return one unit's scores in each of some months, all as of one commit."""
    return await asyncio.to_thread(_trend, place, node, months)


def _scores(place: Place, period: str) -> Past:
    with opened(place.path) as db:
        as_of, position = commit_of(db)
        index = index_of(db, {period, *months_of(period)})
    book = _book(place, index, period, as_of)
    while book.waiting_count:
        book.work(index, book.waiting_count)
    return Past(as_of, position, book)


def _trend(place: Place, node: str, months: Sequence[str]) -> list[tuple[str, Unit | None]]:
    with opened(place.path) as db:
        as_of, _ = commit_of(db)
        index = index_of(db, set(months))
    found: list[tuple[str, Unit | None]] = []
    for month in months:
        book = _book(place, index, month, as_of)
        book.work_on(index, node)
        found.append((month, book.units.get((node, ASKED))))
    return found


def _book(place: Place, index: Index, period: str, as_of: int) -> Scorebook:
    book = Scorebook(place.catalogue, {ASKED: period}, _map_day(place, period, as_of))
    book.take(index, fed_groups(index), {agency for agency, _ in index.groups(MEASURE)})
    return book


def _listed(place: Place, measure: Measured, node: str, period: str) -> Listed:
    months = months_of(period)
    with opened(place.path) as db:
        as_of, position = commit_of(db)
        index = index_of(db, {period, *months})
        tally = Tally(
            Measures(load_measures()), place.catalogue, _map_day(place, period, as_of),
            {ASKED: months},
        )  # fmt: skip
        tally.refresh(index, fed_groups(index))
        node = node or place.catalogue.province or ""
        agencies = set(tally.members(node))
        if measure.subject in _PREFIXES:
            asked = Asked(measure=measure, agencies=agencies, months=months)
            items = list(_items(db, asked, as_of, place.rules))
        else:
            facets = tally.distinct_facets(index, node, ASKED, measure.subject)
            items = [
                Item(code, node, reason)
                for code, bits in sorted(facets.items())
                if (reason := reason_of(bits, measure)) is not None
            ]
    numerator, denominator = tally.ratios(index, node, ASKED)[measure.id]
    left_out = [item for item in items if item.reason != COUNTED]
    return Listed(
        as_of, position, numerator, denominator,
        [item for item in items if item.reason == COUNTED], left_out,
        dict(sorted(Counter(item.reason for item in left_out).items())),
    )  # fmt: skip


def _items(db: sqlite3.Connection, asked: Asked, now: int, rules: Rules) -> Iterator[Item]:
    for code, state in states_of(db, _PREFIXES[asked.measure.subject]):
        reason = verdict(state, now, asked, rules)
        if reason is not None:
            yield Item(code, state.agency, reason, state)


def _map_day(place: Place, period: str, as_of: int) -> date:
    return place.map_day if place.map_day is not None else map_day_of(period, as_of)


def map_day_of(period: str, as_of: int) -> date:
    """The day whose tree a period is read by: its last, or today while it lasts (D22)."""
    return min(last_day_of(period), civil_day(datetime.fromtimestamp(as_of, UTC)))


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the service's file for reading; all that is read is of one commit."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as db:
        db.execute("begin")
        yield db


def fed_groups(index: Index) -> set[Group]:
    """Return every agency and month that has something to measure."""
    return {group for kind in _KINDS if kind != MEASURE for group in index.groups(kind)}


def index_of(db: sqlite3.Connection, months: set[str]) -> Index:
    """Return what the counters say of some months and periods, and what holds in all."""
    index = Index()
    for kind in _KINDS:
        first = kind + "\x1f"
        rows = db.execute(
            "select key, value from counter where key >= ? and key < ?",
            (first, first + "\U0010ffff"),
        )
        for key, value in rows:
            parts = tuple(key.split("\x1f"))
            if kind == OFFER or month_in(parts) in months:
                index.put(parts, value)
    return index
