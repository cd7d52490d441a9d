"""What a deployment must show: its boards' numbers, and on every page what a recount says."""

import json
import re
import subprocess
import tarfile
import time
from collections.abc import Iterable
from functools import partial
from io import BytesIO
from typing import IO

from deploy.grafana.driver import BOARDS
from tests.chaos.oracle import recount, series_of
from tests.ci.board_queries import Check
from tests.ci.watchers import wait_for
from tests.containers.deployment import Deployment

# An nkey seed, a private key, an APR1 or argon2 hash: what no image has a reason to hold.
_SECRET = re.compile(rb"\bS[UAON][A-Z2-7]{56}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]")

_SECRETS = """
import json, pathlib
files = [one for one in pathlib.Path("/data/secrets").rglob("*") if one.is_file()]
print(json.dumps([one.read_text() for one in files]))
"""


def number(deployment: Deployment, query: str) -> float:
    """One number from the deployment's own Prometheus; -1 where it has none."""
    rows = deployment.watchers().query(query)["data"]["result"]
    return float(rows[0]["value"][1]) if rows else -1.0


def board_faults(deployment: Deployment) -> tuple[int, list[str]]:
    """Execute every query of every board; return how many answered, and what is wrong."""
    run = Check(deployment.watchers())
    for path in sorted(BOARDS.glob("*.json")):
        run.board(path.stem, json.loads(path.read_bytes()))
    return run.answered, run.faults


def wrong_series(
    deployment: Deployment, bodies: list[bytes], service: str
) -> tuple[int, list[str]]:
    """Compare a scoring container's page with an independent recount of the log."""
    shown = series_of(deployment.metrics(service, 8402))
    at = int(shown.pop("as_of"))
    expected = recount(bodies, deployment.catalogue(), at)
    names = sorted(shown.keys() | expected.keys())
    return len(names), [
        f"{name}: page {shown.get(name)}, recount {expected.get(name)}"
        for name in names
        if shown.get(name) != expected.get(name)
    ]


def settled(deployment: Deployment, services: Iterable[str]) -> None:
    """Wait until nobody publishes any more and each page shows the last fact of the log."""
    since = time.time() + 2  # a page made after the last fact had its time to be folded
    for service in services:
        look = partial(_is_at_head, deployment, service, since)
        wait_for(look, 180, f"{service} at the head of the log")


def _is_at_head(deployment: Deployment, service: str, since: float) -> bool:
    page = deployment.metrics(service, 8402)
    if series_of(page).get("as_of", 0) < since:
        return False
    lags = re.findall(r"^dvc_fold_lag\{.*\} (\S+)$", page, re.MULTILINE)
    return bool(lags) and all(float(one) == 0 for one in lags)


def secrets_in(image: str, known: Iterable[bytes]) -> list[str]:
    """Every file in any layer of the image that holds a known secret, or what looks like one."""
    words = [one for one in known if one]
    found = []
    history = subprocess.run(
        ["docker", "history", "--no-trunc", image], capture_output=True, check=True
    )
    if _is_secret(history.stdout, words):
        found.append("history")
    saved = subprocess.run(["docker", "save", image], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(saved)) as whole:
        for part in whole:
            content = whole.extractfile(part)
            if content is None:
                continue
            if part.name.endswith(".tar"):
                found += [f"{part.name}: {name}" for name in _in_layer(content, words)]
            elif _is_secret(content.read(), words):
                found.append(part.name)
    return found


def _in_layer(layer: IO[bytes], words: list[bytes]) -> Iterable[str]:
    with tarfile.open(fileobj=layer) as files:
        for one in files:
            content = files.extractfile(one) if one.isreg() else None
            # Debian's libraries bring the keys of their own self-tests.
            is_ours = not one.name.removeprefix("./").startswith("usr/lib/")
            if content is not None and _is_secret(content.read(), words, by_looks=is_ours):
                yield one.name


def _is_secret(content: bytes, words: list[bytes], *, by_looks: bool = True) -> bool:
    looks = by_looks and _SECRET.search(content) is not None
    return looks or any(word in content for word in words)


def home_secrets(deployment: Deployment) -> list[bytes]:
    """Every secret of the installation, to look for; each at least twelve bytes long."""
    found: list[str] = json.loads(deployment.once("provision", "python", "-c", _SECRETS))
    return [one.strip().encode() for one in found if len(one.strip()) >= 12]
