from pathlib import Path

import pytest

from services.intake.sources.table.plan import MappingError, parsed
from services.intake.sources.table.shipped import load_mapping, mapping_for, shipped_mappings

GOOD = """
name = "thu"
title = "Bảng thử"
[subject]
column = "Mã"
[values.agency]
column = "Cơ quan"
[values.at]
column = "Lúc"
kind = "time"
[[facts]]
type = "dossier.resolved.v1"
time = "at"
data = { agency_code = "agency" }
"""


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ('name = "thu"', "name = thu", "TOML"),
        ('name = "thu"', 'name = "Thử"', "name"),
        ('title = "Bảng thử"', 'title = "x"\nzone = "Asia/Atlantis"', "múi giờ"),
        ('column = "Mã"', 'column = "Mã"\ncode_pattern = "("', "code_pattern"),
        ('column = "Mã"', 'colum = "Mã"', "subject"),
        ('column = "Cơ quan"', 'column = "Cơ quan"\nextract = "x"', "ngoặc"),
        ('column = "Cơ quan"', 'column = "Cơ quan"\nunknown = "default"', "default"),
        ("dossier.resolved.v1", "dossier.solved.v1", "dossier.solved.v1"),
        ("dossier.resolved.v1", "petition.answered.v1", "petition.answered.v1"),
        ('time = "at"', 'time = "agency"', "kind = 'time'"),
        ('time = "at"', 'time = "luc"', "luc"),
        ('time = "at"', 'time = "at"\neach = "row"', "row_key"),
        ('agency_code = "agency"', 'agency_code = "agency", colour = "agency"', "colour"),
        ('agency_code = "agency"', 'electronic_result = "agency"', "agency_code"),
    ],
)
def test_a_mistake_in_a_mapping_file_is_named_before_any_row_is_read(
    was: str, becomes: str, message: str
) -> None:
    parsed(GOOD)

    with pytest.raises(MappingError, match=message):
        parsed(GOOD.replace(was, becomes, 1))


def test_a_mapping_without_facts_is_refused() -> None:
    with pytest.raises(MappingError, match=r"\[\[facts\]\]"):
        parsed("facts = []\n" + GOOD.split("[[facts]]", maxsplit=1)[0])


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("receipt.csv", "receipt"),
        ("My Receipt 2011.CSV", "receipt"),
        ("so-theo-doi-ho-so-06-2026.xlsx", "tinh"),
        ("something.csv", None),
        ("receipt.pdf", None),
    ],
)
def test_a_file_name_chooses_its_mapping_or_none(file_name: str, name: str | None) -> None:
    found = mapping_for(file_name)

    assert (found.name if found else None) == name


def test_every_shipped_mapping_loads_by_its_bare_name() -> None:
    for mapping in shipped_mappings():
        assert load_mapping(Path(mapping.name)) == mapping
