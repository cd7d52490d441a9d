"""From facts to requests, from requests to orders, from signatures to custody: each once.

Read, decide, write.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final, Protocol

from services.postal_gateway.domain.bundles import changed_hands, desk_of
from services.postal_gateway.domain.facts import (
    damaged_fact,
    damaged_items,
    pickup_requested,
    return_requested,
    signed_fact,
)
from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.orders import leg_of
from services.postal_gateway.domain.parcels import needs_pickup, needs_return, to_be_ordered
from services.postal_gateway.domain.states import BUNDLE, BundleState, LegState, PostState
from services.postal_gateway.ledger import PostLedger
from services.postal_gateway.ordering import FactWriter
from shared.calendar.civil_time import epoch_of
from shared.errors import TemporarilyUnavailable
from shared.events.envelope import Fact

_AT_ONCE: Final = 8


class Places(Protocol):
    """Who places the order of a leg."""

    async def place(self, dossier: str, state: PostState, leg: LegState) -> object:
        """Do the next thing that it needs. Raises TemporarilyUnavailable."""
        ...


class Gateway:
    """Looks at the dossiers whose moment came. Without a carrier it only says what is owed."""

    def __init__(
        self,
        ledger: PostLedger,
        facts: FactWriter,
        orderer: Places | None,
        *,
        is_current: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._facts = facts
        self._orderer = orderer
        self._is_current = is_current
        self._slots: set[asyncio.Task[None]] = set()
        self._busy: set[str] = set()
        self._now = 0

    async def on_tick(self, at: datetime) -> None:
        """Let time pass, and begin what is to be done; a slow carrier holds nothing else up."""
        self._now = epoch_of(at)
        self._ledger.tick(self._now)
        for slot in [one for one in self._slots if one.done()]:
            self._slots.discard(slot)
            slot.result()  # a fault of ours ends the process
        while len(self._slots) < _AT_ONCE and (key := self._next()) is not None:
            self._slots.add(asyncio.create_task(self._serve(key)))

    async def finish(self) -> None:
        """Wait for what is under way and what waits; for tests and for a quiet end."""
        await asyncio.gather(*self._slots)

    async def close(self) -> None:
        """Give up what is under way: its claim says so, and it is settled after the next start."""
        for slot in self._slots:
            slot.cancel()
        await asyncio.gather(*self._slots, return_exceptions=True)

    async def _serve(self, key: str | None) -> None:
        """Do one after the other: after an outage thousands wait, and no tick is waited for."""
        while key is not None:
            try:
                await self._work(key, self._now)
            finally:
                self._busy.discard(key)
            key = self._next()

    def _next(self) -> str | None:
        """Take one that waits and has something to be done; None where there is none."""
        left: set[str] = set()
        found = None
        while found is None and self._is_current() and self._ledger.waiting:
            key = self._ledger.waiting.pop()
            if key in self._busy:
                left.add(key)
            elif self._has_work(key, self._now):
                self._busy.add(key)
                found = key
        self._ledger.waiting |= left
        return found

    def _has_work(self, key: str, now: int) -> bool:
        state = self._ledger.fold.state_of(key)
        if isinstance(state, BundleState):
            return state.signed is not None
        if state is None:
            return False
        owed = _owed_since(state, now)
        if owed is not None:
            # A past that is being told may go on to say that it was settled long ago.
            later = self._ledger.history.holds_until(owed, now)
            if later is not None:
                self._ledger.plan(key, later)
            return later is None
        return self._orderer is not None and bool(to_be_ordered(state))

    async def _work(self, key: str, now: int) -> None:
        state: Any = self._ledger.fold.state_of(key)
        try:
            if isinstance(state, BundleState):
                await self._settle(key.removeprefix(BUNDLE), state)
            else:
                await self._move(key, state, now)
        except TemporarilyUnavailable as error:
            self._ledger.plan(key, now + max(2, round(error.retry_after_seconds)))

    async def _move(self, dossier: str, state: PostState, now: int) -> None:
        if needs_pickup(state, now):
            await self._facts.write([pickup_requested(dossier, state)])
        if needs_return(state, now):
            await self._facts.write([return_requested(dossier, state)])
        for leg in to_be_ordered(state) if self._orderer else ():
            await self._orderer.place(dossier, state, leg)  # type: ignore[union-attr] # asked above

    async def _settle(self, number: str, bundle: BundleState) -> None:
        """Say of each paper that it changed hands when the second side signed."""
        await self._facts.write(list(self._signed(number, bundle)))
        self._ledger.settled(number)

    def _signed(self, number: str, bundle: BundleState) -> Iterator[Fact]:
        damaged = damaged_items(bundle)
        for item in changed_hands(bundle):
            name = leg_of(item)
            found = self._ledger.leg_of(name.dossier, name.leg.value, name.attempt)
            if found is None:
                continue  # an extra paper that no dossier of ours has: it stands on the record
            state, leg = found
            agency = desk_of(state, leg, bundle.direction)
            # What came back carries no record in its fact; it is said once all the same.
            if leg.record_ref != number and leg.status != LegStatus.RETURNED:
                yield signed_fact(number, bundle, name, leg, agency)
            if item in damaged and not leg.is_damaged:
                yield damaged_fact(number, bundle, name, agency)


def _owed_since(state: PostState, now: int) -> int | None:
    """Since when a request is owed; None where none is."""
    if needs_pickup(state, now):
        return state.pickup_wanted
    return (state.resolved or 0) if needs_return(state, now) else None
