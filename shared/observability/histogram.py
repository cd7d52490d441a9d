"""A histogram with fixed buckets, for the few durations a service watches."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared.observability.family import Family, Labels

SECONDS_BOUNDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class HistogramSeries:
    """Observations counted by upper bound, with their sum and count."""

    def __init__(
        self,
        family: Family,
        bounds: Sequence[float] = SECONDS_BOUNDS,
        start: Iterable[Labels] = (),
    ) -> None:
        if not bounds or list(bounds) != sorted(set(bounds)):
            raise ValueError(f"{family.name}: bounds must grow, and there must be one")
        self.family = family
        self._bounds = tuple(float(bound) for bound in bounds)
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}
        for labels in start:
            self._open(labels)
        if not family.labels:
            self._open(())

    def observe(self, labels: Labels, value: float) -> None:
        """Count one observation, in the family's unit."""
        counts = self._counts.get(labels)
        if counts is None:
            counts = self._open(labels)
        counts[bisect_left(self._bounds, value)] += 1
        self._sums[labels] += value

    def replace(
        self, counts: Mapping[Labels, Mapping[int, int]], sums: Mapping[Labels, float]
    ) -> None:
        """Show these instead: observations by place of their bound, for numbers kept elsewhere."""
        self._counts.clear()
        self._sums.clear()
        for labels, by_place in counts.items():
            opened = self._open(labels)
            for place, count in by_place.items():
                opened[place] += count
            self._sums[labels] = sums.get(labels, 0.0)

    def rendered(self) -> bytes:
        """HELP, TYPE and all lines, without the last line end."""
        parts = [self.family.head()]
        for labels, counts in self._counts.items():
            running = 0
            for bound, count in zip((*map(repr, self._bounds), "+Inf"), counts, strict=True):
                running += count
                prefix = self.family.prefix(labels, suffix="_bucket", extra=f'le="{bound}"')
                parts.append(f"{prefix}{running}")
            parts.append(f"{self.family.prefix(labels, suffix='_sum')}{self._sums[labels]}")
            parts.append(f"{self.family.prefix(labels, suffix='_count')}{running}")
        return "".join(parts).encode()

    def _open(self, labels: Labels) -> list[int]:
        self.family.prefix(labels)  # refuses a wrong number of labels now, not at the scrape
        self._sums[labels] = 0.0
        return self._counts.setdefault(labels, [0] * (len(self._bounds) + 1))
