"""Times and numbers as a Vietnamese clerk writes them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.desk import formats

# 22 November 2026, 23:30:05 in Việt Nam: still the day before in UTC terms of the next civil day.
LATE = datetime(2026, 11, 22, 16, 30, 5, tzinfo=UTC)


def test_instants_are_shown_in_the_time_of_viet_nam() -> None:
    assert formats.moment(LATE) == "22/11/2026 23:30"
    assert formats.moment(LATE + timedelta(minutes=30)) == "23/11/2026 00:00"
    assert formats.moment_exact(LATE) == "22/11/2026 23:30:05"
    assert formats.clock_time(LATE) == "23:30:05"
    assert formats.day(date(2026, 1, 5)) == "05/01/2026"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        formats.moment(LATE.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 0, "0"),
        (999, 0, "999"),
        (1000, 0, "1.000"),
        (1234567, 0, "1.234.567"),
        (1234.5, 1, "1.234,5"),
        (-1234.56, 2, "−1.234,56"),
        (0.005, 2, "0,01"),
        (None, 0, "–"),
    ],
)
def test_numbers_have_dots_for_thousands_and_a_comma_for_decimals(
    value: float | None, digits: int, text: str
) -> None:
    assert formats.number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(17.86, "17,86"), (17.5, "17,5"), (18.0, "18"), (1200.0, "1.200"), (100, "100"), (None, "–")],
)
def test_points_have_no_needless_zeros(value: float | None, text: str) -> None:
    assert formats.plain_number(value) == text


def test_a_ratio_becomes_a_percentage_on_the_screen_only() -> None:
    assert formats.percent(0.9274, 2) == "92,74%"
    assert formats.percent(1) == "100,0%"
    assert formats.percent(0) == "0,0%"
    assert formats.percent(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "dưới 1 phút"),
        (59, "dưới 1 phút"),
        (60, "1 phút"),
        (3599, "59 phút"),
        (3600, "1 giờ"),
        (3 * 3600 + 20 * 60 + 59, "3 giờ 20 phút"),
        (86_400, "1 ngày"),
        (2 * 86_400 + 5 * 60, "2 ngày"),
        (2 * 86_400 + 3 * 3600 + 59 * 60, "2 ngày 3 giờ"),
        (None, "–"),
    ],
)
def test_a_duration_has_its_two_largest_units_when_they_are_neighbours(
    seconds: float | None, text: str
) -> None:
    assert formats.duration(seconds) == text


def test_the_due_instant_itself_is_not_yet_overdue() -> None:
    assert formats.time_left(LATE, LATE) == "còn dưới 1 phút"
    assert formats.time_left(LATE, LATE - timedelta(hours=3, minutes=20)) == "còn 3 giờ 20 phút"
    assert formats.time_left(LATE, LATE + timedelta(days=2, hours=3)) == "quá hạn 2 ngày 3 giờ"
    assert formats.time_left(None, LATE) == "–"


def test_what_happened_is_told_from_now() -> None:
    assert formats.ago(LATE - timedelta(minutes=5), LATE) == "5 phút trước"
    assert formats.ago(LATE - timedelta(seconds=59), LATE) == "vừa xong"
    assert formats.ago(LATE + timedelta(hours=1), LATE) == "sau 1 giờ"
    assert formats.ago(None, LATE) == "–"
