"""Every number opens into exactly its dossiers; reports say the same numbers."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.scoring import snapshot
from services.scoring.domain.counts import Count, Question, number_of
from services.scoring.domain.dossier import end_of
from services.scoring.domain.index import Index
from services.scoring.domain.periods import UnknownPeriodError, months_of, period_name_vi
from services.scoring.domain.report import report_of
from services.scoring.questions import agencies_under, question_of
from shared.events import dossier as d
from shared.events.envelope import Fact
from shared.events.fields import Channel

from .builders import AGENCY, CATALOGUE, OTHER, PROCEDURE, SHORT, Log, at, epoch, rules, told

NOW = "2026-04-10 09:00"


def province() -> list[Fact]:
    """Sixty dossiers: every agency, channel, stage and end there is."""
    facts: list[Fact] = []
    for n in range(60):
        code, agency = f"H44.0{n % 2 + 1}-260302-{n:04d}", (AGENCY, OTHER)[n % 2]
        start = at("2026-03-02 09:00") + timedelta(days=n % 37, minutes=n)
        due = start + timedelta(days=6)

        def tell(event: d.DossierEvent, when: datetime, number: str, code: str = code) -> None:
            facts.append(told(event, when, number=number, code=code))

        if n % 12 == 11:
            tell(d.DossierSubmitted(agency_code=agency), start, "a")
            continue
        channel = list(Channel)[n % 3]
        procedure = (PROCEDURE, SHORT)[n % 2]
        tell(d.DossierReceived(agency_code=agency, procedure_code=procedure, channel=channel,
                               due_at=due), start, "a")  # fmt: skip
        if n % 5 == 1:
            tell(d.DossierResolved(agency_code=agency), start + timedelta(days=n % 9), "b")
        if n % 5 == 2:
            tell(d.DossierSuspended(agency_code=agency), start + timedelta(days=1), "b")
        if n % 7 == 3:
            moved = d.DossierTransferred(agency_code=agency, to_agency_code=OTHER)
            tell(moved, start + timedelta(hours=3), "c")
        if n % 20 == 19:
            tell(d.DossierCorrected(agency_code=agency, void=True), due, "d")
    return facts


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    made = Log(tmp_path / "scoring.db")
    await made.take(province(), epoch(NOW))
    made.fold.commit()
    yield made
    made.store.close()


def index_of(log: Log) -> Index:
    index = Index()
    for key, value in log.fold.counters.values.items():
        index.put(key, value)
    return index


AGENCIES = [None, frozenset({AGENCY}), frozenset({OTHER}), frozenset({"H99"})]


@pytest.mark.parametrize("agencies", AGENCIES)
@pytest.mark.parametrize("count", list(Count))
async def test_a_list_is_as_long_as_its_number(
    log: Log, tmp_path: Path, count: Count, agencies: frozenset[str] | None
) -> None:
    for field in ("", "dat-dai"):
        for channel in ("", "online"):
            for period in ("2026-03", "2026-04", "2026"):
                question = Question(
                    count=count, agencies=agencies, field=field, channel=channel,
                    months=months_of(period),
                )  # fmt: skip
                answer = await snapshot.answer(tmp_path / "scoring.db", question, rules())

                assert len(answer.counted) == answer.number
                assert number_of(index_of(log), question) in (answer.number, None)
                assert sum(answer.reasons.values()) == len(answer.left_out)
                assert answer.as_of == epoch(NOW)


async def test_who_is_left_out_says_why(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "scoring.db"
    march = months_of("2026-03")
    late = await snapshot.answer(path, Question(count=Count.LATE, months=march), rules())
    overdue = await snapshot.answer(path, Question(count=Count.OVERDUE), rules())
    received = await snapshot.answer(path, Question(count=Count.RECEIVED, months=march), rules())
    long = await snapshot.answer(path, Question(count=Count.LONG_OVERDUE), rules())

    assert set(late.reasons) >= {"early", "still_open"}
    assert set(overdue.reasons) >= {"paused", "due_soon", "not_received"}
    assert set(received.reasons) == {"not_received", "void"}
    assert long.number + long.reasons["overdue"] == overdue.number
    assert long.number


async def test_who_owes_an_explanation_or_an_apology_is_late_and_may_have_ended(
    log: Log, tmp_path: Path
) -> None:
    path = tmp_path / "scoring.db"
    owed = await snapshot.answer(path, Question(count=Count.EXPLANATION_OWED), rules())
    overdue = await snapshot.answer(path, Question(count=Count.OVERDUE), rules())

    codes = {found.code for found in owed.counted}
    assert codes > {found.code for found in overdue.counted}
    assert {bool(end_of(found.state)) for found in owed.counted} == {True, False}


LEVELS = [
    ({"level": "department"}, {AGENCY, OTHER}),
    ({"level": "province"}, {"H44"}),
    ({"level": "commune"}, set()),
    ({"level": "department", "agency": AGENCY}, {AGENCY}),
    ({"level": "department", "agency": "H44"}, set()),
    ({"level": "department", "agency": "H44", "subtree": "1"}, {AGENCY, OTHER}),
]


@pytest.mark.parametrize(("asked", "agencies"), LEVELS)
def test_a_level_is_asked_by_its_agencies(asked: dict[str, str], agencies: set[str]) -> None:
    question, _ = question_of(
        "closed", asked, catalogue=CATALOGUE, known_agencies=(), month="2026-04"
    )

    assert question.agencies == frozenset(agencies)


async def test_early_on_time_and_late_are_all_that_closed(log: Log, tmp_path: Path) -> None:
    index, months = index_of(log), months_of("2026")
    parts = [
        number_of(index, Question(count=count, months=months)) or 0
        for count in (Count.EARLY, Count.ON_TIME, Count.LATE)
    ]

    assert sum(parts) == number_of(index, Question(count=Count.CLOSED, months=months))
    assert all(parts[::2])


async def test_the_counts_of_all_agencies_add_up(log: Log) -> None:
    report = report_of(index_of(log), "2026")

    assert report.total.received_count == sum(
        one.received_count for one in report.agencies.values()
    )
    assert report.total.received_count == report.total.closed_count + report.total.open_count


async def test_what_was_transferred_is_received_here_and_open_there(log: Log) -> None:
    report = report_of(index_of(log), "2026")
    here = report.agencies[AGENCY]

    assert here.received_count > here.open_count + here.closed_count


def test_an_agency_with_what_is_below_it() -> None:
    assert agencies_under(CATALOGUE, "H44", ()) == {"H44", AGENCY, OTHER}
    assert agencies_under(CATALOGUE, AGENCY, ("H44.01.02", "H44.011")) == {AGENCY, "H44.01.02"}


PERIODS = [
    ("2026-09", 1, "tháng 9/2026"),
    ("2026-Q3", 3, "quý III/2026"),
    ("2026-H1", 6, "6 tháng đầu năm 2026"),
    ("2026", 12, "năm 2026"),
]


@pytest.mark.parametrize(("period", "count", "name"), PERIODS)
def test_a_period_has_its_months_and_its_name(period: str, count: int, name: str) -> None:
    assert len(months_of(period)) == count
    assert period_name_vi(period) == name


@pytest.mark.parametrize("period", ["2026-13", "2026-Q5", "26-01", "2026-1", "2026-09\n", ""])
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(UnknownPeriodError):
        months_of(period)
