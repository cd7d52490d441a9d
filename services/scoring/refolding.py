"""Folding the log anew up to a position, into a file of its own: what a report was drawn from.

Only states matter to a report, and states hang on facts alone; time does not pass here.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct
from nats.aio.client import Client
from nats.js import JetStreamContext

from shared.bus.streams import FACTS
from shared.events.envelope import LOG_DECODER
from shared.ledger.fold import Fold
from shared.ledger.follower import fetch_bodies
from shared.ledger.reader import Batch, LogReader, from_the_first
from shared.ledger.store import Store

from .domain.rules import Rules
from .handlers import COMMIT_EVERY_SUBJECTS, SCHEMA
from .ledger import ScoringProjection, State, version_of

Fetch = Callable[[Sequence[int]], Awaitable[dict[int, bytes]]]


class LogTooShortError(Exception):
    """The log ends before the position asked for."""


class Refolded(Struct, frozen=True):
    """How far the file was folded, and when the last of its facts was recorded, if any was."""

    position: int
    recorded_at: datetime | None


async def refold(
    client: Client,
    path: Path,
    rules: Rules,
    *,
    position: int | None = None,
    until: datetime | None = None,
    fetch: Fetch | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Refolded:
    """Fold FACTS from its first fact into a new file at `path`.

    Ends at `position`, or before the first fact recorded after `until`, or at the head. `fetch`
    is for a login that may not read as the service does.

    Raises:
        LogTooShortError: there is no such position.
        LogGapError, nats.errors.Error, TimeoutError: the log is out of reach, or has a hole.
    """
    state = (await JetStreamContext(client).stream_info(FACTS)).state
    last = state.last_seq if position is None else position
    if last > state.last_seq:
        raise LogTooShortError(f"the log ends at {state.last_seq}, before {last}")

    projection = ScoringProjection(rules, version_of(rules))
    store = Store(path, version=projection.version, schema=SCHEMA)
    fold: Fold[State] = Fold(projection, store, fetch or partial(fetch_bodies, client, FACTS))
    reader = LogReader(client, stream=FACTS, service="replay", after=0, is_same_log=from_the_first)
    try:
        return await _read(reader, fold, last, until, on_progress)
    finally:
        await reader.close()
        store.close()


async def _read(
    reader: LogReader,
    fold: Fold[State],
    last: int,
    until: datetime | None,
    on_progress: Callable[[int, int], None],
) -> Refolded:
    recorded_at: datetime | None = None
    while fold.position.sequence < last:
        batch = await reader.next_batch()
        entries, is_over = _before(batch.entries, last, until)
        if entries:
            await fold.apply(Batch(entries, "", 0), "", 0)
            recorded_at = recorded_of(entries[-1][1]) or recorded_at
        if fold.unsaved_count >= COMMIT_EVERY_SUBJECTS:
            fold.commit()
        on_progress(fold.position.sequence, last)
        if is_over:
            break
    fold.commit()
    return Refolded(fold.position.sequence, recorded_at)


def _before(
    entries: list[tuple[int, bytes]], last: int, until: datetime | None
) -> tuple[list[tuple[int, bytes]], bool]:
    """Return the entries that still count, and whether that is the end."""
    kept = [one for one in entries if one[0] <= last]
    if until is not None:
        for place, (_, body) in enumerate(kept):
            recorded = recorded_of(body)
            if recorded is not None and recorded > until:
                return kept[:place], True
    return kept, len(kept) < len(entries)


def recorded_of(body: bytes) -> datetime | None:
    """When a fact entered the log, by whoever recorded it; None for what is no fact."""
    try:
        fact = LOG_DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return fact.recordedtime or fact.time
