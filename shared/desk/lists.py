"""Lists whose whole state stands in the URL, so that a view can be sent to a colleague. Pure."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from msgspec import Struct

RowT = TypeVar("RowT")

_TEXT_MAX: Final = 100
_PAGE_MAX: Final = 100_000
# The names in the URL are Vietnamese without marks: people see and send them.
SORT, PAGE = "sap-xep", "trang"


class Choice(Struct, frozen=True):
    """One option of a filter: what stands in the URL, and what a person reads."""

    value: str
    label: str


class Filter(Struct, frozen=True):
    """One filter. Without choices it is a free text of up to 100 characters."""

    key: str
    label: str
    choices: Sequence[Choice] = ()

    def allows(self, value: str) -> bool:
        """Whether the URL may say this."""
        if not self.choices:
            return len(value) <= _TEXT_MAX and value.isprintable()
        return any(choice.value == value for choice in self.choices)


class Column(Struct, Generic[RowT], frozen=True):
    """One column: `cell` gives what is shown and downloaded, `order` what sorts (None: it cannot).

    `order` must give values that compare with each other; a None sorts last either way.
    """

    key: str
    label: str
    cell: Callable[[RowT], object]
    order: Callable[[RowT], Any] | None = None
    is_number: bool = False


class ListShape(Struct, Generic[RowT], frozen=True):
    """What a list offers. `sort` is a column's key, with `-` in front for descending."""

    columns: Sequence[Column[RowT]]
    filters: Sequence[Filter] = ()
    sort: str = ""
    page_size: int = 50


class ListState(Struct, frozen=True):
    """What the URL asks for, with everything unknown dropped."""

    filters: Mapping[str, str]
    sort: str
    page: int
    default_sort: str = ""

    def url(self, **changes: str | int) -> str:
        """`?…` for this state with changes: a filter's key, `sort=` or `page=`.

        Changing a filter or the order goes back to the first page; an empty filter is dropped.
        """
        sort = str(changes.pop("sort", self.sort))
        page = int(changes.pop("page", self.page if sort == self.sort and not changes else 1))
        filters = {**self.filters, **{key: str(value) for key, value in changes.items()}}
        query = {key: value for key, value in filters.items() if value}
        if sort != self.default_sort:
            query[SORT] = sort
        if page > 1:
            query[PAGE] = str(page)
        return f"?{urlencode(query)}"

    def sort_url(self, key: str) -> str:
        """The address that sorts by `key`, or turns the order round where it already does."""
        return self.url(sort=f"-{key}" if self.sort == key else key)

    def cleared_url(self) -> str:
        """The address of the same list with nothing filtered away."""
        return self.url(**dict.fromkeys(self.filters, ""))

    @property
    def has_filters(self) -> bool:
        """Whether anything is filtered away."""
        return any(self.filters.values())


class ListPage(Struct, Generic[RowT], frozen=True):
    """One page of rows; `total` is the length of the whole filtered list."""

    rows: Sequence[RowT]
    total: int
    page: int
    page_count: int
    state: ListState
    shape: ListShape[RowT]

    @property
    def first(self) -> int:
        """The number of the first row shown, from 1; 0 for an empty list."""
        return (self.page - 1) * self.shape.page_size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The number of the last row shown; 0 for an empty list."""
        return self.first + len(self.rows) - 1 if self.rows else 0


def list_state(query: Mapping[str, Any], shape: ListShape[RowT]) -> ListState:
    """Read the query; a filter, value, column or page that is not offered is dropped."""
    filters = {
        known.key: value
        for known in shape.filters
        if (value := str(query.get(known.key, "")).strip()) and known.allows(value)
    }
    sort = str(query.get(SORT, ""))
    sortable = {column.key for column in shape.columns if column.order is not None}
    if sort.removeprefix("-") not in sortable:
        sort = shape.sort
    page = str(query.get(PAGE, "1"))
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1  # noqa: PLR2004 - six digits are pages enough
    return ListState(filters, sort, min(max(number, 1), _PAGE_MAX), shape.sort)


def unknown_choice(query: Mapping[str, Any], shape: ListShape[RowT]) -> Filter | None:
    """The first filter that the query sets to none of its choices; `list_state` would drop it."""
    asked = ((one, str(query.get(one.key, "")).strip()) for one in shape.filters if one.choices)
    return next((one for one, value in asked if value and not one.allows(value)), None)


def list_page(
    rows: Sequence[RowT], query: Mapping[str, Any], shape: ListShape[RowT]
) -> ListPage[RowT]:
    """Sort the rows, already filtered by `list_state(query, shape).filters`, and cut one page.

    A page beyond the end is the last page.
    """
    state = list_state(query, shape)
    ordered = sorted_rows(rows, state.sort, shape)
    page_count = max(1, -(-len(ordered) // shape.page_size))
    page = min(state.page, page_count)
    start = (page - 1) * shape.page_size
    shown = ordered[start : start + shape.page_size]
    return ListPage(shown, len(ordered), page, page_count, state, shape)


def sorted_rows(rows: Sequence[RowT], sort: str, shape: ListShape[RowT]) -> Sequence[RowT]:
    """The rows by that column; rows without a value come last in both directions."""
    key = sort.removeprefix("-")
    column = next((c for c in shape.columns if c.key == key), None)
    if column is None or column.order is None:
        return rows
    order = column.order
    known = [row for row in rows if order(row) is not None]
    unknown = [row for row in rows if order(row) is None]
    return sorted(known, key=order, reverse=sort.startswith("-")) + unknown


def csv_bytes(rows: Iterable[RowT], shape: ListShape[RowT]) -> bytes:
    """All rows as CSV that a spreadsheet opens with its Vietnamese letters, and runs nothing of.

    UTF-8 with a byte order mark, comma, CRLF. A text that a spreadsheet would take for a formula
    gets an apostrophe in front.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.label for column in shape.columns])
    for row in rows:
        writer.writerow([_harmless(column.cell(row)) for column in shape.columns])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _harmless(cell: object) -> object:
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
