"""Which subjects time will change, and when: lists per second under a heap of seconds."""

import heapq
from collections import defaultdict
from collections.abc import Iterator

NEVER = -1


class Wheel:
    """Plans keys at epoch seconds.

    A key planned anew stays in its old list too: the caller compares the instant with the one it
    remembers and passes over the stale entry.
    """

    def __init__(self) -> None:
        self._lists: defaultdict[int, list[str]] = defaultdict(list)
        self._instants: list[int] = []

    def plan(self, key: str, at: int) -> None:
        """Plan the key at `at`; NEVER plans nothing."""
        if at == NEVER:
            return
        if at not in self._lists:
            heapq.heappush(self._instants, at)
        self._lists[at].append(key)

    def due(self, now: int) -> Iterator[tuple[int, str]]:
        """Take out and yield every (instant, key) up to `now`, in order of time."""
        while self._instants and self._instants[0] <= now:
            at = heapq.heappop(self._instants)
            for key in self._lists.pop(at):
                yield at, key

    def clear(self) -> None:
        """Forget all plans."""
        self._lists.clear()
        self._instants.clear()
