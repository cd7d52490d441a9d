"""The text that a preview starts from: the province's file in force, or a shipped table's."""

import json
import re
from collections.abc import Sequence
from importlib import resources
from typing import Final

from shared.calendar import Override, ProvinceTable, override_year, table_in

FILE_NAME: Final = "calendar.toml"
_TOP_OF_A_YEAR: Final = re.compile(r"^[ \t]*(?=year|swap_days|swap_source)", re.MULTILINE)


def text_in_force(table: ProvinceTable, year: int) -> str:
    """The province's file as it is; without one the shipped table of the year."""
    return table.text or shipped_text(year)


def text_with_year(table: ProvinceTable, year: int, scope: str | None) -> str:
    """The file in force with the shipped table of one more year, to be edited.

    Days that the file has decided already stay as they are there. Without a file it is the shipped
    table alone, and a file that tells the whole year stays as it is.

    Raises:
        OverrideTableError: the file is written in a way that takes no further year.
    """
    if not table.text.strip() or year in {one.year for one in table.years}:
        return text_in_force(table, year)
    known = {(row.date, row.scope) for row in table.rows}
    shipped = override_year(shipped_text(year), name=f"{year}.toml")
    added = [row for row in shipped.override if (row.date, row.scope) not in known]
    head = (
        f"\n[[year]]\nyear = {year}\nswap_days = {_quoted(shipped.swap_days)}\n"
        f"swap_source = {_quoted(shipped.swap_source)}\n"
    )
    text = _with_heads(table).rstrip("\n") + "\n" + head + _rows(added)
    table_in(text, name=FILE_NAME, scope=scope)
    return text


def shipped_text(year: int) -> str:
    """The shipped table of a year as its file is; a head without rows where there is none."""
    file = resources.files("shared.calendar") / "overrides" / f"{year}.toml"
    if file.is_file():
        return file.read_text("utf-8")
    return f'year = {year}\nswap_days = "assumed"\nswap_source = "chưa có"\n'


def _with_heads(table: ProvinceTable) -> str:
    """The text with its one year, if it has one at the top, as the first `[[year]]`."""
    is_at_top = table.years and "[[year]]" not in table.text
    return _TOP_OF_A_YEAR.sub("[[year]]\n", table.text, count=1) if is_at_top else table.text


def _rows(rows: Sequence[Override]) -> str:
    return "".join(
        f"\n[[override]]\ndate = {row.date}\nkind = {_quoted(row.kind)}\n"
        f"scope = {_quoted(row.scope)}\nsource = {_quoted(row.source)}\n"
        f"status = {_quoted(row.status)}\nname = {_quoted(row.name)}\n"
        for row in rows
    )


def _quoted(text: str) -> str:
    """A basic string of TOML, which for our texts is one of JSON."""
    return json.dumps(str(text), ensure_ascii=False)
