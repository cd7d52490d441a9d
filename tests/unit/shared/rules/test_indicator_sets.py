"""The portal's own figures, reproduced to the second decimal, and the rules around them."""

import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.score_command import Measures, Unit, scored
from shared.catalogue.model import Level
from shared.rules import points
from shared.rules.indicator_sets import load_set
from shared.rules.points import Flag, Measure

GOLDEN = tomllib.loads(
    (Path(__file__).parents[3] / "golden" / "portal_2026.toml").read_text(encoding="utf-8"),
    parse_float=Decimal,
)
RULES = load_set("portal-2026")


def _unit(row: dict[str, Any]) -> Unit:
    measures = {
        name: Measure(points=Decimal(one["points"]))
        if one.get("points_only")
        else Measure(one["num"], one["den"])
        for name, one in row["components"].items()
    }
    groups = {code: Decimal(p) for code, p in row.get("published_group_points", {}).items()}
    return Unit(
        code=row["code"], level=Level(row["level"]), measures=measures, reported_groups=groups
    )


OUT = {
    unit["code"]: unit
    for unit in scored(
        Measures(period="2026", units=[_unit(row) for row in GOLDEN["unit"]]), RULES
    )["units"]
}


@pytest.mark.parametrize("row", GOLDEN["unit"], ids=lambda row: row["code"])
def test_every_published_figure_of_a_unit_is_reproduced(row: dict[str, Any]) -> None:
    got = OUT[row["code"]]

    for name, one in row["components"].items():
        assert Decimal(got["components"][name]["points"]) == Decimal(one["points"]), name
    assert {k: Decimal(v) for k, v in got["groups"].items()} == {
        k: Decimal(v) for k, v in row["groups"].items()
    }
    assert Decimal(got["total"]) == Decimal(row["total"])


def test_the_set_adds_up_to_a_hundred_points() -> None:
    for group in RULES.group:
        assert sum(c.max for c in RULES.component if c.group == group.code) == group.max
    assert sum(group.max for group in RULES.group) == RULES.total_max


@pytest.mark.parametrize(
    ("component", "numerator", "denominator", "expected"),
    [
        ("5.2", 0, 0, "6.00"),
        ("5.3", 0, 0, "6.00"),
        ("5.2", 0, 4, "0.00"),
        ("5.4", 0, 0, "0.00"),
        ("3.6", 0, 0, "0.00"),
        ("3.5a", 0, 0, "0.00"),
        ("3.3", 1, 2, "6.00"),
        ("3.3", 9, 10, "6.00"),
        ("3.1", 4, 5, "2.00"),
        ("1.4", 12, 10, "6.00"),
        ("2.1", 1, 8, "2.50"),
        ("4.1", 1, 1200, "0.01"),  # 0.005 exactly: half up
    ],
)
def test_limits_and_empty_denominators(
    component: str, numerator: int, denominator: int, expected: str
) -> None:
    rule = next(one for one in RULES.component if one.id == component)

    assert str(points.points(rule, Measure(numerator, denominator), 2).points) == expected


def test_nothing_measured_is_no_data_and_not_a_ratio_of_zero() -> None:
    rule = next(one for one in RULES.component if one.id == "2.1")

    got = points.points(rule, Measure(), 2)

    assert (got.ratio, got.flag) == (None, Flag.NO_DATA)


def test_a_unit_inherits_the_announcement_indicators_of_its_province() -> None:
    got = points.score(RULES, {"1.1": Measure(1, 1)}, province={"1.1": Measure(1, 2)})

    assert got.components["1.1"].points == Decimal("3.00")
    assert got.components["1.1"].flag is Flag.INHERITED


def test_ties_share_a_rank_and_the_next_one_is_skipped() -> None:
    totals = {"a": Decimal(9), "b": Decimal(7), "c": Decimal(7), "d": Decimal(5), "e": None}

    assert points.ranks(totals) == {"a": 1, "b": 2, "c": 2, "d": 4, "e": None}


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_points_grow_with_the_numerator_and_stay_within_the_maximum(n: int, d: int) -> None:
    for rule in RULES.component:
        one = points.points(rule, Measure(n, d), 2).points
        more = points.points(rule, Measure(n + 1, d), 2).points
        assert Decimal(0) <= one <= more <= rule.max


@given(st.integers(0, 10**6))
def test_rounding_is_half_up_to_the_last_digit(thousandths: int) -> None:
    got = points.rounded(Fraction(thousandths, 1000), 2)

    assert got == Decimal((thousandths + 5) // 10) / 100
