"""Lists whose whole state stands in the URL."""

import csv
import io
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from shared.desk import (
    Choice,
    Column,
    Filter,
    ListShape,
    csv_bytes,
    list_page,
    list_state,
    sorted_rows,
    unknown_choice,
)


class Row(Struct, frozen=True):
    code: str
    days: int | None


SHAPE = ListShape[Row](
    columns=[
        Column("ma", "Mã hồ sơ", cell=lambda r: r.code, order=lambda r: r.code),
        Column("ngay", "Số ngày", cell=lambda r: r.days, order=lambda r: r.days, is_number=True),
        Column("ghi-chu", "Ghi chú", cell=lambda r: f"={r.code}"),
    ],
    filters=[
        Filter("co-quan", "Cơ quan", choices=[Choice("H44-01", "Sở Xây dựng")]),
        Filter("tim", "Tìm"),
    ],
    sort="ma",
    page_size=10,
)
ROWS = [Row(f"D{n:02}", n % 7 if n % 5 else None) for n in range(25)]


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(url.removeprefix("?")))


@pytest.mark.parametrize(
    "query",
    [
        {"co-quan": "H44-02"},
        {"la": "x", "tim": "\x00"},
        {"tim": "a" * 101},
        {"sap-xep": "ghi-chu", "trang": "0"},
        {"sap-xep": "--ma", "trang": "-1"},
        {"sap-xep": "__class__", "trang": "٣"},
        {"trang": "99999999999999999999"},
    ],
)
def test_what_the_list_does_not_offer_is_dropped(query: dict[str, str]) -> None:
    state = list_state(query, SHAPE)

    assert (dict(state.filters), state.sort, state.page) == ({}, "ma", 1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"co-quan": "H44-02"}, "co-quan"),
        ({"co-quan": "H44-01"}, None),
        ({"co-quan": " "}, None),
        ({"tim": "\x00", "la": "x"}, None),
    ],
)
def test_a_choice_that_is_none_is_found(query: dict[str, str], found: str | None) -> None:
    filter_ = unknown_choice(query, SHAPE)

    assert (filter_.key if filter_ else None) == found


def test_the_state_survives_the_way_through_the_url() -> None:
    query = {"co-quan": "H44-01", "tim": "Đ &=?", "sap-xep": "-ngay", "trang": "2"}

    state = list_state(query, SHAPE)

    assert query_of(state.url()) == query


def test_another_filter_or_order_starts_at_the_first_page() -> None:
    state = list_state({"tim": "a", "trang": "2"}, SHAPE)

    assert query_of(state.url(page=3)) == {"tim": "a", "trang": "3"}
    assert query_of(state.url(tim="b")) == {"tim": "b"}
    assert query_of(state.sort_url("ngay")) == {"tim": "a", "sap-xep": "ngay"}
    assert query_of(state.sort_url("ma")) == {"tim": "a", "sap-xep": "-ma"}
    assert query_of(state.cleared_url()) == {}


def test_the_count_is_the_length_and_the_pages_hold_every_row_once() -> None:
    pages = [list_page(ROWS, {"trang": str(n)}, SHAPE) for n in (1, 2, 3)]

    assert [row for page in pages for row in page.rows] == ROWS
    assert {page.total for page in pages} == {len(ROWS)}
    assert [(page.first, page.last) for page in pages] == [(1, 10), (11, 20), (21, 25)]


def test_a_page_beyond_the_end_is_the_last_page() -> None:
    page = list_page(ROWS, {"trang": "9"}, SHAPE)

    assert (page.page, page.page_count, len(page.rows)) == (3, 3, 5)


def test_an_empty_list_has_one_empty_page() -> None:
    page = list_page([], {}, SHAPE)

    assert (page.total, page.page, page.page_count, page.first, page.last) == (0, 1, 1, 0, 0)


@pytest.mark.parametrize("sort", ["ngay", "-ngay"])
def test_rows_without_a_value_come_last_in_both_directions(sort: str) -> None:
    days = [row.days for row in sorted_rows(ROWS, sort, SHAPE)]

    known = [day for day in days if day is not None]
    assert known == sorted(known, reverse=sort.startswith("-"))
    assert days[len(known) :] == [None] * 5


@given(st.text(max_size=40))
def test_no_cell_of_a_download_runs_in_a_spreadsheet(text: str) -> None:
    shape = ListShape[str](columns=[Column("o", "Ô", cell=lambda cell: cell)])

    body = csv_bytes([text], shape)

    [[_], *rest] = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    cell = rest[0][0] if rest and rest[0] else ""
    assert cell in {text, f"'{text}"}
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_download_opens_with_its_vietnamese_letters_and_keeps_numbers() -> None:
    body = csv_bytes([Row("Đ1", -3)], SHAPE)

    assert body == "\ufeffMã hồ sơ,Số ngày,Ghi chú\r\nĐ1,-3,'=Đ1\r\n".encode()
