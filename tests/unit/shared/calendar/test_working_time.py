import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.calendar import Session, load_calendar
from tests.unit.shared.calendar import recount
from tests.unit.shared.calendar.builders import at, national, text_of

REPOSITORY = Path(__file__).resolve().parents[4]
TET_EPOCH = int(at("Wed 2025-01-29 00:00").timestamp())

epochs = st.integers(TET_EPOCH - 40 * 365 * 86_400, TET_EPOCH + 60 * 365 * 86_400)
spans = st.integers(0, 900 * 28_800)
known_minutes = st.datetimes(datetime(2024, 1, 2), datetime(2026, 11, 1)).map(  # noqa: DTZ001 - clock time of the recount
    lambda moment: moment.replace(second=0, microsecond=0)
)


@given(epochs, spans)
def test_adding_working_time_and_measuring_it_gives_it_back(epoch: int, seconds: int) -> None:
    later = national().add_working_epoch(epoch, seconds)

    assert national().working_seconds_between_epoch(epoch, later) == seconds


@given(epochs, spans)
def test_subtracting_working_time_and_measuring_it_gives_it_back(epoch: int, seconds: int) -> None:
    earlier = national().subtract_working_epoch(epoch, seconds)

    assert national().working_seconds_between_epoch(earlier, epoch) == seconds


@given(epochs, spans, spans)
def test_more_working_time_never_ends_earlier(epoch: int, one: int, other: int) -> None:
    less, more = sorted((one, other))

    assert national().add_working_epoch(epoch, less) <= national().add_working_epoch(epoch, more)


@given(epochs, epochs, spans)
def test_who_comes_later_is_never_due_earlier(one: int, other: int, seconds: int) -> None:
    first, second = sorted((one, other))
    calendar = national()

    assert calendar.add_working_epoch(first, seconds) <= calendar.add_working_epoch(second, seconds)


@given(epochs, spans, spans)
def test_two_limits_one_after_the_other_are_one_long_limit(
    epoch: int, first: int, second: int
) -> None:
    calendar = national()
    halfway = calendar.add_working_epoch(epoch, first)

    together = calendar.add_working_epoch(epoch, first + second)

    assert calendar.add_working_epoch(halfway, second) == together


@given(epochs, st.integers(0, 999_999), st.integers(-(10**6), 10**6))
def test_instants_and_epoch_seconds_give_the_same_answers(
    epoch: int, microsecond: int, seconds: int
) -> None:
    calendar = national()
    moment = datetime.fromtimestamp(epoch, UTC) + timedelta(microseconds=microsecond)

    added = calendar.add_working(moment, seconds)
    measured = calendar.working_seconds_between(moment, added)

    assert added.timestamp() == calendar.add_working_epoch(epoch, seconds)
    assert calendar.subtract_working(moment, -seconds) == added
    assert measured == seconds
    assert calendar.next_opening(moment).timestamp() == calendar.next_opening_epoch(epoch)
    assert added.tzinfo is UTC


@settings(max_examples=60)
@given(known_minutes, st.integers(1, 4_800))
def test_the_fast_count_is_the_minute_by_minute_count(start: datetime, minutes: int) -> None:
    received = at(f"{start:%a %Y-%m-%d %H:%M}")

    due = national().add_working(received, minutes * 60)

    assert text_of(due) == f"{recount.due(start, minutes):%a %Y-%m-%d %H:%M}"


@settings(max_examples=60)
@given(known_minutes, st.integers(0, 40_000))
def test_time_between_is_the_minute_by_minute_count(start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)

    measured = national().working_seconds_between(
        at(f"{start:%a %Y-%m-%d %H:%M}"), at(f"{end:%a %Y-%m-%d %H:%M}")
    )

    assert measured == 60 * recount.minutes_between(start, end)


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.integers(1, 600))
def test_shifting_by_working_days_lands_on_the_day_that_many_days_away(
    day: date, count: int
) -> None:
    calendar = national()

    later, earlier = (
        calendar.shift_working_days(day, count),
        calendar.shift_working_days(day, -count),
    )

    assert calendar.is_working_day(later)
    assert calendar.is_working_day(earlier)
    assert calendar.working_days_between(day, later) == count
    assert (
        calendar.working_days_between(earlier - timedelta(days=1), day - timedelta(days=1)) == count
    )


@given(st.dates(recount.FIRST_DAY, recount.LAST_DAY))
def test_every_day_is_worked_or_not_as_the_list_by_hand_says(day: date) -> None:
    assert national().is_working_day(day) is recount.is_worked(day)


def test_all_days_of_three_years_agree_with_the_list_by_hand() -> None:
    count = (recount.LAST_DAY - recount.FIRST_DAY).days + 1
    days = [recount.FIRST_DAY + timedelta(days=number) for number in range(count)]

    different = [day for day in days if national().is_working_day(day) != recount.is_worked(day)]

    assert different == []


OPENINGS = [
    ("Wed 2025-03-12 07:29", False, "Wed 2025-03-12 07:30"),
    ("Wed 2025-03-12 07:30", True, "Wed 2025-03-12 07:30"),
    ("Wed 2025-03-12 11:29", True, "Wed 2025-03-12 11:29"),
    ("Wed 2025-03-12 11:30", False, "Wed 2025-03-12 13:00"),
    ("Wed 2025-03-12 12:59", False, "Wed 2025-03-12 13:00"),
    ("Wed 2025-03-12 13:00", True, "Wed 2025-03-12 13:00"),
    ("Wed 2025-03-12 16:59", True, "Wed 2025-03-12 16:59"),
    ("Wed 2025-03-12 17:00", False, "Thu 2025-03-13 07:30"),
    ("Fri 2025-01-24 17:00", False, "Mon 2025-02-03 07:30"),
    ("Fri 2025-04-25 20:00", False, "Sat 2025-04-26 07:30"),
    ("Sat 2026-01-10 09:00", True, "Sat 2026-01-10 09:00"),
    ("Fri 2026-01-02 09:00", False, "Mon 2026-01-05 07:30"),
]


@pytest.mark.parametrize(("now", "is_open", "opening"), OPENINGS)
def test_the_office_is_open_from_each_opening_until_just_before_closing(
    now: str,
    is_open: bool,  # noqa: FBT001 - a column of the table
    opening: str,
) -> None:
    assert national().is_working_instant(at(now)) is is_open
    assert text_of(national().next_opening(at(now))) == opening


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2025, 4, 25), date(2025, 4, 26)),  # Friday, then a made-up Saturday
        (date(2025, 4, 26), date(2025, 4, 28)),  # Saturday, then Monday
        (date(2025, 4, 29), date(2025, 5, 5)),  # Tuesday, then Monday after 30/4 and 1/5
        (date(2025, 1, 28), date(2025, 2, 3)),  # inside Tết
        (date(2024, 2, 28), date(2024, 2, 29)),  # the leap day
        (date(2025, 12, 31), date(2026, 1, 5)),  # over the year's edge
    ],
)
def test_the_next_working_day_skips_what_is_off_and_keeps_what_is_made_up(
    day: date, following: date
) -> None:
    assert national().next_working_day(day) == following


def test_a_shift_of_zero_days_stays_where_it_is() -> None:
    tet = date(2025, 1, 29)

    assert national().shift_working_days(tet, 0) == tet


def test_a_due_date_lasts_until_five_in_the_afternoon_also_on_a_day_off() -> None:
    assert text_of(national().end_of_working_day(date(2025, 3, 12))) == "Wed 2025-03-12 17:00"
    assert text_of(national().end_of_working_day(date(2025, 1, 29))) == "Wed 2025-01-29 17:00"


def test_a_province_with_other_hours_counts_in_its_own_hours() -> None:
    hours = (Session(time(13, 30), time(17, 30)), Session(time(7, 0), time(11, 0)))
    summer = load_calendar(sessions=hours)

    due = summer.add_working(at("Mon 2025-03-10 10:00"), summer.working_day_seconds)

    assert text_of(due) == "Tue 2025-03-11 10:00"
    assert text_of(summer.end_of_working_day(date(2025, 3, 10))) == "Mon 2025-03-10 17:30"


def test_sessions_that_overlap_or_are_missing_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        load_calendar(sessions=(Session(time(7), time(12)), Session(time(11), time(17))))
    with pytest.raises(ValueError, match="at least one"):
        load_calendar(sessions=())
    with pytest.raises(ValueError, match="ends after it starts"):
        Session(time(12), time(12))


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = at("Mon 2025-03-10 10:00").replace(tzinfo=None)

    with pytest.raises(ValueError, match="naive"):
        national().add_working(naive, 1)


def test_the_host_zone_and_missing_zone_files_change_nothing() -> None:
    question = (
        "from datetime import datetime, UTC; from shared.calendar import load_calendar;"
        "print(load_calendar().add_working(datetime(2025, 4, 29, 9, tzinfo=UTC), 28800))"
    )
    elsewhere = {**os.environ, "TZ": "America/New_York", "PYTHONTZPATH": "", "LANG": "C"}

    answer = subprocess.run(
        [sys.executable, "-c", question],
        cwd=REPOSITORY,
        env=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout.strip() == "2025-05-05 09:00:00+00:00"
