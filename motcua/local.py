"""The whole system in one terminal: broker, four services, and whatever feeds them."""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import nats
from msgspec import Struct
from nats.errors import Error as NatsError

from shared.bus.streams import provision

from . import publishers
from .home import HTTP_SERVICES, Home, Ports, write_private
from .nats_server import ServerSettings, binary, server_config
from .processes import Child, Program, Say


class CannotRunError(RuntimeError):
    """The system cannot start here; the message says why and what to do."""


class Plan(Struct, frozen=True, kw_only=True):
    """What to run, beyond the broker and the four services."""

    ports: Ports
    demo: bool = False
    speed: float = 60.0
    back_off_max: float = 30.0  # seconds between two starts of a program that keeps failing


def check_ports(ports: Ports, names: Sequence[str]) -> None:
    """Refuse to start where a port is taken.

    Raises:
        CannotRunError: names the port, what it is for, and the way out.
    """
    for name in names:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", ports.of(name)))
            except OSError:
                port = ports.of(name)
                raise CannotRunError(
                    f"Cổng {port} ({name}) đang được dùng. Chọn dải cổng khác: "
                    f"motcua run --ports {ports.base + 100}\n"
                    f"(port {port} is taken; choose another base with --ports)"
                ) from None


@asynccontextmanager
async def only_one(home: Home) -> AsyncIterator[None]:
    """Hold the directory for this process alone.

    Raises:
        CannotRunError: another run holds it.
    """
    with (home.root / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotRunError(
                f"Thư mục {home.root} đang được một motcua run khác dùng. "
                "(another run uses this data directory; stop it or take another --data)"
            ) from None
        yield


class LocalSystem:
    """Start and stop in order; a second start on the same directory goes on where it was."""

    def __init__(self, home: Home, plan: Plan, say: Say) -> None:
        self.home = home
        self.plan = plan
        self._say = say
        self.broker = Child(self._broker_program(), say, plan.back_off_max)
        self.services = [
            Child(self._service_program(name), say, plan.back_off_max) for name in HTTP_SERVICES
        ]
        self.carrier = Child(self._carrier_program(), say, plan.back_off_max) if plan.demo else None

    async def start(self) -> None:
        """Start everything and return when all of it is ready.

        Raises:
            CannotRunError: a port is taken.
            TimeoutError: something did not become ready.
        """
        names = ["nats", "monitor", *HTTP_SERVICES, *(["carrier"] if self.carrier else [])]
        check_ports(self.plan.ports, names)
        self._write_broker_config()
        await self.broker.start()
        await self.broker.wait_ready()
        await self.provision()
        if self.carrier is not None:
            await self.carrier.start()
        await asyncio.gather(*(service.start() for service in self.services))
        await asyncio.gather(*(service.wait_ready(600) for service in self.services))
        self._write_run_file()

    async def stop(self) -> None:
        """Stop the services, then the broker."""
        await asyncio.gather(*(service.stop() for service in self.services))
        if self.carrier is not None:
            await self.carrier.stop()
        await self.broker.stop()
        self.home.run_file.unlink(missing_ok=True)

    async def provision(self) -> None:
        """Create the missing streams and say what differs."""
        client = await nats.connect(
            self.plan.ports.url("nats"),
            user="operator",
            password=self.home.service_password("operator"),
            connect_timeout=10,
        )
        try:
            names = [login.name for login in publishers.logins(self.home)]
            created, different = await provision(client.jetstream(), names)
        finally:
            await client.close()
        if created:
            self._say("motcua", f"đã tạo {', '.join(created)}")
        for row in different:
            self._say(
                "motcua", f"{row.stream}.{row.setting}: cần {row.wanted}, đang là {row.found}"
            )

    async def follow_publishers(self) -> None:
        """Take over changes of the registry for ever: new logins, revoked ones."""
        seen = self._registry_stamp()
        while True:
            await asyncio.sleep(1)
            stamp = self._registry_stamp()
            if stamp == seen:
                continue
            seen = stamp
            self._write_broker_config()
            self.broker.signal(signal.SIGHUP)
            with contextlib.suppress(NatsError, TimeoutError, OSError):
                await self.provision()
            self._say("motcua", "đã nhận thay đổi về nguồn gửi")

    def _registry_stamp(self) -> int:
        path = self.home.publishers_file
        return path.stat().st_mtime_ns if path.exists() else 0

    def _write_broker_config(self) -> None:
        ports = self.plan.ports
        settings = ServerSettings(
            port=ports.of("nats"),
            monitor_port=ports.of("monitor"),
            store=self.home.nats / "jetstream",
            service_passwords=self.home.service_passwords(),
            publishers=publishers.logins(self.home),
        )
        write_private(self.home.nats / "nats.conf", server_config(settings))

    def _write_run_file(self) -> None:
        found = {"urls": self.plan.ports.urls(), "pid": os.getpid()}
        write_private(
            self.home.run_file, msgspec.json.format(msgspec.json.encode(found), indent=1).decode()
        )

    def _broker_program(self) -> Program:
        return Program(
            name="nats",
            arguments=[binary(), "-c", str(self.home.nats / "nats.conf")],
            ready_url=f"{self.plan.ports.url('monitor')}/healthz",
        )

    def _carrier_program(self) -> Program:
        return Program(
            name="carrier",
            arguments=[
                sys.executable, "-m", "services.postal_gateway.carriers.simulated",
                "--port", str(self.plan.ports.of("carrier")),
                "--token-file", str(self.home.carrier_token_file()),
                "--speed", str(self.plan.speed),
            ],
        )  # fmt: skip

    def _service_program(self, name: str) -> Program:
        ports = self.plan.ports
        environment = {
            "MOTCUA_NATS_URL": ports.url("nats"),
            "MOTCUA_NATS_USER": name,
            "MOTCUA_NATS_PASSWORD": self.home.service_password(name),
            "MOTCUA_DATA": str(self.home.root),
            "MOTCUA_HTTP_PORT": str(ports.of(name)),
            "MOTCUA_DESKS": ",".join(f"{one}={ports.url(one)}" for one in HTTP_SERVICES),
            "MOTCUA_CATALOGUE": _if_there(self.home.catalogue_file),
            "MOTCUA_PUBLISHERS": str(self.home.publishers_file),
            "MOTCUA_LOG_FORMAT": "text",
            "PYTHONUNBUFFERED": "1",
        }
        if name == "intake":
            environment["MOTCUA_SEAL_KEY_FILE"] = str(self.home.seal_key_file())
        if name == "postal_gateway" and self.plan.demo:
            environment["MOTCUA_CARRIER_URL"] = ports.url("carrier")
            environment["MOTCUA_CARRIER_TOKEN_FILE"] = str(self.home.carrier_token_file())
        return Program(
            name=name,
            arguments=[sys.executable, "-m", f"services.{name}"],
            environment={key: value for key, value in environment.items() if value},
            ready_url=f"{ports.url(name)}/health/ready",
        )


def _if_there(path: Path) -> str:
    return str(path) if path.exists() else ""
