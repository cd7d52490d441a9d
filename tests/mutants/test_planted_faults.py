"""The planted faults still fit the code, and their tests are still there: `make mutants` runs."""

import re

import pytest

from tests.architecture.tree import REPOSITORY

from .planted import MUTANTS, Mutant


def test_there_are_at_least_twelve_and_each_has_a_name() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 12


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_fault_can_be_planted_and_its_tests_are_there(mutant: Mutant) -> None:
    sound = (REPOSITORY / mutant.path).read_text(encoding="utf-8")

    broken = mutant.planted_in(REPOSITORY)

    assert broken != sound
    compile(broken, mutant.path, "exec")
    for test in mutant.tests:
        path, _, name = test.partition("::")
        text = (REPOSITORY / path).read_text(encoding="utf-8")
        assert not name or re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)


def test_a_text_that_is_not_there_is_said() -> None:
    lost = MUTANTS[0]._replace(before="this stands nowhere")

    with pytest.raises(ValueError, match="found 0 times"):
        lost.planted_in(REPOSITORY)
