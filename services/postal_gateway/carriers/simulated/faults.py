"""Scripted misfortune: what may go wrong between the wire and the order book."""

import random
from enum import StrEnum, unique

from msgspec import Struct


@unique
class Fault(StrEnum):
    """What happens to one call."""

    NONE = "none"
    ERROR = "error"  # 500, nothing was done
    THROTTLED = "throttled"  # 429, nothing was done
    LATE_ERROR = "late_error"  # 500, and it was done
    SILENCE = "silence"  # done, and no answer within any patience
    GARBLED = "garbled"  # done, and the answer is no JSON


class Rates(Struct, frozen=True, kw_only=True):
    """How often each happens to an order, 0 to 1; together at most 1."""

    error: float = 0.0
    throttled: float = 0.0
    late_error: float = 0.0
    silence: float = 0.0
    garbled: float = 0.0


class WebhookRates(Struct, frozen=True, kw_only=True):
    """How often each happens to a status on its way, 0 to 1."""

    lost: float = 0.0
    doubled: float = 0.0
    delayed: float = 0.0  # behind later ones
    wrong_id: float = 0.0  # one more, about an order that nobody made


class Outage(Struct, frozen=True):
    """Answers nothing from `begins` on, for so many seconds after the first question."""

    begins_seconds: float = 0.0
    lasts_seconds: float = 0.0


class Faults:
    """Draws one fault for each order, the same sequence for the same seed."""

    def __init__(self, rates: Rates, seed: int = 1, outage: Outage | None = None) -> None:
        self._random = random.Random(seed)
        self._rates = rates
        self._outage = outage or Outage()
        self._asked_at: float | None = None

    def is_out(self, now: float) -> bool:
        """Whether the carrier is out of order at `now`, in monotonic seconds."""
        if self._asked_at is None:
            self._asked_at = now
        since = now - self._asked_at - self._outage.begins_seconds
        return 0 <= since < self._outage.lasts_seconds

    def draw(self) -> Fault:
        """What happens to this call."""
        left = self._random.random()
        for fault in (
            Fault.ERROR,
            Fault.THROTTLED,
            Fault.LATE_ERROR,
            Fault.SILENCE,
            Fault.GARBLED,
        ):
            left -= getattr(self._rates, fault.value)
            if left < 0:
                return fault
        return Fault.NONE
