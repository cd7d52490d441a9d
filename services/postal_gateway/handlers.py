"""From facts to requests, and from requests to orders: each at most once. Read, decide, write."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from services.postal_gateway.domain.facts import return_requested
from services.postal_gateway.domain.parcels import needs_return, to_be_ordered
from services.postal_gateway.ledger import PostLedger
from services.postal_gateway.ordering import FactWriter, Orderer
from shared.calendar.civil_time import epoch_of
from shared.errors import TemporarilyUnavailable

_AT_ONCE: Final = 8


class Gateway:
    """Looks at the dossiers whose moment came. Without a carrier it only says what is owed."""

    def __init__(
        self,
        ledger: PostLedger,
        facts: FactWriter,
        orderer: Orderer | None,
        *,
        is_current: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._facts = facts
        self._orderer = orderer
        self._is_current = is_current
        self._running: dict[str, asyncio.Task[None]] = {}

    async def on_tick(self, at: datetime) -> None:
        """Let time pass, and begin what is to be done; a slow carrier holds nothing else up."""
        now = epoch_of(at)
        self._ledger.tick(now)
        for dossier, task in list(self._running.items()):
            if task.done():
                del self._running[dossier]
                task.result()  # a fault of ours ends the process
        if not self._is_current():
            return
        left: set[str] = set()
        while self._ledger.waiting and len(self._running) < _AT_ONCE:
            dossier = self._ledger.waiting.pop()
            if dossier in self._running:
                left.add(dossier)
            elif self._has_work(dossier, now):
                self._running[dossier] = asyncio.create_task(self._work(dossier, now))
        self._ledger.waiting |= left

    async def finish(self) -> None:
        """Wait for what is under way; for tests and for a quiet end."""
        await asyncio.gather(*self._running.values())

    async def close(self) -> None:
        """Give up what is under way: its claim says so, and it is settled after the next start."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _has_work(self, dossier: str, now: int) -> bool:
        state = self._ledger.fold.state_of(dossier)
        if state is None:
            return False
        if needs_return(state, now):
            # A past that is being told may go on to say that it was returned long ago.
            later = self._ledger.history.holds_until(state.resolved or 0, now)
            if later is not None:
                self._ledger.plan(dossier, later)
            return later is None
        return self._orderer is not None and bool(to_be_ordered(state))

    async def _work(self, dossier: str, now: int) -> None:
        state: Any = self._ledger.fold.state_of(dossier)
        try:
            if needs_return(state, now):
                await self._facts.write([return_requested(dossier, state)])
            for leg in to_be_ordered(state) if self._orderer else ():
                await self._orderer.place(dossier, state, leg)  # type: ignore[union-attr] # asked above
        except TemporarilyUnavailable as error:
            self._ledger.plan(dossier, now + max(2, round(error.retry_after_seconds)))
