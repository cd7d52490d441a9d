"""A clock that stands still until it is told otherwise."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Implements `shared.clock.Clock`. Sunday 22 November 2026, 09:07:31 in Việt Nam."""

    def __init__(self, now: datetime = datetime(2026, 11, 22, 2, 7, 31, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
