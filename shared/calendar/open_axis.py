"""Arithmetic on an axis of which only some stretches count.

Used twice: epoch seconds that count while an office is open, and day numbers that count when the
day is worked. Both need the same three questions answered in O(log n).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable


class OpenAxis:
    """Open intervals of whole numbers inside [first, last), and a repeating week beyond.

    The first and the last `week` units of the table must be ordinary weeks, open at some time:
    they are repeated for ever on their side, so every question has an answer.
    """

    __slots__ = ("_first", "_last", "_per_week", "_starts", "_total", "_totals", "_week")

    def __init__(
        self, intervals: Iterable[tuple[int, int]], *, first: int, last: int, week: int
    ) -> None:
        self._starts: list[int] = []
        # _totals[i] is what is open before _starts[i]; one more entry holds the whole table.
        self._totals: list[int] = [0]
        for start, end in intervals:
            self._starts.append(start)
            self._totals.append(self._totals[-1] + end - start)
        self._first, self._last, self._week = first, last, week
        self._total = self._totals[-1]
        self._per_week = self._inside(first + week)

    def _inside(self, point: int) -> int:
        index = bisect_right(self._starts, point) - 1
        if index < 0:
            return 0
        reached = self._totals[index] + point - self._starts[index]
        closed = self._totals[index + 1]
        return min(closed, reached)

    def open_before(self, point: int) -> int:
        """How much is open before `point`, counted from the start of the table; may be negative."""
        if self._first <= point < self._last:
            # Almost every question; the body of `_inside` again, because a fold asks per fact.
            index = bisect_right(self._starts, point)
            if index == 0:
                return 0
            reached = self._totals[index - 1] + point - self._starts[index - 1]
            closed = self._totals[index]
            return closed if closed < reached else reached  # noqa: FURB136 - min() costs a call
        weeks = (point - self._last) // self._week + 1
        if point < self._first:
            weeks = (point - self._first) // self._week
        return self._inside(point - weeks * self._week) + weeks * self._per_week

    def earliest(self, total: int) -> int:
        """The first point before which `total` is open: the end of the last unit counted."""
        weeks = 0
        if total <= 0:
            weeks = -(-total // self._per_week + 1)
        elif total > self._total:
            weeks = -((self._total - total) // self._per_week)
        wanted = total - weeks * self._per_week
        index = bisect_left(self._totals, wanted) - 1
        return self._starts[index] + wanted - self._totals[index] + weeks * self._week

    def latest(self, total: int) -> int:
        """The last point before which `total` is open: the start of the next unit to count."""
        weeks = 0
        if total < 0:
            weeks = total // self._per_week
        elif total >= self._total:
            weeks = (total - self._total) // self._per_week + 1
        wanted = total - weeks * self._per_week
        index = bisect_right(self._totals, wanted) - 1
        return self._starts[index] + wanted - self._totals[index] + weeks * self._week
