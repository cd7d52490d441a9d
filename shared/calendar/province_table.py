"""A province's own calendar: one TOML file with its hours and the days it decided differently.

`[[session]]` rows, optional, replace the office hours of a working day; `[[override]]` rows have
the form of the shipped tables and win over them for the same day.
"""

import tomllib
from datetime import date, time
from pathlib import Path

import msgspec

from shared.calendar.override_table import NATIONAL, Override, OverrideTableError
from shared.calendar.working_time import (
    FIRST_YEAR,
    LAST_YEAR,
    OFFICE_SESSIONS,
    Session,
    WorkingCalendar,
    load_calendar,
)


class _Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start: time
    end: time


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    session: tuple[_Hours, ...] = ()
    override: tuple[Override, ...] = ()


def province_calendar(file: Path | None, *, scope: str | None = None) -> WorkingCalendar:
    """The calendar in force; without a file the shipped one. A scope of None: national rows only.

    Raises:
        OverrideTableError: the file cannot be read or contradicts itself; it names the file.
    """
    scope = scope or NATIONAL
    if file is None:
        return load_calendar(scope=scope)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OverrideTableError(f"{file}: không đọc được bảng lịch làm việc ({error})") from error
    return calendar_in(text, name=str(file), scope=scope)


def calendar_in(text: str, *, name: str, scope: str = NATIONAL) -> WorkingCalendar:
    """The calendar that such a file's text makes; `name` is what a refusal calls it.

    Raises:
        OverrideTableError: as `province_calendar`.
    """
    try:
        table = msgspec.convert(tomllib.loads(text), _Table)
        _check_rows(table.override, scope)
        hours = tuple(Session(one.start, one.end) for one in table.session)
        return load_calendar(
            scope=scope, sessions=hours or OFFICE_SESSIONS, extra_overrides=table.override
        )
    except ValueError as error:
        raise OverrideTableError(f"{name}: bảng lịch làm việc không hợp lệ: {error}") from error


def _check_rows(rows: tuple[Override, ...], scope: str) -> None:
    """Refuse a row that could never count, and two that speak of one day."""
    seen: set[tuple[date, str]] = set()
    for row in rows:
        if row.scope not in {NATIONAL, scope}:
            raise ValueError(f"ngày {row.date:%d/%m/%Y}: scope {row.scope} không phải của tỉnh này")
        if not FIRST_YEAR <= row.date.year <= LAST_YEAR:
            raise ValueError(f"ngày {row.date:%d/%m/%Y} nằm ngoài {FIRST_YEAR}-{LAST_YEAR}")
        if (row.date, row.scope) in seen:
            raise ValueError(f"ngày {row.date:%d/%m/%Y} có hai dòng cho scope {row.scope}")
        seen.add((row.date, row.scope))
