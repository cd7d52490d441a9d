"""The real system as processes, with a hand on each: the broker and the services."""

import asyncio
import random
import signal
from pathlib import Path

from motcua import publishers
from motcua.home import HTTP_SERVICES, Home, Ports
from motcua.local import LocalSystem, Plan
from motcua.processes import Child
from motcua.simulate.profiles import load_profile
from motcua.simulate.tree import catalogue_for
from shared.catalogue.model import encoded_catalogue
from tests.support.server import free_base

PROFILE = "demo"


class System:
    """Starts a fresh installation under `root`; kills at random; restarts are its own affair."""

    def __init__(self, root: Path, seed: int) -> None:
        self.home = Home(root)
        self.ports = Ports(free_base())
        self._log = (root / "system.log").open("w", encoding="utf-8")
        self._random = random.Random(seed)
        profile = load_profile(PROFILE)
        self.publishers = list(profile.publishers)
        self.home.catalogue_file.write_bytes(encoded_catalogue(catalogue_for(profile)))
        for name in self.publishers:
            publishers.ensure(self.home, name)
        self._local = LocalSystem(self.home, Plan(ports=self.ports, back_off_max=1.0), self._say)
        self.kills = 0

    def _say(self, name: str, line: str) -> None:
        self._log.write(f"{name:>14} {line}\n")
        self._log.flush()

    async def start(self) -> None:
        await self._local.start()

    async def stop(self) -> None:
        await self._local.stop()
        self._log.close()

    @property
    def victims(self) -> dict[str, Child]:
        """What may be killed."""
        children = dict(zip(HTTP_SERVICES, self._local.services, strict=True))
        return {"nats": self._local.broker, **children}

    def kill_one(self, names: list[str]) -> str:
        """Kill -9 one of `names`, or nobody if the chosen one is already down."""
        name = self._random.choice(names)
        child = self.victims[name]
        if child.pid is None:
            return ""
        child.signal(signal.SIGKILL)
        self.kills += 1
        self._say("chaos", f"kill -9 {name} ({self.kills})")
        return name

    async def ready(self, within_seconds: float = 120.0) -> None:
        """Wait until every service says that it is ready."""
        await asyncio.gather(*(child.wait_ready(within_seconds) for child in self._local.services))

    def token(self, publisher: str) -> str:
        return self.home.publisher_secret(publisher, "token").read_text()

    def password(self, publisher: str) -> str:
        return self.home.publisher_secret(publisher, "password").read_text()
