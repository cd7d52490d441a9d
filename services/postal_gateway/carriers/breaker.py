"""Leaving a carrier alone that does not answer. Pure but for the moments it is given."""

from typing import Final

_FAILURES_MAX: Final = 5
_OPEN_SECONDS: Final = 15.0
_OPEN_SECONDS_MAX: Final = 300.0


class Breaker:
    """Opens after five failures in a row; then one call may try, after a wait that doubles."""

    def __init__(self) -> None:
        self.failure_count = 0
        self._opened_at = 0.0
        self._wait = _OPEN_SECONDS

    def is_open(self, now: float) -> bool:
        """Whether calls must wait; `now` in monotonic seconds. Afterwards one may try."""
        if self.failure_count < _FAILURES_MAX:
            return False
        return now - self._opened_at < self._wait

    def failed(self, now: float) -> None:
        """Note a call without a usable answer."""
        self.failure_count += 1
        if self.failure_count == _FAILURES_MAX:
            self._opened_at = now
        elif self.failure_count > _FAILURES_MAX:
            self._opened_at = now
            self._wait = min(self._wait * 2, _OPEN_SECONDS_MAX)

    def answered(self) -> None:
        """Note an answer: everything is as before."""
        self.failure_count = 0
        self._wait = _OPEN_SECONDS
