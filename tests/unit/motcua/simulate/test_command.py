"""`motcua simulate`, as somebody types it."""

import json
from pathlib import Path

from click.testing import CliRunner

from motcua.simulate import catalogue_for
from motcua.simulate.command import command
from shared.catalogue.model import load_catalogue


def test_facts_come_one_a_line_on_standard_output() -> None:
    result = CliRunner().invoke(command, ["--dossiers", "5", "--seed", "3"])

    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert sum(line["type"] == "dossier.received.v1" for line in lines) == 5
    assert "5 hồ sơ" in result.stderr


def test_a_file_and_its_catalogue_are_written_beside_each_other(tmp_path: Path) -> None:
    out, catalogue = tmp_path / "facts.jsonl", tmp_path / "catalogue.json"

    result = CliRunner().invoke(
        command,
        ["--profile=tay-son-2023", "--dossiers=5", f"--out={out}", f"--catalogue={catalogue}"],
    )

    assert result.exit_code == 0
    assert result.stdout == ""
    assert len(out.read_bytes().splitlines()) > 5
    assert load_catalogue(catalogue) == catalogue_for("tay-son-2023")


def test_an_unknown_profile_is_answered_with_the_known_ones() -> None:
    result = CliRunner().invoke(command, ["--profile", "atlantis"])

    assert result.exit_code == 2
    assert "bac-giang-2024, demo, tay-son-2023" in result.stderr


def test_help_shows_an_example() -> None:
    result = CliRunner().invoke(command, ["--help"])

    assert "\n  motcua simulate --profile demo" in result.stdout.replace("    motcua", "  motcua")
