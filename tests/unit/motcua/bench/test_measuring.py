import pytest

from motcua.bench.measuring import Goal, Spread, percentile, row, spread


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # The third round fell into somebody else's work: it weighs on both sides alike.
    one = row("r", "w", "u", ours=[80, 90, 20], yardstick=[10, 10, 2], yardstick_name="y")

    assert one.ratio == Spread(9.0, 8.0, 10.0, 3)
    assert one.ours == Spread(80, 20, 90, 3)


@pytest.mark.parametrize(
    ("goal", "met", "missed"),
    [(Goal(at_least=8), 8.0, 7.99), (Goal(at_most=0.02), 0.02, 0.021)],
)
def test_a_goal_is_met_on_its_bound(goal: Goal, met: float, missed: float) -> None:
    assert row("r", "w", "u", ours=[met], yardstick=[1.0], goal=goal).met is True
    assert row("r", "w", "u", ours=[missed], yardstick=[1.0], goal=goal).met is False


def test_without_a_yardstick_the_figure_itself_is_judged() -> None:
    one = row("hold", "w", "ms", ours=[3.0, 30.0, 4.0], goal=Goal(at_most=20))

    assert (one.ratio, one.met) == (None, True)


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    one = row("later", "w", "u", ours=(), yardstick_name="y", goal=Goal(at_least=5), note="chưa có")

    assert (one.ours, one.ratio, one.met) == (None, None, None)


def test_a_round_whose_yardstick_took_nothing_has_no_ratio() -> None:
    assert row("r", "w", "u", ours=[1, 4], yardstick=[0, 2]).ratio == Spread(2.0, 2.0, 2.0, 1)


def test_nothing_has_no_spread() -> None:
    assert spread([]) is None


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(n) for n in range(1, 101)]

    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert percentile([], 0.5) == 0
