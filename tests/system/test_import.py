"""A real municipal log into a running system: its known counts, in any order, however often."""

import csv
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.running import Run, eventually, motcua

_BESIDE = Path(__file__).parents[3] / "shared" / "data" / "receipt.csv"
LOG = Path(os.environ.get("MOTCUA_RECEIPT_CSV", _BESIDE))
RECOUNT = Path(__file__).with_name("receipt_recount.py")
YEARS = ("2010", "2011", "2012")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.broker,
    pytest.mark.skipif(not LOG.exists(), reason="the receipt log is not on this machine"),
]

Counts = dict[str, dict[str, Counter[str]]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A system that has imported the log once."""
    running = Run(tmp_path_factory.mktemp("import") / "data")
    try:
        said = motcua("import", LOG, "--data", running.start().data)
        assert said.returncode == 0, said.stdout + said.stderr
        assert said.stdout.splitlines()[-1] == "accepted=2763 duplicate=0 conflict=0 rejected=0"
        for channel in ("Internet.+1.250", "Desk.+109", "Post.+53", "e-mail.+21", "Intern .+1 "):
            assert re.search(channel, said.stderr), said.stderr
        eventually(lambda: folded(running) == 2763, within=30, what="folded")
        yield running
    finally:
        running.stop()


def folded(run: Run) -> int:
    lines = run.metrics().splitlines()
    series = 'dvc_fold_position{service="scoring"} '
    return next((int(line.split()[-1]) for line in lines if line.startswith(series)), 0)


def counted(run: Run) -> Counts:
    """What scoring says, by year and agency; what is open has no year."""
    found: Counts = {}
    for year in YEARS:
        rows = rows_of(run, year)
        for agency, row in rows.items():
            into(found, year, agency, "received", row["received"])
            into(found, year, agency, "closed", row["closed"])
    for agency, row in {**rows_of(run, "2010"), **rows_of(run, "2011")}.items():
        into(found, "ever", agency, "open", row["open"])
    return found


def rows_of(run: Run, year: str) -> dict[str, dict[str, dict[str, int]]]:
    report = run.get("scoring", f"/v1/reports/{year}").json()
    return {**{one["code"]: one for one in report["agencies"]}, "total": report["total"]}


def into(found: Counts, year: str, agency: str, what: str, counts: dict[str, int]) -> None:
    row = found.setdefault(year, {}).setdefault(agency, Counter())
    row.update({f"{what}.{name}": count for name, count in counts.items() if count})


def recounted(path: Path) -> Counts:
    """What the separate program says of a file."""
    said = subprocess.run(
        [sys.executable, "-I", RECOUNT, path], capture_output=True, text=True, check=True
    )
    found = json.loads(said.stdout)
    return {
        year: {agency: Counter(row) for agency, row in rows.items()} for year, rows in found.items()
    }


def test_the_log_gives_its_known_counts(run: Run) -> None:
    found = counted(run)
    total: Counter[str] = sum((rows["total"] for rows in found.values()), Counter())

    received = {name: n for name, n in total.items() if name.startswith("received.")}
    assert sum(received.values()) == 1_434
    assert received == {"received.online": 1_271, "received.direct": 110, "received.postal": 53}
    assert total["open.overdue"] == 105
    assert total["closed.late"] == 377


def test_an_independent_recount_agrees_key_by_key(run: Run) -> None:
    found, expected = counted(run), recounted(LOG)

    keys = {(year, agency) for rows in (found, expected) for year in rows for agency in rows[year]}
    differing = {
        (year, agency): (found[year].get(agency), expected[year].get(agency))
        for year, agency in keys
        if (found[year].get(agency) or Counter()) != (expected[year].get(agency) or Counter())
    }
    assert differing == {}
    assert len(keys) >= 12


def test_what_is_open_on_the_metrics_page_is_what_the_recount_says(run: Run) -> None:
    expected = {
        agency: row["open.overdue"]
        for agency, row in recounted(LOG)["ever"].items()
        if agency != "total"
    }

    shown: Counter[str] = Counter()
    for name, value in run.numbers().items():
        if name.startswith("dvc_dossiers_overdue{"):
            shown[name.split('agency="')[1].split('"')[0]] += int(value)
    assert shown == expected


def test_shuffled_with_every_row_twice_no_number_changes(run: Run, tmp_path: Path) -> None:
    before = (run.numbers(), counted(run), folded(run))
    twice = tmp_path / "receipt-twice.csv"
    with LOG.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    rows *= 2
    random.Random(7).shuffle(rows)
    with twice.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])

    said = motcua("import", twice, "--data", run.data)

    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.splitlines()[-1] == "accepted=0 duplicate=2763 conflict=0 rejected=0"
    assert (run.numbers(), counted(run), folded(run)) == before
    assert recounted(twice) == recounted(LOG)
