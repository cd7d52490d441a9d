"""Once a day: our records, the carriers' statements and the dossiers' facts, side by side."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.orders import NotOrdered, Standing
from services.postal_gateway.domain.reconciling import (
    DifferenceKind,
    compared_with_carrier,
    compared_with_dossiers,
    news,
)
from services.postal_gateway.domain.rows import DifferenceRow, ParcelRow
from services.postal_gateway.ledger import PostLedger
from services.postal_gateway.metrics import Metrics
from services.postal_gateway.ordering import Carrier, FactWriter
from services.postal_gateway.tracking import Interpreter
from shared.calendar.civil_time import DAY_SECONDS, epoch_of
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.observability import ServiceLog

UNSETTLED_SECONDS: Final = 600.0
"""How often a statement is asked for while it alone can say whether an order was taken."""
STATEMENT_DAYS: Final = 45
"""A parcel that ended longer ago was compared often enough."""


class Reconciler:
    """Compares, writes what never reached us as facts, and lists what differs."""

    def __init__(
        self,
        carriers: Sequence[Carrier],
        ledger: PostLedger,
        facts: FactWriter,
        *,
        clock: Clock,
        metrics: Metrics,
        log: ServiceLog,
    ) -> None:
        self._carriers = [(one, Interpreter(one.name, ledger, metrics)) for one in carriers]
        self._ledger = ledger
        self._facts = facts
        self._clock = clock
        self._log = log

    def is_due(self, every_seconds: float) -> bool:
        """Whether the last comparison is that long ago, or an order waits for a statement."""
        if any(one.reason == NotOrdered.UNKNOWN for one in self._ledger.troubles()):
            every_seconds = min(every_seconds, UNSETTLED_SECONDS)
        return epoch_of(self._clock.now()) - self._ledger.lists.compared_at() >= every_seconds

    async def compare(self) -> int:
        """Compare now; return how many differences there are.

        The side of a carrier that does not answer is left out, and what was found of it before is
        forgotten.
        """
        stated = [(one, words, await self._statement(one)) for one, words in self._carriers]
        now = epoch_of(self._clock.now())
        rows = self._ledger.lists.changed_since(now - STATEMENT_DAYS * DAY_SECONDS)
        found = compared_with_dossiers(rows, now)
        for carrier, words, standings in stated:
            if standings is None:
                continue
            try:
                found += await self._compared(carrier.name, words, rows, standings, now)
            except TemporarilyUnavailable:
                return len(self._ledger.lists.differences())
        if any(standings is not None for _, _, standings in stated):
            for row in self._ledger.lists.parcels((LegStatus.REQUESTED,)):
                self._ledger.plan(row.dossier, now)  # what nobody answered may be settled by it
        self._ledger.lists.replace_differences(found, now)
        return len(found)

    async def _compared(
        self, name: str, words: Interpreter, rows: Sequence[ParcelRow],
        stated: Sequence[Standing], now: int,
    ) -> list[DifferenceRow]:  # fmt: skip
        """What differs from this carrier's statement, after taking what is news in it."""
        # The latest status only: what was lost between it and ours stays the carrier's own.
        theirs = {row.item: row for row in rows if row.carrier in ("", name)}
        told = news(theirs, stated)
        facts, _ = words.sorted_out(told)
        await self._facts.write(facts)
        caught_up = {status.order_number for status in told}
        return [
            one
            for one in compared_with_carrier(rows, stated, carrier=name, now=now)
            if one.kind != DifferenceKind.CARRIER_AHEAD or one.item not in caught_up
        ]

    async def _statement(self, carrier: Carrier) -> list[Standing] | None:
        since = self._clock.now() - timedelta(days=STATEMENT_DAYS + 1)
        try:
            return await carrier.statement(since)
        except TemporarilyUnavailable as error:
            self._log.warning("statement_failed", carrier=carrier.name, cause=error.reason)
            return None
