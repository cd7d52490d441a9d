"""The report of a period: judged at its end, the same whenever it is drawn up, in every form."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from openpyxl import load_workbook

from services.scoring.domain.closing import (
    PeriodState,
    Settling,
    closes_at,
    end_of_period,
    ended_last,
)
from services.scoring.domain.period_report import PeriodReport, target_summaries
from services.scoring.drawing import Drawn, draw, target_results
from services.scoring.ledger import ScoringProjection
from services.scoring.past import Place, scores
from services.scoring.report_files import csv_body, json_body, xlsx_body
from services.scoring.report_reading import ReportView
from shared.calendar.civil_time import instant_of
from shared.events import dossier as d
from shared.events.alert import IndicatorCorrected, IndicatorPeriodClosed
from shared.events.envelope import Fact
from shared.rules.targets import plans

from .builders import AGENCY, CATALOGUE, OTHER, Log, at, epoch, rules, told

PLANS = tuple(plans().values())
MARCH, APRIL = "2026-03", "2026-04"
CODES = {name: f"H44.01-260302-{n:04d}" for n, name in enumerate(
    ("late", "early", "overdue", "waiting", "paused"), start=1)}  # fmt: skip


def dossier(name: str, *happened: tuple[d.DossierEvent, str]) -> list[Fact]:
    code = CODES[name]
    return [told(event, when, number=n, code=code) for n, (event, when) in enumerate(happened)]


def intake(due: str, agency: str = AGENCY) -> d.DossierReceived:
    return d.DossierReceived(agency_code=agency, procedure_code="1.000001", due_at=at(due))


def march() -> list[Fact]:
    """One dossier of each kind in March 2026; what came of some of them in April."""
    done = d.DossierResolved(agency_code=AGENCY)
    return [
        *dossier("late", (intake("2026-03-06 17:00"), "2026-03-02 09:00"),
                 (done, "2026-03-10 10:00"),
                 (d.DossierApologised(agency_code=AGENCY), "2026-03-11 08:00")),
        *dossier("early", (intake("2026-03-06 17:00"), "2026-03-02 09:00"),
                 (done, "2026-03-04 10:00")),
        *dossier("overdue", (intake("2026-03-30 17:00", OTHER), "2026-03-20 09:00"),
                 (d.DossierResolved(agency_code=OTHER), "2026-04-02 09:00")),
        *dossier("waiting", (intake("2026-04-10 17:00"), "2026-03-31 09:00"),
                 (done, "2026-04-20 09:00")),
        *dossier("paused", (intake("2026-03-27 17:00"), "2026-03-20 09:00"),
                 (d.DossierSuspended(agency_code=AGENCY), "2026-03-26 09:00"),
                 (d.DossierResumed(agency_code=AGENCY), "2026-04-06 09:00")),
    ]  # fmt: skip


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    made = Log(tmp_path / "scoring.db")
    await made.take(march(), epoch("2026-05-04 09:00"))
    made.fold.commit()
    yield made
    made.store.close()


def place(folder: Path) -> Place:
    return Place(path=folder / "scoring.db", catalogue=CATALOGUE, rules=rules())


def drawn(folder: Path, period: str = MARCH, when: str = "2026-05-04 09:00") -> Drawn:
    return draw(place(folder), period, PLANS, epoch(when))


async def test_a_report_that_ended_stands_as_of_its_last_second(log: Log, tmp_path: Path) -> None:
    report = drawn(tmp_path).report
    here, there = report.agencies[AGENCY], report.agencies[OTHER]

    assert report.total.received_count == 5
    assert (here.closed["early"], here.closed["late"], there.closed_count) == (1, 1, 0)
    # Resolved in April, yet open and overdue when March ended; and paused until April.
    assert there.open_at_end == {"not_due": 0, "due_soon": 0, "overdue": 1, "paused": 0}
    assert here.open_at_end == {"not_due": 1, "due_soon": 0, "overdue": 0, "paused": 1}
    assert (here.owed["explanation"], here.owed["apology"]) == (1, 0)
    assert (there.owed["explanation"], there.owed["apology"]) == (1, 1)


async def test_the_day_of_asking_changes_nothing_once_a_period_ended(
    log: Log, tmp_path: Path
) -> None:
    first = drawn(tmp_path, when="2026-04-01 00:00")

    log.fold.advance(epoch("2027-01-04 09:00"))
    log.fold.commit()

    assert drawn(tmp_path, when="2027-01-04 09:00").canonical == first.canonical
    assert drawn(tmp_path, APRIL).sha256 != first.sha256
    assert drawn(tmp_path, when="2026-03-31 23:00").sha256 != first.sha256


async def test_late_dossiers_are_named_by_code_with_their_working_days(
    log: Log, tmp_path: Path
) -> None:
    report = drawn(tmp_path).report
    late = {one.code: one for one in report.late_dossiers}

    # Friday 17:00 to Tuesday 10:00: Monday and a begun Tuesday.
    assert (late[CODES["late"]].state, late[CODES["late"]].late_working_days) == ("late", 2)
    assert late[CODES["late"]].owes == ["explanation"]
    assert (late[CODES["overdue"]].state, late[CODES["overdue"]].ended_at) == ("overdue", None)
    assert late.keys() == {CODES["late"], CODES["overdue"]}
    assert [one.agency for one in report.late_units] == [AGENCY, OTHER]


async def test_points_and_ratios_are_those_of_the_score_page(log: Log, tmp_path: Path) -> None:
    report = drawn(tmp_path).report
    past = await scores(place(tmp_path), MARCH)

    for (code, _), unit in past.book.units.items():
        row = report.total if code == "H44" else report.agencies[code]
        assert row.total_points == (str(unit.score.total) if unit.score else None)
        for one, known in unit.measures.items():
            if known.measure.denominator and not one.startswith("late_dossiers"):
                told_of = row.indicators[one]
                assert (told_of.numerator, told_of.denominator) == (
                    known.measure.numerator, known.measure.denominator,
                )  # fmt: skip
    assert Decimal(report.total.total_points or 0) > 0


async def test_one_agency_is_a_part_of_the_whole(log: Log, tmp_path: Path) -> None:
    whole = drawn(tmp_path).report
    part = whole.of(OTHER, {OTHER}, is_province=False)

    assert list(part.agencies) == [OTHER]
    assert part.total.received_count == 1
    assert part.total.indicators == whole.agencies[OTHER].indicators
    assert [one.code for one in part.late_dossiers] == [CODES["overdue"]]


async def test_targets_stand_beside_what_was_reached(log: Log, tmp_path: Path) -> None:
    report = drawn(tmp_path).report
    rows = {"H44": report.total, **report.agencies}
    found = target_results(PLANS, CATALOGUE, rows, MARCH, date(2024, 6, 1))
    on_time = [one for one in found if one.indicator == "dossiers_on_time"]

    assert {one.plan for one in on_time} == {"bac-giang-2024"}
    assert {one.met for one in on_time if one.agency == AGENCY} == {False}


def view_of(made: Drawn) -> ReportView:
    return ReportView(
        report=made.report, canonical=made.canonical, sha256=made.sha256, position=made.position,
        as_of=made.as_of, is_ended=True, number=None, figures=(), open_now={},
        targets=made.report.targets,
    )  # fmt: skip


async def test_every_form_says_the_same_numbers(log: Log, tmp_path: Path) -> None:
    made = drawn(tmp_path)
    view = view_of(made)
    said = msgspec.json.decode(json_body(view))
    book = load_workbook(io.BytesIO(xlsx_body(view, {AGENCY: "Sở Xây dựng"}, {})))
    summary = {row[0].value: row for row in book["Tổng hợp"].iter_rows(min_row=3)}

    assert book.sheetnames == [
        "Tổng hợp", "Chỉ số", "Chỉ tiêu", "Đơn vị trễ", "Hồ sơ trễ", "Không qua bưu chính",
    ]  # fmt: skip
    assert summary[AGENCY][1].value == "Sở Xây dựng"
    assert summary[AGENCY][2].value == made.report.agencies[AGENCY].received_count
    assert summary[None][2].value == said["total"]["received"]["direct"] == 5
    late = [row[0].value for row in book["Hồ sơ trễ"].iter_rows(min_row=2)]
    assert late == [one["code"] for one in said["late_dossiers"]]
    units = [row[0].value for row in book["Không qua bưu chính"].iter_rows(min_row=2)]
    rows = list(csv.DictReader(io.StringIO(csv_body(view).decode("utf-8-sig"))))
    none_by_post = {row["agency_code"] for row in rows if row["without_post"] == "1"}
    assert units == said["without_post"]
    assert set(units) == none_by_post - {"TOTAL"} != set()
    assert len(csv_body(view).decode().strip().splitlines()) == 2 + len(made.report.agencies)
    assert said["state"] == "ended"
    for one in said["agencies"]:
        assert {"received", "closed", "open", "indicators", "groups", "total_points"} <= one.keys()


async def test_the_bytes_give_the_report_back_in_every_form(log: Log, tmp_path: Path) -> None:
    made = drawn(tmp_path)
    back = msgspec.json.decode(made.canonical, type=PeriodReport)
    read = structs.replace(view_of(made), report=back)

    assert back == made.report
    assert csv_body(read) == csv_body(view_of(made))
    assert cells_of(read) == cells_of(view_of(made))


def cells_of(view: ReportView) -> list[tuple[object, ...]]:
    book = load_workbook(io.BytesIO(xlsx_body(view, {}, {})))
    return [row for sheet in book for row in sheet.iter_rows(values_only=True)]


async def test_a_target_is_summed_up_over_the_agencies_it_binds(log: Log, tmp_path: Path) -> None:
    report = drawn(tmp_path).report
    rows = {"H44": report.total, **report.agencies}
    results = target_results(PLANS, CATALOGUE, rows, MARCH, date(2024, 6, 1))
    summed = target_summaries(results, "H44")

    assert sum(one.met + one.missed + one.unmeasured for one in summed) == len(
        [one for one in results if one.agency != "H44"]
    )
    assert len({(one.plan, one.vi, one.threshold) for one in summed}) == len(summed)


async def test_the_fingerprint_moves_with_the_facts_of_its_months_alone(
    log: Log, tmp_path: Path
) -> None:
    before = drawn(tmp_path).fingerprint
    later = told(intake("2026-05-20 17:00"), "2026-05-04 09:00", code="H44.01-260504-0001")
    await log.take([later], epoch("2026-05-04 09:01"))
    log.fold.commit()
    assert drawn(tmp_path).fingerprint == before

    belated = told(intake("2026-03-20 17:00"), "2026-03-04 09:00", code="H44.01-260304-0001")
    await log.take([belated], epoch("2026-05-04 09:02"))
    log.fold.commit()
    assert drawn(tmp_path).fingerprint != before


LAST = [
    ("2026-11", ("2026-10", "2026-Q3", "2026-H1", "2025")),
    ("2026-07", ("2026-06", "2026-Q2", "2026-H1", "2025")),
    ("2026-06", ("2026-05", "2026-Q1", "2025-H2", "2025")),
    ("2027-01", ("2026-12", "2026-Q4", "2026-H2", "2026")),
]


@pytest.mark.parametrize(("month", "ended"), LAST)
def test_the_periods_that_ended_last(month: str, ended: tuple[str, ...]) -> None:
    assert ended_last(month) == ended


# What ends, the grace in working days, when it may be closed: civil time of Viet Nam.
CLOSING = [
    ("2026-03", 0.0, "2026-04-01 00:00"),
    ("2026-03", 1.0, "2026-04-01 17:00"),  # a Wednesday
    ("2026-10", 1.0, "2026-11-02 17:00"),  # 31 October is a Saturday
    ("2026-Q1", 0.0, "2026-04-01 00:00"),
    ("2026-H1", 0.0, "2026-07-01 00:00"),
    ("2025", 0.0, "2026-01-01 00:00"),
]


@pytest.mark.parametrize(("period", "grace", "when"), CLOSING)
def test_a_period_closes_when_its_grace_is_over(period: str, grace: float, when: str) -> None:
    assert instant_of(closes_at(period, rules().calendar, grace)) == at(when)


def test_what_was_published_of_a_period_stays_what_it_was() -> None:
    closed = IndicatorPeriodClosed(agency_code="H44", period=MARCH, digest="a" * 64, position=9)
    other = IndicatorPeriodClosed(agency_code="H44", period=MARCH, digest="b" * 64, position=12)
    corrected = IndicatorCorrected(
        agency_code="H44", period=MARCH, digest="c" * 64, position=15, number=1
    )
    projection = ScoringProjection(rules(), "test")
    state = None
    for n, event in enumerate((closed, other, corrected)):
        fact = told(event, "2026-04-01 00:00", number=n, code=f"H44/{MARCH}")
        assert projection.keys_of(fact) == (f"indicator/H44/{MARCH}",)
        state = projection.step(state, fact, f"indicator/H44/{MARCH}")

    assert isinstance(state, PeriodState)
    assert [(one.number, one.digest[0], one.position) for one in state.figures] == [
        (0, "a", 9), (1, "c", 15),
    ]  # fmt: skip
    assert end_of_period(MARCH) == epoch("2026-04-01 00:00")


def test_what_moves_is_waited_for_but_not_for_ever() -> None:
    settling = Settling(60, 600)

    assert not settling.is_settled(MARCH, "a", 0)
    assert not settling.is_settled(MARCH, "b", 59)
    assert not settling.is_settled(MARCH, "b", 118)
    assert settling.is_settled(MARCH, "b", 119)
    assert settling.is_settled(MARCH, "c", 600)
