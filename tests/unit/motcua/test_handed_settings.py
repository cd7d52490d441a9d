"""Settings and people's files of a deployment: from the home to the container that reads them."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from motcua.cli import cli
from services.notifier import settings as notifier_settings
from services.postal_gateway import settings as gateway_settings
from services.postal_gateway.settings import Settings as GatewaySettings
from services.scoring import settings as scoring_settings
from tests.architecture.tree import REPOSITORY

PEOPLE = (REPOSITORY / "deploy" / "notifier" / "people.example.toml").read_text()


TWO = (
    "--carrier-url=https://mot.example",
    "--second-carrier-url=https://hai.example",
    "--second-carrier-agencies=H44.01, H44.09",
)


def init(home: Path, out: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, ["init", "--data", str(home), "--out", str(out), *more])


def handed(home: Path, out: Path, *more: str) -> Path:
    said = init(home, out, *more)
    assert said.exit_code == 0, said.output
    return out


def gateway_of(out: Path) -> GatewaySettings:
    """What the gateway reads where its environment is the compose file's."""
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    environment = compose["services"]["postal_gateway"]["environment"]
    mounted = f"{out / 'postal_gateway'}/"
    return gateway_settings.read(
        {name: value.replace("/run/motcua/", mounted) for name, value in environment.items()}
    )


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


def test_without_a_second_carrier_the_gateway_has_none(tmp_path: Path) -> None:
    out = handed(tmp_path / "home", tmp_path / "out", "--carrier-url=https://mot.example")

    found = gateway_of(out)
    assert found.carrier_url == "https://mot.example"
    assert (found.second_carrier_url, found.second_carrier_agencies) == ("", ())
    assert not found.second_carrier_token
    assert found.webhook_secrets == ()
    assert found.limits is None


def test_a_second_carrier_reaches_the_gateway_with_its_agencies_and_secrets(tmp_path: Path) -> None:
    secrets = tmp_path / "home" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "second_carrier.token").write_text("of the second\n")
    (secrets / "webhook.secrets").write_text("new,old\n")
    (tmp_path / "home" / "settings.toml").write_text("[postal_gateway]\npoll_seconds = 9\n")

    out = handed(tmp_path / "home", tmp_path / "out", *TWO)

    found = gateway_of(out)
    assert (found.carrier_shape, found.carrier_url) == ("vnpost", "https://mot.example")
    assert found.second_carrier_shape == "viettelpost"
    assert found.second_carrier_url == "https://hai.example"
    assert found.second_carrier_agencies == ("H44.01", "H44.09")
    assert found.second_carrier_token.reveal() == "of the second"
    assert [one.reveal() for one in found.webhook_secrets] == ["new", "old"]
    assert found.poll_seconds == 9
    assert not [path for path in out.glob("[!p]*/*") if "of the second" in path.read_text()]
    assert "hai.example" not in (out / "scoring" / "settings.toml").read_text()


def test_what_the_settings_say_of_a_second_carrier_themselves_stands(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    own = 'second_carrier_url = "https://ba.example"\n'
    (tmp_path / "home" / "settings.toml").write_text(own)

    out = handed(tmp_path / "home", tmp_path / "out", *TWO)

    found = gateway_of(out)
    assert found.second_carrier_url == "https://ba.example"
    assert found.second_carrier_agencies == ("H44.01", "H44.09")


@pytest.mark.parametrize(
    ("options", "settings", "why"),
    [
        (["--second-carrier-url=https://hai.example"], "", "--second-carrier-agencies"),
        (["--second-carrier-agencies=H44.01"], "", "--second-carrier-url"),
        ([*TWO, '--second-carrier-agencies=H44.01"'], "", "--second-carrier-"),
        ([*TWO], "poll_seconds =", "settings.toml"),
    ],
)
def test_half_a_second_carrier_and_broken_settings_are_refused_before_anything_is_handed_out(
    tmp_path: Path, options: list[str], settings: str, why: str
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.toml").write_text(settings)

    said = init(tmp_path / "home", tmp_path / "out", *options)

    assert said.exit_code == 1
    assert why in said.output
    assert not (tmp_path / "out").exists()


def test_a_second_carrier_without_a_token_is_said(tmp_path: Path) -> None:
    said = init(tmp_path / "home", tmp_path / "out", *TWO)

    assert "second_carrier.token" in said.output


def test_an_installations_own_times_of_the_post_reach_the_gateway(tmp_path: Path) -> None:
    own = tmp_path / "home" / "postal_gateway"
    own.mkdir(parents=True)
    shipped = (REPOSITORY / "services" / "postal_gateway" / "limits.toml").read_text()
    (own / "limits.toml").write_text(shipped)

    out = handed(tmp_path / "home", tmp_path / "out", *TWO)

    found = gateway_of(out)
    assert str(found.limits) == "/run/motcua/limits.toml"
    assert found.second_carrier_url == "https://hai.example"
    assert (out / "postal_gateway" / "limits.toml").read_text() == shipped


def test_times_that_cannot_be_read_are_refused_before_anything_is_handed_out(
    tmp_path: Path,
) -> None:
    own = tmp_path / "home" / "postal_gateway"
    own.mkdir(parents=True)
    (own / "limits.toml").write_text("version = []")

    said = init(tmp_path / "home", tmp_path / "out")

    assert said.exit_code == 1
    assert "limits.toml" in said.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name",
    ["docker-compose.yml", "deploy/cluster/docker-compose.cluster.yml",
     "deploy/tls/docker-compose.tls.yml"],
)  # fmt: skip
def test_every_deployment_passes_the_second_carrier_on(name: str) -> None:
    compose = yaml.safe_load((REPOSITORY / name).read_text(encoding="utf-8"))

    command = compose["services"]["init"]["command"]
    assert "--second-carrier-url=${MOTCUA_SECOND_CARRIER_URL:-}" in command
    assert "--second-carrier-agencies=${MOTCUA_SECOND_CARRIER_AGENCIES:-}" in command
    assert "--second-carrier-shape=${MOTCUA_SECOND_CARRIER_SHAPE:-viettelpost}" in command


def test_both_copies_of_a_cluster_read_the_same_secrets() -> None:
    found = []
    for name, service in (
        ("docker-compose.yml", "postal_gateway"),
        ("deploy/cluster/docker-compose.cluster.yml", "postal_gateway-2"),
    ):
        compose = yaml.safe_load((REPOSITORY / name).read_text(encoding="utf-8"))
        environment = compose["services"][service]["environment"]
        found.append({key: path for key, path in environment.items() if key.endswith("_FILE")})

    assert found[0] == found[1]
    assert "MOTCUA_SECOND_CARRIER_TOKEN_FILE" in found[0]


@pytest.mark.parametrize("name", ["intake", "scoring", "notifier", "postal_gateway"])
def test_every_service_of_the_deployment_is_told_of_the_file(name: str) -> None:
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    pods = (REPOSITORY / "deploy" / "k8s" / f"{name}.yml").read_text(encoding="utf-8")

    environment = compose["services"][name]["environment"]
    assert environment["MOTCUA_CONFIG"] == "/run/motcua/settings.toml"
    assert "{ name: MOTCUA_CONFIG, value: /run/motcua/settings.toml }" in pods
