"""How fast a publisher may send: a bucket of events each, filled at its own rate."""

from shared.clock import Clock

BURST_SECONDS = 2.0


class RateLimits:
    """One bucket a publisher. A batch larger than the bucket passes and is paid for afterwards."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # events left, as of

    def wait_seconds(self, name: str, count: int, rate_per_second: float) -> float:
        """Take `count` events out of the bucket; 0 if they pass, else when to come again."""
        now = self._clock.monotonic()
        full = rate_per_second * BURST_SECONDS
        left, as_of = self._buckets.get(name, (full, now))
        left = min(full, left + (now - as_of) * rate_per_second)
        if left <= 0:
            self._buckets[name] = (left, now)
            return max(0.05, (1 - left) / rate_per_second)
        self._buckets[name] = (left - count, now)
        return 0.0
