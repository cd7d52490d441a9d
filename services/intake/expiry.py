"""A reject that nobody settled before the broker lets go of it ends with a record (ADR 0015)."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Never, Protocol

from shared.bus.publishing import LogMessage
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable

from .ledger import RejectRow, RejectsFold
from .rejects import How, RejectSettled, settled_message
from .wire import Keeping

LOOK_EVERY_SECONDS: Final = 60.0
CLOSE_BEFORE: Final = timedelta(days=1)
"""So long before it is gone it is closed: the record stands in the log while the body does."""

_AT_ONCE: Final = 500
_FOLDED_WITHIN_SECONDS: Final = 10.0
_BY: Final = "Một Cửa"
_WHY: Final = "Hết thời hạn lưu, chưa ai xử lý"


class RejectLog(Protocol):
    """The stream of rejects, which forgets by itself what is too old."""

    async def rejects_keeping(self) -> Keeping:
        """Return how long it keeps, or raise TemporarilyUnavailable."""
        ...

    async def append_rejects(self, messages: Sequence[LogMessage]) -> list[int]:
        """Append all and return their sequences, or raise TemporarilyUnavailable."""
        ...


class Expiry:
    """Closes what is about to go, and takes off the list what is gone; what is open stays on it.

    A record closes it for every reader: a fold that begins anew comes to the same, and an open
    reject of a service that was away for long is closed when it is back.
    """

    def __init__(
        self, log: RejectLog, rejects: RejectsFold, *, clock: Clock, why_behind: Callable[[], str]
    ) -> None:
        self._log = log
        self._rejects = rejects
        self._clock = clock
        self._why_behind = why_behind

    async def run(self) -> Never:
        """Look for ever; without the broker, a minute later."""
        while True:
            with contextlib.suppress(TemporarilyUnavailable):
                await self.look()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def look(self) -> None:
        """Look once.

        Raises:
            TemporarilyUnavailable: the broker is away; nothing is lost, look again.
        """
        if self._why_behind():
            return
        keeping = await self._log.rejects_keeping()
        self._rejects.kept_seconds = keeping.seconds
        if not keeping.seconds:
            return
        self._rejects.forget_settled(before=keeping.first_sequence)
        now = self._clock.now()
        due = self._rejects.open_since_before(now - self._rejects.kept + CLOSE_BEFORE)
        for start in range(0, len(due), _AT_ONCE):
            await self._close(due[start : start + _AT_ONCE], now)

    async def _close(self, rows: Sequence[RejectRow], now: datetime) -> None:
        messages = [settled_message(_expired(row.reject_id, now), row.publisher) for row in rows]
        sequences = await self._log.append_rejects(messages)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FOLDED_WITHIN_SECONDS):
                await self._rejects.folded(max(sequences))


def _expired(reject_id: str, now: datetime) -> RejectSettled:
    return RejectSettled(reject_id=reject_id, how=How.EXPIRED, by=_BY, reason=_WHY, at=now)
