"""The rows of each dossier, gathered so that neither their order nor repetition matters."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from services.intake.sources.instants import Moment
from shared.errors import RejectReason

from .cells import CellReader, CellRefused, Read, Value, plain_text
from .plan import Each, Merge, TableMapping


class Row(NamedTuple):
    """One row as read: its number as a spreadsheet shows it, its cells by column name."""

    number: int
    cells: Mapping[str, object]


class _Scope(NamedTuple):
    row_key: tuple[str, ...]
    values: Mapping[str, Value]
    rows: tuple[int, ...]


class Dossier:
    """What all rows of one dossier say together."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.rows: set[int] = set()
        self.values: dict[str, Value] = {}
        self.written: dict[str, str] = {}
        self.unknown: set[tuple[str, str]] = set()
        self.refusal: tuple[RejectReason, str, str] | None = None
        self._by_row: dict[tuple[str, ...], tuple[dict[str, Value], set[int]]] = {}

    def scopes(self) -> Iterator[_Scope]:
        """Yield the rows that a row key tells apart, the dossier's values under the row's own."""
        for key, (values, rows) in sorted(self._by_row.items()):
            yield _Scope(key, {**self.values, **values}, tuple(sorted(rows)))

    def refuse(self, reason: RejectReason, detail: str, column: str) -> None:
        """Keep the smallest refusal, so that it does not depend on which row came first."""
        found = (reason, detail, column)
        self.refusal = min(self.refusal, found) if self.refusal else found

    def add_row(self, key: tuple[str, ...], values: dict[str, Value], number: int) -> None:
        """Keep one row's own values under its key."""
        kept, rows = self._by_row.setdefault(key, (values, set()))
        rows.add(number)
        if kept != values:
            detail = "hai dòng cùng khóa nhưng khác nội dung"
            self.refuse(RejectReason.CONFLICT, detail, "")

    def merge(self, name: str, read: Read, merge: Merge, column: str) -> None:
        """Take one row's value into the dossier's."""
        if read.unknown:
            self.unknown.add((name, read.written))
        if read.value is None and not read.written:
            return
        if name not in self.written:
            self.values[name], self.written[name] = read.value, read.written
            return
        held = self.values[name]
        if held == read.value:
            self.written[name] = min(self.written[name], read.written)
        elif merge is Merge.SAME or held is None or read.value is None:
            detail = f"các dòng của cùng hồ sơ khác nhau ở cột “{column}”"
            self.refuse(RejectReason.CONFLICT, detail, column)
        elif (_rank(read.value) > _rank(held)) == (merge is Merge.MAX):
            self.values[name], self.written[name] = read.value, read.written


class Gathering:
    """Rows in, dossiers out. Holds one entry per dossier, not per row, unless a fact needs rows."""

    def __init__(self, mapping: TableMapping) -> None:
        self._mapping = mapping
        self._reader = CellReader(mapping)
        self._pattern = re.compile(mapping.subject.code_pattern)
        self._skip = [(rule.column, re.compile(rule.pattern)) for rule in mapping.skip]
        self._read_columns = {mapping.subject.column} - {""}
        self._read_columns |= {rule.column for rule in mapping.values.values()}
        self._dossiers: dict[str, Dossier] = {}
        row_rules = [rule for rule in mapping.facts if rule.each is Each.ROW]
        self._row_key = row_rules[0].row_key if row_rules else []
        self._row_names = {name for rule in row_rules for name in rule.names} - {
            name for rule in mapping.facts if rule.each is Each.CASE for name in rule.names
        }

    def code_of(self, row: Row) -> str:
        """Return the dossier code as written in the row, "" where there is none."""
        subject = self._mapping.subject
        if subject.column:
            return plain_text(row.cells.get(subject.column))
        columns = (self._mapping.values[name].column for name in subject.of)
        return "/".join(plain_text(row.cells.get(column)) for column in columns)

    def _subject_of(self, row: Row) -> tuple[str, str]:
        """Return the code, and the column to name where it is wrong."""
        subject = self._mapping.subject
        if subject.column:
            return self.code_of(row), subject.column
        rules = [self._mapping.values[name] for name in subject.of]
        parts = [self._reader.read(rule, row.cells).value for rule in rules]
        empty = next((r.column for r, part in zip(rules, parts, strict=True) if part is None), "")
        return "" if empty else "/".join(map(str, parts)), empty or rules[0].column

    def add(self, row: Row) -> None:
        """Take a row in. Rows without a word in our columns, or to be skipped, say nothing.

        Raises:
            CellRefused: the row names no dossier. A refused value refuses its whole dossier.
        """
        if all(self._reader.is_nothing(row.cells.get(column)) for column in self._read_columns):
            return
        if any(p.search(plain_text(row.cells.get(column))) for column, p in self._skip):
            return
        code, column = self._subject_of(row)
        if not self._pattern.fullmatch(code):
            why = "không đúng mẫu mã" if code else "không có mã"
            reason = RejectReason.INVALID_DOSSIER_CODE if code else RejectReason.UNMAPPED_ROW
            raise CellRefused(reason, f"cột “{column}”: {why}", column)
        dossier = self._dossiers.setdefault(code, Dossier(code))
        dossier.rows.add(row.number)
        own: dict[str, Value] = {}
        for name, rule in self._mapping.values.items():
            try:
                read = self._reader.read(rule, row.cells)
            except CellRefused as refused:
                dossier.refuse(refused.reason, refused.detail, refused.column)
                continue
            if name in self._row_names:
                own[name] = read.value
            else:
                dossier.merge(name, read, rule.merge, rule.column)
        if self._row_key:
            key = tuple(plain_text(row.cells.get(column)) for column in self._row_key)
            dossier.add_row(key, own, row.number)

    def dossiers(self) -> Iterator[Dossier]:
        """Yield every dossier in the order of its first row, forgetting it."""
        while self._dossiers:
            yield self._dossiers.pop(next(iter(self._dossiers)))


def _rank(value: Value) -> Any:
    return value.at if isinstance(value, Moment) else value
