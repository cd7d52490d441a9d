"""What is counted stands in one file: nothing scored or demanded lacks its row, nor the reverse."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from services.scoring.domain.facets import ADDITIVE, SUBJECTS
from services.scoring.domain.marks import MARKING
from shared.events.envelope import EVENT_TYPES
from shared.rules.indicator_sets import load_set
from shared.rules.measures import SensitiveFields, load_measures
from shared.rules.targets import plans

ROWS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[4] / "shared" / "rules" / "measures.toml").read_text(encoding="utf-8")
)["measure"]
IDS = [row["id"] for row in ROWS]
SET = load_set("portal-2026")
# Whether a procedure is connected to the population database is known to its register alone.
COMPONENTS_ONLY_REPORTED = {"4.5a"}
TARGETS_ONLY_REPORTED = {
    "satisfaction_agencies",  # a survey of the agencies, not of dossiers
    "procedures_impact_assessed",  # "not visible in dossiers"
    "internal_procedures_reviewed",  # "not visible in dossiers"
    "procedures_handled_at_one_stop_desk",  # no fact says where a procedure may be handed in
}
ALL_TARGETS = [(plan.id, target) for plan in plans().values() for target in plan.target]


def test_every_component_of_the_set_is_measured_or_known_to_come_only_as_reported() -> None:
    missing = {component.id for component in SET.component} - set(IDS)

    assert missing == COMPONENTS_ONLY_REPORTED


def test_every_target_of_every_plan_is_measured_or_known_to_come_only_as_reported() -> None:
    missing = {target.measure for _, target in ALL_TARGETS} - set(IDS)

    assert missing == TARGETS_ONLY_REPORTED


def test_the_minima_that_a_plan_refers_to_are_measured() -> None:
    wanted = {row["key"] for plan in plans().values() for row in plan.open_target}

    assert wanted
    assert wanted <= set(IDS)


def test_nothing_is_measured_that_no_set_and_no_plan_asks_for() -> None:
    components = {component.id for component in SET.component}
    components |= {watched.id for watched in SET.watched}
    keys = {target.key for _, target in ALL_TARGETS}
    open_keys = {row["key"] for plan in plans().values() for row in plan.open_target}

    assert set(IDS) - components - keys - open_keys == set()


def test_no_measure_stands_twice() -> None:
    assert len(IDS) == len(set(IDS))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_every_facet_that_a_measure_names_exists(row: dict[str, Any]) -> None:
    known = SUBJECTS[row["subject"]]

    named = [facet.removeprefix("!") for facet in row["of"] + row["counted"]]

    assert [facet for facet in named if facet not in known] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_a_measure_asks_for_something_and_nothing_twice(row: dict[str, Any]) -> None:
    named = [facet.removeprefix("!") for facet in row["of"] + row["counted"]]

    assert row["counted"]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_what_adds_up_is_counted_by_things_that_add_up(row: dict[str, Any]) -> None:
    component = next((one for one in SET.component if one.id == row["id"]), None)
    if component is None or row["subject"] == "commune":
        return

    adds_up = row["subject"] in ADDITIVE

    assert adds_up is (component.sum == "dossiers")


def test_every_fact_that_leaves_a_mark_is_a_fact_of_the_language() -> None:
    assert set(MARKING) <= set(EVENT_TYPES)


def test_facets_of_one_subject_never_share_a_bit() -> None:
    for subject, facets in SUBJECTS.items():
        assert len(set(facets.values())) == len(facets), subject
        assert all(bit.bit_count() == 1 for bit in facets.values()), subject


def test_land_construction_and_investment_are_told_by_the_words_of_their_names() -> None:
    rule = load_measures().sensitive_fields
    names = {
        "1": "Đất đai", "2": "Quy hoạch xây dựng", "3": "ĐẦU TƯ tại Việt Nam", "4": "Hộ tịch",
    }  # fmt: skip

    assert rule.among(names) == {"1", "2", "3"}
    assert SensitiveFields(words=(), source="").among(names) == frozenset()


def test_the_limits_of_publishing_are_those_of_the_formula_document() -> None:
    (limits,) = load_measures().publishing

    # Ministry: 20 working days before the law, 10 after the decision; the province: 5 and 5.
    assert (limits.announce_days_before, limits.announce_days_before_provincial) == (20, 5)
    assert (limits.public_days_after, limits.public_days_after_provincial) == (10, 5)
