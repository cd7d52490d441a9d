"""A province's own calendar: one TOML file, laid over the shipped tables. See docs/runbooks.

- `year`, `swap_days`, `swap_source` at the top, as in a shipped table: its rows are the whole of
  that year, the shipped table of it does not count. Several such years: one `[[year]]` each.
- `[[override]]` rows of a year that the file does not name so win over shipped rows of their day.
- `[[session]]` rows replace the office hours of every day; together they make eight hours.

A row that could never count (of another province, outside the years) is refused, never ignored.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from shared.calendar.civil_time import seconds_of
from shared.calendar.loading import load_calendar
from shared.calendar.override_table import (
    NATIONAL,
    Override,
    OverrideStatus,
    OverrideTableError,
    OverrideYear,
)
from shared.calendar.working_time import (
    FIRST_YEAR,
    LAST_YEAR,
    OFFICE_SESSIONS,
    Session,
    WorkingCalendar,
)

_DAY_SECONDS: Final = 8 * 3600  # what a limit of one working day means
# What the readers of TOML and of its fields say, in the words of whoever edits the file.
_WORDS: Final = (
    (re.compile(r"^Object missing required field `(\w+)`"), r"thiếu mục `\1`"),
    (re.compile(r"^Object contains unknown field `([^`]*)`"), r"không có mục nào tên `\1`"),
    (re.compile(r"^Invalid enum value '([^']*)'"), r"không nhận giá trị '\1'"),
    (re.compile(r"^Expected `([^`]*)`, got `([^`]*)`"), r"cần kiểu `\1`, đang là `\2`"),
    (re.compile(r"^Expected `str` of length ([<>]=) (\d+)"), r"số ký tự phải \1 \2"),
    (re.compile(r"\(at line (\d+), column (\d+)\)$"), r"(dòng \1, cột \2)"),
    (re.compile(r" - at `\$(?:\.(\w+))?`$"), r" (\1)"),
)
_ROW: Final = re.compile(r" - at `\$\.(override|session|year)\[(\d+)\](?:\.(\w+))?`$")


class ProvinceTable(msgspec.Struct, frozen=True, kw_only=True):
    """What such a file says; all empty where a province has none."""

    text: str = ""
    years: tuple[OverrideYear, ...] = ()  # whole tables, in place of the shipped ones
    rows: tuple[Override, ...] = ()  # single days, over the shipped tables
    sessions: tuple[Session, ...] = ()  # instead of the office hours

    def calendar(self, scope: str | None) -> WorkingCalendar:
        """The calendar in force by this table; a scope of None counts national rows only."""
        return load_calendar(
            scope=scope or NATIONAL,
            sessions=self.sessions or OFFICE_SESSIONS,
            year_tables=self.years,
            extra_overrides=self.rows,
        )


class _Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start: time
    end: time


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    year: int
    swap_days: OverrideStatus
    swap_source: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    year: int | tuple[_Head, ...] = ()
    swap_days: OverrideStatus | None = None
    swap_source: str | None = None
    session: tuple[_Hours, ...] = ()
    override: tuple[Override, ...] = ()


def province_calendar(file: Path | None, *, scope: str | None = None) -> WorkingCalendar:
    """The calendar in force; without a file the shipped one. A scope of None: national rows only.

    Raises:
        OverrideTableError: as `province_table`.
    """
    return province_table(file, scope=scope).calendar(scope)


def province_table(file: Path | None, *, scope: str | None = None) -> ProvinceTable:
    """The table of a file; an empty one without.

    Raises:
        OverrideTableError: the file cannot be read or contradicts itself; it names file and row.
    """
    if file is None:
        return ProvinceTable()
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise OverrideTableError(f"{file}: không đọc được bảng lịch làm việc ({error})") from error
    return table_in(text, name=str(file), scope=scope)


def table_in(text: str, *, name: str, scope: str | None = None) -> ProvinceTable:
    """The table of such a file's text; `name` is what a refusal calls it.

    Raises:
        OverrideTableError: as `province_table`.
    """
    try:
        found = msgspec.convert(tomllib.loads(text), _File)
        heads = _heads(found)
        _check_rows(found.override, heads, scope, is_one_year=isinstance(found.year, int))
        return _table(text, found, heads)
    except ValueError as error:
        said = f"{name}: bảng lịch làm việc không hợp lệ: {_in_plain_words(error)}"
        raise OverrideTableError(said) from error


def _in_plain_words(error: ValueError) -> str:
    """A refusal with its place as a person counts rows."""
    said = str(error)
    place = ""
    if found := _ROW.search(said):
        place = f"[[{found[1]}]] thứ {int(found[2]) + 1}{f', {found[3]}' if found[3] else ''}: "
        said = said[: found.start()]
    for pattern, words in _WORDS:
        said = pattern.sub(words, said)
    is_toml = isinstance(error, tomllib.TOMLDecodeError)
    return f"{'không phải TOML: ' if is_toml else ''}{place}{said}".removesuffix(" ()")


def _table(text: str, found: _File, heads: Sequence[_Head]) -> ProvinceTable:
    whole = {one.year for one in heads}
    return ProvinceTable(
        text=text,
        years=tuple(
            OverrideYear(
                year=one.year, swap_days=one.swap_days, swap_source=one.swap_source,
                override=tuple(row for row in found.override if row.date.year == one.year),
            )
            for one in heads
        ),
        rows=tuple(row for row in found.override if row.date.year not in whole),
        sessions=_sessions(found.session),
    )  # fmt: skip


def _heads(found: _File) -> tuple[_Head, ...]:
    """The years that the file tells whole."""
    days, source = found.swap_days, found.swap_source
    if isinstance(found.year, int):
        if days is None or source is None:
            raise ValueError(f"năm {found.year}: thiếu swap_days hoặc swap_source")
        heads: tuple[_Head, ...] = (_Head(found.year, days, source),)
    elif days is not None or source is not None:
        raise ValueError("swap_days, swap_source phải đi cùng year, ở đầu tệp hoặc trong [[year]]")
    else:
        heads = found.year
    for year, count in Counter(one.year for one in heads).items():
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"năm {year} nằm ngoài lịch ({FIRST_YEAR}-{LAST_YEAR})")
        if count > 1:
            raise ValueError(f"năm {year} có {count} bảng")
    return heads


def _check_rows(
    rows: Sequence[Override], heads: Sequence[_Head], scope: str | None, *, is_one_year: bool
) -> None:
    """Refuse a row that could never count, and two that speak of one day."""
    seen: dict[tuple[date, str], int] = {}
    for number, row in enumerate(rows, 1):
        place = f"[[override]] thứ {number} (ngày {row.date:%d/%m/%Y})"
        if not FIRST_YEAR <= row.date.year <= LAST_YEAR:
            raise ValueError(f"{place} nằm ngoài các năm của lịch ({FIRST_YEAR}-{LAST_YEAR})")
        if is_one_year and row.date.year != heads[0].year:
            raise ValueError(f"{place} không thuộc bảng năm {heads[0].year}")
        if row.scope not in {NATIONAL, scope}:
            raise ValueError(f"{place}: scope {row.scope!r} {_whose(scope)}")
        if (twin := seen.setdefault((row.date, row.scope), number)) != number:
            first = f"cùng ngày và scope {row.scope} với [[override]] thứ {twin}"
            raise ValueError(f"{place} có hai dòng: {first}")


def _whose(scope: str | None) -> str:
    if scope is None or scope == NATIONAL:
        return "không áp dụng được: danh mục chưa ghi mã tỉnh (province)"
    return f"không phải của tỉnh này ({scope})"


def _sessions(hours: Sequence[_Hours]) -> tuple[Session, ...]:
    """The hours of a day, checked; limits count eight to a day, so a day has eight."""
    for number, one in enumerate(hours, 1):
        if one.start >= one.end:
            raise ValueError(f"[[session]] thứ {number}: giờ kết thúc không sau giờ bắt đầu")
    found = sorted((Session(one.start, one.end) for one in hours), key=lambda one: one.start)
    for before, following in pairwise(found):
        if following.start < before.end:
            raise ValueError(f"hai [[session]] chồng nhau lúc {following.start:%H:%M}")
    total = sum(seconds_of(one.end) - seconds_of(one.start) for one in found)
    if found and total != _DAY_SECONDS:
        raise ValueError(f"các [[session]] cộng lại {total / 3600:g} giờ, phải đúng 8 giờ một ngày")
    return tuple(found)
