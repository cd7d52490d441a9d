"""The carrier's word becomes facts: page by page, each row once, unknown codes listed."""

from services.postal_gateway.domain.facts import status_fact
from services.postal_gateway.domain.orders import Meaning, Status, leg_of
from services.postal_gateway.ledger import OddStatus, PostLedger
from services.postal_gateway.metrics import Metrics
from services.postal_gateway.ordering import Carrier, FactWriter
from shared.calendar.civil_time import epoch_of
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.events.envelope import Fact
from shared.observability import ServiceLog

_PAGES_AT_ONCE = 50
_SILENT = (Meaning.NOTED,)


class Interpreter:
    """Says what a carrier's statuses mean for the parcels that we know."""

    def __init__(self, carrier_name: str, ledger: PostLedger, metrics: Metrics) -> None:
        self._carrier_name = carrier_name
        self._ledger = ledger
        self._metrics = metrics

    def sorted_out(self, statuses: tuple[Status, ...]) -> tuple[list[Fact], list[OddStatus]]:
        """The facts, and the statuses that move nothing: code unknown, or no parcel of ours."""
        facts: list[Fact] = []
        odd: list[OddStatus] = []
        for status in statuses:
            fact, is_known = self._fact_of(status)
            if fact is not None:
                facts.append(fact)
            elif status.meaning not in _SILENT:
                self._metrics.odd(self._carrier_name, is_known_code=is_known)
                odd.append(
                    OddStatus(
                        self._carrier_name, status.code, status.order_number, epoch_of(status.at)
                    )
                )
        return facts, odd

    def _fact_of(self, status: Status) -> tuple[Fact | None, bool]:
        """The fact, if the code is known and the parcel is ours; and whether the code is known."""
        is_known = status.meaning is not Meaning.UNKNOWN
        name = leg_of(status.order_number)
        found = self._ledger.leg_of(name.dossier, name.leg.value, name.attempt)
        if not is_known or found is None:
            return None, is_known
        state, leg = found
        if leg.tracking_number not in ("", status.tracking_number):
            return None, is_known  # our order number under a number that is not our order's
        if leg.carrier not in ("", self._carrier_name):
            return None, is_known  # another carrier has it
        return status_fact(name, state.agency, self._carrier_name, status), is_known


class Tracker:
    """Reads tracking from where the ledger stopped."""

    def __init__(
        self,
        carrier: Carrier,
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
        self._metrics = metrics
        self._log = log
        self._interpreter = Interpreter(carrier.name, ledger, metrics)

    async def poll(self) -> int:
        """Read what is new, fifty pages at most; return how many rows there were.

        The cursor moves after the facts are stored: a crash in between reads the page again, and
        the same rows are the same facts.
        """
        count = 0
        name = self._carrier.name
        for _ in range(_PAGES_AT_ONCE):
            after = self._ledger.last_row(name)
            try:
                page = await self._carrier.tracking(after)
                facts, odd = self._interpreter.sorted_out(page.statuses)
                await self._facts.write(facts)
            except TemporarilyUnavailable as error:
                self._log.warning("tracking_failed", carrier=name, cause=error.reason)
                return count
            self._metrics.tracked(name, self._clock.now().timestamp())
            if not page.statuses:
                return count
            self._ledger.tracked(name, page.last_row, odd)
            count += len(page.statuses)
        return count
