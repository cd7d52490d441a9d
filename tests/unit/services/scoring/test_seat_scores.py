"""Desks and officers of the one-stop office on their page: who is rated, and how."""

from datetime import UTC, datetime
from typing import Any

from services.scoring.domain.seat_scores import SeatScore, seat_scores
from services.scoring.domain.seats import without_pseudonym
from shared.events import dossier as d
from shared.events.envelope import Fact

from .builders import told
from .indicator_histories import CATALOGUE
from .scored_log import ScoredLog, judged_by

MAY = int(datetime(2026, 5, 4, 2, tzinfo=UTC).timestamp())


def dossier(number: int, when: str, *, late: bool = False, **rating: Any) -> list[Fact]:
    """A dossier received by desk Q1 and officer CB-1, ended, and perhaps rated."""
    code = f"H44.01-260302-{number:04d}"
    receipt = d.DossierReceived(
        agency_code="H44.01", procedure_code="1.000001", desk_code="Q1", officer_code="CB-1"
    )
    end = f"2026-{when[:2]}-{'20' if late else '03'} 10:00"
    facts = [
        told(receipt, f"2026-{when} 09:00", number=1, code=code),
        told(d.DossierResolved(agency_code="H44.01"), end, number=2, code=code),
    ]
    if rating:
        rated = d.DossierRated(agency_code="H44.01", **rating)
        facts.append(told(rated, f"2026-{when[:2]}-21 09:00", number=3, code=code))
    return facts


async def scores_of(facts: list[Fact], months: tuple[str, ...]) -> dict[str, SeatScore]:
    log = ScoredLog(CATALOGUE, judged_by())
    await log.take(facts, MAY)
    return {one.code: one for one in seat_scores(log.index(), months, None)}


async def test_a_desk_is_scored_by_who_was_satisfied_and_what_was_on_time() -> None:
    facts = [
        *dossier(1, "03-02", satisfied=True),
        *dossier(2, "03-02", satisfied=False),
        *dossier(3, "03-02", late=True),
        *dossier(4, "04-02", satisfied=True),
    ]

    march = (await scores_of(facts, ("2026-03",)))["Q1"]
    both = (await scores_of(facts, ("2026-03", "2026-04")))["CB-1"]

    assert (march.served, march.ended, march.late) == (3, 3, 1)
    assert (march.rated, march.satisfied) == (2, 1)
    assert (march.on_time_ratio, march.satisfied_ratio) == (2 / 3, 0.5)
    assert (both.served, both.rated, both.satisfied, both.is_officer) == (4, 3, 2, True)


async def test_a_rating_that_names_another_officer_is_that_ones() -> None:
    found = await scores_of(dossier(1, "03-02", satisfied=True, officer_code="CB-2"), ("2026-03",))

    assert (found["CB-1"].served, found["CB-1"].is_rated) == (1, False)
    assert (found["CB-2"].served, found["CB-2"].is_rated) == (0, True)
    assert found["CB-1"].satisfied_ratio is None
    assert found["CB-2"].on_time_ratio is None
    assert found["Q1"].is_rated  # the desk is the receipt's where the rating names none


def test_a_pseudonym_does_not_leave_the_desk() -> None:
    assert without_pseudonym("H44.01/officer/CB-1") == "H44.01/officer"
    assert without_pseudonym("H44.01/desk/Q1") == "H44.01/desk/Q1"
    assert without_pseudonym("1.000001") == "1.000001"
