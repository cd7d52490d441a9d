"""A province's own calendar file: its years, rows and hours count, a faulty file is refused."""

import re
from datetime import date, time
from importlib import resources
from pathlib import Path

import pytest

from shared.calendar import (
    OFFICE_SESSIONS,
    OverrideTableError,
    Session,
    WorkingCalendar,
    assumed_overrides,
    calendar_version,
    load_calendar,
    province_calendar,
    province_table,
    table_in,
)
from tests.architecture.tree import REPOSITORY

ROW = """
[[override]]
date = {day}
kind = "{kind}"
scope = "{scope}"
source = "QĐ 1"
status = "{status}"
"""
HEAD = 'year = {year}\nswap_days = "{status}"\nswap_source = "công văn giả định"\n'
FOUNDING = date(2026, 3, 18)  # a Wednesday
NEW_YEARS_BRIDGE = date(2026, 1, 2)  # a Friday, off in the shipped table only
FAR = date(2031, 3, 18)  # a Tuesday, years after the last shipped table
SUMMER = """
[[session]]
start = 13:30:00
end = 17:30:00

[[session]]
start = 07:00:00
end = 11:00:00
"""


def row(
    day: date = FOUNDING, kind: str = "off", scope: str = "national", status: str = "confirmed"
) -> str:
    return ROW.format(day=day, kind=kind, scope=scope, status=status)


def head(year: int, status: str = "confirmed") -> str:
    return HEAD.format(year=year, status=status)


def calendar_of(text: str, scope: str | None = None) -> WorkingCalendar:
    return table_in(text, name="calendar.toml", scope=scope).calendar(scope)


def shipped(year: int) -> str:
    return (resources.files("shared.calendar") / "overrides" / f"{year}.toml").read_text("utf-8")


def test_without_a_file_the_shipped_table_counts_in_the_provinces_scope() -> None:
    calendar = province_calendar(None, scope="H44")

    assert calendar.scope == "H44"
    assert calendar.sessions == OFFICE_SESSIONS
    assert calendar.is_working_day(FOUNDING)


def test_a_row_of_the_province_counts(tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(row(scope="H44"), encoding="utf-8")

    calendar = province_calendar(file, scope="H44")

    assert not calendar.is_working_day(FOUNDING)
    assert not calendar.is_working_day(NEW_YEARS_BRIDGE)  # the shipped rows still count
    assert calendar.sessions == OFFICE_SESSIONS


def test_a_row_wins_over_the_shipped_row_of_the_same_day() -> None:
    assert not load_calendar().is_working_day(NEW_YEARS_BRIDGE)
    assert calendar_of(row(NEW_YEARS_BRIDGE, "work")).is_working_day(NEW_YEARS_BRIDGE)


def test_a_whole_year_stands_in_place_of_the_shipped_one() -> None:
    calendar = calendar_of(head(2026) + row())

    assert not calendar.is_working_day(FOUNDING)
    assert calendar.is_working_day(NEW_YEARS_BRIDGE)  # its row is not in this table
    assert date(2026, 11, 24) not in [one.date for one in assumed_overrides(calendar)]
    assert date(2027, 11, 24) in [one.date for one in assumed_overrides(calendar)]  # as shipped


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_every_shipped_table_can_be_put_in_force_as_it_is(year: int) -> None:
    calendar = calendar_of(shipped(year), scope="H44")

    assert calendar_version(calendar) == calendar_version(load_calendar())


def test_the_file_that_the_runbook_shows_can_be_put_in_force() -> None:
    page = (REPOSITORY / "docs" / "runbooks" / "calendar.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)

    calendar = calendar_of(example, scope="H44")

    assert not calendar.is_working_day(date(2027, 3, 18))
    assert calendar.sessions[1] == Session(time(13, 30), time(17, 30))


def test_several_years_and_single_days_stand_in_one_file() -> None:
    years = [f"[[year]]\n{head(2026)}", f"[[year]]\n{head(2031, 'assumed')}"]
    calendar = calendar_of("".join([*years, row(), row(FAR), row(date(2025, 3, 19)), SUMMER]))

    assert not calendar.is_working_day(FOUNDING)
    assert not calendar.is_working_day(FAR)
    assert calendar.is_working_day(NEW_YEARS_BRIDGE)
    assert not calendar.is_working_day(date(2025, 3, 19))
    assert not calendar.is_working_day(date(2025, 5, 2))  # a shipped row of 2025, which stays
    assert len(calendar.sessions) == 2


def test_a_year_between_the_last_shipped_table_and_one_of_the_file_is_not_decided() -> None:
    unconfirmed = calendar_of(head(2031)).unconfirmed_years

    assert {2027, 2028, 2029, 2030, 2032} <= set(unconfirmed)
    assert 2031 not in unconfirmed


def test_an_early_year_of_the_file_makes_no_other_year_undecided() -> None:
    assert 2021 not in calendar_of(head(2019)).unconfirmed_years


def test_its_sessions_replace_the_office_hours_in_order_of_the_day() -> None:
    calendar = calendar_of(SUMMER)

    assert calendar.sessions == (Session(time(7), time(11)), Session(time(13, 30), time(17, 30)))


def test_a_file_saved_on_windows_is_read(tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_bytes(b"\xef\xbb\xbf" + (head(2026) + row()).replace("\n", "\r\n").encode())

    assert not province_calendar(file).is_working_day(FOUNDING)


BROKEN = "giờ kết thúc không sau"
OVERLAP = (
    "[[session]]\nstart = 07:00:00\nend = 12:00:00\n[[session]]\nstart = 11:00:00\nend = 14:00:00\n"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("= 1", "không phải TOML: Invalid statement (dòng 1, cột 1)"),
        ("sesion = []", "không hợp lệ: không có mục nào tên `sesion`"),
        ("override = 1", "không hợp lệ: cần kiểu `array`, đang là `int` (override)"),
        ("[[session]]\nstart = 07:00:00\nend = 07:00:00\n", f"[[session]] thứ 1: {BROKEN}"),
        (
            "[[session]]\nstart = 07:00:00\nend = 08:00:00\nname = 'x'\n",
            "[[session]] thứ 1: không có",
        ),
        ("[[session]]\nstart = 07:00:00\nend = 12:00:00\n", "cộng lại 5 giờ, phải đúng 8 giờ"),
        (OVERLAP, "chồng nhau lúc 11:00"),
        (row() + row(), "thứ 2 (ngày 18/03/2026) có hai dòng: cùng ngày và scope national với"),
        (row(scope="H45"), "thứ 1 (ngày 18/03/2026): scope 'H45' không phải của tỉnh này (H44)"),
        (row() + row(date(1999, 1, 4)), "thứ 2 (ngày 04/01/1999) nằm ngoài các năm của lịch"),
        (row(date(2041, 1, 4)), "(2000-2040)"),
        (row() + row(FAR, kind="maybe"), "[[override]] thứ 2, kind: không nhận giá trị 'maybe'"),
        (row().replace('source = "QĐ 1"\n', ""), "[[override]] thứ 1: thiếu mục `source`"),
        (row().replace("QĐ 1", ""), "[[override]] thứ 1, source: số ký tự phải >= 1"),
        (row().replace("2026-03-18", "18"), "[[override]] thứ 1, date: cần kiểu `date`"),
        (head(2026) + row(FAR), "thứ 1 (ngày 18/03/2031) không thuộc bảng năm 2026"),
        (head(1999), "năm 1999 nằm ngoài lịch (2000-2040)"),
        ("year = 2026\n", "năm 2026: thiếu swap_days hoặc swap_source"),
        ('swap_days = "confirmed"\n', "phải đi cùng year"),
        (f"[[year]]\n{head(2026)}[[year]]\n{head(2026)}", "năm 2026 có 2 bảng"),
        ("[[year]]\nyear = 2026\n", "[[year]] thứ 1: thiếu mục `swap_days`"),
    ],
)
def test_a_faulty_file_is_refused_with_its_name_and_the_place(text: str, said: str) -> None:
    with pytest.raises(OverrideTableError) as refused:
        table_in(text, name="calendar.toml", scope="H44")

    assert said in str(refused.value)
    assert str(refused.value).startswith("calendar.toml: bảng lịch làm việc không hợp lệ")


def test_a_row_of_a_province_is_refused_where_the_catalogue_names_none() -> None:
    with pytest.raises(OverrideTableError, match="danh mục chưa ghi mã tỉnh"):
        table_in(row(scope="H44"), name="calendar.toml")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(OverrideTableError, match="không đọc được"):
        province_table(tmp_path / "calendar.toml")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (row(), ""),
        (row(kind="work", day=date(2026, 3, 21)), ""),  # a Saturday
        (row(), row(status="assumed")),
        (head(2026), head(2026, "assumed")),
        (SUMMER, ""),
    ],
)
def test_the_version_of_a_calendar_covers_days_hours_and_what_is_not_confirmed(
    one: str, other: str
) -> None:
    assert calendar_version(calendar_of(one)) != calendar_version(calendar_of(other))


def test_words_that_decide_nothing_leave_the_version_as_it_is() -> None:
    told = row().replace("QĐ 1", "QĐ 2") + 'name = "Ngày truyền thống"\n# một ghi chú\n'

    assert calendar_version(calendar_of(told)) == calendar_version(calendar_of(row()))
    assert calendar_version(calendar_of(row(date(2026, 3, 21)))) == calendar_version(
        calendar_of("")
    )  # a Saturday is free anyway
