"""The house rules, on the project as it stands."""

from pathlib import Path

import pytest

from tests.architecture import guards
from tests.architecture.tree import REPOSITORY, SERVICES

# Path and the reason why it may be longer. An entry that is no longer needed fails the test too.
LONG_FILES: dict[str, str] = {}
# `path::function` and the reason.
LONG_FUNCTIONS: dict[str, str] = {}


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    assert guards.long_files(REPOSITORY, LONG_FILES) == []


def test_no_function_is_longer_than_forty_lines() -> None:
    assert guards.long_functions(REPOSITORY, LONG_FUNCTIONS) == []


def test_every_module_is_named_after_what_it_holds() -> None:
    assert guards.banned_names(REPOSITORY) == []


def test_time_and_environment_enter_at_the_two_front_doors_only() -> None:
    assert guards.hidden_clocks(REPOSITORY) == []


def test_every_silenced_finding_gives_its_reason() -> None:
    assert guards.silent_excuses(REPOSITORY) == []


def test_no_test_sleeps() -> None:
    assert guards.sleeping_tests(REPOSITORY) == []


def test_no_test_replaces_our_own_code_by_its_path() -> None:
    assert guards.patched_insides(REPOSITORY) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_files_of_every_service(service: str) -> None:
    missing = [path for path in guards.missing_anatomy(REPOSITORY) if path.split("/")[1] == service]

    assert missing == []


def test_every_event_version_has_an_example_and_no_example_is_an_orphan() -> None:
    assert guards.orphan_examples(REPOSITORY) == []


def test_every_source_named_in_the_code_stands_in_the_law_register() -> None:
    assert guards.unknown_sources(REPOSITORY) == []


def test_no_file_names_a_registry_host_or_a_machine_path() -> None:
    assert guards.foreign_places(REPOSITORY) == []


def test_no_example_holds_a_mobile_or_identity_number() -> None:
    assert guards.personal_numbers(REPOSITORY) == []


def test_every_excepted_function_still_exists() -> None:
    gone = [name for name in LONG_FUNCTIONS if not Path(REPOSITORY, name.split("::")[0]).is_file()]

    assert gone == []
