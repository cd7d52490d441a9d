"""`motcua init`: everyone gets its own, nobody gets another's."""

import json
import subprocess
from pathlib import Path

import yaml
from click.testing import CliRunner

from motcua.cli import cli
from motcua.nats_server import binary


def init(tmp_path: Path, *more: str) -> tuple[Path, str]:
    out = tmp_path / "out"
    said = CliRunner().invoke(
        cli, ["init", "--data", str(tmp_path / "home"), "--out", str(out), *more]
    )
    assert said.exit_code == 0, said.output
    return out, said.output


def secrets_of(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home" / "secrets"
    return {path.name: path.read_text() for path in home.glob("*.*") if path.is_file()}


def test_a_service_finds_its_own_key_and_no_other(tmp_path: Path) -> None:
    out, _ = init(tmp_path)

    seeds = {name: text for name, text in secrets_of(tmp_path).items() if name.endswith(".nkey")}
    for service in ("intake", "scoring", "notifier", "postal_gateway"):
        held = {path.read_text() for path in (out / service).iterdir()}
        assert seeds[f"{service}.nkey"] in held
        assert not held & {text for name, text in seeds.items() if service not in name}
    assert len(seeds) == 5


def test_the_broker_is_told_no_seed(tmp_path: Path) -> None:
    out, _ = init(tmp_path)

    config = (out / "nats" / "nats.conf").read_text()
    assert not [text for text in secrets_of(tmp_path).values() if text in config]
    assert config.count("nkey: U") == 6


def test_a_password_handed_out_by_an_earlier_release_is_taken_back(tmp_path: Path) -> None:
    out, _ = init(tmp_path)
    (out / "scoring" / "nats.password").write_text("of an earlier release")

    init(tmp_path)

    assert not (out / "scoring" / "nats.password").exists()


def test_a_second_time_keeps_every_secret_and_hands_out_the_new_publisher(tmp_path: Path) -> None:
    init(tmp_path)
    before = secrets_of(tmp_path)
    added = CliRunner().invoke(
        cli, ["publishers", "add", "so-tu-phap", "--data", str(tmp_path / "home")]
    )

    out, _ = init(tmp_path)

    assert added.exit_code == 0
    assert secrets_of(tmp_path) == before
    assert "PUB_so-tu-phap" in (out / "nats" / "nats.conf").read_text()
    registry = json.loads((out / "intake" / "publishers.json").read_bytes())
    assert [one["name"] for one in registry["publishers"]] == ["ban-canh-bao", "so-tu-phap"]


def test_what_is_printed_names_files_and_no_secret(tmp_path: Path) -> None:
    _, said = init(tmp_path)

    assert "đã phát intake/seal.key" in said
    assert not [text for text in secrets_of(tmp_path).values() if text in said]


def test_files_are_for_their_owner_and_for_a_foreign_image_its_group(tmp_path: Path) -> None:
    out, _ = init(tmp_path)

    modes = {
        f"{path.parent.name}/{path.name}": path.stat().st_mode & 0o777 for path in out.glob("*/*")
    }
    shared = {"grafana/admin.password", "prometheus/desk.yml"}
    assert {modes[name] for name in shared} == {0o640}
    assert {mode for name, mode in modes.items() if name not in shared} == {0o600}


def test_the_broker_accepts_the_configuration_of_one_node_and_of_three(tmp_path: Path) -> None:
    one, _ = init(tmp_path)
    three, _ = init(tmp_path, "--node", "nats-1", "--node", "nats-2", "--node", "nats-3")

    for config in [one / "nats/nats.conf", *three.glob("nats-*/nats.conf")]:
        mounted = config.read_text().replace("/run/motcua/", f"{config.parent}/")
        config.write_text(mounted)
        checked = subprocess.run(
            [binary(), "-t", "-c", str(config)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr
    assert "sync_interval: always" in (three / "nats-2/nats.conf").read_text()


def test_with_tls_the_broker_gets_a_certificate_and_services_only_whom_to_believe(
    tmp_path: Path,
) -> None:
    out, _ = init(tmp_path, "--tls", "--tls-name", "may-chu.example")

    config = (out / "nats" / "nats.conf").read_text()
    assert 'min_version: "1.3"' in config
    assert {"ca.crt", "nats.crt", "nats.key"} <= {one.name for one in (out / "nats").iterdir()}
    assert (out / "scoring" / "ca.crt").read_text() == (out / "nats" / "ca.crt").read_text()
    assert not [*out.glob("*/ca.key"), *out.glob("scoring/nats.key")]


def test_routes_of_a_cluster_verify_each_other_also_without_asking(tmp_path: Path) -> None:
    out, _ = init(tmp_path, "--node", "nats-1", "--node", "nats-2")

    before, routes = (out / "nats-2" / "nats.conf").read_text().split("cluster {")
    assert "verify: true" in routes
    assert "tls {" not in before


def test_a_catalogue_that_is_not_one_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    wrong = tmp_path / "danh-muc.json"
    wrong.write_text('{"agencies": "none"}')

    said = CliRunner().invoke(
        cli,
        ["init", "--data", str(tmp_path / "home"), "--out", str(tmp_path / "out"),
         "--catalogue", str(wrong)],
    )  # fmt: skip

    assert said.exit_code == 1
    assert "agencies" in said.output
    assert not (tmp_path / "out").exists()


def test_the_boards_learn_where_scorings_desk_is(tmp_path: Path) -> None:
    out, _ = init(tmp_path, "--desk-url", "http://trung-tam.example:8402")

    rules = yaml.safe_load((out / "prometheus" / "desk.yml").read_text())
    assert rules["groups"][0]["rules"][0]["labels"] == {"url": "http://trung-tam.example:8402"}
