"""`motcua doctor` on the calendar: which is in force, what waits for a decision, who differs."""

from datetime import date
from pathlib import Path

import pytest

from motcua.calendar_file import calendar_of
from motcua.doctor import look
from motcua.doctor_calendar import calendar_findings, running_calendars, shown_calendar
from motcua.finding import Finding, Grade
from motcua.home import HTTP_SERVICES, Ports
from shared.calendar import calendar_version
from shared.catalogue.model import Catalogue, encoded_catalogue
from shared.observability import Page
from shared.observability.build import Running
from tests.support.calendar_texts import SUMMER_HOURS
from tests.support.server import free_base

TODAY = date(2026, 12, 1)
OWN = f"""
year = 2026
swap_days = "confirmed"
swap_source = "ví dụ"

{SUMMER_HOURS}
[[override]]
date = 2026-03-18
kind = "off"
scope = "H44"
source = "ví dụ"
status = "confirmed"

[[override]]
date = 2026-12-24
kind = "off"
source = "ví dụ"
status = "assumed"
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "catalogue.json").write_bytes(encoded_catalogue(Catalogue(province="H44")))
    return tmp_path


def told(data: Path, today: date = TODAY) -> dict[str, Finding]:
    return {one.what: one for one in calendar_findings(data, today)}


def test_without_a_file_the_shipped_table_is_said_to_be_in_force(data: Path) -> None:
    found = told(data)

    version = calendar_version(calendar_of(data, "H44"))
    expected = Finding("lịch làm việc", Grade.GOOD, f"bảng đi kèm phần mềm; mã lịch {version}")
    assert found["lịch làm việc"] == expected
    assert "24/11/2026, 24/11/2027" in found["ngày tạm tính"].text
    assert found["lịch năm 2027"].text.startswith("năm 2027 chưa xác nhận ngày hoán đổi")
    assert "lịch năm 2026" not in found


def test_the_provinces_file_is_told_with_its_years_rows_and_hours(data: Path) -> None:
    (data / "calendar.toml").write_text(OWN)

    found = told(data)

    assert found["lịch làm việc"].grade is Grade.GOOD
    assert (
        f"{data / 'calendar.toml'}; cả năm 2026; 1 ngày đã xác nhận, 1 ngày tạm tính;"
        " giờ làm việc 07:00-11:00, 13:30-17:30; mã lịch "
    ) in found["lịch làm việc"].text
    assert "24/12/2026, 24/11/2027" in found["ngày tạm tính"].text


def test_a_next_year_without_a_table_is_a_warning(data: Path) -> None:
    found = told(data, date(2027, 6, 1))

    assert found["lịch năm 2027"].text.startswith("năm 2027 chưa xác nhận ngày hoán đổi")
    assert found["lịch năm 2028"] == Finding(
        "lịch năm 2028", Grade.WARN,
        "năm 2028 chưa có bảng: mọi hạn trả trong năm còn là tạm tính",
    )  # fmt: skip


def test_a_faulty_file_is_a_fault_with_its_row(data: Path) -> None:
    (data / "calendar.toml").write_text(OWN.replace("H44", "H45"))

    (found,) = calendar_findings(data, TODAY)

    assert found.grade is Grade.BAD
    assert "[[override]] thứ 1 (ngày 18/03/2026)" in found.text


def test_the_doctor_says_it_without_a_directory_too(tmp_path: Path) -> None:
    findings = look(tmp_path / "nowhere", Ports(free_base()))

    assert any(one.text.startswith("bảng đi kèm phần mềm") for one in findings)


async def test_services_that_count_by_the_directorys_calendar_are_sound(data: Path) -> None:
    (data / "calendar.toml").write_text(OWN)
    page = Page(with_process=False)
    Running(page, "scoring").show_calendar(calendar_version(calendar_of(data, "H44")))
    shown = shown_calendar((await page.render()).decode())

    (found,) = running_calendars(data, dict.fromkeys(HTTP_SERVICES, shown))

    assert (found.what, found.grade) == ("lịch đang chạy", Grade.GOOD)


def test_a_file_changed_since_the_start_asks_for_a_restart(data: Path) -> None:
    old = calendar_version(calendar_of(data, "H44"))
    (data / "calendar.toml").write_text(OWN)

    (found,) = running_calendars(data, dict.fromkeys(HTTP_SERVICES, old))

    assert found.grade is Grade.WARN
    assert "khởi động lại cả bốn dịch vụ" in found.text


def test_services_that_differ_are_a_fault_that_names_each(data: Path) -> None:
    own = calendar_version(calendar_of(data, "H44"))

    (found,) = running_calendars(data, {"intake": own, "scoring": own, "notifier": "abc"})

    assert found.grade is Grade.BAD
    assert f"intake {own}, notifier abc, scoring {own}" in found.text


def test_services_of_an_older_release_say_nothing(data: Path) -> None:
    assert list(running_calendars(data, {"scoring": "", "notifier": ""})) == []
