"""A real nats-server for a test: own directory, free ports, killed and restarted at will."""

import asyncio
import os
import random
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nats
from nats.aio.client import Client

from motcua.nats_server import (
    SERVICES,
    PublisherLogin,
    ServerSettings,
    server_config,
    start_server,
)
from motcua.nkey import new_seed, public_key
from shared.bus.streams import provision
from shared.bus.subjects import inbox_prefix

if TYPE_CHECKING:
    from tests.support.contained import ContainedServer

PASSWORD = "a-password-for-tests"
SEEDS = {service: new_seed() for service in SERVICES}
"""The logins of our services on every TestServer of this run, with the rights they have anywhere.

PASSWORD with one of their names, or with "tests", may do everything: it is the test's own hand.
"""


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
    image = ""  # pytest --nats-image: each server in a container of this image

    def __init__(self, home: Path, publishers: Sequence[PublisherLogin] = ()) -> None:
        self.home = home
        self.publishers = publishers
        self.port = free_port()
        self.monitor_port = free_port()
        self.process: asyncio.subprocess.Process | ContainedServer | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> "TestServer":
        self.home.mkdir(parents=True, exist_ok=True)
        config = self.home / "nats.conf"
        config.write_text(self.config(self.publishers))
        if self.image:
            # Docker's library takes a second to import, and most runs have no use for it.
            from tests.support.contained import ContainedServer

            contained = ContainedServer(self.image, config)
            self.process = contained
            await contained.start(self.monitor_port)
        else:
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
            service_keys={name: public_key(seed) for name, seed in SEEDS.items()},
            open_logins=dict.fromkeys(("tests", *SERVICES), PASSWORD),
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
        """Stop the process where it stands: connections stay open and nobody answers.

        The signal takes a moment to reach every thread: a container's server may answer so long.
        """
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        if isinstance(self.process, asyncio.subprocess.Process):
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def resume(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    async def client(self, user: str = "tests", password: str = PASSWORD) -> Client:
        """Connect as one of the services with its rights, or as the test; reconnects for ever."""
        login: dict[str, Any] = {"user": user, "password": password}
        if user in SEEDS:
            login = {"nkeys_seed_str": SEEDS[user], "inbox_prefix": inbox_prefix(user)}
        return await nats.connect(
            self.url, max_reconnect_attempts=-1, reconnect_time_wait=0.05, pending_size=0, **login
        )

    async def provisioned(self) -> "TestServer":
        """Create all streams."""
        client = await self.client()
        await provision(client.jetstream(), [p.name for p in self.publishers])
        await client.close()
        return self
