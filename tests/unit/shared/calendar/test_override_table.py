from datetime import date
from pathlib import Path

import pytest

from shared.calendar import (
    Override,
    OverrideKind,
    OverrideStatus,
    OverrideTableError,
    assumed_overrides,
    load_calendar,
    override_year,
)
from shared.calendar.override_table import load_override_years, rows_in_scope
from tests.unit.shared.calendar.builders import national

HEAD = 'year = 2026\nswap_days = "confirmed"\nswap_source = "văn bản giả định"\n'
ROW = '[[override]]\ndate = 2026-03-05\nkind = "off"\nsource = "giả định"\nstatus = "confirmed"\n'


def _row(day: date, kind: OverrideKind, scope: str = "national") -> Override:
    return Override(
        date=day, kind=kind, scope=scope, source="giả định", status=OverrideStatus.CONFIRMED
    )


def test_the_shipped_table_covers_2024_to_2027_and_every_row_has_a_source() -> None:
    years = load_override_years()

    assert [year.year for year in years] == [2024, 2025, 2026, 2027]
    assert all(row.source for year in years for row in year.override)


def test_the_swap_that_the_library_misses_is_in_the_table() -> None:
    rows = {row.date: row for year in load_override_years() for row in year.override}

    assert rows[date(2026, 1, 2)].kind is OverrideKind.OFF
    assert rows[date(2026, 1, 10)].kind is OverrideKind.WORK
    assert "12729/VPCP-KGVX" in rows[date(2026, 1, 2)].source


def test_the_doctor_sees_the_days_nobody_has_confirmed() -> None:
    calendar = national()

    assert [row.date for row in assumed_overrides(calendar)] == [
        date(2026, 11, 24),
        date(2027, 11, 24),
    ]
    assert 2026 not in calendar.unconfirmed_years
    assert 2027 in calendar.unconfirmed_years


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("year = ", "Invalid value"),
        (HEAD + ROW.replace("off", "closed"), "closed"),
        (HEAD + ROW.replace("source", "sauce"), "sauce"),
        (HEAD + ROW.replace('source = "giả định"\n', ""), "source"),
        (HEAD + ROW.replace("2026-03-05", "2025-03-05"), "another year"),
        (HEAD + ROW + ROW, "two rows for 2026-03-05"),
        (HEAD.replace("2026", "2025"), "is 2025.toml"),
    ],
)
def test_a_faulty_table_is_refused_by_name(text: str, fault: str) -> None:
    with pytest.raises(OverrideTableError, match=fault) as refused:
        override_year(text, name="2026.toml")

    assert str(refused.value).startswith("2026.toml:")


def test_a_table_of_the_province_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "2026.toml").write_text(HEAD + ROW, encoding="utf-8")

    calendar = load_calendar(overrides_directory=tmp_path)

    assert not calendar.is_working_day(date(2026, 3, 5))
    assert calendar.is_working_day(date(2026, 1, 2))  # a Friday, and its row is not there


def test_one_line_switches_the_assumed_holiday_off() -> None:
    worked = _row(date(2026, 11, 24), OverrideKind.WORK)

    calendar = load_calendar(extra_overrides=[worked])

    assert calendar.is_working_day(date(2026, 11, 24))
    assert date(2026, 11, 24) not in [row.date for row in assumed_overrides(calendar)]


def test_a_province_row_counts_in_that_province_only() -> None:
    founding_day = date(2025, 10, 10)  # a Friday
    rows = [_row(founding_day, OverrideKind.OFF, "H05")]

    assert not load_calendar(scope="H05", extra_overrides=rows).is_working_day(founding_day)
    assert load_calendar(scope="H21", extra_overrides=rows).is_working_day(founding_day)
    assert load_calendar(extra_overrides=rows).is_working_day(founding_day)


def test_the_province_decides_before_the_nation_whatever_the_order() -> None:
    day = date(2025, 10, 10)
    own, national_row = _row(day, OverrideKind.WORK, "H05"), _row(day, OverrideKind.OFF)

    assert rows_in_scope([own, national_row], "H05")[day] is own
    assert rows_in_scope([national_row, own], "H05")[day] is own
    assert rows_in_scope([own, national_row], "national")[day] is national_row


def test_of_two_rows_of_one_scope_the_later_wins() -> None:
    day = date(2025, 10, 10)
    first, second = _row(day, OverrideKind.OFF), _row(day, OverrideKind.WORK)

    assert rows_in_scope([first, second], "national")[day] is second


def test_a_row_outside_the_loaded_years_does_not_count() -> None:
    far = date(2045, 3, 7)  # a Tuesday past the last loaded year

    calendar = load_calendar(extra_overrides=[_row(far, OverrideKind.OFF)])

    assert calendar.is_working_day(far)
    assert calendar.day_status(far).provisional
