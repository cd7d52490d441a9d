"""Looking again and again, for what scoring itself publishes."""

import asyncio
from collections.abc import Awaitable, Callable

from nats.errors import Error as NatsError

from shared.errors import TemporarilyUnavailable
from shared.ledger.reader import LogGapError
from shared.observability import ServiceLog


async def look_for_ever(
    look: Callable[[], Awaitable[None]], *, every_seconds: float, log: ServiceLog, waits: str
) -> None:
    """Look until cancelled; `waits` is logged where the broker fails us, and we look again."""
    while True:
        try:
            await look()
        except (TemporarilyUnavailable, LogGapError, NatsError, TimeoutError, OSError) as error:
            log.warning(waits, error_type=type(error).__name__)
        await asyncio.sleep(every_seconds)
