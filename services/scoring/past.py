"""Scores and lists as of one commit, for any period: read from the service's file, in a thread.

A reading transaction of SQLite sees one commit and nothing after it: counters, states and their
instant belong together. The fold goes on meanwhile.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from shared.calendar import civil_day
from shared.catalogue.model import Catalogue
from shared.rules.measures import Measured, load_measures

from .domain.contribution import FEEDING, MEASURE, OFFER
from .domain.handling import HandlingTime, handling_times
from .domain.index import Index, month_in
from .domain.items import COUNTED, Asked, ItemState, reason_of, verdict
from .domain.periods import last_day_of, months_of
from .domain.rules import Rules
from .domain.scores import Unit
from .domain.tally import Measures, Tally
from .ledger import COPY, DOCUMENT, DOSSIER, PETITION
from .scorebook import ASKED, Scorebook, book_of
from .snapshot import commit_of, opened, states_of

_KINDS: Final = (*FEEDING, MEASURE)
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


class HandledTimes(Struct, frozen=True):
    """How long what got its result in a period had taken, by procedure."""

    as_of: int
    position: int
    times: list[HandlingTime]


class Place(Struct, frozen=True, kw_only=True):
    """Where to look: the file, and what the codes in it mean; `map_day` chooses the tree."""

    path: Path
    catalogue: Catalogue
    rules: Rules
    map_day: date | None = None

    def day_of(self, period: str, as_of: int) -> date:
        """The day whose tree a period is read by: its last, or today while it lasts (D22)."""
        today = civil_day(datetime.fromtimestamp(as_of, UTC))
        return self.map_day or min(last_day_of(period), today)


async def scores(place: Place, period: str) -> Past:
    """Return every unit's score of a period."""
    return await asyncio.to_thread(_scores, place, period)


async def listed(place: Place, measure: Measured, nodes: Sequence[str], period: str) -> Listed:
    """Return what a measure counts for some nodes, each with everything below it, as a sum.

    "" is the province. A procedure counts once for each node that offers it, as in the sum.
    """
    return await asyncio.to_thread(_listed, place, measure, nodes, period)


async def handled(place: Place, node: str, period: str) -> HandledTimes:
    """Return how long the dossiers of a node with everything below it took; "" is the province."""
    return await asyncio.to_thread(_handled, place, node, period)


async def trend(place: Place, node: str, months: Sequence[str]) -> list[tuple[str, Unit | None]]:
    """Return one unit's scores in each of some months, all as of one commit."""
    return await asyncio.to_thread(_trend, place, node, months)


def _scores(place: Place, period: str) -> Past:
    with opened(place.path) as db:
        as_of, position = commit_of(db)
        index = index_of(db, {period, *months_of(period)})
    book = book_of(index, place.catalogue, period, place.day_of(period, as_of))
    book.work_all(index)
    return Past(as_of, position, book)


def _trend(place: Place, node: str, months: Sequence[str]) -> list[tuple[str, Unit | None]]:
    with opened(place.path) as db:
        as_of, _ = commit_of(db)
        index = index_of(db, set(months))
    found: list[tuple[str, Unit | None]] = []
    for month in months:
        book = book_of(index, place.catalogue, month, place.day_of(month, as_of))
        book.work_on(index, node)
        found.append((month, book.units.get((node, ASKED))))
    return found


def _listed(place: Place, measure: Measured, nodes: Sequence[str], period: str) -> Listed:
    months = months_of(period)
    with opened(place.path) as db:
        as_of, position = commit_of(db)
        index = index_of(db, {period, *months})
        tally = _tally(place, period, as_of)
        tally.put_all(index)
        tally.refresh(index)
        nodes = [node or place.catalogue.province or "" for node in nodes]
        agencies = {one for node in nodes for one in tally.members(node)}
        if measure.subject in _PREFIXES:
            asked = Asked(measure=measure, agencies=agencies, months=months)
            items = list(_items(db, asked, as_of, place.rules))
        else:
            items = [
                Item(code, node, reason)
                for node in nodes
                for code, bits in sorted(
                    tally.distinct_facets(index, node, ASKED, measure.subject).items()
                )
                if (reason := reason_of(bits, measure)) is not None
            ]
    ratios = [tally.ratios(tally.vector(index, node, ASKED))[measure.id] for node in nodes]
    left_out = [item for item in items if item.reason != COUNTED]
    return Listed(
        as_of, position, sum(one for one, _ in ratios), sum(one for _, one in ratios),
        [item for item in items if item.reason == COUNTED], left_out,
        dict(sorted(Counter(item.reason for item in left_out).items())),
    )  # fmt: skip


def _handled(place: Place, node: str, period: str) -> HandledTimes:
    node = node or place.catalogue.province or ""
    with opened(place.path) as db:
        as_of, position = commit_of(db)
        tally = _tally(place, period, as_of)
        states = (one for _, one in states_of(db, DOSSIER) if node in tally.upward(one.agency))
        times = handling_times(states, months_of(period), place.rules)
    return HandledTimes(as_of, position, times)


def _tally(place: Place, period: str, as_of: int) -> Tally:
    """One period by its own tree, with nothing counted yet."""
    months = {ASKED: months_of(period)}
    return Tally(Measures(load_measures()), place.catalogue, place.day_of(period, as_of), months)


def _items(db: sqlite3.Connection, asked: Asked, now: int, rules: Rules) -> Iterator[Item]:
    for code, state in states_of(db, _PREFIXES[asked.measure.subject]):
        reason = verdict(state, now, asked, rules)
        if reason is not None:
            yield Item(code, state.agency, reason, state)


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
