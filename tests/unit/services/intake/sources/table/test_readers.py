import json
import zipfile
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from services.intake.sources.table.mapping import RowReject, rows_to_facts
from services.intake.sources.table.plan import TableMapping
from services.intake.sources.table.readers import (
    UnreadableFileError,
    events_of,
    looks_like_events,
    rows_of,
)
from services.intake.sources.table.shipped import load_mapping
from shared.events.envelope import Fact, encoded
from tests.support import tinh_export


@pytest.fixture(scope="module")
def tinh() -> TableMapping:
    return load_mapping(Path("tinh"))


@pytest.fixture(scope="module")
def receipt() -> TableMapping:
    return load_mapping(Path("receipt"))


def facts(path: Path, mapping: TableMapping) -> list[Fact]:
    found = list(rows_to_facts(rows_of(path, mapping), mapping, source="tinh"))
    assert not [item for item in found if isinstance(item, RowReject)]
    return [item for item in found if isinstance(item, Fact)]


def test_an_excel_export_says_as_many_facts_as_its_rows_hold(
    tmp_path: Path, tinh: TableMapping
) -> None:
    exported = tinh_export.rows(200, seed=7)

    found = facts(tinh_export.write(tmp_path / "so-theo-doi.xlsx", exported), tinh)

    kinds = Counter(fact.type.split(".")[1] for fact in found)
    states = Counter(row["Trạng thái"] for row in exported)
    assert kinds["submitted"] == 200
    assert kinds["received"] == sum(row["Ngày tiếp nhận"] is not None for row in exported)
    assert kinds["rejected"] == states["Không được tiếp nhận"]
    assert kinds["withdrawn"] == states["Công dân yêu cầu rút hồ sơ"]
    assert kinds["stopped"] == states["Dừng xử lý"]
    assert kinds["resolved"] == states["Đã xử lý xong"] + states["Đã trả kết quả"]
    assert kinds["returned"] == states["Đã trả kết quả"]
    assert "Không Có Thật" not in "".join(encoded(fact).decode() for fact in found)


def test_the_same_dossiers_from_excel_csv_and_json_lines_are_the_same_facts(
    tmp_path: Path, tinh: TableMapping
) -> None:
    exported = tinh_export.rows(40, seed=11)
    book = tinh_export.write(tmp_path / "a.xlsx", exported)
    Random(1).shuffle(exported)
    lines = tmp_path / "a.jsonl"
    lines.write_text(
        "\n".join(json.dumps(row, default=str, ensure_ascii=False) for row in exported),
        encoding="utf-8",
    )
    table = tmp_path / "a.csv"
    text = [";".join(tinh_export.HEADER)]
    text += [
        ";".join("" if row[name] is None else str(row[name]) for name in tinh_export.HEADER)
        for row in exported
    ]
    table.write_text("\n".join(text).replace("STT", "\ufeffSTT", 1), encoding="utf-8")

    said = [{encoded(fact) for fact in facts(path, tinh)} for path in (book, lines, table)]

    assert said[0] == said[1] == said[2]


def test_a_missing_column_is_named(tmp_path: Path, receipt: TableMapping) -> None:
    path = tmp_path / "receipt.csv"
    path.write_text("case:channel,case:concept:name\nDesk,case-1\n")

    with pytest.raises(UnreadableFileError, match="case:deadline"):
        list(rows_of(path, receipt))


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("a.pdf", b"%PDF", "loại tệp"),
        ("a.xlsx", b"not a workbook", "Excel"),
        ("a.csv", b"\xff\xfe\x00", "UTF-8"),
        ("a.csv", b"", "thiếu cột"),
        ("a.jsonl", b"{", "dòng 1"),
        ("a.jsonl", b"[1]", "dòng 1"),
        ("a.jsonl", b'{"a":"\xff"}', "dòng 1 không ở bảng mã UTF-8"),
        ("a.jsonl", b'{"a":' + b"[" * 5_000, "dòng 1"),
    ],
)
def test_a_file_that_is_not_what_it_claims_is_refused_whole(
    tmp_path: Path, receipt: TableMapping, name: str, body: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(body)

    with pytest.raises(UnreadableFileError, match=message):
        list(rows_of(path, receipt))


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.json", b'\xef\xbb\xbf[{"specversion":"1.0","id":"1"}, {"id":"2"}]'),
        ("a.jsonl", b'{"specversion":"1.0","id":"1"}\n\n{"id":"2"}\n'),
        ("a.ndjson", b'\xef\xbb\xbf{"specversion":"1.0","id":"1"}\r\n{"id":"2"}'),
    ],
)
def test_events_come_out_as_the_bytes_they_are(tmp_path: Path, name: str, body: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(body)

    found = list(events_of(path))

    assert looks_like_events(path)
    assert [(event.number, event.body) for event in found] == [
        (1, b'{"specversion":"1.0","id":"1"}'),
        (2, b'{"id":"2"}'),
    ]


def test_a_single_event_over_several_lines_is_one_event(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{\n "specversion": "1.0",\n "id": "1"\n}\n')

    assert [json.loads(event.body)["id"] for event in events_of(path)] == ["1"]


def test_a_workbook_damaged_inside_its_package_is_refused_whole(
    tmp_path: Path, tinh: TableMapping
) -> None:
    path = tinh_export.write(tmp_path / "a.xlsx", tinh_export.rows(3, seed=1))
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    refused = 0
    for name in sorted(parts):
        with zipfile.ZipFile(path, "w") as package:
            for kept, body in parts.items():
                package.writestr(kept, body[: len(body) // 2] if kept == name else body)
        try:
            list(rows_of(path, tinh))
        except UnreadableFileError:
            refused += 1

    assert refused >= 4


@pytest.mark.parametrize("text", ['[{"specversion"', "[" * 5_000])
def test_an_array_that_does_not_parse_is_refused_whole(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)

    with pytest.raises(UnreadableFileError, match="JSON"):
        list(events_of(path))
