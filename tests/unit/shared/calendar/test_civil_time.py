from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import civil_time

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
moments = st.datetimes(datetime(1976, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone


@given(moments)
def test_the_fixed_offset_is_the_zone_database(moment: datetime) -> None:
    by_database = moment.astimezone(ZONE)

    assert civil_time.civil_day(moment) == by_database.date()
    assert moment.astimezone(civil_time.HO_CHI_MINH).replace(tzinfo=None) == by_database.replace(
        tzinfo=None
    )


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_a_day_its_number_and_its_midnight_name_the_same_day(day: date) -> None:
    midnight = civil_time.midnight_epoch(day)

    assert civil_time.day_of_number(civil_time.epoch_day(day)) == day
    assert civil_time.day_of_epoch(midnight) == day
    assert civil_time.day_of_epoch(midnight - 1) == day - timedelta(days=1)


def test_the_day_in_viet_nam_begins_at_five_in_the_afternoon_utc() -> None:
    before = datetime(2025, 3, 11, 16, 59, 59, tzinfo=UTC)
    after = datetime(2025, 3, 11, 17, 0, tzinfo=UTC)

    assert civil_time.civil_day(before) == date(2025, 3, 11)
    assert civil_time.civil_day(after) == date(2025, 3, 12)
    assert civil_time.civil_instant(date(2025, 3, 12), time(0)) == after


def test_day_zero_is_the_first_of_january_1970() -> None:
    assert civil_time.epoch_day(date(1970, 1, 1)) == 0


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_a_month_ends_with_its_last_day(day: date, months: int, then: date) -> None:
    assert civil_time.months_later(day, months) == then
