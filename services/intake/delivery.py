"""The one place where a fault of our own code is caught: it must not stop what comes after."""

from collections.abc import Callable
from typing import Final, TypeVar

from shared.errors import RejectReason
from shared.observability import ServiceLog

from .domain.judging import Fault

BREAKER_COUNT: Final = 50
Read = TypeVar("Read")

OUR_FAULT: Final = Fault(RejectReason.OUR_FAULT, "")


class Breaker:
    """Trips after fifty of our own faults in a row: a broken release, not bad data."""

    def __init__(self, log: ServiceLog) -> None:
        self._log = log
        self._in_a_row = 0
        self.is_open = False

    def guarded(self, read: Callable[[], Read]) -> Read | Fault:
        """Return what `read` returns, or OUR_FAULT where it raises something unforeseen."""
        try:
            value = read()
        except Exception as error:  # noqa: BLE001 - a poison event is parked, logged and counted
            self._log.failure("event_not_judged", error)
            self._in_a_row += 1
            if self._in_a_row >= BREAKER_COUNT and not self.is_open:
                self.is_open = True
                self._log.error("breaker_open", count=self._in_a_row)
            return OUR_FAULT
        self._in_a_row = 0
        return value

    def why_open(self) -> str:
        """For readiness: empty while it is closed."""
        return f"{BREAKER_COUNT} own faults in a row" if self.is_open else ""
