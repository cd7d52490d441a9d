"""What a deployment must show: its boards' numbers, and on every page what a recount says."""

import json
import re
import tarfile
import time
from collections.abc import Iterable
from functools import partial
from io import BytesIO
from typing import IO, NamedTuple

from deploy.grafana.driver import BOARDS
from tests.chaos.oracle import recount, series_of
from tests.ci.board_queries import Check
from tests.ci.watchers import wait_for
from tests.containers.deployment import Deployment
from tests.support.containers import command

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


class Layers(NamedTuple):
    """What was looked through, and where a secret was found."""

    layers: int
    files: int
    found: list[str]


def secrets_in(image: str, known: Iterable[bytes]) -> Layers:
    """Look through every file of every layer for a known secret, or what looks like one."""
    words = [one for one in known if one]
    found, layers, files = [], 0, 0
    if _is_secret(command("docker", "history", "--no-trunc", image), words):
        found.append("history")
    with tarfile.open(fileobj=BytesIO(command("docker", "save", image))) as whole:
        for part in filter(tarfile.TarInfo.isreg, whole):
            content = whole.extractfile(part)
            assert content is not None
            body = content.read()
            # Layers are called layer.tar, or after their digest by newer engines.
            if tarfile.is_tarfile(BytesIO(body)):
                inside = list(_in_layer(BytesIO(body), words))
                layers, files = layers + 1, files + len(inside)
                found += [f"{part.name}: {name}" for name, is_secret in inside if is_secret]
            elif _is_secret(body, words):
                found.append(part.name)
    return Layers(layers, files, found)


def _in_layer(layer: IO[bytes], words: list[bytes]) -> Iterable[tuple[str, bool]]:
    with tarfile.open(fileobj=layer) as files:
        for one in filter(tarfile.TarInfo.isreg, files):
            content = files.extractfile(one)
            assert content is not None
            # Debian's libraries bring the keys of their own self-tests.
            is_ours = not one.name.removeprefix("./").startswith("usr/lib/")
            yield one.name, _is_secret(content.read(), words, by_looks=is_ours)


def _is_secret(content: bytes, words: list[bytes], *, by_looks: bool = True) -> bool:
    looks = by_looks and _SECRET.search(content) is not None
    return looks or any(word in content for word in words)


def home_secrets(deployment: Deployment) -> list[bytes]:
    """Every secret of the installation, to look for; each at least twelve bytes long."""
    found: list[str] = json.loads(deployment.once("provision", "python", "-c", _SECRETS))
    return [one.strip().encode() for one in found if len(one.strip()) >= 12]
