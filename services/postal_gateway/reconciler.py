"""Once a day: our records, the carrier's statement and the dossiers' facts, side by side."""

from datetime import timedelta
from typing import Final

from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.orders import NotOrdered, Standing, Status
from services.postal_gateway.domain.reconciling import DifferenceKind, compared, news
from services.postal_gateway.ledger import PostLedger
from services.postal_gateway.metrics import Metrics
from services.postal_gateway.ordering import Carrier, FactWriter
from services.postal_gateway.tracking import Interpreter
from shared.calendar.civil_time import epoch_of
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
        carrier: Carrier | None,
        ledger: PostLedger,
        facts: FactWriter,
        *,
        clock: Clock,
        metrics: Metrics,
        log: ServiceLog,
    ) -> None:
        self._carrier = carrier
        self._ledger = ledger
        self._facts = facts
        self._clock = clock
        self._log = log
        name = carrier.name if carrier else ""
        self._interpreter = Interpreter(name, ledger, metrics)

    def is_due(self, every_seconds: float) -> bool:
        """Whether the last comparison is that long ago, or an order waits for a statement."""
        if any(one.reason == NotOrdered.UNKNOWN for one in self._ledger.troubles()):
            every_seconds = min(every_seconds, UNSETTLED_SECONDS)
        return epoch_of(self._clock.now()) - self._ledger.lists.compared_at() >= every_seconds

    async def compare(self) -> int:
        """Compare now; return how many differences there are.

        Without a carrier, or while it does not answer, its side of the comparison is left out and
        what was found of it before is forgotten.
        """
        stated = await self._statement()
        now = epoch_of(self._clock.now())
        since = epoch_of(self._clock.now() - timedelta(days=STATEMENT_DAYS))
        rows = self._ledger.lists.changed_since(since)
        told: tuple[Status, ...] = ()
        if stated is not None:
            # The latest status only: what was lost between it and ours stays the carrier's own.
            told = news({row.item: row for row in rows}, stated)
            facts, _ = self._interpreter.sorted_out(told)
            try:
                await self._facts.write(facts)
            except TemporarilyUnavailable:
                return len(self._ledger.lists.differences())
            for row in self._ledger.lists.parcels((LegStatus.REQUESTED,)):
                self._ledger.plan(row.dossier, now)  # what nobody answered may be settled by it
        name = self._carrier.name if self._carrier else ""
        caught_up = {status.order_number for status in told}
        found = [
            one
            for one in compared(rows, stated, carrier=name, now=now)
            if one.kind != DifferenceKind.CARRIER_AHEAD or one.item not in caught_up
        ]
        self._ledger.lists.replace_differences(found, now)
        return len(found)

    async def _statement(self) -> list[Standing] | None:
        if self._carrier is None:
            return None
        since = self._clock.now() - timedelta(days=STATEMENT_DAYS + 1)
        try:
            return await self._carrier.statement(since)
        except TemporarilyUnavailable as error:
            self._log.warning("statement_failed", carrier=self._carrier.name, cause=error.reason)
            return None
