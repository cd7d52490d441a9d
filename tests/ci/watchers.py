"""A real Prometheus and Alertmanager on free ports, on our rules, for as long as a test needs."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml

from motcua.hand_out import DESK_RULE
from tests.architecture.tree import REPOSITORY
from tests.support.server import free_port

PROMETHEUS = REPOSITORY / "deploy" / "prometheus"
ALERTMANAGER = REPOSITORY / "deploy" / "alertmanager" / "alertmanager.yml"

T = TypeVar("T")


class Watchers:
    """Their addresses, and questions to them."""

    def __init__(self, prometheus: str, alertmanager: str) -> None:
        self.prometheus = prometheus
        self.alertmanager = alertmanager
        self._http = httpx.Client(timeout=15)

    def query(self, expression: str) -> dict[str, Any]:
        """Ask at this instant; the whole answer, `status` included."""
        return self._get(f"{self.prometheus}/api/v1/query", {"query": expression})

    def query_range(self, expression: str, *, seconds: int, step: int) -> dict[str, Any]:
        """Ask for the last `seconds`."""
        now = time.time()
        asked = {"query": expression, "start": now - seconds, "end": now, "step": step}
        return self._get(f"{self.prometheus}/api/v1/query_range", asked)

    def alerts(self) -> dict[str, str]:
        """Return the state of each alert in Alertmanager: active or suppressed."""
        found = self._http.get(f"{self.alertmanager}/api/v2/alerts").json()
        return {one["labels"]["alertname"]: one["status"]["state"] for one in found}

    def label_values(self, metric: str, label: str) -> list[str]:
        """Return what a variable of a board would offer."""
        asked = {"match[]": metric}
        found = self._get(f"{self.prometheus}/api/v1/label/{label}/values", asked)
        return list(found["data"])

    def rules_worked_out_since(self, moment: float) -> bool:
        """Say whether every group of rules began after `moment`, in epoch seconds."""
        groups = self._get(f"{self.prometheus}/api/v1/rules", {})["data"]["groups"]
        return all(
            datetime.fromisoformat(one["lastEvaluation"][:19] + "+00:00").timestamp() > moment
            for one in groups
        )

    def _get(self, url: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._http.get(url, params=dict(asked)).json()
        return found


@contextmanager
def watchers(
    targets: Sequence[Mapping[str, Any]], *, hurry: bool, desk: str = "http://127.0.0.1:8402"
) -> Iterator[Watchers]:
    """Start both and stop both. `hurry`: every `for:` of an alert is one second."""
    home = Path(tempfile.mkdtemp(prefix="motcua-watchers-"))
    ports = [free_port(), free_port()]
    started: list[subprocess.Popen[bytes]] = []
    try:
        _write_configuration(home, targets, ports, hurry=hurry)
        (home / "rules" / "desk.yml").write_text(DESK_RULE.format(url=desk))
        started += [_prometheus(home, ports[0]), _alertmanager(home, ports[1])]
        both = Watchers(*(f"http://127.0.0.1:{port}" for port in ports))
        for address in (both.prometheus, both.alertmanager):
            wait_for(lambda address=address: _is_ready(address), 30, address)  # type: ignore[misc]  # bound now
        yield both
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            process.wait(20)
        shutil.rmtree(home)


def wait_for(look: Callable[[], T], seconds: float, what: str) -> T:
    """Look until there is something.

    Raises:
        TimeoutError: there was nothing within `seconds`.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.3)
    raise TimeoutError(what)


def _write_configuration(
    home: Path, targets: Sequence[Mapping[str, Any]], ports: Sequence[int], *, hurry: bool
) -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] |= {
        "scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s",
    }  # fmt: skip
    config["rule_files"] = [str(home / "rules" / "*.yml")]
    config["alerting"]["alertmanagers"] = [
        {"static_configs": [{"targets": [f"127.0.0.1:{ports[1]}"]}]}
    ]
    config["scrape_configs"][0]["file_sd_configs"][0]["files"] = [str(home / "targets.yml")]
    config["scrape_configs"][1]["static_configs"] = [{"targets": [f"127.0.0.1:{ports[0]}"]}]
    (home / "prometheus.yml").write_text(yaml.safe_dump(config))
    (home / "targets.yml").write_text(yaml.safe_dump([dict(one) for one in targets]))
    (home / "rules").mkdir()
    for path in (PROMETHEUS / "rules").glob("*.yml"):
        text = re.sub(r"interval: \d+s", "interval: 1s", path.read_text(encoding="utf-8"))
        # Thirteen thousand ratios every second would keep a small machine busy with nothing else.
        text = re.sub(r"(name: dvc-indicators\n\s+interval:) 1s", r"\1 15s", text)
        if hurry:
            text = re.sub(r"for: \d+m", "for: 1s", text)
        (home / "rules" / path.name).write_text(text, encoding="utf-8")
    routes = ALERTMANAGER.read_text(encoding="utf-8")
    (home / "alertmanager.yml").write_text(routes, encoding="utf-8")


def _prometheus(home: Path, port: int) -> subprocess.Popen[bytes]:
    return _start(
        home, "prometheus",
        f"--config.file={home}/prometheus.yml", f"--storage.tsdb.path={home}/tsdb",
        f"--web.listen-address=127.0.0.1:{port}",
    )  # fmt: skip


def _alertmanager(home: Path, port: int) -> subprocess.Popen[bytes]:
    return _start(
        home, "prometheus-alertmanager",
        f"--config.file={home}/alertmanager.yml", f"--storage.path={home}/alertmanager",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    )  # fmt: skip


def _start(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with (home / f"{arguments[0]}.log").open("wb") as log:
        return subprocess.Popen(arguments, stdout=log, stderr=log, cwd=home, env={**os.environ})


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/-/ready", timeout=2).is_success
    except httpx.HTTPError:
        return False
