"""The entries, each driven with its own inputs from one seed."""

import random
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from . import over_http, over_import, over_nats, over_sockets, over_webhooks
from .intake_world import World, world
from .tally import Tally, listening

Drive = Callable[[Path, Tally, random.Random, int], Awaitable[None]]


async def _http(home: Path, tally: Tally, chance: random.Random, count: int) -> None:
    async with world(home, tally) as here:
        await _each(here, count, lambda: over_http.send(here, over_http.events_request(chance)))


async def _dvcqg(home: Path, tally: Tally, chance: random.Random, count: int) -> None:
    async with world(home, tally) as here:
        await _each(here, count, lambda: over_http.send(here, over_http.payload_request(chance)))


async def _nats(home: Path, tally: Tally, chance: random.Random, count: int) -> None:
    async with world(home, tally) as here:
        door = over_nats.Door(here)
        await _each(here, count, lambda: door.send(chance))


async def _webhooks(home: Path, tally: Tally, chance: random.Random, count: int) -> None:
    async with over_webhooks.gateway(home, tally) as client:
        for _ in range(count):
            request = over_webhooks.request(chance)
            with tally.one_input():
                over_webhooks.judged(tally, await client.send(request))


async def _import(home: Path, tally: Tally, chance: random.Random, count: int) -> None:
    while tally.n < count:
        rows = min(over_import.ROWS_A_FILE, count - tally.n)
        over_import.one_file(tally, chance, home, rows)


async def _each(here: World, count: int, one: Callable[[], Awaitable[None]]) -> None:
    for _ in range(count):
        with here.tally.one_input():
            await one()
        await here.settled()


_DRIVES: Final[dict[str, Drive]] = {
    "http": _http, "nats": _nats, "import": _import, "dvcqg": _dvcqg, "webhooks": _webhooks,
}  # fmt: skip
# The import's files meet the whole command over real HTTP as it is.
_OVER_SOCKETS: Final[dict[str, Drive]] = {
    "http": partial(over_sockets.http, national=False),
    "dvcqg": partial(over_sockets.http, national=True),
    "nats": over_sockets.nats,
    "webhooks": over_sockets.webhooks,
}
ENTRIES: Final = tuple(_DRIVES)


async def run_entry(entry: str, seed: int, n: int, *, real_share: float = 0.0) -> Tally:
    """Drive one entry with `n` inputs, a share of them over real sockets."""
    tally = Tally(entry, seed, n)
    chance = random.Random(f"{entry} {seed}")
    real = int(n * real_share) if entry in _OVER_SOCKETS else 0
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{entry}-") as folder, listening(tally):
        await _DRIVES[entry](Path(folder), tally, chance, n - real)
        tally.in_process = tally.n
        if real and entry in _OVER_SOCKETS:
            await _OVER_SOCKETS[entry](Path(folder), tally, chance, real)
    return tally
