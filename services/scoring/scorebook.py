"""Every unit's indicators and points for the current month, quarter and year, kept up to date.

Only units whose numbers moved are worked out anew. What units inherit is the province's, so it
comes first; where that changes, they all do.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from shared.catalogue.model import Catalogue
from shared.rules.indicator_sets import IndicatorSet, Inherit, Ranking, Ties, in_force
from shared.rules.measures import load_measures
from shared.rules.points import Measure

from .domain.contribution import MEASURE
from .domain.index import Index, Rest
from .domain.periods import current_periods, last_day_of, months_of
from .domain.scores import Told, Unit, ranks_of, reported_of, unit_of
from .domain.tally import Measures, Node, Tally

ASKED: Final = "asked"
"""What a book of one period calls it."""


class Scorebook:
    """Units by (agency, name of the period); see `domain.scores`."""

    def __init__(
        self,
        catalogue: Catalogue,
        periods: Mapping[str, str],
        day: date,
        sets: Iterable[IndicatorSet] | None = None,
    ) -> None:
        """Start empty; `periods` is name to period (`{"month": "2026-09"}`), `day` says which tree.

        A day after the periods is another map than theirs: units that ended are read by it as
        their successors. Each period is judged by the one of `sets` in force on its last day.
        """
        self.periods = dict(periods)
        known = None if sets is None else tuple(sets)
        self.sets = {name: in_force(last_day_of(period), known) for name, period in periods.items()}
        self.units: dict[Node, Unit] = {}
        self.ranks: dict[str, dict[tuple[str, str], int]] = {}
        self.ranked: set[str] = set()  # names of periods ranked anew; the reader empties it
        self._catalogue = catalogue
        self._root = catalogue.province or ""
        self._tally = Tally(
            Measures(load_measures()), catalogue, day,
            {name: months_of(period) for name, period in periods.items()},
        )  # fmt: skip
        self._inherited: dict[str, dict[str, Measure]] = {}
        self._made_of: dict[Node, tuple[list[int], Told, Told | None]] = {}
        self._waiting: dict[str, None] = {}
        self._stale_ranks: set[str] = set()
        self._reported: dict[str, dict[str, dict[str, Measure]]] = {}

    @property
    def waiting_count(self) -> int:
        """How many units moved and are not worked out yet."""
        return len(self._waiting)

    def name_of(self, period: str) -> str | None:
        """What this book calls a period; None for one that is not in it."""
        return next((name for name, one in self.periods.items() if one == period), None)

    def put(self, kind: str, agency: str, month: str, rest: Rest, value: int, was: int) -> None:
        """Count the change of one counter that measures are made of; see `Index.rows`."""
        self._tally.put(kind, agency, month, rest, value, was)

    def put_all(self, index: Index) -> None:
        """Count everything that the index holds."""
        self._tally.put_all(index)
        self.take(index, {agency for agency, _ in index.groups(MEASURE)})

    def take(self, index: Index, reporting: Collection[str]) -> None:
        """Let what was put wait to be worked out, and what was reported about some agencies."""
        if reporting or not self._reported:
            self._reported = {
                name: reported_of(index, period) for name, period in self.periods.items()
            }
        self._tally.refresh(index)
        self._tally.moved.update(reporting)
        if self._root in self._tally.moved:
            self._tally.moved.discard(self._root)
            self._waiting = {self._root: None, **self._waiting}
        self._waiting.update(dict.fromkeys(sorted(self._tally.moved)))
        self._tally.moved.clear()

    def work(self, index: Index, limit: int) -> list[str]:
        """Work out at most so many units; return which."""
        done: list[str] = []
        while self._waiting and len(done) < limit:
            node = next(iter(self._waiting))
            del self._waiting[node]
            for name in self.periods:
                self._work(index, node, name)
            done.append(node)
        if not self._waiting:
            self._rank()
        return done

    def work_all(self, index: Index) -> None:
        """Work out every unit that moved."""
        self.work(index, self.waiting_count)

    def work_on(self, index: Index, node: str) -> None:
        """Work out one unit alone, after the province that it inherits from."""
        for one in dict.fromkeys((self._root, node)):
            if one in self._waiting:
                for name in self.periods:
                    self._work(index, one, name)

    def _work(self, index: Index, node: str, name: str) -> None:
        """Work out a unit in a period, unless it is made of the same as last time."""
        told = self._reported[name].get(node, {})
        province = None if node == self._root else self._inherited.get(name)
        vector = self._tally.vector(index, node, name)
        made_of = (vector, told, province)
        if self._made_of.get((node, name)) == made_of:
            return
        self._made_of[node, name] = made_of
        ratios = self._tally.ratios(vector)
        agency = self._catalogue.agency_by_code.get(node)
        level = agency.level if agency is not None else None
        rules = self.sets[name] or _NO_SET
        self._put(node, name, unit_of(rules, ratios, told, province, level))

    def _put(self, node: str, name: str, unit: Unit) -> None:
        was = self.units.get((node, name))
        self.units[node, name] = unit
        if was is None or was.score is None or was.score != unit.score:
            self._stale_ranks.add(name)
        if node == self._root:
            self._hand_down(name, unit)

    def _hand_down(self, name: str, unit: Unit) -> None:
        rules = self.sets[name] or _NO_SET
        measures = {
            one.id: unit.measures[one.id].measure
            for one in rules.component
            if one.inherit is not Inherit.NEVER and one.id in unit.measures
        }
        if measures != self._inherited.get(name, {}):
            self._waiting.update(
                dict.fromkeys(sorted({node for node, _ in self.units} - {self._root}))
            )
        self._inherited[name] = measures

    def _rank(self) -> None:
        if not self._stale_ranks:
            return
        agencies = self._tally.agencies()
        for name in self._stale_ranks:
            ranking = (self.sets[name] or _NO_SET).ranking
            levels = {
                level.value: [one.code for one in agencies if one.level is level]
                for level in ranking.levels
            }
            totals = {
                node: unit.score.total if unit.score else None
                for (node, one), unit in self.units.items()
                if one == name
            }
            self.ranks[name] = ranks_of(totals, levels, ranking.ties)
        self.ranked |= self._stale_ranks
        self._stale_ranks.clear()


def current_book(catalogue: Catalogue, month: str, today: date) -> Scorebook:
    """The book of the current month, quarter and year."""
    return Scorebook(catalogue, current_periods(month), today)


def book_of(index: Index, catalogue: Catalogue, period: str, day: date) -> Scorebook:
    """A book of one period by the tree of a day, with all of the index in it."""
    book = Scorebook(catalogue, {ASKED: period}, day)
    book.put_all(index)
    return book


_NO_SET = IndicatorSet(
    schema=1, id="", title="", effective_from=date.min, source="", decimals=2,
    total_max=Decimal(0), ranking=Ranking((), Ties.SKIP), band=(), group=(), component=(),
)  # fmt: skip
