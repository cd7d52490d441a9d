"""Starting the local system: what stands in the way is named, with the way out."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from motcua.cli import cli
from motcua.home import Home, Ports
from motcua.local import LocalSystem, Plan, PortTakenError, check_ports, free_base
from tests.support.server import free_base as any_base


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def test_a_taken_port_is_named_with_its_purpose_and_the_way_out() -> None:
    ports = Ports(any_base())

    with taken(ports.of("scoring")), pytest.raises(PortTakenError) as refused:
        check_ports(ports, ["nats", "scoring"])

    said = str(refused.value)
    assert f"Cổng {ports.of('scoring')} (scoring) đang được dùng" in said
    assert f"motcua run --ports {free_base(ports)}" in said


def test_the_base_we_advise_has_all_its_ports_free() -> None:
    ports = Ports(any_base())
    nearest = free_base(ports)

    with taken(Ports(nearest).of("carrier")):
        other = free_base(ports)

    assert other > nearest
    assert (other - ports.base) % 100 == 0


def test_ports_nobody_holds_are_no_hindrance() -> None:
    check_ports(Ports(any_base()), ["nats", "monitor", "intake"])


def programs(root: Path, *, demo: bool = False) -> dict[str, dict[str, str]]:
    system = LocalSystem(Home(root), Plan(ports=Ports(8400), demo=demo), lambda *_: None)
    return {one.program.name: dict(one.program.environment) for one in system.services}


def test_no_secret_stands_in_an_environment_or_an_argument(tmp_path: Path) -> None:
    home = Home(tmp_path)
    system = LocalSystem(home, Plan(ports=Ports(8400), demo=True), lambda *_: None)
    home.seal_key_file()

    secrets = [path.read_text() for path in home.secrets.glob("*.*")]
    children = [system.broker, system.carrier, *system.services]
    written = " ".join(
        " ".join([*child.program.arguments, *child.program.environment.values()])
        for child in children
        if child is not None
    )
    assert len(secrets) == 6
    assert not [secret for secret in secrets if secret in written]


def test_each_service_gets_its_own_settings_under_its_own_name(tmp_path: Path) -> None:
    found = programs(tmp_path)

    assert found["scoring"]["MOTCUA_SCORING_HTTP_PORT"] == "8402"
    assert found["scoring"]["MOTCUA_SCORING_NATS_NKEY_FILE"].endswith("scoring.nkey")
    assert "MOTCUA_INTAKE_SEAL_KEY_FILE" in found["intake"]
    assert not [name for name in found["scoring"] if "SEAL" in name or "INTAKE" in name]


def test_only_the_demo_has_a_carrier_of_its_own(tmp_path: Path) -> None:
    plain = programs(tmp_path / "a")["postal_gateway"]
    demo = programs(tmp_path / "b", demo=True)["postal_gateway"]

    assert "MOTCUA_POSTAL_GATEWAY_CARRIER_URL" not in plain
    assert demo["MOTCUA_POSTAL_GATEWAY_CARRIER_URL"] == "http://127.0.0.1:8406"


def test_a_service_starts_with_the_interpreter_of_this_environment(tmp_path: Path) -> None:
    system = LocalSystem(Home(tmp_path), Plan(ports=Ports(8400)), lambda *_: None)

    assert {one.program.arguments[0] for one in system.services} == {sys.executable}


def test_every_service_gets_the_calendar_of_the_directory_where_there_is_one(
    tmp_path: Path,
) -> None:
    without = programs(tmp_path)
    (tmp_path / "calendar.toml").write_text("")

    found = programs(tmp_path)

    assert not any("CALENDAR" in name for one in without.values() for name in one)
    assert {
        name: one[f"MOTCUA_{name.upper()}_CALENDAR"] for name, one in found.items()
    } == dict.fromkeys(found, str(tmp_path / "calendar.toml"))


def test_a_faulty_calendar_is_said_once_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "calendar.toml").write_text("[[session]]\nstart = 07:00:00\nend = 12:00:00\n")

    said = CliRunner().invoke(cli, ["run", "--data", str(tmp_path), "--ports", str(any_base())])

    assert said.exit_code == 1
    assert said.output.count("calendar.toml: bảng lịch làm việc không hợp lệ") == 1
    assert "cộng lại 5 giờ" in said.output
    assert "Traceback" not in said.output
