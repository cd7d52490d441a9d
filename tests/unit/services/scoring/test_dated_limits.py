"""A limit that changes on Monday 16/03/2026: what began before it is judged by the old one."""

from datetime import date
from typing import Final

from msgspec import structs

from services.scoring.scorebook import ASKED, Scorebook
from shared.events import catalogue as c
from shared.events import dossier as d
from shared.events.envelope import Fact
from shared.rules.measures import Publishing, Supplements, row_on

from .builders import AGENCY, CATALOGUE, at, epoch, rules, told
from .scored_log import ScoredLog

SINCE, TURN = date(2022, 6, 23), date(2026, 3, 16)
SUPPLEMENTS: Final = (
    Supplements(effective_from=SINCE, allowed=1, source="cũ"),
    Supplements(effective_from=TURN, allowed=2, source="mới"),
)
PUBLISHING: Final = tuple(
    Publishing(
        effective_from=day, announce_days_before=20, announce_days_before_provincial=5,
        public_days_after=days, public_days_after_provincial=5, source="",
    )
    for day, days in ((SINCE, 10), (TURN, 1))
)  # fmt: skip
CHANGED: Final = structs.replace(rules(), supplements=SUPPLEMENTS, publishing=PUBLISHING)


async def ratio(indicator: str, *facts: Fact) -> tuple[int | None, int | None]:
    log = ScoredLog(CATALOGUE, CHANGED)
    await log.take(facts, epoch("2026-04-06 09:00"))
    index = log.index()
    book = Scorebook(CATALOGUE, {ASKED: "2026-03"}, date(2026, 3, 31))
    book.put_all(index)
    book.work_all(index)
    measure = book.units[AGENCY, ASKED].measures[indicator].measure
    return measure.numerator, measure.denominator


def asked_for_papers(received_at: str, code: str, times: int) -> list[Fact]:
    """Received, asked so often on 18/3 and answered at once, and resolved the next day."""
    intake = d.DossierReceived(
        agency_code=AGENCY, procedure_code="1.000001", due_at=at("2026-03-20 17:00")
    )
    facts = [told(intake, received_at, code=code)]
    for n in range(times):
        ask, answer = (
            kind(agency_code=AGENCY)
            for kind in (d.DossierSupplementRequested, d.DossierSupplemented)
        )
        facts.append(told(ask, f"2026-03-18 09:{10 * n:02d}", number=f"a{n}", code=code))
        facts.append(told(answer, f"2026-03-18 09:{10 * n + 5:02d}", number=f"b{n}", code=code))
    done = d.DossierResolved(agency_code=AGENCY)
    return [*facts, told(done, "2026-03-18 10:00", number="z", code=code)]


async def test_a_dossier_may_be_asked_for_papers_as_often_as_its_own_day_allowed() -> None:
    old = asked_for_papers("2026-03-15 23:59", "H44.01-260315-0001", 2)
    new = asked_for_papers("2026-03-16 00:00", "H44.01-260316-0002", 2)
    too_often = asked_for_papers("2026-03-16 09:00", "H44.01-260316-0003", 3)

    assert await ratio("2.1", *old) == (0, 1)
    assert await ratio("2.1", *new) == (1, 1)
    assert await ratio("2.1", *too_often) == (0, 1)
    assert await ratio("2.1", *old, *new, *too_often) == (1, 3)


async def test_a_decision_is_public_in_time_by_the_limit_of_its_own_day() -> None:
    def public(decided_on: date, published_on: date, code: str) -> Fact:
        event = c.ProcedurePublished(
            agency_code=AGENCY, decided_on=decided_on, published_on=published_on
        )  # fmt: skip
        return told(event, f"{published_on} 10:00", code=code)

    old = public(date(2026, 3, 13), date(2026, 3, 18), "1.000001")
    new = public(date(2026, 3, 16), date(2026, 3, 18), "1.000002")

    assert await ratio("1.2", old) == (1, 1)
    assert await ratio("1.2", new) == (0, 1)


def test_before_the_first_row_the_first_holds_whatever_their_order() -> None:
    for rows in (SUPPLEMENTS, SUPPLEMENTS[::-1]):
        assert row_on(rows, date(2020, 1, 1)).allowed == 1
        assert row_on(rows, date(2026, 3, 15)).allowed == 1
        assert row_on(rows, TURN).allowed == 2
