"""README.md says what the code says: its commands, and every series of the four services."""

import re
from pathlib import Path

import pytest

from motcua.cli import COMMANDS
from motcua.home import HTTP_SERVICES
from motcua.readme import ROOT, commands_table, families_of, metrics_table, with_tables


def test_the_readme_is_current() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert with_tables(text) == text, "make docs"


def test_every_command_stands_in_the_table_once() -> None:
    assert re.findall(r"^\| `motcua (\w+)`", commands_table(), re.MULTILINE) == list(COMMANDS)


def test_every_family_of_every_service_stands_in_the_table_once() -> None:
    names = [
        family.name
        for service in HTTP_SERVICES
        for family in families_of(ROOT / "services" / service / "README.md")
    ]

    listed = re.findall(r"^\| `(\w+)`", metrics_table(), re.MULTILINE)

    assert listed == sorted(set(names))
    assert "dvc_dossiers_open" in listed
    assert "dvc_alerts_open" in listed


def test_a_series_of_all_services_is_said_to_be_of_all() -> None:
    row = next(line for line in metrics_table().splitlines() if "`dvc_fold_position`" in line)

    assert "| all four |" in row


def test_a_service_without_its_table_is_named(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# nothing here")

    with pytest.raises(ValueError, match="no table of metrics"):
        list(families_of(readme))
