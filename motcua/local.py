"""The whole system in one terminal: broker, four services, and whatever feeds them."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from shared.bus.streams import Difference, provision

from . import operator_login, publishers
from .home import HTTP_SERVICES, PORTS, Home, Ports, write_private
from .nats_config import ServerSettings, server_config
from .nats_server import binary, read_again
from .processes import Child, Program, Say
from .retention import kept_days

_BASE_STEP = 100
_LOOK_SECONDS = 0.3  # a revoked publisher must be out within five seconds
_BASE_MAX = 65_000
# TLS settings of the surroundings are a deployment's: here nothing leaves this machine.
_IN_THE_CLEAR = ("TLS_CERT_FILE", "TLS_KEY_FILE", "TLS_CLIENT_CA_FILE")


class PortTakenError(RuntimeError):
    """A port of ours belongs to somebody else; the message names it and the way out."""


class Plan(Struct, frozen=True, kw_only=True):
    """What to run, beyond the broker and the four services."""

    ports: Ports
    demo: bool = False
    speed: float = 60.0
    back_off_max: float = 30.0  # seconds between two starts of a program that keeps failing


def check_ports(ports: Ports, names: Sequence[str]) -> None:
    """Refuse to start where a port is taken.

    Raises:
        PortTakenError: names the port, what it is for, and the way out.
    """
    for name in names:
        port = ports.of(name)
        if not _is_free(port):
            raise PortTakenError(
                f"Cổng {port} ({name}) đang được dùng. Dừng chương trình giữ cổng đó, "
                f"hoặc chọn dải cổng khác: motcua run --ports {free_base(ports)}\n"
                f"(port {port} is taken: stop whoever has it, or choose another base with --ports)"
            )


def free_base(ports: Ports) -> int:
    """Return the next base, a hundred or more further on, whose ports are all free now."""
    for base in range(ports.base + _BASE_STEP, _BASE_MAX, _BASE_STEP):
        if all(_is_free(Ports(base).of(name)) for name in PORTS):
            return base
    return Ports().base


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As a server does: what waits in TIME_WAIT is no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class LocalSystem:
    """Start and stop in order; a second start on the same directory goes on where it was."""

    def __init__(self, home: Home, plan: Plan, say: Say) -> None:
        self.home = home
        self.plan = plan
        self._say = say
        self._differences: list[Difference] = []
        self.broker = Child(self._broker_program(), say, plan.back_off_max)
        self.services = [
            Child(self._service_program(name), say, plan.back_off_max) for name in HTTP_SERVICES
        ]
        self.carrier = Child(self._carrier_program(), say, plan.back_off_max) if plan.demo else None

    def check_ports(self) -> None:
        """Refuse before anything is started.

        Raises:
            PortTakenError: one of ours is taken.
        """
        check_ports(self.plan.ports, [name for name in PORTS if name != "carrier" or self.carrier])

    async def start(self) -> None:
        """Start everything and return when all of it is ready.

        Raises:
            CannotStartError: a program refuses its settings.
            TimeoutError: something did not become ready.
        """
        self._write_broker_config()
        await self.broker.start()
        await self.broker.wait_ready()
        await self.provision()
        # From here on the other commands find what runs, also while a long log is being folded.
        self._write_run_file()
        if self.carrier is not None:
            await self.carrier.start()
        await asyncio.gather(*(service.start() for service in self.services))
        await asyncio.gather(*(service.wait_ready(600) for service in self.services))

    async def stop(self) -> None:
        """Stop the services, then the broker."""
        await asyncio.gather(*(service.stop() for service in self.services))
        if self.carrier is not None:
            await self.carrier.stop()
        await self.broker.stop()
        self.home.run_file.unlink(missing_ok=True)

    async def provision(self) -> None:
        """Create the missing streams and say once what differs."""
        url = self.plan.ports.url("nats")
        async with operator_login.connected(url, self.home.service_seed("operator")) as client:
            names = [login.name for login in publishers.logins(self.home)]
            created, different = await provision(
                client.jetstream(), names, rejects_kept_days=kept_days()
            )
        if created:
            self._say("motcua", f"đã tạo {', '.join(created)}")
        for row in different:
            if row not in self._differences:
                text = f"{row.stream}.{row.setting}: cần {row.wanted}, đang là {row.found}"
                self._say("motcua", text)
        self._differences = different

    async def follow_publishers(self) -> None:
        """Take over changes of the registry for ever: new logins, revoked ones.

        A registry that cannot be read changes nothing; a broker that is just being restarted is
        asked again a second later.
        """
        taken_over = self._registry_stamp()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            stamp = self._registry_stamp()
            if stamp == taken_over:
                continue
            try:
                # The inbox first: who may log in finds it there.
                await self.provision()
                self._write_broker_config()
                hang_up = partial(self.broker.signal, signal.SIGHUP)
                await read_again(self.plan.ports.url("monitor"), hang_up)
            except publishers.PublisherError as error:
                self._say("motcua", str(error))
            except operator_login.FAILURES as error:
                self._say("motcua", f"chưa nhận được thay đổi nguồn gửi: {type(error).__name__}")
                continue
            else:
                self._say("motcua", "đã nhận thay đổi về nguồn gửi")
            taken_over = stamp

    def _registry_stamp(self) -> int:
        path = self.home.publishers_file
        return path.stat().st_mtime_ns if path.exists() else 0

    def _write_broker_config(self) -> None:
        ports = self.plan.ports
        settings = ServerSettings(
            port=ports.of("nats"),
            monitor_port=ports.of("monitor"),
            store=self.home.nats / "jetstream",
            service_keys=self.home.service_keys(),
            publishers=publishers.accounts(self.home),
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
        home, ports = self.home, self.plan.ports
        settings: dict[str, str | Path] = {
            "NATS_URL": ports.url("nats"),
            "NATS_USER": name,
            # Secrets go by file: an environment is copied into crash reports.
            "NATS_NKEY_FILE": home.service_seed_file(name),
            "DATA": home.root,
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(ports.of(name)),
            **dict.fromkeys(_IN_THE_CLEAR, ""),
            "DESKS": ",".join(f"{one}={ports.url(one)}" for one in HTTP_SERVICES),
            "LOG_FORMAT": "text",
            "OPERATORS": home.operators_file,
        }
        if home.catalogue_file.exists():
            settings["CATALOGUE"] = home.catalogue_file
        if home.calendar_file.exists():
            settings["CALENDAR"] = home.calendar_file
        if name == "intake":
            settings["PUBLISHERS"] = home.publishers_file
            settings["SEAL_KEY_FILE"] = home.seal_key_file()
        if name == "postal_gateway" and self.plan.demo:
            settings["CARRIER_URL"] = ports.url("carrier")
            settings["CARRIER_TOKEN_FILE"] = home.carrier_token_file()
        return Program(
            name=name,
            arguments=[sys.executable, "-m", f"services.{name}"],
            environment={
                # The service's own name wins over a MOTCUA_HTTP_PORT of the surroundings.
                **{f"MOTCUA_{name.upper()}_{key}": str(value) for key, value in settings.items()},
                "PYTHONUNBUFFERED": "1",
            },
            ready_url=f"{ports.url(name)}/health/ready",
        )
