"""The receipt log against an independent recount with nothing but the csv module."""

import csv
import os
import random
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from services.intake.sources.table.cells import Tally
from services.intake.sources.table.gathering import Row
from services.intake.sources.table.mapping import RowReject, rows_to_facts
from services.intake.sources.table.readers import rows_of
from services.intake.sources.table.shipped import mapping_for
from shared.events.dossier import DossierReceived, DossierResolved
from shared.events.envelope import Fact, encoded

_BESIDE = Path(__file__).parents[7] / "shared" / "data" / "receipt.csv"
LOG = Path(os.environ.get("MOTCUA_RECEIPT_CSV", _BESIDE))
CHANNELS = {
    "Internet": "online",
    "e-mail": "online",
    "Desk": "direct",
    "Intern": "direct",
    "Post": "postal",
}
pytestmark = pytest.mark.skipif(not LOG.exists(), reason="the receipt log is not on this machine")


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    mapping = mapping_for("receipt.csv")
    assert mapping is not None
    return list(rows_of(LOG, mapping))


def facts_of(rows: list[Row], tally: Tally | None = None) -> dict[str, bytes]:
    mapping = mapping_for("receipt.csv")
    assert mapping is not None
    found: dict[str, bytes] = {}
    for item in rows_to_facts(rows, mapping, source="receipt", tally=tally):
        assert isinstance(item, Fact), item
        assert item.id not in found
        found[item.id] = encoded(item)
    return found


def recount() -> dict[str, dict[str, str]]:
    with LOG.open(encoding="utf-8", newline="") as file:
        return {row["case:concept:name"]: row for row in csv.DictReader(file)}


def test_the_log_gives_its_known_counts(rows: list[Row]) -> None:
    mapping = mapping_for("receipt.csv")
    assert mapping is not None
    tally = Tally()
    found = list(rows_to_facts(rows, mapping, source="receipt", tally=tally))
    received = {f.subject: f for f in found if isinstance(f, Fact) and f.noun == "dossier"
                and isinstance(f.data, DossierReceived)}  # fmt: skip
    ends = {f.subject: f.time for f in found if isinstance(f, Fact)
            and isinstance(f.data, DossierResolved)}  # fmt: skip

    late = 0
    for code, end in ends.items():
        data = received[code].data
        assert isinstance(data, DossierReceived)
        assert data.due_at is not None
        late += end > data.due_at

    assert not [item for item in found if isinstance(item, RowReject)]
    assert len(received) == 1_434
    assert len(received) - len(ends) == 105
    assert late == 377
    written = {key[1]: count for key, count in tally.counts.items() if key[0] == "channel"}
    assert written == {"Internet": 1_250, "Desk": 109, "Post": 53, "e-mail": 21, "Intern": 1}


def test_an_independent_recount_agrees_key_by_key(rows: list[Row]) -> None:
    mapping = mapping_for("receipt.csv")
    assert mapping is not None
    ours: dict[str, dict[str, object]] = defaultdict(dict)
    for item in rows_to_facts(rows, mapping, source="receipt"):
        assert isinstance(item, Fact)
        if isinstance(item.data, DossierReceived):
            ours[item.subject] |= {
                "received": item.time,
                "due": item.data.due_at,
                "channel": item.data.channel.value,
            }
        else:
            ours[item.subject]["resolved"] = item.time

    theirs: dict[str, dict[str, object]] = {}
    for code, row in recount().items():
        theirs[code] = {
            "received": datetime.fromisoformat(row["case:startdate"]),
            "due": datetime.fromisoformat(row["case:deadline"]),
            "channel": CHANNELS[row["case:channel"]],
        }
        if row["case:enddate"]:
            theirs[code]["resolved"] = datetime.fromisoformat(row["case:enddate"])

    assert dict(ours) == theirs
    assert Counter(str(one["channel"]) for one in ours.values()) == Counter(
        {"online": 1_271, "direct": 110, "postal": 53}
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_with_every_row_twice_the_log_says_the_same(rows: list[Row], seed: int) -> None:
    twice = rows * 2
    random.Random(seed).shuffle(twice)

    assert facts_of(twice) == facts_of(rows)
