from datetime import date

import pytest

from shared.calendar import DayReason
from tests.unit.shared.calendar.builders import national

STATUSES = [
    (date(2025, 3, 12), True, DayReason.WORKDAY, "Thứ Tư"),
    (date(2025, 3, 15), False, DayReason.WEEKEND, "Thứ Bảy"),
    (date(2025, 3, 16), False, DayReason.WEEKEND, "Chủ nhật"),
    (date(2025, 1, 29), False, DayReason.HOLIDAY, "Tết Nguyên Đán"),
    (date(2025, 2, 1), False, DayReason.HOLIDAY, "Mùng bốn Tết Nguyên Đán"),
    (date(2025, 4, 26), True, DayReason.MAKE_UP_DAY, "Ngày làm bù"),
    (date(2025, 5, 2), False, DayReason.DECLARED_OFF, "Ngày nghỉ (thay cho ngày 26/04/2025)"),
    (date(2026, 1, 10), True, DayReason.MAKE_UP_DAY, "Làm bù cho thứ Sáu 02/01/2026"),
    (date(2026, 4, 27), False, DayReason.HOLIDAY, "Ngày Giỗ Tổ Hùng Vương (nghỉ bù)"),
    (date(2026, 8, 22), True, DayReason.MAKE_UP_DAY, "Ngày làm bù"),
    (date(2026, 11, 24), False, DayReason.HOLIDAY, "Ngày Văn hóa Việt Nam"),
    # The years before and after the override table follow the library.
    (date(2012, 1, 27), False, DayReason.DECLARED_OFF, "Ngày nghỉ (thay cho ngày 04/02/2012)"),
    (date(2012, 2, 4), True, DayReason.MAKE_UP_DAY, "Ngày làm bù"),
    (date(2018, 12, 31), False, DayReason.DECLARED_OFF, "Ngày nghỉ (thay cho ngày 05/01/2019)"),
    (date(2023, 1, 20), False, DayReason.HOLIDAY, "29 Tết"),
    (date(2030, 5, 1), False, DayReason.HOLIDAY, "Ngày Quốc tế Lao động"),
    # The swap of 31/12/2018 was repaid in the year after: the library notes it under 2018.
    (date(2019, 1, 5), True, DayReason.MAKE_UP_DAY, "Ngày làm bù"),
    # Before and after the loaded years only weekends are known.
    (date(1999, 9, 2), True, DayReason.OUTSIDE_CALENDAR, "Thứ Năm"),
    (date(2041, 1, 1), True, DayReason.OUTSIDE_CALENDAR, "Thứ Ba"),
    (date(2041, 1, 5), False, DayReason.OUTSIDE_CALENDAR, "Thứ Bảy"),
]


@pytest.mark.parametrize(("day", "is_working", "reason", "name"), STATUSES)
def test_a_day_says_whether_it_is_worked_and_why(
    day: date,
    is_working: bool,  # noqa: FBT001 - a column of the table
    reason: DayReason,
    name: str,
) -> None:
    status = national().day_status(day)

    assert (status.is_working, status.reason, status.name_vi) == (is_working, reason, name)
    assert national().is_working_day(day) is is_working


@pytest.mark.parametrize(
    ("day", "is_provisional"),
    [
        (date(2026, 11, 23), False),
        (date(2026, 11, 24), True),  # assumed row
        (date(2026, 11, 25), False),
        (date(2026, 12, 31), False),
        (date(2027, 1, 1), True),  # a year without decided swap days
        (date(2027, 3, 10), True),
        (date(1999, 12, 31), True),  # outside the calendar
        (date(2000, 1, 3), False),
    ],
)
def test_a_day_that_may_still_be_decided_otherwise_is_provisional(
    day: date,
    is_provisional: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert national().day_status(day).provisional is is_provisional
    assert national().is_provisional(day, day) is is_provisional


def test_a_library_holiday_names_the_library_and_a_row_names_its_document() -> None:
    tet, swapped = date(2025, 1, 29), date(2024, 4, 29)

    assert national().day_status(tet).source.startswith("holidays ")
    assert national().day_status(swapped).source == "2450/VPCP-KGVX, 12/04/2024"
