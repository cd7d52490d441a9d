"""A province's own calendar file: its rows and hours count, a faulty file is refused."""

from datetime import date, time
from pathlib import Path

import pytest

from shared.calendar import (
    OFFICE_SESSIONS,
    OverrideTableError,
    Session,
    calendar_in,
    province_calendar,
)

ROW = """
[[override]]
date = {day}
kind = "{kind}"
scope = "{scope}"
source = "QĐ 1"
status = "confirmed"
"""
FOUNDING = date(2026, 3, 18)


def row(day: date = FOUNDING, kind: str = "off", scope: str = "national") -> str:
    return ROW.format(day=day, kind=kind, scope=scope)


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
    assert calendar.sessions == OFFICE_SESSIONS


def test_the_file_wins_over_the_shipped_row_of_the_same_day() -> None:
    shipped = date(2026, 1, 2)
    assert not province_calendar(None).is_working_day(shipped)
    assert calendar_in(row(shipped, "work"), name="x").is_working_day(shipped)


def test_its_sessions_replace_the_office_hours() -> None:
    text = "[[session]]\nstart = 07:00:00\nend = 12:00:00\n"
    calendar = calendar_in(text, name="x")
    assert calendar.sessions == (Session(time(7), time(12)),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sesion = []", "sesion"),
        ("[[session]]\nstart = 07:00:00\nend = 07:00:00\n", "session ends after"),
        ("[[session]]\nstart = 07:00:00\nend = 08:00:00\nname = 'x'\n", "name"),
        (row() + row(), "có hai dòng"),
        (row(scope="H45"), "không phải của tỉnh này"),
        (row(date(1999, 1, 4)), "nằm ngoài"),
        (row(kind="maybe"), "maybe"),
        ("= 1", "không hợp lệ"),
    ],
)
def test_a_faulty_file_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(OverrideTableError, match=said) as refused:
        calendar_in(text, name="calendar.toml", scope="H44")
    assert str(refused.value).startswith("calendar.toml: bảng lịch làm việc không hợp lệ")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(OverrideTableError, match="không đọc được"):
        province_calendar(tmp_path / "calendar.toml")
