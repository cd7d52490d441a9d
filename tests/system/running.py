"""`motcua run` as people start it: a process of its own, heard line by line, ended by a signal."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from motcua.home import HTTP_SERVICES, Home, Ports
from tests.support.server import free_base

MOTCUA = [sys.executable, "-m", "motcua.cli"]
_POLL_SECONDS = 0.02
# What has a legal meaning. Counters of flow start anew with their process.
_LEGAL = re.compile(r"(dvc_(?:dossiers|period|oldest|duties|petitions|score|indicator)_\S+) (\S+)")


def eventually(is_true: Callable[[], bool], *, within: float, what: str) -> float:
    """Return after how many seconds it became true; fail after `within`."""
    started = time.monotonic()
    pause = threading.Event()
    while not is_true():
        assert time.monotonic() - started < within, f"not within {within} s: {what}"
        pause.wait(_POLL_SECONDS)
    return time.monotonic() - started


def motcua(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*MOTCUA, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )


def children_of(pid: int) -> dict[str, int]:
    """Return what the runner has started, by a telling part of the command line."""
    found: dict[str, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            words = (entry / "cmdline").read_bytes().decode().split("\0")
        except (OSError, IndexError):  # it ended while we looked
            continue
        if parent == pid:
            module = next((w for w in words if w.startswith("services.")), "nats-server")
            found[module.removeprefix("services.").removesuffix(".carriers.simulated")] = int(
                entry.name
            )
    return found


def is_alive(pid: int) -> bool:
    """Whether there is such a process; one that waits to be reaped is not alive."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Run:
    """One `motcua run` on its own directory and ports."""

    def __init__(self, data: Path, base: int | None = None, options: Sequence[str] = ()) -> None:
        self.data = data
        self.ports = Ports(base or free_base())
        self.lines: list[str] = []
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> "Run":
        """Start it; returns when it says that it is ready, within 60 seconds."""
        self._process = subprocess.Popen(
            [*MOTCUA, "run", "--data", str(self.data), "--ports", str(self.ports.base),
             *self._options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.data.parent,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()
        eventually(lambda: self._is_ready() or self._has_ended(), within=60, what="ready")
        assert not self._has_ended(), "\n".join(self.lines[-40:])
        return self

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def children(self) -> dict[str, int]:
        """Return the process numbers of what it has started, by name."""
        return children_of(self.pid)

    def url(self, service: str, path: str = "") -> str:
        return self.ports.url(service) + path

    def get(self, service: str, path: str, **query: str) -> httpx.Response:
        answer = httpx.get(self.url(service, path), params=query, timeout=30, trust_env=False)
        assert answer.is_success, answer.text
        return answer

    def metrics(self, service: str = "scoring") -> str:
        return self.get(service, "/metrics").text

    def numbers(self) -> dict[str, float]:
        """Return every series of scoring with a legal meaning, by name and labels."""
        lines = map(_LEGAL.fullmatch, self.metrics().splitlines())
        return {line[1]: float(line[2]) for line in lines if line}

    def received_count(self) -> float:
        """Return how many dossiers were received this month."""
        return sum(
            value
            for name, value in self.numbers().items()
            if name.startswith("dvc_period_dossiers_received{") and 'period="month"' in name
        )

    def post(self, publisher: str, event: Any) -> httpx.Response:
        """Submit one CloudEvent, or a list of them, as that publisher."""
        kind = "cloudevents-batch" if isinstance(event, list) else "cloudevents"
        return httpx.post(
            self.url("intake", "/v1/events"),
            json=event,
            headers={
                "Authorization": f"Bearer {self.secret(publisher, 'token')}",
                "Content-Type": f"application/{kind}+json",
            },
            timeout=30,
            trust_env=False,
        )

    def secret(self, publisher: str, kind: str) -> str:
        return Home(self.data).publisher_secret(publisher, kind).read_text()

    def is_ready(self) -> bool:
        """Whether all four services say so."""
        try:
            answers = [
                httpx.get(self.url(name, "/health/ready"), timeout=2, trust_env=False)
                for name in HTTP_SERVICES
            ]
        except httpx.HTTPError:
            return False
        return all(answer.is_success for answer in answers)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C would; return its exit code."""
        if not self._has_ended():
            os.kill(self.pid, how)
        assert self._process is not None
        code = self._process.wait(60)
        assert self._reader is not None
        self._reader.join(10)
        return code

    def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))

    def _is_ready(self) -> bool:
        # The last of the greeting, so that the addresses are there as well.
        return any("Ctrl-C" in line for line in self.lines)

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None
