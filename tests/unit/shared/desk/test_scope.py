"""Which agencies lie within which: the tree downwards, and who took over from whom."""

from datetime import date

import pytest

from shared.catalogue.model import Agency, Catalogue, Level
from shared.desk import Scope

DAY = date(2026, 3, 4)  # a Wednesday


def agency(code: str, parent: str | None = None, ends: date | None = None) -> Agency:
    successor = None if ends is None else "A1"
    return Agency(
        code=code, name=code, short_name=code, level=Level.COMMUNE, parent=parent,
        valid_to=ends, successor=successor,
    )  # fmt: skip


CATALOGUE = Catalogue(
    agencies=(
        agency("T"), agency("A", "T"), agency("A1", "A"), agency("A11", "A1"), agency("B", "T"),
        agency("OLD", "T", DAY),
        agency("ENDS-TOMORROW", "T", date(2026, 3, 5)),
        agency("C1", "C2"), agency("C2", "C1"),
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "is_covered"),
    [
        ("A", True), ("A1", True), ("A11", True),
        ("T", False), ("B", False), ("unknown", False), ("", False),
        ("OLD", True), ("ENDS-TOMORROW", False),
        ("C1", False),
    ],
)  # fmt: skip
def test_a_scope_is_an_agency_with_all_below_it_and_what_it_took_over(
    code: str, *, is_covered: bool
) -> None:
    assert Scope(["A"], CATALOGUE, DAY).covers(code) is is_covered


def test_no_agencies_are_the_whole_province_and_what_nobody_knows_too() -> None:
    scope = Scope([], CATALOGUE, DAY)

    assert scope.is_whole
    assert all(scope.covers(code) for code in ("T", "B", "unknown", ""))


def test_an_agency_that_the_catalogue_lacks_is_its_own_scope() -> None:
    scope = Scope(["X"], Catalogue(), DAY)

    assert (scope.covers("X"), scope.covers("Y")) == (True, False)
