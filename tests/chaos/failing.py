"""One service that can be told to die at a named point: `python -m tests.chaos.failing DIR NAME`.

Nothing of ours is changed and production knows nothing of this: the points lie in the libraries
that we stand on, around a request to the broker, a commit of SQLite and a call to a carrier. A
file DIR/NAME.<point> arms one; whoever comes there first takes the file away and is killed.
"""

import asyncio
import os
import runpy
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
from nats.aio.client import Client
from nats.aio.msg import Msg

PUBLISHING: Final = "publishing"  # sent, and no acknowledgement seen yet
PUBLISHED: Final = "published"  # acknowledged, and nothing made of it yet
COMMITTING: Final = "committing"  # folded, and not in the file yet
COMMITTED: Final = "committed"  # in the file, and nothing published of it yet
CALLED: Final = "called"  # the carrier has answered, and nothing is recorded yet
POINTS: Final = {
    "intake": (PUBLISHING, PUBLISHED, COMMITTING, COMMITTED),
    "scoring": (COMMITTING, COMMITTED),
    "notifier": (PUBLISHING, PUBLISHED, COMMITTING, COMMITTED),
    "postal_gateway": (PUBLISHING, PUBLISHED, COMMITTING, COMMITTED, CALLED),
}

Die = Callable[[str], None]


def armed(directory: Path, service: str, point: str) -> Path:
    """Return the file that arms a point."""
    return directory / f"{service}.{point}"


def _dying(directory: Path, service: str) -> Die:
    files = {point: armed(directory, service, point) for point in POINTS[service]}

    def die(point: str) -> None:
        path = files.get(point)
        if path is None:
            return
        try:
            path.unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    return die


def _around_requests(die: Die) -> None:
    usual = Client.request

    async def request(self: Client, subject: str, *args: Any, **options: Any) -> Msg:
        if subject.startswith("$JS."):
            return await usual(self, subject, *args, **options)
        asked = asyncio.ensure_future(usual(self, subject, *args, **options))
        await asyncio.sleep(0)  # now the bytes are on their way
        die(PUBLISHING)
        answer = await asked
        die(PUBLISHED)
        return answer

    Client.request = request  # type: ignore[method-assign]  # the point of this module


def _around_commits(die: Die) -> None:
    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if sql != "commit":
                return super().execute(sql, *args)
            die(COMMITTING)
            done = super().execute(sql, *args)
            die(COMMITTED)
            return done

    usual = sqlite3.connect

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        return usual(*args, factory=Connection, **options)

    sqlite3.connect = connect  # type: ignore[assignment]  # the point of this module


def _around_calls(die: Die) -> None:
    usual = httpx.AsyncClient.send

    async def send(self: httpx.AsyncClient, *args: Any, **options: Any) -> httpx.Response:
        answer = await usual(self, *args, **options)
        if answer.request.method == "POST":
            die(CALLED)
        return answer

    httpx.AsyncClient.send = send  # type: ignore[method-assign]  # the point of this module


def main() -> None:
    """Run the service as `python -m services.NAME` would."""
    directory, service = Path(sys.argv[1]), sys.argv[2]
    die = _dying(directory, service)
    _around_requests(die)
    _around_commits(die)
    _around_calls(die)
    sys.argv = [service]
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
