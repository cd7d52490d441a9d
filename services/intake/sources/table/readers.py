"""Files into rows and events. The only place here that touches the disk.

Rows carry the number a spreadsheet shows: the header of a plain CSV is row 1, its first record 2.
A CSV record that spans lines counts as one row.
"""

import csv
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import msgspec
import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from .cells import plain_text
from .gathering import Row
from .plan import TableMapping

_HEADER_ROWS_MAX = 30  # exports put titles and a national motto above the header
_SNIFFED_BYTES = 65_536
_DELIMITERS = ",;\t|"
_CELL_CHARACTERS_MAX = 1_000_000
# What openpyxl raises on a package that is damaged inside.
_SPOILED = (
    OSError, EOFError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError,
    SyntaxError, BadZipFile, InvalidFileException, NotImplementedError, RuntimeError, zlib.error,
)  # fmt: skip


class UnreadableFileError(ValueError):
    """The file cannot be read as what it claims to be; the message is Vietnamese."""


class EventBytes(NamedTuple):
    """One CloudEvent as it stands in the file: its number from 1, its very bytes."""

    number: int
    body: bytes


def rows_of(path: Path, mapping: TableMapping) -> Iterator[Row]:
    """Yield the rows of a CSV, XLSX, JSON-lines or JSON file.

    In JSON every innermost object is a row, with the words of those around it as cells of its own.

    Raises:
        UnreadableFileError: not such a file, or columns that the mapping needs are missing.
    """
    suffix = path.suffix.lower()
    if suffix in {".xlsx", ".xlsm"}:
        yield from _rows_of_workbook(path, mapping)
    elif suffix in {".jsonl", ".ndjson"}:
        yield from _rows_of_json_lines(path)
    elif suffix == ".json":
        yield from _rows_of_json(path)
    elif suffix in {".csv", ".tsv", ".txt"}:
        yield from _rows_of_csv(path, mapping)
    else:
        raise UnreadableFileError(
            f"không đọc được loại tệp “{suffix}”: cần .csv, .xlsx, .json hay .jsonl"
        )


def events_of(path: Path) -> Iterator[EventBytes]:
    """Yield the CloudEvents of a JSON array, a single JSON object, or JSON lines.

    Raises:
        UnreadableFileError: a JSON array that does not parse. A bad line is yielded as it is:
            intake answers it with its reason.
    """
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        file.seek(0)
        if start == b"[":
            try:
                bodies: Iterable[bytes] = map(
                    bytes, msgspec.json.decode(_without_mark(file.read()), type=list[msgspec.Raw])
                )
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise UnreadableFileError(f"không phải JSON hợp lệ: {error}") from None
        elif path.suffix.lower() == ".json":
            bodies = [_without_mark(file.read())]
        else:
            bodies = map(_without_mark, file)
        number = 0
        for body in bodies:
            stripped = body.strip()
            if stripped:
                number += 1
                yield EventBytes(number, stripped)


def looks_like_events(path: Path) -> bool:
    """Whether a JSON file holds CloudEvents: the word `specversion` stands near its beginning."""
    with path.open("rb") as file:
        return b'"specversion"' in file.read(_SNIFFED_BYTES)


def _without_mark(body: bytes) -> bytes:
    return body.removeprefix(b"\xef\xbb\xbf")


def _rows_of_csv(path: Path, mapping: TableMapping) -> Iterator[Row]:
    csv.field_size_limit(_CELL_CHARACTERS_MAX)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            delimiter = max(_DELIMITERS, key=head.count)
            file.seek(0)
            yield from _below_header(csv.reader(file, delimiter=delimiter), mapping)
    except UnicodeDecodeError:
        raise UnreadableFileError("tệp không ở bảng mã UTF-8; hãy lưu lại dạng CSV UTF-8") from None
    except csv.Error as error:
        raise UnreadableFileError(f"không phải CSV hợp lệ: {error}") from None


def _rows_of_workbook(path: Path, mapping: TableMapping) -> Iterator[Row]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except _SPOILED as error:
        raise UnreadableFileError(f"không mở được sổ Excel: {type(error).__name__}") from None
    try:
        if not book.sheetnames:
            raise UnreadableFileError("sổ Excel không có trang tính nào")
        if mapping.sheet and mapping.sheet not in book.sheetnames:
            raise UnreadableFileError(f"không có trang tính “{mapping.sheet}”")
        sheet = book[mapping.sheet or book.sheetnames[0]]
        yield from _below_header(_unspoiled(sheet), mapping)
    finally:
        book.close()


def _unspoiled(sheet: Any) -> Iterator[Sequence[Any]]:
    """Yield the lines of a sheet; a package may look whole until a part of it is unpacked."""
    try:
        lines = sheet.iter_rows(values_only=True)
    except _SPOILED as error:  # a sheet of charts has no rows
        raise UnreadableFileError(f"không đọc được sổ Excel: {type(error).__name__}") from None
    while True:
        try:
            line = next(lines, None)
        except _SPOILED as error:
            raise UnreadableFileError(f"không đọc được sổ Excel: {type(error).__name__}") from None
        if line is None:
            return
        yield line


def _rows_of_json_lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for number, line in enumerate(map(_without_mark, file), start=1):
            if not line.strip():
                continue
            try:
                found = json.loads(line.decode())
            except UnicodeDecodeError:
                raise UnreadableFileError(f"dòng {number} không ở bảng mã UTF-8") from None
            except (ValueError, RecursionError):
                raise UnreadableFileError(f"dòng {number} không phải JSON hợp lệ") from None
            if not isinstance(found, dict):
                raise UnreadableFileError(f"dòng {number} không phải một đối tượng JSON")
            yield Row(number, {plain_text(key): value for key, value in found.items()})


def _rows_of_json(path: Path) -> Iterator[Row]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        for number, cells in enumerate(_innermost(found, {}), start=1):
            yield Row(number, cells)
    except UnicodeDecodeError:
        raise UnreadableFileError("tệp không ở bảng mã UTF-8") from None
    except (ValueError, RecursionError):
        raise UnreadableFileError("không phải JSON hợp lệ") from None


def _innermost(found: Any, around: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects that hold no further ones; what stands nearer wins."""
    if isinstance(found, list):
        for item in found:
            yield from _innermost(item, around)
    elif isinstance(found, dict):
        inner = {key: value for key, value in found.items() if _holds_objects(value)}
        words = {plain_text(key): value for key, value in found.items() if key not in inner}
        here = {**around, **words}
        if not inner:
            yield here
        for value in inner.values():
            yield from _innermost(value, here)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, dict) for item in value)
    )


def _below_header(lines: Iterable[Sequence[Any]], mapping: TableMapping) -> Iterator[Row]:
    """Find the row that holds every column the mapping needs; what stands above is a title."""
    known = {plain_text(column): column for column in mapping.columns}
    needed = {plain_text(column): column for column in mapping.required_columns}
    numbered = enumerate(lines, start=1)
    best: set[str] = set()
    for number, cells in numbered:
        names = [plain_text(cell) for cell in cells]
        if needed.keys() <= set(names):
            header = [known.get(name, name) for name in names]
            break
        best = max(best, needed.keys() & set(names), key=len)
        if number >= _HEADER_ROWS_MAX:
            raise _missing(needed.keys() - best)
    else:
        raise _missing(needed.keys() - best)
    for number, cells in numbered:
        yield Row(number, dict(zip(header, cells, strict=False)))


def _missing(columns: set[str]) -> UnreadableFileError:
    names = ", ".join(f"“{column}”" for column in sorted(columns))
    return UnreadableFileError(f"không tìm thấy dòng tiêu đề; thiếu cột {names}")
