"""Desks and officers of the one-stop office on their page: who is rated, and how."""

from datetime import UTC, date, datetime
from typing import Any

from services.scoring.domain.seat_scores import SeatScore, listed_desks, seat_scores
from services.scoring.domain.seats import without_pseudonym
from shared.catalogue.model import Agency, Catalogue, Level
from shared.events import dossier as d
from shared.events.envelope import Fact

from .builders import told
from .indicator_cases import asked_of
from .indicator_histories import CATALOGUE
from .scored_log import ScoredLog, judged_by

RATED = "one_stop_desks_and_officers_rated"
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
    return {one.code: one for one in seat_scores(log.index(), months, None, {})}


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


def with_desks(ends_on: date | None = None) -> Catalogue:
    """Two departments: one lists the desk that facts name and another, one that nobody serves."""
    listing = {"H44": (), "H44.01": ("Q1", "Q2"), "H44.02": ("Q1",)}
    return Catalogue(
        province="H44",
        agencies=tuple(
            Agency(
                code=code, name=code, short_name=code, level=Level.DEPARTMENT, desks=desks,
                parent="H44" if desks else None, valid_to=ends_on if code == "H44.02" else None,
            )
            for code, desks in listing.items()
        ),
    )  # fmt: skip


async def test_a_listed_desk_that_nobody_named_counts_as_not_rated() -> None:
    log, catalogue = ScoredLog(CATALOGUE, judged_by()), with_desks()
    await log.take(dossier(1, "03-02", satisfied=True), MAY)

    march = asked_of(log.index(), catalogue, "2026-03")
    page = seat_scores(log.index(), ("2026-03",), None, listed_desks(catalogue.agencies))

    assert march["H44.01", "2026-03"][RATED] == (2, 3)  # Q1 and CB-1, not Q2
    assert march["H44.02", "2026-03"][RATED] == (0, 1)
    assert march["H44", "2026-03"][RATED] == (2, 4)
    assert [(one.agency, one.code, one.is_rated) for one in page] == [
        ("H44.01", "Q1", True),
        ("H44.01", "Q2", False),
        ("H44.01", "CB-1", True),
        ("H44.02", "Q1", False),
    ]


async def test_listed_desks_do_not_count_while_nobody_names_any() -> None:
    log, catalogue = ScoredLog(CATALOGUE, judged_by()), with_desks()
    await log.take(dossier(1, "03-02", satisfied=True), MAY)

    april = asked_of(log.index(), catalogue, "2026-04")

    assert all(RATED not in measures for measures in april.values())
    assert not seat_scores(log.index(), ("2026-04",), None, listed_desks(catalogue.agencies))


async def test_the_desks_of_an_agency_that_ended_are_expected_no_longer() -> None:
    log, catalogue = ScoredLog(CATALOGUE, judged_by()), with_desks(date(2026, 3, 1))
    await log.take(dossier(1, "03-02", satisfied=True), MAY)

    march = asked_of(log.index(), catalogue, "2026-03")

    assert march["H44", "2026-03"][RATED] == (2, 3)


def test_a_pseudonym_does_not_leave_the_desk() -> None:
    assert without_pseudonym("H44.01/officer/CB-1") == "H44.01/officer"
    assert without_pseudonym("H44.01/desk/Q1") == "H44.01/desk/Q1"
    assert without_pseudonym("1.000001") == "1.000001"
