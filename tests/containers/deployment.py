"""The deployment in its containers, as one object: brought up, asked, killed, taken down."""

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.ci.watchers import Watchers, wait_for
from tests.support.containers import command, has_wall, our_image, why_no_deployment

HERE = "tests/containers"
_UP_SECONDS = 420
_READ_LOG = Path(__file__).with_name("read_log.py")
_GET = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())"
_KILL = "import os, sys; os.kill(int(sys.argv[1]), 9)"


class State(Struct, frozen=True):
    """One container as `docker inspect` tells it; `health` is empty where nothing looks."""

    id: str
    pid: int
    running: bool
    restarts: int
    health: str

    @property
    def is_well(self) -> bool:
        return self.running and self.health in {"healthy", ""}


class Deployment:
    """One compose project with volumes of its own, on free ports."""

    def __init__(
        self,
        project: str,
        *,
        more: Sequence[str] = (),
        without: Sequence[str] = (),
        told: Sequence[str] = (),
    ) -> None:
        """`told` holds NAME=value as an operator exports them."""
        self.project, self._without = project, without
        wall = () if has_wall() else (f"{HERE}/without-grafana.yml",)
        files = ["docker-compose.yml", *more, f"{HERE}/any-ports.yml", *wall]
        self._start = ["env", *told, "docker", "compose", "--project-name", project]
        self._start += [f"--file={name}" for name in files]
        self._start += ["--profile=demo"]

    def compose(self, *arguments: str, given: bytes = b"", seconds: float = 120) -> bytes:
        return command(*self._start, *arguments, given=given, seconds=seconds)

    def up(self, *arguments: str) -> None:
        """Build, start, and wait until everything that runs for ever is well."""
        none = [f"--scale={name}=0" for name in self._without]
        self.compose("up", "--build", "--detach", *none, *arguments, seconds=_UP_SECONDS)
        wait_for(self._all_well, _UP_SECONDS, "everything to be healthy")

    def down(self) -> None:
        """Stop, and forget the volumes with everything in them."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout=5")

    def services(self) -> list[str]:
        """What runs for ever, in the order of their names."""
        found = self._made_of_files()
        lasting = {name for name, one in found.items() if one.get("restart") != "no"}
        return sorted(lasting - set(self._without))

    def settings(self, service: str) -> dict[str, str]:
        """The environment that a container gets."""
        found: dict[str, str] = self._made_of_files()[service]["environment"]
        return found

    def name(self, service: str) -> str:
        """What compose calls the container of a service."""
        return f"{self.project}-{service}-1"

    def said(self, service: str) -> bytes:
        """The last lines of what a container wrote."""
        return command("docker", "logs", "--tail=20", self.name(service))

    def state(self, service: str) -> State:
        """Look at a container; also at one that is down."""
        told = command("docker", "ps", "--all", "--quiet", f"--filter=name={self.name(service)}$")
        if not told:
            return State("", 0, running=False, restarts=0, health="absent")
        found = json.loads(command("docker", "inspect", told.decode().strip()))[0]
        now = found["State"]
        return State(
            id=found["Id"],
            pid=now["Pid"],
            running=now["Running"] and not now["Restarting"],
            restarts=found["RestartCount"],
            health=now.get("Health", {}).get("Status", ""),
        )

    def kill(self, service: str) -> None:
        """Let its process die as by the kernel: after `docker kill` no restart policy holds."""
        pid = str(self.state(service).pid)
        command("docker", "run", "--rm", "--pid=host", "--user=0", our_image(),
                "python", "-c", _KILL, pid)  # fmt: skip

    def returned(self, service: str, before: State, seconds: float = 300) -> State:
        """Wait until the service runs again after a kill and is well, by itself."""

        def look() -> State | None:
            now = self.state(service)
            return now if now.restarts > before.restarts and now.is_well else None

        found = wait_for(look, seconds, f"{service} to return")
        assert found is not None
        return found

    def url(self, service: str, port: int) -> str:
        """Where a published port of a container is reached from this machine."""
        return f"http://{self.compose('port', service, str(port)).decode().strip()}"

    def watchers(self) -> Watchers:
        """The deployment's Prometheus and Alertmanager."""
        return Watchers(self.url("prometheus", 9090), self.url("alertmanager", 9093))

    def metrics(self, service: str, port: int) -> str:
        """Return a service's metrics page, asked from inside its own container."""
        asked = f"http://127.0.0.1:{port}/metrics"
        return self.compose("exec", "-T", service, "python", "-c", _GET, asked).decode()

    def facts(self) -> list[bytes]:
        """Every body in FACTS, read one by one: none of our own reader's code."""
        asked = ("python", "-", self.settings("intake")["MOTCUA_NATS_URL"])
        told = self.once("provision", *asked, given=_READ_LOG.read_bytes(), seconds=400)
        return told.splitlines()

    def catalogue(self) -> dict[str, Any]:
        """Agencies and procedures of the installation."""
        text = self.once("provision", "cat", "/data/catalogue.json")
        found: dict[str, Any] = json.loads(text)
        return found

    def once(
        self, service: str, *arguments: str, given: bytes = b"", seconds: float = 120
    ) -> bytes:
        """Run a command in a container of its own, with this service's volumes and networks."""
        asked = ("run", "--rm", "-T", "--no-deps", service, *arguments)
        return self.compose(*asked, given=given, seconds=seconds)

    def _made_of_files(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = json.loads(self.compose("config", "--format=json"))[
            "services"
        ]
        return found

    def _all_well(self) -> bool:
        return all(self.state(one).is_well for one in self.services())


def missing(acknowledged: Iterable[str], bodies: Iterable[bytes], source: str) -> list[str]:
    """Return the ids that somebody was promised and that are not in the log."""
    stored = {one["id"] for one in map(json.loads, bodies) if one["source"] == source}
    return [one for one in acknowledged if one not in stored]


@contextmanager
def brought_up(
    name: str, *, more: Sequence[str] = (), without: Sequence[str] = ()
) -> Iterator[Deployment]:
    """A project of this process alone, built, healthy, and taken down; skips without Docker."""
    if reason := why_no_deployment():
        pytest.skip(reason)
    running = Deployment(f"motcua-{name}-{os.getpid()}", more=more, without=without)
    running.compose("build", seconds=900)
    started = time.monotonic()
    try:
        running.up()
        print(f"\nall containers healthy after {time.monotonic() - started:.0f} s")
        yield running
    finally:
        running.down()
