"""Figures of the national portal, saved as CSV or JSON, become `measure.reported`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.intake.sources.table.mapping import RowReject, rows_to_facts
from services.intake.sources.table.readers import UnreadableFileError, rows_of
from services.intake.sources.table.shipped import load_mapping
from shared.errors import RejectReason
from shared.events.catalogue import MeasureReported
from shared.events.envelope import Fact
from shared.rules.indicator_sets import load_set

SAMPLES = Path(__file__).parents[6] / "docs" / "samples"
MAPPING = load_mapping(Path("cong-quoc-gia"))
CAPTURED = datetime(2026, 9, 26, 10, tzinfo=UTC)
METRIC = {"code": "2.1", "numerator": 1, "denominator": 2, "score": 10.0}


def said(path: Path) -> list[Fact | RowReject]:
    return list(rows_to_facts(rows_of(path, MAPPING), MAPPING, source="cong-quoc-gia"))


def measures(path: Path) -> Iterator[tuple[str, MeasureReported]]:
    for fact in said(path):
        assert isinstance(fact, Fact), fact
        assert fact.time == CAPTURED
        assert isinstance(fact.data, MeasureReported)
        yield fact.subject, fact.data


def saved(folder: Path, *metrics: dict[str, Any], **unit: Any) -> Path:
    around = {"departmentCode": "H99", "period": "2026", "capturedAt": "2026-09-26T17:00:00+07:00"}
    path = folder / "so-lieu.json"
    path.write_text(json.dumps({"data": [{**around, **unit, "metrics": list(metrics)}]}))
    return path


@pytest.mark.parametrize("name", ["cong-quoc-gia.csv", "cong-quoc-gia.json"])
def test_a_saved_sheet_gives_one_measure_for_each_figure(name: str) -> None:
    found = {
        subject: (data.numerator, data.denominator, data.points_hundredths)
        for subject, data in measures(SAMPLES / name)
    }

    assert found == {
        "H99/2.1/2026": (8810, 9420, 1870),
        "H99/1.4/2026": (9400, 9420, 599),
        "H99/4.5a/2026": (212, 690, 61),
        "H99/3.6/2026-Q3": (1204, 2110, 342),
        "H99.12/5.2/2026": (3, 4, 450),
        "H99.12/5.3/2026": (0, 0, 600),
        "H99.12/3.3/2026-09": (None, None, 510),
    }


def test_the_subject_names_agency_indicator_and_period_as_the_measure_does() -> None:
    for subject, data in measures(SAMPLES / "cong-quoc-gia.csv"):
        assert subject == f"{data.agency_code}/{data.indicator_id}/{data.period}"


def test_csv_and_json_say_the_very_same_facts() -> None:
    one, other = (said(SAMPLES / f"cong-quoc-gia.{kind}") for kind in ("csv", "json"))

    assert one == other


def test_every_component_of_the_indicator_set_has_a_code() -> None:
    rule = MAPPING.values["indicator"]
    known = {component.id for component in load_set("portal-2026").component}

    assert set(rule.values.values()) == known
    assert {label for label in rule.values if label[0].isdigit()} == known


def test_a_later_capture_stands_beside_the_earlier_one_and_is_the_greater(tmp_path: Path) -> None:
    later = {**METRIC, "numerator": 2, "capturedAt": "2026-09-27T17:00:00+07:00"}

    first, second = said(saved(tmp_path, METRIC, later))

    assert isinstance(first, Fact)
    assert isinstance(second, Fact)
    assert first.subject == second.subject
    assert first.order < second.order


@pytest.mark.parametrize(
    ("metric", "unit", "reason"),
    [
        ({"code": "7.7"}, {}, RejectReason.UNMAPPED_ROW),
        ({"numerator": "nhiều"}, {}, RejectReason.INVALID_FIELD),
        ({}, {"departmentCode": "sở"}, RejectReason.INVALID_FIELD),
        ({}, {"departmentCode": ""}, RejectReason.UNMAPPED_ROW),
        ({}, {"period": "quý 3"}, RejectReason.INVALID_FIELD),
        ({}, {"capturedAt": ""}, RejectReason.INVALID_FIELD),
        ({"numerator": 99_999_999_999}, {}, RejectReason.INVALID_FIELD),
    ],
)
def test_a_figure_that_cannot_be_read_is_refused_with_its_row(
    tmp_path: Path, metric: dict[str, Any], unit: dict[str, Any], reason: RejectReason
) -> None:
    (refused,) = said(saved(tmp_path, {**METRIC, **metric}, **unit))

    assert isinstance(refused, RowReject)
    assert (refused.rows, refused.reason) == ((1,), reason)


def test_one_figure_twice_with_other_numbers_is_a_conflict(tmp_path: Path) -> None:
    (refused,) = said(saved(tmp_path, METRIC, {**METRIC, "numerator": 2}))

    assert isinstance(refused, RowReject)
    assert (refused.rows, refused.reason) == ((1, 2), RejectReason.CONFLICT)


def test_a_unit_without_figures_says_nothing(tmp_path: Path) -> None:
    assert said(saved(tmp_path, code="OK")) == []


@pytest.mark.parametrize("text", ["{", "[1,", "\ufeff{]"])
def test_what_is_no_json_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "so-lieu.json"
    path.write_text(text)

    with pytest.raises(UnreadableFileError, match="JSON"):
        said(path)
