"""One notifier without pages, as a process of its own that takes the time from a file.

It writes down up to which time it has said everything, and how far it has read FACTS.

`python -m tests.chaos_alerts.copy --url … --home … --clock …`; it is killed, never stopped.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

import nats

from services.notifier.parts import Notifier
from services.notifier.settings import Settings
from tests.support.server import PASSWORD

RULES = Path(__file__).with_name("three_stages.toml")
_LOOK_SECONDS = 0.02


class FileClock:
    """A clock that shows what another process wrote."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        return datetime.fromtimestamp(float(self._path.read_text()), UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


async def live(url: str, home: Path, clock: FileClock) -> None:
    """Follow the logs and decide, until killed."""
    parts = Notifier(Settings(data=home, rules=RULES), clock)
    client = await nats.connect(
        url, user="notifier", password=PASSWORD, max_reconnect_attempts=-1,
        reconnect_time_wait=0.05, allow_reconnect=True,
    )  # fmt: skip
    parts.connect(client)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(parts.facts.run())
        tasks.create_task(parts.alerts.run())
        tasks.create_task(parts.rejects.run())
        while True:
            now = clock.now()
            await parts.raiser.on_tick(now)
            if parts.is_current():
                _note(home / "folded", str(parts.ledger.position.sequence))
            if parts.is_current() and not parts.ledger.waiting:
                _note(home / "seen", str(now.timestamp()))
            await asyncio.sleep(_LOOK_SECONDS)


def _note(path: Path, text: str) -> None:
    """Write it whole or not at all: somebody is reading."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


def main() -> None:
    """Read where to live."""
    parser = argparse.ArgumentParser()
    for name in ("url", "home", "clock"):
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args()
    asyncio.run(live(asked.url, Path(asked.home), FileClock(Path(asked.clock))))


if __name__ == "__main__":
    main()
