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


class Faults:
    """Draws one fault for each order, the same sequence for the same seed."""

    def __init__(self, rates: Rates, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._rates = rates

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
