"""The dated override table: where a decision about one day wins over the holiday library.

One TOML file a year. A row is a public decision, so it carries its source, and says whether that
source was read (`confirmed`) or is expected (`assumed`).
"""

import tomllib
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Final

import msgspec

NATIONAL: Final = "national"


class OverrideKind(StrEnum):
    """What the day becomes."""

    OFF = "off"
    WORK = "work"


class OverrideStatus(StrEnum):
    """Whether the decision behind a row or a year was read."""

    CONFIRMED = "confirmed"
    ASSUMED = "assumed"


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One day that does not follow the library. `scope` is national or a province code."""

    date: date
    kind: OverrideKind
    scope: Annotated[str, msgspec.Meta(min_length=1, max_length=32)] = NATIONAL
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    status: OverrideStatus
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @property
    def is_assumed(self) -> bool:
        """Whether a due time that meets this day must be marked provisional."""
        return self.status is OverrideStatus.ASSUMED


class OverrideYear(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file: the rows of a year and whether its swapped days have been decided."""

    year: int
    swap_days: OverrideStatus
    swap_source: str
    override: tuple[Override, ...] = ()


class OverrideTableError(ValueError):
    """The table contradicts itself or is not readable: a fault of configuration, fatal at start."""


def load_override_years(directory: Path | None = None) -> tuple[OverrideYear, ...]:
    """Every `<year>.toml` of `directory` in order of year; without one, the table shipped here.

    An empty directory gives an empty table. Raises OverrideTableError naming the file.
    """
    folder: Traversable = directory or resources.files("shared.calendar") / "overrides"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")),
        key=lambda entry: entry.name,
    )
    return tuple(override_year(file.read_text("utf-8"), name=file.name) for file in files)


def override_year(text: str, *, name: str) -> OverrideYear:
    """One file's text as a year. `name` is the file name and must be `<year>.toml`.

    Raises OverrideTableError on bad TOML, an unknown field, a row of another year, or two rows
    for the same day and scope.
    """
    try:
        year = msgspec.convert(tomllib.loads(text), OverrideYear)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise OverrideTableError(f"{name}: {error}") from error
    if name != f"{year.year}.toml":
        raise OverrideTableError(f"{name}: the file of year {year.year} is {year.year}.toml")
    seen: set[tuple[date, str]] = set()
    for row in year.override:
        if row.date.year != year.year:
            raise OverrideTableError(f"{name}: {row.date} belongs to another year's file")
        if (row.date, row.scope) in seen:
            raise OverrideTableError(f"{name}: two rows for {row.date} in scope {row.scope}")
        seen.add((row.date, row.scope))
    return year


def rows_in_scope(rows: Iterable[Override], scope: str) -> dict[date, Override]:
    """The row that decides each day: the province's own before a national one.

    Of two rows of equal scope the later in `rows` wins. In scope national only national rows count.
    """
    deciding: dict[date, Override] = {}
    for row in rows:
        if row.scope not in {NATIONAL, scope}:
            continue
        known = deciding.get(row.date)
        if known is not None and known.scope == scope and row.scope != scope:
            continue
        deciding[row.date] = row
    return deciding
