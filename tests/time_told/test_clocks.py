"""Clocks that are ten minutes off, or go back an hour: the same deadlines and the same numbers."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.scoring.ledger import DOSSIER
from shared.events import dossier as d
from shared.events.envelope import Fact
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, fold_all, intake_client, intake_parts
from tests.support.intake import STRUCTURED, event
from tests.unit.services.scoring.builders import AGENCY, OTHER, PROCEDURE, SHORT, Log, at, told

END = int(at("2026-03-20 09:00").timestamp())
Clock = Callable[[int, int], int]


def true_time(now: int, _step: int) -> int:
    return now


def ten_minutes_early(now: int, _step: int) -> int:
    return now - 600


def ten_minutes_late(now: int, _step: int) -> int:
    return now + 600


def back_an_hour(now: int, step: int) -> int:
    return now if step < 20 else now - 3_600


CLOCKS: Sequence[Clock] = (true_time, ten_minutes_early, ten_minutes_late, back_an_hour)


def history() -> list[Fact]:
    """Dossiers received around Tết, a day's edge and the end of the limit; some are resolved."""
    facts: list[Fact] = []
    starts = ("2026-02-13 16:29", "2026-02-13 16:31", "2026-02-23 07:29", "2026-03-02 23:59",
              "2026-03-03 00:01", "2026-02-28 11:29", "2026-03-10 16:59")  # fmt: skip
    for n, start in enumerate(starts * 3):
        code = f"H44.01-260302-{n:05d}"
        procedure = SHORT if n % 2 else PROCEDURE
        received = d.DossierReceived(agency_code=(AGENCY, OTHER)[n % 2], procedure_code=procedure)
        facts.append(told(received, start, code=code))
        if n % 3 == 0:
            resolved = d.DossierResolved(agency_code=AGENCY)
            facts.append(told(resolved, at(start) + timedelta(days=4), code=code, number=1))
    return sorted(facts, key=lambda fact: fact.time)


async def folded(clock: Clock) -> tuple[dict[Any, Any], list[Any]]:
    """Counters and due times at the end, when the clock is right again."""
    log = Log(":memory:")
    for step, fact in enumerate(history()):
        now = clock(int(fact.time.timestamp()) + 5, step)
        await log.take([fact], now)
        log.fold.advance(now)
    log.fold.advance(END)
    dues = []
    for fact in history():
        state: Any = log.fold.state_of(DOSSIER + fact.subject)
        dues.append((fact.subject, state.due))
    return dict(log.fold.counters.values), dues


async def test_scoring_comes_to_the_same_numbers_by_every_clock() -> None:
    found = [await folded(clock) for clock in CLOCKS]

    assert found[1:] == found[:-1]
    assert len({due for _, due in found[0][1]}) > 5


class SteppingClock(FakeClock):
    """Its wall clock may be set back; what only counts seconds goes on."""

    def step(self, by: timedelta) -> None:
        self._now += by


@pytest.mark.parametrize("minutes", [-10, 0, 10])
async def test_intake_writes_the_same_fact_by_every_clock(tmp_path: Path, minutes: int) -> None:
    noon = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
    wire, clock = FakeWire(), SteppingClock(noon + timedelta(minutes=minutes))
    parts = intake_parts(tmp_path, clock=clock, wire=wire)

    async with intake_client(parts, tmp_path) as client:
        for number in range(3):
            body = event(
                number, now=noon - timedelta(hours=1), data={"due_at": "2026-03-09T10:00:00Z"}
            )
            first = await client.post("/v1/events", json=body, headers=STRUCTURED)
            clock.step(-timedelta(hours=1))
            again = await client.post("/v1/events", json=body, headers=STRUCTURED)
            clock.step(timedelta(hours=1))
            await fold_all(wire, parts.facts)
            assert (first.json()["accepted"], again.json()["duplicate"]) == (1, 1)

    stored = [msgspec.json.decode(message.body) for message in wire.facts]
    assert [(one["time"], one["data"]["due_at"]) for one in stored] == [
        ("2026-03-04T01:00:00Z", "2026-03-09T10:00:00Z")
    ] * 3
    assert len({one["digest"] for one in stored}) == 3
