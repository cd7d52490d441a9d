"""A server with the configuration as shipped, all streams, and one connection a user."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from motcua import operator_login, publishers
from motcua.home import Home
from motcua.nats_config import ServerSettings, server_config
from motcua.nats_server import start_server
from shared.bus.streams import provision
from shared.bus.subjects import inbox_prefix
from tests.support.server import free_port

from .connection import Connection, Heard
from .rows import DESK, OTHER, PUBLISHER, SERVICES

_ANSWER_SECONDS = 2.0
_SILENCE_SECONDS = 0.15
_NEVER_ANSWERS = ("submit.", "in.", "$JS.", "_")


class World:
    """`asked` is one try; `stored_on` and `heard_by` say what came of it elsewhere."""

    def __init__(self, users: Mapping[str, Connection]) -> None:
        self.users = users
        self._number = 0

    async def asked(
        self, user: str, subject: str, body: bytes = b"{}", headers: Mapping[str, str] | None = None
    ) -> str:
        """Publish as the user and say what the answer was, in one word."""
        said = await self.answer(user, subject, body, headers)
        return said if isinstance(said, str) else _word(said)

    async def answer(
        self, user: str, subject: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Heard | str:
        """Return the answer itself; "no" where it is forbidden, "silence" where none came."""
        self._number += 1
        reply = f"{_prefix(user)}.answer.{self._number}"
        connection = self.users[user]
        if not await connection.publish(subject, body, reply=reply, headers=headers):
            return "no"
        is_quiet = subject.startswith(_NEVER_ANSWERS) and not subject.startswith("$JS.API.")
        within = _SILENCE_SECONDS if is_quiet else _ANSWER_SECONDS
        return await connection.message_on(reply, within) or "silence"

    async def stored_on(self, stream: str, subject: str) -> int:
        """How many messages the stream holds on that subject now."""
        asked = json.dumps({"subjects_filter": subject}).encode()
        found = await self.answer("operator", f"$JS.API.STREAM.INFO.{stream}", asked)
        assert isinstance(found, Heard), found
        return sum((json.loads(found.body)["state"].get("subjects") or {}).values())

    async def heard_by(self, user: str, subject: str) -> bool:
        """Whether it came to that user within a moment."""
        return await self.users[user].message_on(subject, _SILENCE_SECONDS) is not None

    def new_number(self) -> int:
        """Return a number that names one try and no other."""
        self._number += 1
        return self._number


def _prefix(user: str) -> str:
    return "_INBOX" if user in {"publisher", "other"} else inbox_prefix(user)


def _word(said: Heard) -> str:
    """`stored`, the broker's error number, `nobody` where nothing listens, else `answered`."""
    if said.status == "503":
        return "nobody"
    found: Any = json.loads(said.body)
    if isinstance(found, dict) and "error" in found:
        return f"error {found['error'].get('err_code')}"
    return "stored" if isinstance(found, dict) and "seq" in found else "answered"


@asynccontextmanager
async def world(directory: Path) -> AsyncIterator[World]:
    """Start, provision, log everybody in; end all of it."""
    home, port, monitor = Home(directory / "home"), free_port(), free_port()
    seeds = {name: home.service_seed(name) for name in SERVICES}
    for user, name in (("publisher", PUBLISHER), ("other", OTHER), ("desk", DESK)):
        seeds[user] = publishers.add(home, name).seed
    config = directory / "nats.conf"
    settings = ServerSettings(
        port=port,
        monitor_port=monitor,
        store=directory / "jetstream",
        service_keys=home.service_keys(),
        publishers=publishers.accounts(home),
    )
    config.write_text(server_config(settings))
    server = await start_server(config, directory / "nats.log", monitor_port=monitor)
    users: dict[str, Connection] = {}
    try:
        url = f"nats://127.0.0.1:{port}"
        async with operator_login.connected(url, seeds["operator"]) as client:
            await provision(client.jetstream(), [PUBLISHER, OTHER, DESK])
        for user in (*SERVICES, "publisher", "other"):
            users[user] = await Connection.open(port, seeds[user])
            await users[user].listen(f"{_prefix(user)}.>", 1)
        yield World(users)
    finally:
        for connection in users.values():
            await connection.close()
        server.kill()
        await server.wait()
