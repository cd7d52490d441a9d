"""The plans' targets: dates, scopes, and "more than" against "at least"."""

from datetime import date

import pytest

from shared.catalogue.model import Level
from shared.rules.targets import Comparison, Target, chosen, plans


def _target(comparison: Comparison, threshold: float = 0.2) -> Target:
    return Target(
        key="k", vi="v", threshold=threshold, comparison=comparison, scope=(Level.PROVINCE,),
        effective_from=date(2024, 1, 8), effective_to=date(2024, 12, 15), period="2024", source="s",
    )  # fmt: skip


def test_all_five_plans_are_shipped_with_every_target() -> None:
    counts = {plan.id: len(plan.target) for plan in plans().values()}

    assert counts == {
        "son-dong-2024": 12,
        "bac-giang-2019": 2,
        "tay-son-2023": 6,
        "bac-giang-2024": 20,
        "binh-dinh-2019": 0,
    }
    assert len(plans()["binh-dinh-2019"].open_target) == 2


@pytest.mark.parametrize(
    ("comparison", "numerator", "met"),
    [
        (Comparison.AT_LEAST, 200, True),
        (Comparison.AT_LEAST, 199, False),
        (Comparison.MORE_THAN, 200, False),
        (Comparison.MORE_THAN, 201, True),
    ],
)
def test_both_sides_of_a_threshold(comparison: Comparison, numerator: int, *, met: bool) -> None:
    assert _target(comparison).is_met(numerator, 1000) is met


def test_nothing_measured_is_neither_met_nor_missed() -> None:
    assert _target(Comparison.AT_LEAST).is_met(0, 0) is None


@pytest.mark.parametrize(
    ("first", "last", "binds"),
    [
        (date(2023, 12, 1), date(2024, 1, 7), False),  # Sunday, the day before it begins
        (date(2024, 1, 1), date(2024, 1, 8), True),
        (date(2024, 12, 14), date(2024, 12, 31), True),
        (date(2024, 12, 15), date(2024, 12, 31), False),  # "trước 15/12/2024"
    ],
)
def test_a_target_binds_every_period_that_overlaps_its_dates(
    first: date, last: date, *, binds: bool
) -> None:
    assert _target(Comparison.AT_LEAST).overlaps(first, last) is binds


def test_a_district_target_does_not_bind_a_department() -> None:
    plan = plans()["son-dong-2024"]
    year = (date(2024, 1, 1), date(2024, 12, 31))

    assert plan.in_force(Level.DISTRICT, *year)
    assert not plan.in_force(Level.DEPARTMENT, *year)


def test_an_unknown_plan_is_named_beside_the_known_ones() -> None:
    with pytest.raises(KeyError, match="bac-giang-2024"):
        chosen(["no-such-plan"])
