"""Facts into FACTS before something is measured, in a process of its own."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from motcua.bench import corpus
from motcua.bench.broker import Address
from shared.bus.publishing import LogMessage, LogWriter

_BATCH: Final = 1000
_IN_FLIGHT: Final = 2


async def append_in_batches(
    writer: LogWriter, messages: Iterator[LogMessage], *, batch: int = _BATCH
) -> int:
    """Append everything as atomic batches, two in flight; returns how many."""
    count = 0

    async def worker() -> None:
        nonlocal count
        while chunk := list(islice(messages, batch)):
            count += len(chunk)
            await writer.append_all(chunk)

    async with asyncio.TaskGroup() as group:
        for _ in range(_IN_FLIGHT):
            group.create_task(worker())
    return count


async def fill(url: str, password: str, path: str) -> dict[str, Any]:
    """Append the saved facts; returns {"facts": how many}."""
    client = await Address(url, password).client()
    facts = corpus.messages(corpus.load(path))
    count = await append_in_batches(LogWriter(client, stream="FACTS"), facts)
    await client.close()
    return {"facts": count}


async def fill_copies(url: str, password: str, path: str, limit: int) -> dict[str, Any]:
    """Append about `limit` facts: copies of the saved dossiers; returns {"facts": how many}."""
    client = await Address(url, password).client()
    facts = islice(long_log(corpus.load(path), limit), limit)
    count = await append_in_batches(LogWriter(client, stream="FACTS"), facts)
    await client.close()
    return {"facts": count}


def long_log(facts: Sequence[corpus.Told], limit: int) -> Iterator[LogMessage]:
    """Return copies of the dossiers' steps, at least `limit` facts where there are any."""
    steps = [fact for fact in facts if fact.type in corpus.STEPS]
    if not steps:
        return iter(())
    return corpus.copies(steps, 0, -(-limit // len(steps)))
