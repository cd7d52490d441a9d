"""Settings and people's files of a deployment: from the home to the container that reads them."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from motcua.cli import cli
from services.notifier import settings as notifier_settings
from services.scoring import settings as scoring_settings
from tests.architecture.tree import REPOSITORY

PEOPLE = (REPOSITORY / "deploy" / "notifier" / "people.example.toml").read_text()


def handed(home: Path, out: Path) -> Path:
    said = CliRunner().invoke(cli, ["init", "--data", str(home), "--out", str(out)])
    assert said.exit_code == 0, said.output
    return out


def test_without_files_of_its_own_an_installation_has_the_defaults(tmp_path: Path) -> None:
    out = handed(tmp_path / "home", tmp_path / "out")

    found = notifier_settings.read({"MOTCUA_CONFIG": str(out / "notifier" / "settings.toml")})
    assert found.people is None
    assert found.rules is None


def test_the_notifier_finds_people_and_the_addresses_beside_them(tmp_path: Path) -> None:
    own = tmp_path / "home" / "notifier"
    own.mkdir(parents=True)
    (own / "people.toml").write_text(PEOPLE)
    (own / "mail.url").write_text("mailtos://an.example")

    out = handed(tmp_path / "home", tmp_path / "out")

    found = notifier_settings.read({"MOTCUA_CONFIG": str(out / "notifier" / "settings.toml")})
    assert str(found.people) == "/run/motcua/people.toml"
    assert (out / "notifier" / "people.toml").read_text() == PEOPLE
    assert (out / "notifier" / "mail.url").read_text() == "mailtos://an.example"
    assert not (out / "scoring" / "mail.url").exists()


def test_one_file_of_settings_reaches_every_service(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.toml").write_text('[scoring]\nplans = ["ke-hoach-2026"]\n')

    out = handed(tmp_path / "home", tmp_path / "out")

    found = scoring_settings.read({"MOTCUA_CONFIG": str(out / "scoring" / "settings.toml")})
    assert found.plans == ("ke-hoach-2026",)


@pytest.mark.parametrize("name", ["intake", "scoring", "notifier", "postal_gateway"])
def test_every_service_of_the_deployment_is_told_of_the_file(name: str) -> None:
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    pods = (REPOSITORY / "deploy" / "k8s" / f"{name}.yml").read_text(encoding="utf-8")

    environment = compose["services"][name]["environment"]
    assert environment["MOTCUA_CONFIG"] == "/run/motcua/settings.toml"
    assert "{ name: MOTCUA_CONFIG, value: /run/motcua/settings.toml }" in pods
