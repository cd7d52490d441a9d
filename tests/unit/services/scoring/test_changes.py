"""What became of a unit since the period before, and its months as a line."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.scoring.changes import NONE, Change, change_of, said, trend_of
from services.scoring.domain.period_report import PeriodReport, Row, without_post
from services.scoring.domain.periods import UnknownPeriodError, period_before
from services.scoring.domain.scores import Unit
from services.scoring.score_reading import Scored
from shared.rules.indicator_sets import load_set
from shared.rules.points import UnitScore

SET = load_set("portal-2026")


def unit(total: str | None, rules: str = SET.id) -> Unit:
    score = None
    if total is not None:
        score = UnitScore({}, {}, frozenset(), Decimal(total), "")
    return Unit(measures={}, score=score, differences={}, rules=rules)


def scored(period: str, totals: dict[str, str | None], places: dict[str, int]) -> Scored:
    return Scored(
        period=period, as_of=datetime(2026, 11, 2, tzinfo=UTC), position=1, rules=SET,
        units={code: unit(total) for code, total in totals.items()},
        ranks={(code, "commune"): place for code, place in places.items()},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("period", "before"),
    [
        ("2026", "2025"), ("2026-H1", "2025-H2"), ("2026-H2", "2026-H1"), ("2026-Q1", "2025-Q4"),
        ("2026-Q3", "2026-Q2"), ("2026-01", "2025-12"), ("2026-10", "2026-09"),
    ],
)  # fmt: skip
def test_the_period_before_is_as_long_and_ended_when_this_one_began(
    period: str, before: str
) -> None:
    assert period_before(period) == before


def test_what_is_no_period_has_none_before() -> None:
    with pytest.raises(UnknownPeriodError):
        period_before("2026-13")


def test_points_won_and_places_climbed_are_above_zero() -> None:
    now = scored("2026-11", {"A": "66.28", "B": None}, {"A": 2})
    before = scored("2026-10", {"A": "65.54", "B": "60.00"}, {"A": 10, "B": 11})

    assert change_of("A", "commune", now, before) == Change(points=Decimal("0.74"), places=8)
    assert change_of("B", "commune", now, before) == NONE
    assert change_of("C", "commune", now, before) == NONE
    assert change_of("A", "commune", now, None) == NONE


def test_a_trend_is_a_line_through_the_months_that_have_points() -> None:
    trend = trend_of([("2026-09", unit("0")), ("2026-10", unit(None)), ("2026-11", unit("100"))])

    assert trend.line == "0.0,40.0 220.0,0.0"
    assert [month for month, _ in trend.known] == ["2026-09", "2026-11"]
    assert trend_of([]).line == ""


def test_a_trend_leaves_out_the_months_that_another_set_judged() -> None:
    trend = trend_of(
        [("2026-08", unit("90", "old")), ("2026-09", unit("50")), ("2026-10", unit("60"))]
    )

    assert trend.known == [("2026-09", Decimal(50)), ("2026-10", Decimal(60))]
    assert trend.line == "110.0,20.0 220.0,16.0"


def test_targets_are_counted_by_what_became_of_them() -> None:
    assert said({True: 2, None: 1}) == {"met": 2, "missed": 0, "unmeasured": 1}


def test_units_without_a_postal_dossier_are_those_that_received_some() -> None:
    some, none, idle = Row(), Row(), Row()
    some.received["postal"], some.postal["either"] = 2, 2
    none.received["direct"] = 3
    report = PeriodReport(
        period="2026-Q1", agency=None, rules=None, total=Row(), targets=[], late_units=[],
        agencies={"A": some, "B": none, "C": idle}, late_dossiers=[],
    )  # fmt: skip

    assert without_post(report) == ["B"]
