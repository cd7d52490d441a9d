"""A number of open petitions opens into exactly its petitions."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.scoring.domain.contribution import PETITION
from services.scoring.domain.stages import STAGES
from services.scoring.petition_desk import matching, open_petitions
from shared.events import petition as p
from shared.events.envelope import Fact

from .builders import AGENCY, OTHER, Log, at, epoch, told

NOW = "2026-04-10 09:00"


def petitions() -> list[Fact]:
    """Forty petitions: of both agencies, open in every stage, answered, published, moved on."""
    facts: list[Fact] = []
    for n in range(40):
        code, agency = f"PAKN-{n:03d}", (AGENCY, OTHER)[n % 2]
        start = at("2026-03-10 09:00") + timedelta(hours=18 * n)
        later = start + timedelta(hours=2)
        facts.append(told(p.PetitionReceived(agency_code=agency), start, number="a", code=code))
        then: p.PetitionEvent | None = None
        if n % 5 == 1:
            then = p.PetitionAnswered(agency_code=agency)
        elif n % 5 == 2:
            then = p.PetitionSupplementRequested(agency_code=agency)
        elif n % 5 == 3:
            then = p.PetitionTransferred(agency_code=agency, to_agency_code=OTHER)
        elif n % 20 == 0:
            then = p.PetitionPublished(agency_code=agency)
        if then is not None:
            facts.append(told(then, later, number="b", code=code))
    return facts


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    made = Log(tmp_path / "scoring.db")
    await made.take(petitions(), epoch(NOW))
    made.fold.commit()
    yield made
    made.store.close()


@pytest.mark.parametrize("agency", ["", AGENCY, OTHER, "H99"])
@pytest.mark.parametrize("stage", ["", *STAGES])
async def test_a_list_of_petitions_is_as_long_as_its_number(
    log: Log, tmp_path: Path, stage: str, agency: str
) -> None:
    as_of, found = open_petitions(tmp_path / "scoring.db")

    listed = matching(found, {"tinh-trang": stage, "co-quan": agency})

    number = sum(
        value
        for (kind, *labels), value in log.fold.counters.values.items()
        if kind == PETITION and agency in {"", labels[0]} and stage in {"", labels[1]}
    )
    assert len(listed) == number
    assert as_of == epoch(NOW)


@pytest.mark.usefixtures("log")
async def test_every_stage_is_among_them_and_what_was_answered_is_not(tmp_path: Path) -> None:
    _, found = open_petitions(tmp_path / "scoring.db")

    assert {one.stage for one in found} == set(STAGES)
    assert "PAKN-001" not in {one.code for one in found}
