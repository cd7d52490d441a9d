"""A real nats-server for a test: own directory, free ports, killed and restarted at will."""

import asyncio
import random
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

import nats
from nats.aio.client import Client

from motcua.nats_server import (
    SERVICES,
    PublisherLogin,
    ServerSettings,
    server_config,
    start_server,
)
from shared.bus.streams import provision

PASSWORD = "a-password-for-tests"


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_base() -> int:
    """Return the first of ten ports that are free now.

    Below the range from which the kernel gives ports to connections: nobody takes one meanwhile.
    """
    for _ in range(100):
        base = random.randrange(12_000, 32_000, 10)
        if all(_is_free(base + step) for step in range(10)):
            return base
    raise RuntimeError("no free range of ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class TestServer:
    """Start, kill -9, stop and restart on the same store."""

    __test__ = False

    def __init__(self, home: Path, publishers: Sequence[PublisherLogin] = ()) -> None:
        self.home = home
        self.publishers = publishers
        self.port = free_port()
        self.monitor_port = free_port()
        self.process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> "TestServer":
        self.home.mkdir(parents=True, exist_ok=True)
        config = self.home / "nats.conf"
        config.write_text(self.config(self.publishers))
        self.process = await start_server(
            config, self.home / "nats.log", monitor_port=self.monitor_port
        )
        return self

    def config(self, publishers: Sequence[PublisherLogin]) -> str:
        """Return what its configuration file says with these publishers."""
        settings = ServerSettings(
            port=self.port,
            monitor_port=self.monitor_port,
            store=self.home / "jetstream",
            service_passwords=dict.fromkeys(SERVICES, PASSWORD),
            publishers=publishers,
        )
        return server_config(settings)

    async def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    def pause(self) -> None:
        """Stop the process where it stands: connections stay open and nobody answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    async def client(self, user: str = "operator", password: str = PASSWORD) -> Client:
        """Connect as one of the services; reconnects for ever."""
        return await nats.connect(
            self.url, user=user, password=password, max_reconnect_attempts=-1,
            reconnect_time_wait=0.05, pending_size=0,
        )  # fmt: skip

    async def provisioned(self) -> "TestServer":
        """Create all streams."""
        client = await self.client()
        await provision(client.jetstream(), [p.name for p in self.publishers])
        await client.close()
        return self
