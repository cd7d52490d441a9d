"""docs/security.md and docs/privacy.md name tests: each of them is there, and every row has one."""

import re
from pathlib import Path

import pytest

DOCS = Path("docs")


def names_of_tests() -> set[str]:
    return {
        name
        for path in Path("tests").rglob("*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }


def rows(page: str) -> list[str]:
    """The rows of the tables of requirements: those that say whether they are met."""
    lines = (DOCS / page).read_text().splitlines()
    return [line for line in lines if re.search(r"\| (?:Yes|Part|No)\b[^|]*\|$", line)]


@pytest.mark.parametrize("page", ["security.md", "privacy.md"])
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", (DOCS / page).read_text()))

    assert len(named) > 5
    assert named - names_of_tests() == set()


def test_whatever_is_said_to_be_met_has_a_test() -> None:
    found = rows("security.md")

    assert len(found) > 35
    assert [row for row in found if re.search(r"\| Yes", row) and "`test_" not in row] == []
