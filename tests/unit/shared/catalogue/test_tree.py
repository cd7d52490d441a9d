"""The organisation tree before and after 01/07/2025, on an invented province."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalogue.model import Agency, Level
from shared.catalogue.tree import Tree, TreeError

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)


def _agency(code: str, level: Level, parent: str | None = None, **more: object) -> Agency:
    return Agency(code=code, name=code, short_name=code, level=level, parent=parent, **more)  # type: ignore[arg-type]  # dates and codes of the table below


AGENCIES = (
    _agency("H99", Level.PROVINCE),
    _agency("H99.01", Level.DEPARTMENT, "H99"),
    _agency("H99.30", Level.DISTRICT, "H99", valid_to=AFTER),
    _agency("H99.30.01", Level.COMMUNE, "H99.30", valid_to=AFTER, successor="H99.101"),
    _agency("H99.30.02", Level.COMMUNE, "H99.30", valid_to=AFTER, successor="H99.101"),
    _agency("H99.101", Level.COMMUNE, "H99", valid_from=AFTER),
)


def test_districts_stand_in_the_tree_until_30_06_2025() -> None:
    assert Tree(AGENCIES, BEFORE).subtree("H99.30") == ["H99.30", "H99.30.01", "H99.30.02"]
    assert Tree(AGENCIES, AFTER).agencies(Level.DISTRICT) == []


def test_an_old_commune_reads_by_the_new_map_as_its_successor() -> None:
    assert Tree(AGENCIES, AFTER).today("H99.30.01") == "H99.101"
    assert Tree(AGENCIES, BEFORE).today("H99.30.01") == "H99.30.01"


def test_a_closed_unit_without_a_successor_keeps_its_own_numbers() -> None:
    assert Tree(AGENCIES, AFTER).today("H99.30") == "H99.30"


def test_an_agency_nobody_knows_stands_alone() -> None:
    tree = Tree(AGENCIES, AFTER)

    assert tree.subtree("Z01.99") == ["Z01.99"]
    assert list(tree.upward("Z01.99")) == ["Z01.99"]


def test_sums_go_up_the_old_and_the_new_tree() -> None:
    counts = {"H99.01": 5, "H99.30.01": 2, "H99.30.02": 3}

    assert Tree(AGENCIES, BEFORE).summed(counts) == {
        "H99": 10, "H99.01": 5, "H99.30": 5, "H99.30.01": 2, "H99.30.02": 3,
    }  # fmt: skip
    assert Tree(AGENCIES, AFTER).summed(counts) == {"H99": 10, "H99.01": 5, "H99.101": 5}


def test_a_circle_of_parents_is_said() -> None:
    circle = (_agency("A1", Level.COMMUNE, "A2"), _agency("A2", Level.COMMUNE, "A1"))

    with pytest.raises(TreeError, match="circle"):
        list(Tree(circle, AFTER).upward("A1"))
    with pytest.raises(TreeError, match="circle"):
        Tree(circle, AFTER).subtree("A1")


def test_a_circle_of_successors_is_said() -> None:
    circle = (
        _agency("A1", Level.COMMUNE, successor="A2", valid_to=BEFORE),
        _agency("A2", Level.COMMUNE, successor="A1", valid_to=BEFORE),
    )

    with pytest.raises(TreeError, match="circle"):
        Tree(circle, AFTER).today("A1")


@given(st.dictionaries(st.sampled_from([a.code for a in AGENCIES]), st.integers(0, 99)))
def test_nothing_is_lost_on_the_way_up(counts: dict[str, int]) -> None:
    for day in (BEFORE, AFTER):
        tree = Tree(AGENCIES, day)
        sums = tree.summed(counts)
        roots = {next(reversed(list(tree.upward(tree.today(code))))) for code in counts}

        assert sum(sums.get(root, 0) for root in roots) == sum(counts.values())
