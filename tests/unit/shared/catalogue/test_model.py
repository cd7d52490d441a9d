"""What a province says of itself, in one file that people write by hand."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.catalogue.model import Catalogue, Level, encoded_catalogue, load_catalogue

AGENCY = {"code": "H99.12", "name": "Sở Giả Định", "short_name": "Sở GĐ", "level": "department"}
FIELD = {"code": "HoTich", "name": "Hộ tịch"}
PROCEDURE = {
    "code": "1.004194",
    "name": "Đăng ký thử",
    "field": "HoTich",
    "limit_working_hours": 40,
}
WHOLE: dict[str, Any] = {
    "province": "H99",
    "agencies": [AGENCY, AGENCY | {"code": "H99.103", "level": "commune", "parent": "H99.12"}],
    "fields": [FIELD],
    "procedures": [PROCEDURE],
}


def written(path: Path, value: Any, *, encoding: str = "utf-8") -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding=encoding)
    return path


def test_without_a_file_nothing_is_known_and_nothing_is_wrong() -> None:
    catalogue = load_catalogue(None)

    assert catalogue == Catalogue()
    assert catalogue.agency_by_code == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    catalogue = load_catalogue(written(tmp_path / "c.json", WHOLE, encoding=encoding))

    assert catalogue.agency_by_code["H99.12"].name == "Sở Giả Định"
    assert catalogue.agency_by_code["H99.103"].level is Level.COMMUNE
    assert catalogue.field_by_code["HoTich"].name == "Hộ tịch"
    assert catalogue.procedure_by_code["1.004194"].limit_working_hours == 40.0


def test_what_is_written_is_what_was_read(tmp_path: Path) -> None:
    catalogue = load_catalogue(written(tmp_path / "c.json", WHOLE))

    (tmp_path / "again.json").write_bytes(encoded_catalogue(catalogue))

    assert load_catalogue(tmp_path / "again.json") == catalogue
    assert "Sở Giả Định" in (tmp_path / "again.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"agencies": [AGENCY | {"code": "h99"}]}, "$.agencies[0].code"),
        ({"agencies": [AGENCY | {"level": "ward"}]}, "$.agencies[0].level"),
        ({"procedures": [PROCEDURE | {"limit_working_hours": 0}]}, "limit_working_hours"),
        ({"agencies": [AGENCY, AGENCY]}, "`H99.12` stands twice - at `$.agencies`"),
        (
            {"agencies": [AGENCY | {"desks": ["Q1", "Q1"]}]},
            "`Q1` stands twice - at `$.agencies[H99",
        ),
        ({"agencies": [AGENCY | {"desks": ["Quầy 1"]}]}, "$.agencies[0].desks[0]"),
        ({"fields": [FIELD, FIELD]}, "`HoTich` stands twice"),
        ({"procedures": [PROCEDURE, PROCEDURE]}, "`1.004194` stands twice"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    tmp_path: Path, change: dict[str, Any], place: str
) -> None:
    with pytest.raises(msgspec.ValidationError) as wrong:
        load_catalogue(written(tmp_path / "c.json", WHOLE | change))

    assert place in str(wrong.value)


def test_a_file_in_another_encoding_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes('{"fields":[{"code":"A","name":"Hà"}]}'.encode("latin-1"))

    with pytest.raises(msgspec.DecodeError, match="not UTF-8"):
        load_catalogue(tmp_path / "c.json")


def test_a_missing_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_catalogue(tmp_path / "none.json")


def test_desks_are_listed_by_the_agency_that_has_them(tmp_path: Path) -> None:
    agencies = [AGENCY | {"desks": ["Q1", "Q2"]}, AGENCY | {"code": "H99.13"}]
    catalogue = load_catalogue(written(tmp_path / "c.json", WHOLE | {"agencies": agencies}))

    assert catalogue.agency_by_code["H99.12"].desks == ("Q1", "Q2")
    assert catalogue.agency_by_code["H99.13"].desks == ()
    assert b"desks" in encoded_catalogue(catalogue)
    assert b"desks" not in encoded_catalogue(catalogue.without_desks())
