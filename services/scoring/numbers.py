"""What the fold's changed counters become: series of the metrics page, and an index to ask.

Both are copies that follow the counters; while the fold is not caught up they are empty, because
a number from half a log is a wrong number.
"""

import asyncio
from typing import Final

from shared.ledger.counters import Counters

from .domain.index import Index
from .domain.rules import SECOND_US, month_of
from .metrics import Metrics

# About 5 ms of work: the loop is free between two slices.
_SLICE: Final = 2000


class Numbers:
    """The numbers people may see. `is_current` is whether there are any."""

    def __init__(self, counters: Counters, metrics: Metrics) -> None:
        self._counters = counters
        self._metrics = metrics
        self.index = Index()
        self.is_current = False
        self.revision = 0  # grows with every number that changed

    def hide(self) -> None:
        """Show nothing: the fold is behind, or its log is broken."""
        if self.is_current:
            self.is_current = False
            self.index.clear()
            self._metrics.clear()
            self.revision += 1

    def refresh(self, as_of: int) -> None:
        """Bring everything up to date, in one go."""
        self._turn(as_of)
        self._take(len(self._counters.changed))
        self._finish()

    async def refresh_gently(self, as_of: int) -> None:
        """As `refresh`, letting others run in between; the page itself refreshes the rest."""
        self._turn(as_of)
        while self.is_current and len(self._counters.changed) > _SLICE:
            self._take(_SLICE)
            await asyncio.sleep(0)
        if self.is_current:  # not hidden meanwhile
            self.refresh(as_of)

    def _turn(self, as_of: int) -> None:
        if self._metrics.turn_to(month_of(as_of * SECOND_US)):
            self.is_current = False
        if not self.is_current:
            self.index.clear()
            self._metrics.clear()
            self._counters.changed.update(self._counters.values)
            self.is_current = True

    def _take(self, count: int) -> None:
        changed, values = self._counters.changed, self._counters.values
        show, put = self._metrics.show, self.index.put
        if changed:
            self.revision += 1
        for _ in range(min(count, len(changed))):
            key = changed.pop()
            put(key, values.get(key, 0))
            show(key, values)

    def _finish(self) -> None:
        self._metrics.finish(self._counters.values)
        self._metrics.show_names(self.index.agencies, self.index.fields)
