"""A nats-server for one row: own directory, free ports, our own configuration, all streams."""

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
from msgspec import Struct
from nats.aio.client import Client

from motcua.nats_server import SERVICES, ServerSettings, server_config, start_server
from motcua.nkey import new_seed, public_key
from shared.bus.streams import provision

_PENDING_BYTES = 64 * 1024**2  # for pipelining; a service of ours buffers nothing


class Address(Struct, frozen=True):
    """Where the server is, for the processes that measure."""

    url: str
    password: str
    scoring_seed: str = ""  # the service's own login, with the rights that it has anywhere

    async def client(self, user: str = "operator") -> Client:
        """Connect; whoever breaks the connection breaks the bench."""
        return await nats.connect(
            self.url, user=user, password=self.password, pending_size=_PENDING_BYTES,
            allow_reconnect=False,
        )  # fmt: skip


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _made(home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    return home


@asynccontextmanager
async def broker(home: Path, *, scale: int = 1) -> AsyncIterator[Address]:
    """Run a provisioned server as long as the block; `scale` as in `motcua provision`.

    Raises:
        ServerStartError: it did not start.
    """
    port, monitor_port = free_ports(2)
    password, seed = secrets.token_hex(16), new_seed()
    settings = ServerSettings(
        port=port, monitor_port=monitor_port, store=home / "jetstream",
        open_logins=dict.fromkeys(SERVICES, password), service_keys={"scoring": public_key(seed)},
    )  # fmt: skip
    config = _made(home) / "nats.conf"
    config.write_text(server_config(settings), encoding="utf-8")
    process = await start_server(config, home / "nats.log", monitor_port=monitor_port)
    try:
        address = Address(f"nats://127.0.0.1:{port}", password, seed)
        client = await address.client()
        await provision(client.jetstream(), scale=scale)
        await client.close()
        yield address
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
