from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from shared.calendar.open_axis import OpenAxis

WEEK = 10
ORDINARY = [(1, 3), (6, 9)]  # five of ten units are open
FAR = 15 * WEEK


@st.composite
def tables(draw: st.DrawFn) -> tuple[OpenAxis, set[int]]:
    """An axis with an ordinary week at both ends, and every open unit within FAR of it."""
    weeks = draw(st.integers(3, 6))
    middle = draw(st.sets(st.integers(WEEK, (weeks - 1) * WEEK - 1)))
    edges = {unit for start in (0, (weeks - 1) * WEEK) for unit in _week_units(start)}
    inside = edges | middle
    axis = OpenAxis(
        [(unit, unit + 1) for unit in sorted(inside)], first=0, last=weeks * WEEK, week=WEEK
    )
    before = {unit for start in range(-FAR, 0, WEEK) for unit in _week_units(start)}
    after = {
        unit
        for start in range(weeks * WEEK, weeks * WEEK + FAR, WEEK)
        for unit in _week_units(start)
    }
    return axis, before | inside | after


def _week_units(start: int) -> Iterator[int]:
    for opening, closing in ORDINARY:
        yield from range(start + opening, start + closing)


@given(tables(), st.integers(-60, 120), st.integers(-60, 120))
def test_what_is_open_between_two_points_is_what_a_finger_counts(
    table: tuple[OpenAxis, set[int]], one: int, other: int
) -> None:
    axis, units = table
    start, end = sorted((one, other))

    counted = axis.open_before(end) - axis.open_before(start)

    assert counted == sum(start <= unit < end for unit in units)


@given(tables(), st.integers(-60, 100), st.integers(1, 40))
def test_the_earliest_point_ends_the_last_unit_counted(
    table: tuple[OpenAxis, set[int]], start: int, count: int
) -> None:
    axis, units = table
    following = sorted(unit for unit in units if unit >= start)

    assert axis.earliest(axis.open_before(start) + count) == following[count - 1] + 1


@given(tables(), st.integers(-60, 120), st.integers(0, 40))
def test_the_latest_point_begins_the_first_unit_not_counted(
    table: tuple[OpenAxis, set[int]], end: int, count: int
) -> None:
    axis, units = table
    following = sorted(unit for unit in units if unit >= end)
    preceding = sorted((unit for unit in units if unit < end), reverse=True)
    expected = following[0] if count == 0 else preceding[count - 1]

    assert axis.latest(axis.open_before(end) - count) == expected
