"""Hosts in other zones and without any table of zones count the same deadlines."""

import os
import re
import subprocess
import sys
import zoneinfo
from pathlib import Path

from tests.architecture.tree import REPOSITORY

HOSTS = {
    "at home": {"TZ": "Asia/Ho_Chi_Minh"},
    "half an hour off, with summer time": {"TZ": "America/St_Johns"},
    "a day ahead": {"TZ": "Pacific/Kiritimati"},
    "no table of zones, and a zone of its own rule": {
        "TZ": "XXX+11YYY,M3.2.0,M11.1.0",
        "PYTHONTZPATH": "",
    },
}
_LINE = re.compile(r"(\w+) n=(\d+) ([0-9a-f]{64})")


def said(host: dict[str, str], folder: Path) -> dict[str, tuple[int, str]]:
    folder.mkdir()
    made = subprocess.run(
        [sys.executable, "-m", "tests.time_told", str(folder)], cwd=REPOSITORY,
        env={**os.environ, **host}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name: (int(n), digest) for name, n, digest in _LINE.findall(made.stdout)}


def test_every_host_counts_the_same_deadlines(tmp_path: Path) -> None:
    found = [said(host, tmp_path / str(n)) for n, host in enumerate(HOSTS.values())]

    assert found[1:] == found[:-1]
    assert set(found[0]) == {"table", "days", "national", "imported", "scored"}
    assert found[0]["table"][0] >= 500
    assert all(count for count, _ in found[0].values())


def test_without_a_table_of_the_system_the_locked_one_is_read() -> None:
    """The control: nothing but our own requirement knows the zones there."""
    environment = {**os.environ, "PYTHONTZPATH": ""}
    code = "import zoneinfo; print(zoneinfo.TZPATH, zoneinfo.ZoneInfo('Europe/Amsterdam').key)"

    made = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )

    assert made.stdout.split() == ["()", "Europe/Amsterdam"]
    assert zoneinfo.ZoneInfo("Europe/Amsterdam").key
