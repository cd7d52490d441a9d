"""Hostile bodies: none is answered with a fault of ours, none stops the next one."""

import json
import random
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.intake.domain.answers import Outcome
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_client, intake_parts
from tests.support.intake import AUTHORIZATION, event, token_hash, write_registry

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
ROUNDS = 5_000
KINDS = (
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/json",
    "application/x-ndjson",
    "",
)
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 10**400, 1e308, "", "\x00", "\ud800", "x" * 40_000, "ạ̀" * 50, [], {},
    [[[]]], {"a": {"a": {"a": 1}}}, "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59",
    "2026-02-29", "2026-03-04T03:00:60Z", "H99.12\n", "dossier.received.v2", "../../etc",
    "dossier.corrected.v1", "procedure.announced.v1", "measure.reported.v1",
)  # fmt: skip


def mutated(chance: random.Random, number: int) -> Any:
    """An event with up to four of its members changed, moved, dropped or added."""
    found = event(number % 50, now=NOW, data={"due_at": "2026-03-09T10:00:00Z"})
    for _ in range(chance.randint(0, 4)):
        at = found if chance.random() < 0.5 or not isinstance(found.get("data"), dict) else (
            found["data"]
        )  # fmt: skip
        key = chance.choice(
            [*at, "contact", "contact_ref", "digest", "recordedtime", "received_at"]
        )
        if chance.random() < 0.2:
            at.pop(key, None)
        else:
            at[key] = deepcopy(chance.choice(VALUES))
    return found


def body(chance: random.Random, number: int) -> bytes:
    """A whole request body: good JSON, broken JSON, or noise."""
    kind = chance.random()
    if kind < 0.05:
        return chance.randbytes(chance.randint(0, 300))
    if kind < 0.08:
        return b"[" * chance.choice((1, 33, 2_000, 90_000))
    many = [mutated(chance, number) for _ in range(chance.choice((1, 1, 2, 5)))]
    text = json.dumps(many if chance.random() < 0.3 else many[0]).encode()
    if kind < 0.25:
        at = chance.randrange(len(text))
        text = text[:at] + chance.randbytes(chance.randint(0, 3)) + text[at + 1 :]
    return text


@pytest.mark.slow
async def test_five_thousand_hostile_bodies_are_answered_and_none_is_our_fault(
    tmp_path: Path,
) -> None:
    chance = random.Random(20260304)
    wire = FakeWire()
    fast = {"name": "fuzz", "token_hashes": [token_hash("fuzz")], "rate_per_second": 1e9}
    write_registry(tmp_path / "publishers.json", [fast])
    parts = intake_parts(
        tmp_path, clock=FakeClock(NOW), wire=wire, registry=tmp_path / "publishers.json"
    )
    parts.intake._rejects_open_max = 50
    seen: set[int] = set()

    async with intake_client(parts, tmp_path) as client:
        for number in range(ROUNDS):
            headers = {**AUTHORIZATION, "Authorization": "Bearer fuzz"}
            headers["Content-Type"] = chance.choice(KINDS)
            path = "/v1/events" if chance.random() < 0.85 else "/v1/dvcqg/DongBoHoSoMC"
            answer = await client.post(path, content=body(chance, number), headers=headers)
            seen.add(answer.status_code)
            assert answer.status_code < 500, (number, answer.text[:500])

    assert seen <= {200, 202, 207, 400, 409, 413, 415, 422}
    assert not parts.breaker.is_open
    rejected = parts.metrics.submissions.value(("fuzz", "http", Outcome.REJECTED))
    assert rejected is not None
    assert rejected > 1_000
    assert not any(reason == "our_fault" for _, reason in parts.rejects.open_counts)
