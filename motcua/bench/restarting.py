"""The long log's sides: a restart from the file, a number read from it, and what it weighs."""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from motcua.bench import corpus
from motcua.bench.folding import BenchClock, scoring_parts, service_client
from services.scoring.app import Parts
from services.scoring.domain.counts import Count, Question, number_of
from shared.bus.publishing import LogMessage
from shared.ledger.reader import Batch
from shared.runtime import settle_memory

_BATCH: Final = 1000
_COMMIT_EVERY: Final = 10
_COUNTS: Final = (Count.RECEIVED, Count.ON_TIME, Count.LATE, Count.OVERDUE)
MONTH: Final = f"{corpus.FIRST_DAY:%Y-%m}"
_ENDINGS: Final = frozenset(
    f"dossier.{what}.v1" for what in ("resolved", "returned", "rejected", "withdrawn", "stopped")
)


async def restart(url: str, password: str, directory: str) -> dict[str, Any]:
    """Start scoring on what it saved, until it is at the head and its numbers are shown."""
    client = await service_client(url, password)
    gc.collect()
    before, started = _resident_bytes(), time.perf_counter()
    parts = scoring_parts(directory)
    parts.connect(client)
    settle_memory()
    following = asyncio.create_task(parts.follower.run())
    while not parts.follower.caught_up:  # noqa: ASYNC110 - readiness is asked for, not told
        await asyncio.sleep(0.001)
    parts.scoring.refresh()
    seconds = time.perf_counter() - started
    held = _resident_bytes() - before
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    fold = parts.scoring.fold
    figures = {
        "seconds": seconds, "resident_bytes": held, "open": fold.hot_count,
        "counters": len(fold.counters.values), "position": fold.position.sequence,
    }  # fmt: skip
    parts.close()
    await client.close()
    return figures


class _AtTheHead:
    """Stands for a follower that has read everything."""

    caught_up = True
    lag_count = 0
    halted = ""


def read(directory: str, times: int) -> dict[str, Any]:
    """Read four counts of every agency from the index, as a page or the API does."""
    parts = scoring_parts(directory)
    parts.scoring.following = _AtTheHead()
    parts.scoring.refresh()
    settle_memory()
    seconds, answer = [], {}
    for _ in range(times):
        started = time.perf_counter()
        answer = _answer(parts)
        seconds.append(time.perf_counter() - started)
    parts.close()
    return {"seconds": seconds, "received": {a: numbers[0] for a, numbers in answer.items()}}


def _answer(parts: Parts) -> dict[str, list[int]]:
    index = parts.scoring.numbers.index
    return {
        agency: [
            number_of(index, Question(count=count, agencies=frozenset({agency}), months=(MONTH,)))
            or 0
            for count in _COUNTS
        ]
        for agency in index.agencies
    }


async def grow(directory: str, path: str, wanted: int) -> dict[str, Any]:
    """Fold as many dossiers as wanted that nobody has finished, without a broker, and save."""
    parts = scoring_parts(directory)
    fold = parts.scoring.fold
    batches = _batches(_unfinished(corpus.load(path), wanted))
    for number, batch in enumerate(batches, 1):
        await fold.apply(batch, "bench", int(BenchClock().now().timestamp()))
        if number % _COMMIT_EVERY == 0 or batch.pending_count == 0:
            fold.commit()
    fold.commit()
    figures = {"open": fold.hot_count}
    parts.close()
    return figures


def held(directory: str, empty: str) -> dict[str, Any]:
    """Load a saved fold into a process that has loaded an empty one: what it weighs."""
    scoring_parts(empty).close()  # calendar, catalogue and code are there either way
    gc.collect()
    before = _resident_bytes()
    parts = scoring_parts(directory)
    settle_memory()
    fold = parts.scoring.fold
    figures = {
        "resident_bytes": _resident_bytes() - before, "open": fold.hot_count,
        "estimated_bytes": _estimated_bytes(parts),
    }  # fmt: skip
    parts.close()
    return figures


def _unfinished(facts: list[corpus.Told], wanted: int) -> Iterator[LogMessage]:
    steps = [fact for fact in facts if fact.type in corpus.STEPS - _ENDINGS]
    dossiers = sum(fact.type == "dossier.received.v1" for fact in steps)
    return corpus.copies(steps, 0, -(-wanted // max(dossiers, 1)))


def _batches(messages: Iterator[LogMessage]) -> Iterator[Batch]:
    sequence = 0
    while chunk := list(islice(messages, _BATCH)):
        entries = [(sequence + n, one.body) for n, one in enumerate(chunk, 1)]
        sequence += len(chunk)
        yield Batch(entries, chunk[-1].message_id, 1)


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _estimated_bytes(parts: Parts) -> int:
    """The open dossiers' keys, packed records and dict, and the plans of time, as Python says."""
    records, wheel = parts.scoring.fold._records, parts.scoring.fold._wheel  # noqa: SLF001 - weighed
    hot, lists = records._hot, wheel._lists  # noqa: SLF001 - weighed
    own = sum(sys.getsizeof(key) + sys.getsizeof(packed) for key, packed in hot.items())
    planned = sum(map(sys.getsizeof, lists.values())) + sys.getsizeof(wheel._instants)  # noqa: SLF001 - weighed
    return own + sys.getsizeof(hot) + planned + sys.getsizeof(lists)
