"""What the fold's changed counters become: series of the metrics page, an index to ask, points.

All are copies that follow the counters; while the fold is not caught up they are empty, because
a number from half a log is a wrong number.
"""

import asyncio
from datetime import UTC, date, datetime
from typing import Final

from shared.calendar import civil_day
from shared.catalogue.model import Catalogue
from shared.catalogue.tree import turning_days
from shared.ledger.fold import Fold

from .domain.contribution import FEEDING, MEASURE
from .domain.index import Index, month_in, rest_of
from .domain.rules import SECOND_US, month_of
from .ledger import State
from .metrics import Metrics
from .scorebook import Scorebook, current_book

# About 5 ms of work: the loop is free between two slices.
_SLICE: Final = 2000
_UNITS_SLICE: Final = 1
# More than this waits for the next tick instead of holding up a page.
_UNITS_AT_ONCE: Final = 4


class Numbers:
    """The numbers people may see. `is_current` is whether there are any."""

    def __init__(self, fold: Fold[State], metrics: Metrics, catalogue: Catalogue) -> None:
        self._fold = fold
        self._metrics = metrics
        self._catalogue = catalogue
        self.index = Index()
        self.book: Scorebook | None = None
        self.is_current = False
        self.revision = 0  # grows with every number that changed
        self._reporting: set[str] = set()
        self._named_count = -1
        self._tree_turns = turning_days(catalogue)
        self._tree_day = date.min

    def hide(self) -> None:
        """Show nothing: the fold is behind, or its log is broken."""
        if self.is_current:
            self.is_current = False
            self._clear()
            self.revision += 1

    def refresh(self, as_of: int, *, units_max: int = _UNITS_AT_ONCE) -> None:
        """Bring everything up to date in one go; points of at most so many units."""
        self._turn(as_of)
        self._take(len(self._fold.counters.changed))
        self._finish()
        self._score(units_max)

    async def refresh_gently(self, as_of: int) -> None:
        """As `refresh`, for all units, letting others run in between."""
        self._turn(as_of)
        while self.is_current and len(self._fold.counters.changed) > _SLICE:
            self._take(_SLICE)
            await asyncio.sleep(0)
        if self.is_current:  # not hidden meanwhile
            self.refresh(as_of, units_max=0)
        while self.is_current and self.book is not None and self.book.waiting_count:
            self._score(_UNITS_SLICE)
            await asyncio.sleep(0)

    async def keep_up(self) -> None:
        """Take what changed, in slices, so that a page finds little left to do."""
        while self.is_current and len(self._fold.counters.changed) > _SLICE:
            self._take(_SLICE)
            await asyncio.sleep(0)

    def _turn(self, as_of: int) -> None:
        month = month_of(as_of * SECOND_US)
        today = civil_day(datetime.fromtimestamp(as_of, UTC))
        if self._metrics.turn_to(month) or self._is_other_tree(today):
            self.is_current = False
        if not self.is_current:
            self._clear()
            self._tree_day = today
            self.book = current_book(self._catalogue, month, today)
            self._fold.counters.changed.update(self._fold.counters.values)
            self.is_current = True

    def _is_other_tree(self, today: date) -> bool:
        first, last = sorted((self._tree_day, today))
        return any(first < turn <= last for turn in self._tree_turns)

    def _clear(self) -> None:
        self.index.clear()
        self._metrics.clear()
        self._reporting.clear()
        self.book = None

    def _take(self, count: int) -> None:
        counters = self._fold.counters
        changed, values = counters.changed, counters.values
        assert self.book is not None  # noqa: S101 - `_turn` opened it
        show, put, measure = self._metrics.show, self.index.put_in, self.book.put
        if changed:
            self.revision += 1
        for _ in range(min(count, len(changed))):
            key = changed.pop()
            value = values.get(key, 0)
            kind, agency, month, rest = key[0], key[1], month_in(key), rest_of(key)
            was = put(kind, agency, month, rest, value)
            show(key, value, was)
            if kind in FEEDING:
                measure(kind, agency, month, rest, value, was)
            elif kind == MEASURE:
                self._reporting.add(agency)

    def _finish(self) -> None:
        self._metrics.finish(self._fold.counters.values)
        codes = len(self.index.agencies) + len(self.index.fields)  # both only grow
        if codes != self._named_count:
            self._named_count = codes
            self._metrics.show_names(self.index.agencies, self.index.fields)

    def _score(self, units_max: int) -> None:
        book = self.book
        if book is None:
            return
        book.take(self.index, self._reporting)
        self._reporting.clear()
        done = book.work(self.index, units_max)
        for node in done:
            for name in book.periods:
                self._metrics.scores.show(node, name, book.units[node, name])
        if done and not book.waiting_count:
            self.revision += 1
        for name in book.ranked:
            self._metrics.scores.show_ranks(name, book.ranks[name])
        book.ranked.clear()
