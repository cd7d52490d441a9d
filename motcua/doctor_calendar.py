"""Which calendar is in force, what in it is not decided yet, and who counts by another one."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import msgspec

from shared.calendar import (
    OverrideTableError,
    ProvinceTable,
    WorkingCalendar,
    assumed_overrides,
    calendar_version,
    province_table,
)
from shared.calendar.override_table import load_override_years

from .calendar_file import calendar_of, own_file, province_of
from .finding import Finding, Grade

_WHAT = "lịch làm việc"
_SHOWN = re.compile(r'^dvc_calendar_info\{.*version="([^"]+)".*\} 1', re.MULTILINE)


def calendar_findings(data: Path, today: date) -> Iterator[Finding]:
    """What counts due times on this directory, and what in it may still change (D13)."""
    try:
        province = province_of(data)
        table = province_table(own_file(data), scope=province)
    except OverrideTableError as error:
        yield Finding(_WHAT, Grade.BAD, str(error))
        return
    except msgspec.DecodeError:
        return  # the catalogue cannot be read, which is said of itself
    calendar = table.calendar(province)
    yield Finding(_WHAT, Grade.GOOD, f"{_told(data, table)}; mã lịch {calendar_version(calendar)}")
    assumed = ", ".join(f"{row.date:%d/%m/%Y}" for row in assumed_overrides(calendar))
    if assumed:
        text = f"tạm tính, chờ văn bản: {assumed} (docs/runbooks/calendar.md)"
        yield Finding("ngày tạm tính", Grade.WARN, text)
    yield from _undecided(calendar, table, today)


def _told(data: Path, table: ProvinceTable) -> str:
    file = own_file(data)
    if file is None:
        return "bảng đi kèm phần mềm"
    rows = [*table.rows, *(row for one in table.years for row in one.override)]
    assumed = sum(row.is_assumed for row in rows)
    parts = [f"{file}"]
    if table.years:
        parts.append(f"cả năm {', '.join(str(one.year) for one in table.years)}")
    parts.append(f"{len(rows) - assumed} ngày đã xác nhận, {assumed} ngày tạm tính")
    if table.sessions:
        hours = (f"{one.start:%H:%M}-{one.end:%H:%M}" for one in table.sessions)
        parts.append(f"giờ làm việc {', '.join(hours)}")
    return "; ".join(parts)


def _undecided(calendar: WorkingCalendar, table: ProvinceTable, today: date) -> Iterator[Finding]:
    """This year and the next one: without a table, or with one that waits for its swap days."""
    known = {one.year for one in (*load_override_years(), *table.years)}
    for year in (today.year, today.year + 1):
        if year in calendar.unconfirmed_years:
            why = "chưa xác nhận ngày hoán đổi" if year in known else "chưa có bảng"
            text = f"năm {year} {why}: mọi hạn trả trong năm còn là tạm tính"
            yield Finding(f"lịch năm {year}", Grade.WARN, text)


def shown_calendar(metrics: str) -> str:
    """The calendar in a service's metrics page; empty where it tells none."""
    found = _SHOWN.search(metrics)
    return found.group(1) if found else ""


def running_calendars(data: Path, running: Mapping[str, str]) -> Iterator[Finding]:
    """Compare what each service counts by with the directory's calendar, as a restart takes it."""
    told = {name: one for name, one in running.items() if one}
    try:
        wanted = calendar_version(calendar_of(data, province_of(data)))
    except (OverrideTableError, msgspec.DecodeError):
        wanted = ""  # said already; whether the services agree can still be told
    each = ", ".join(f"{name} {one}" for name, one in sorted(told.items()))
    if len(set(told.values())) > 1:
        text = f"các dịch vụ tính theo lịch khác nhau: {each}; docs/runbooks/calendar.md"
        yield Finding("lịch đang chạy", Grade.BAD, text)
    elif wanted and set(told.values()) - {wanted}:
        text = f"đang chạy {each}, tệp là {wanted}: khởi động lại cả bốn dịch vụ để áp dụng"
        yield Finding("lịch đang chạy", Grade.WARN, text)
    elif told:
        yield Finding("lịch đang chạy", Grade.GOOD, f"mã lịch {next(iter(told.values()))}")
