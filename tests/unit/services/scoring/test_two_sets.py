"""A second indicator set beside the first: each period is judged by the one of its last day."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec import structs

from services.scoring.domain.scores import Known, Unit
from services.scoring.scorebook import ASKED, Scorebook
from shared.catalogue.model import Level
from shared.events import dossier as d
from shared.events.envelope import Fact
from shared.events.fields import Channel
from shared.rules.indicator_sets import Ranking, Ties, in_force, load_set
from shared.rules.points import Flag, Measure, ranks, score

from .builders import AGENCY, CATALOGUE, OTHER, epoch, rules, told
from .scored_log import ScoredLog

PORTAL = load_set("portal-2026")
# One that is to come, with 3.3 worth all 12 points from 80 % on, and 1.4 for the province alone.
COMING = structs.replace(
    PORTAL,
    id="portal-2026-10",
    effective_from=date(2026, 10, 1),
    component=tuple(
        structs.replace(one, max=Decimal(12), full_at=Decimal("0.8"))
        if one.id == "3.3"
        else structs.replace(one, levels=(Level.PROVINCE,))
        if one.id == "1.4"
        else one
        for one in PORTAL.component
        if one.id not in {"3.1", "3.2"}
    ),
    ranking=Ranking((Level.DEPARTMENT,), Ties.NEXT),
)
SETS = (COMING, PORTAL)


@pytest.mark.parametrize(
    ("last_day", "judge"),
    [
        (date(2025, 12, 31), None),  # before the first
        (date(2026, 1, 1), "portal-2026"),
        (date(2026, 9, 30), "portal-2026"),
        (date(2026, 10, 1), "portal-2026-10"),
        (date(2026, 12, 31), "portal-2026-10"),
    ],
)
def test_the_set_in_force_on_the_last_day_judges(last_day: date, judge: str | None) -> None:
    for sets in (SETS, SETS[::-1]):
        found = in_force(last_day, sets)
        assert (found.id if found is not None else None) == judge


def test_a_set_that_ended_judges_no_day_from_its_end_on() -> None:
    ended = structs.replace(PORTAL, effective_to=date(2026, 7, 1))

    assert in_force(date(2026, 6, 30), (ended,)) == ended
    assert in_force(date(2026, 7, 1), (ended,)) is None


def received(agency: str, when: str, channel: Channel, number: int) -> Fact:
    code = f"H44.01-260302-{number:04d}"
    event = d.DossierReceived(agency_code=agency, procedure_code="1.000001", channel=channel)
    return told(event, when, number=number, code=code)


async def book(period: str) -> Scorebook:
    """Of two dossiers in September and in November one is online, at each of two departments."""
    log = ScoredLog(CATALOGUE, rules())
    facts = [
        received(agency, f"2026-{month}-10 09:00", channel, number)
        for number, (agency, month, channel) in enumerate(
            (agency, month, channel)
            for agency in (AGENCY, OTHER)
            for month in ("09", "11")
            for channel in (Channel.ONLINE, Channel.DIRECT)
        )
    ]
    await log.take(facts, epoch("2026-12-01 09:00"))
    made = Scorebook(CATALOGUE, {ASKED: period}, date(2026, 11, 30), SETS)
    index = log.index()
    made.put_all(index)
    made.work_all(index)
    return made


def points(unit: Unit, component: str) -> Decimal:
    assert unit.score is not None
    return unit.score.components[component].points


async def test_the_same_dossiers_earn_what_the_set_of_their_period_gives() -> None:
    september, november = await book("2026-09"), await book("2026-11")
    before, after = september.units[AGENCY, ASKED], november.units[AGENCY, ASKED]

    assert before.measures["3.3"] == after.measures["3.3"] == Known(Measure(1, 2), "facts")
    assert points(before, "3.3") == Decimal("6.00")  # full from 50 % on
    assert points(after, "3.3") == Decimal("7.50")  # 12 · 0,5 / 0,8
    assert after.score is not None
    assert "3.1" not in after.score.components
    assert (await book("2026-Q4")).sets[ASKED] == COMING
    assert (await book("2026-Q3")).sets[ASKED] == PORTAL


async def test_lists_and_ties_of_ranks_are_the_sets_own() -> None:
    september, november = await book("2026-09"), await book("2026-11")

    assert {name for _, name in september.ranks[ASKED]} == {"department", "all"}
    assert set(november.ranks[ASKED].values()) == {1}
    totals = {"a": Decimal(9), "b": Decimal(7), "c": Decimal(7), "d": Decimal(5), "e": None}
    assert ranks(totals, Ties.NEXT) == {"a": 1, "b": 2, "c": 2, "d": 3, "e": None}


def test_a_component_for_other_levels_earns_nothing_and_says_so() -> None:
    known = {"1.4": Measure(1, 1)}
    province = score(COMING, known, level=Level.PROVINCE).components["1.4"]
    unit = score(COMING, known, level=Level.COMMUNE).components["1.4"]

    assert (province.points, province.flag) == (Decimal("6.00"), None)
    assert (unit.points, unit.ratio, unit.flag) == (Decimal("0.00"), None, Flag.OUT_OF_SCOPE)
    assert "1.4" not in {one.id for one in COMING.of_level(Level.COMMUNE).component}
    assert COMING.of_level(None) == COMING
