"""Ends a process that should make progress and does not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Never

from shared.clock import Clock
from shared.runtime.ending import EndProcess
from shared.runtime.health import MOVING, Health

CHECK_EVERY_SECONDS: Final = 10.0
STALLED_AFTER_SECONDS: Final = 30.0
_ASK_AGAIN_SECONDS: Final = 1.0

# How much work waits; None when that cannot be known now, for example while disconnected.
Pending = Callable[[], Awaitable[int | None]]
Progress = Callable[[], int]


class Watchdog:
    """Compares waiting work with own progress.

    Work waiting and progress unchanged makes the service not ready from the second look on, and
    after `stalled_after_seconds` ends the process. Not knowing how much waits starts the
    measuring anew: a broker that is away is not our stall. But the service is not ready then: a
    server that hangs keeps its connections, and only the missing answer tells.

    Who reads several logs has one of these for each, under a `condition` of its own: the progress
    of one reader would hide that another stands still.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        pending: Pending,
        progress: Progress,
        health: Health,
        condition: str = MOVING,
        check_every_seconds: float = CHECK_EVERY_SECONDS,
        stalled_after_seconds: float = STALLED_AFTER_SECONDS,
    ) -> None:
        self._clock = clock
        self._pending = pending
        self._progress = progress
        self._health = health
        self._condition = condition
        self._check_every_seconds = check_every_seconds
        self._stalled_after_seconds = stalled_after_seconds
        self._seen = progress()
        self._since = clock.monotonic()

    async def run(self) -> Never:
        """Look every `check_every_seconds`, for ever.

        Raises:
            EndProcess: the process is stuck; exit code 70.
        """
        while True:
            is_known = await self.look()
            await asyncio.sleep(self._check_every_seconds if is_known else _ASK_AGAIN_SECONDS)

    async def look(self) -> bool:
        """Look once, and return whether anything could be seen; raises as `run`."""
        waiting = await self._waiting()
        now, progress = self._clock.monotonic(), self._progress()
        if waiting is None:
            self._seen, self._since = progress, now
            self._health.fails(self._condition, "the broker gives no answer")
            return False
        if not waiting or progress != self._seen:
            self._seen, self._since = progress, now
            self._health.holds(self._condition)
            return True
        stalled_seconds = now - self._since
        if stalled_seconds >= self._check_every_seconds:
            self._health.fails(self._condition, f"no progress for {stalled_seconds:.0f} s")
        if stalled_seconds >= self._stalled_after_seconds:
            raise EndProcess("work waits and nothing moves")
        return True

    async def _waiting(self) -> int | None:
        """How much waits; None when nobody answered within one look's time."""
        try:
            async with asyncio.timeout(self._check_every_seconds):
                return await self._pending()
        except TimeoutError:
            return None
