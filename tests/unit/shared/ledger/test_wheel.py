"""What time will change, and when."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.wheel import NEVER, Wheel

PLANS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 30)), max_size=20)


def test_nothing_is_due_before_its_second_and_everything_in_it() -> None:
    wheel = Wheel()
    wheel.plan("early", 10)
    wheel.plan("late", 20)
    wheel.plan("also early", 10)

    assert list(wheel.due(9)) == []
    assert list(wheel.due(10)) == [(10, "early"), (10, "also early")]
    assert list(wheel.due(30)) == [(20, "late")]
    assert list(wheel.due(30)) == []


def test_never_is_not_planned() -> None:
    wheel = Wheel()

    wheel.plan("closed", NEVER)

    assert list(wheel.due(10**10)) == []


def test_a_key_planned_anew_while_others_are_taken_out_is_due_in_its_own_time() -> None:
    wheel = Wheel()
    wheel.plan("a", 1)
    wheel.plan("b", 1)

    taken = []
    for at, key in wheel.due(5):
        taken.append((at, key))
        wheel.plan(key, 6)

    assert taken == [(1, "a"), (1, "b")]
    assert sorted(wheel.due(6)) == [(6, "a"), (6, "b")]


def test_what_was_cleared_is_not_due() -> None:
    wheel = Wheel()
    wheel.plan("a", 1)

    wheel.clear()
    wheel.plan("b", 1)

    assert list(wheel.due(2)) == [(1, "b")]


@given(PLANS, st.lists(st.integers(0, 40), max_size=6))
def test_every_plan_comes_out_once_in_order_of_time(
    plans: list[tuple[str, int]], instants: list[int]
) -> None:
    wheel = Wheel()
    wanted: defaultdict[int, list[str]] = defaultdict(list)
    for key, at in plans:
        wheel.plan(key, at)
        wanted[at].append(key)

    found = [due for now in (*sorted(instants), 40) for due in wheel.due(now)]

    assert found == [(at, key) for at in sorted(wanted) for key in wanted[at]]
