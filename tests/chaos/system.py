"""The real system as processes, with a hand on each: the broker, the services, and a carrier."""

import asyncio
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import msgspec

from motcua import publishers
from motcua.home import HTTP_SERVICES, Home, Ports, write_private
from motcua.local import LocalSystem, Plan
from motcua.nats_config import ServerSettings, server_config
from motcua.processes import Child
from motcua.simulate.profiles import load_profile
from motcua.simulate.tree import catalogue_for
from shared.catalogue.model import encoded_catalogue
from tests.chaos.failing import POINTS, armed
from tests.support.posting import CarrierProcess, environment
from tests.support.server import PASSWORD, free_base

PROFILE = "demo"
RULES = Path(__file__).with_name("two_stages.toml")
HAND = "tests"
_ARMED_SECONDS = 3.0
_SYNC = "sync_interval: always"
# A carrier that loses answers: what it did must be found out, never done again.
_CARRIER_FAULTS = (
    "--late-error-rate", "0.03", "--garbled-rate", "0.02", "--speed", "36000",
    "--failed-rate", "0.1",
)  # fmt: skip


class _Held(LocalSystem):
    """Its broker knows one user more: the test's own hand, which may do everything in CORE."""

    has_disk_limit = True

    def _write_broker_config(self) -> None:
        settings = ServerSettings(
            port=self.plan.ports.of("nats"),
            monitor_port=self.plan.ports.of("monitor"),
            store=self.home.nats / "jetstream",
            service_keys=self.home.service_keys(),
            publishers=publishers.accounts(self.home),
            open_logins={HAND: PASSWORD},
        )
        text = server_config(settings)
        if not self.has_disk_limit:
            assert _SYNC in text
            text = text.replace(_SYNC, f"{_SYNC}\n  max_file_store: 1TB")
        write_private(self.home.nats / "nats.conf", text)


class System:
    """Starts a fresh installation under `root`; kills at random; restarts are its own affair."""

    def __init__(self, root: Path, seed: int, *, small_disk: Path | None = None) -> None:
        """Live under `root`, or with everything that is the product's own on a `small_disk`.

        Its broker then believes in a large one: other programs fill disks, and nobody asks before.
        """
        self.home = Home(small_disk or root)
        self.ports = Ports(free_base())
        self._log = (root / "system.log").open("w", encoding="utf-8")
        self._random = random.Random(seed)
        self._points = root / "points"
        self._points.mkdir()
        profile = load_profile(PROFILE)
        self.publishers = list(profile.publishers)
        self.home.catalogue_file.write_bytes(encoded_catalogue(catalogue_for(profile)))
        for name in self.publishers:
            publishers.ensure(self.home, name)
        self._local = _Held(self.home, Plan(ports=self.ports, back_off_max=1.0), self._say)
        self._local.has_disk_limit = small_disk is None
        self.carrier = CarrierProcess(root / "carrier", *_CARRIER_FAULTS, "--seed", str(seed))
        for name, child in zip(HTTP_SERVICES, self._local.services, strict=True):
            self._make_mortal(name, child)
        self.kills = 0
        self.killed: Counter[str] = Counter()
        self.points: Counter[str] = Counter()

    def _make_mortal(self, name: str, child: Child) -> None:
        more = {"MOTCUA_NOTIFIER_RULES": str(RULES)} if name == "notifier" else {}
        if name == "postal_gateway":
            more = environment(self.carrier)
        child.program = msgspec.structs.replace(
            child.program,
            arguments=[sys.executable, "-m", "tests.chaos.failing", str(self._points), name],
            environment={**child.program.environment, **more},
        )

    def reach_the_broker_at(self, url: str) -> None:
        """Let the services, not the publishers, go by another address; before `start`."""
        for name, child in zip(HTTP_SERVICES, self._local.services, strict=True):
            there = {f"MOTCUA_{name.upper()}_NATS_URL": url}
            environment = {**child.program.environment, **there}
            child.program = msgspec.structs.replace(child.program, environment=environment)

    def forget_login(self, service: str) -> None:
        """Throw a service's login away: the broker's next configuration makes a new one."""
        for kind in ("password", "nkey"):
            (self.home.secrets / f"{service}.{kind}").unlink(missing_ok=True)

    def write_broker_config(self) -> None:
        """Write it anew, as when publishers change; the broker must read it again."""
        self._local._write_broker_config()

    def _say(self, name: str, line: str) -> None:
        self._log.write(f"{name:>14} {line}\n")
        self._log.flush()

    async def start(self) -> None:
        await self.carrier.start()
        await self._local.start()

    async def stop(self) -> None:
        await self._local.stop()
        await self.carrier.stop()
        self._log.close()

    @property
    def victims(self) -> dict[str, Child]:
        """What may be killed."""
        children = dict(zip(HTTP_SERVICES, self._local.services, strict=True))
        return {"nats": self._local.broker, **children}

    async def kill_one(self) -> str:
        """Kill -9 one process, at any moment or at a named point; "" if it is already down."""
        name = self._random.choice(list(self.victims))
        child = self.victims[name]
        if child.pid is None:
            return ""
        point = self._random.choice(POINTS[name]) if name in POINTS else ""
        if not point or self._random.random() < 0.5 or not await self._dies_at(name, point):
            child.signal(signal.SIGKILL)
            point = "any moment"
        self.kills += 1
        self.killed[name] += 1
        self.points[point] += 1
        self._say("chaos", f"kill -9 {name} at {point} ({self.kills})")
        return name

    async def _dies_at(self, name: str, point: str) -> bool:
        """Arm the point and wait until somebody dies there; False where nobody comes by."""
        path = armed(self._points, name, point)
        path.touch()
        for _ in range(round(_ARMED_SECONDS / 0.02)):
            await asyncio.sleep(0.02)
            if not path.exists():
                return True
        try:
            path.unlink()
        except FileNotFoundError:
            return True
        return False

    async def ready(self, within_seconds: float = 120.0) -> None:
        """Wait until every service says that it is ready."""
        await asyncio.gather(*(child.wait_ready(within_seconds) for child in self._local.services))

    def token(self, publisher: str) -> str:
        return self.home.publisher_secret(publisher, "token").read_text()

    def seed(self, publisher: str) -> str:
        return self.home.publisher_secret(publisher, "nkey").read_text().strip()
