"""Telling apart the present from a past that is being told.

An import, or a system that connects for the first time, tells weeks of history in minutes: every
dossier of it looks overdue, and every result unsent, until the rest is told too. What was owed
before the telling began waits until it is over; what becomes due meanwhile does not. Pure; epoch
seconds.
"""

from datetime import timedelta
from typing import Final

from .envelope import Fact

BACKDATED: Final = timedelta(hours=1)
QUIET_SECONDS: Final = 10
HOLD_SECONDS_MAX: Final = 900
"""No telling holds anything back for longer."""
COUNT_MIN: Final = 20
"""Fewer are a clerk who catches up, not an import."""


def is_backdated(fact: Fact) -> bool:
    """Whether it was recorded long after it happened."""
    return fact.recordedtime is not None and fact.recordedtime - fact.time > BACKDATED


class History:
    """Notices when a past is being told."""

    def __init__(self) -> None:
        self._began_at = 0
        self._last_at = -QUIET_SECONDS - 1
        self._count = 0

    def note(self, backdated_count: int, now: int) -> None:
        """Note what a batch brought."""
        if not backdated_count:
            return
        if now - self._last_at > QUIET_SECONDS:
            self._began_at, self._count = now, 0
        self._last_at = now
        self._count += backdated_count

    def holds_until(self, since: int, now: int) -> int | None:
        """When to look again at what is owed since `since`; None: act now."""
        is_telling = self._count >= COUNT_MIN and now - self._last_at <= QUIET_SECONDS
        if not is_telling or since >= self._began_at:
            return None
        if now - self._began_at > HOLD_SECONDS_MAX:
            return None
        return self._last_at + QUIET_SECONDS + 1
