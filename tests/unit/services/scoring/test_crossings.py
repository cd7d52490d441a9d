"""When it is said that an agency fell under a target, or reached it, and when it is not."""

import pytest

from services.scoring.domain.closing import Settling
from services.scoring.domain.crossings import TargetState, Why, all_met, crossing, ending

TODAY, YESTERDAY = 20_500, 20_499
UNDER = TargetState(is_met=False, unmet_on=YESTERDAY)
BACK = TargetState(is_met=True, unmet_on=YESTERDAY, met_on=YESTERDAY)


@pytest.mark.parametrize(
    ("said", "is_met", "why"),
    [
        (None, True, Why.AS_SAID),  # whoever always met it has crossed nothing
        (None, False, Why.CROSSED),
        (None, None, Why.NOT_MEASURED),
        (UNDER, False, Why.AS_SAID),
        (UNDER, True, Why.CROSSED),
        (UNDER, None, Why.NOT_MEASURED),  # a new year with nothing in it yet settles nothing
        (BACK, True, Why.AS_SAID),
        (BACK, False, Why.CROSSED),
        (TargetState(is_met=True, unmet_on=TODAY, met_on=TODAY), False, Why.SAID_TODAY),
        (TargetState(is_met=False, unmet_on=TODAY), True, Why.CROSSED),
        (TargetState(is_met=False, unmet_on=TODAY, met_on=TODAY), True, Why.SAID_TODAY),
    ],
)
def test_a_crossing_is_said_when_it_is_new_and_once_a_day_each_way(
    said: TargetState | None,
    is_met: bool | None,  # noqa: FBT001 - a row of the table
    why: Why,
) -> None:
    assert crossing(said, TODAY, is_met=is_met) is why


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (UNDER, Why.NO_LONGER_DEMANDED),
        (BACK, Why.AS_SAID),
        (TargetState(is_met=False, unmet_on=TODAY, met_on=TODAY), Why.SAID_TODAY),
    ],
)
def test_a_target_that_ends_unmet_is_told_once(said: TargetState, why: Why) -> None:
    assert ending(said, TODAY) is why


def test_two_targets_of_one_plan_are_met_together_or_not_at_all() -> None:
    assert all_met([True, None, True]) is True
    assert all_met([True, False]) is False
    assert all_met([None, None]) is None


def test_a_ratio_that_goes_up_and_down_is_waited_for_until_it_stands_still() -> None:
    settling = Settling(quiet_seconds=30, patience_seconds=180)

    looks = [(0, "unmet"), (20, "unmet"), (40, "met"), (50, "unmet"), (79, "unmet"), (80, "unmet")]
    seen = [settling.is_settled("a", mark, at) for at, mark in looks]

    assert seen == [False, False, False, False, False, True]
    settling.forget("a")
    assert not settling.is_settled("a", "unmet", 90)
