"""`motcua doctor`: each thing it looks at, sound and broken, and what it tells to do."""

import asyncio
import socket
from pathlib import Path

import nats
import pytest
from click.testing import CliRunner

from motcua import publishers
from motcua.cli import cli
from motcua.doctor import look
from motcua.finding import Finding, Grade
from motcua.home import HTTP_SERVICES, Home, Ports, write_private
from motcua.nats_server import ServerSettings, server_config, start_server
from shared.bus.streams import provision
from shared.catalogue.model import Catalogue, encoded_catalogue
from tests.support.server import PASSWORD, free_base


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")


@pytest.fixture
def ports() -> Ports:
    return Ports(free_base())


def of(findings: list[Finding], what: str) -> Finding:
    found = [one for one in findings if one.what == what]
    assert len(found) == 1, findings
    return found[0]


def test_a_machine_with_python_and_a_broker_is_sound(home: Home, ports: Ports) -> None:
    findings = look(home.root, ports)

    assert of(findings, "Python").grade is Grade.GOOD
    assert "v2." in of(findings, "nats-server").text
    assert of(findings, "đĩa").grade is not Grade.BAD


def test_a_directory_that_is_not_there_is_no_fault_and_is_not_made(
    tmp_path: Path, ports: Ports
) -> None:
    found = of(look(tmp_path / "nowhere", ports), "dữ liệu")

    assert found.grade is Grade.WARN
    assert "motcua run --data" in found.text
    assert not (tmp_path / "nowhere").exists()


def test_secrets_that_others_can_read_are_a_fault_with_its_cure(home: Home, ports: Ports) -> None:
    sound = of(look(home.root, ports), "bí mật")
    home.secrets.chmod(0o755)

    broken = of(look(home.root, ports), "bí mật")

    assert sound.grade is Grade.GOOD
    assert broken.grade is Grade.BAD
    assert f"chmod 700 {home.secrets}" in broken.text


def test_publishers_are_counted_and_old_tokens_named(home: Home, ports: Ports) -> None:
    none = of(look(home.root, ports), "nguồn gửi")
    publishers.add(home, "so-tu-phap")
    publishers.add(home, "mcdt-tinh")
    publishers.rotate(home, "mcdt-tinh")

    two = of(look(home.root, ports), "nguồn gửi")

    assert none.grade is Grade.WARN
    assert two == Finding("nguồn gửi", Grade.GOOD, "2 nguồn; còn khóa cũ: mcdt-tinh")


def test_a_registry_or_a_catalogue_that_cannot_be_read_is_a_fault(home: Home, ports: Ports) -> None:
    home.publishers_file.write_text("{")
    home.catalogue_file.write_text('{"agencies": [{"code": 7}]}')

    findings = look(home.root, ports)

    assert of(findings, "nguồn gửi").grade is Grade.BAD
    assert of(findings, "danh mục").grade is Grade.BAD
    assert "$.agencies[0]" in of(findings, "danh mục").text


def test_a_catalogue_is_counted(home: Home, ports: Ports) -> None:
    home.catalogue_file.write_bytes(encoded_catalogue(Catalogue()))

    assert of(look(home.root, ports), "danh mục").text == "0 cơ quan, 0 thủ tục"


def test_a_port_that_somebody_holds_is_named(home: Home, ports: Ports) -> None:
    with socket.create_server(("127.0.0.1", ports.of("notifier"))):
        found = of(look(home.root, ports), "cổng")

    assert found.grade is Grade.BAD
    assert f"{ports.of('notifier')} (notifier)" in found.text
    assert "motcua run --ports" in found.text


def test_a_variable_that_nobody_reads_is_named(
    home: Home, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_HTP_PORT", "1")

    found = of(look(home.root, ports), "biến môi trường")

    assert found.grade is Grade.WARN
    assert "MOTCUA_HTP_PORT" in found.text


async def running(home: Home, ports: Ports) -> "asyncio.subprocess.Process":
    """A broker as `motcua run` would start it, provisioned; no service."""
    settings = ServerSettings(
        port=ports.of("nats"),
        monitor_port=ports.of("monitor"),
        store=home.nats / "jetstream",
        service_keys=home.service_keys(),
        open_logins={"tests": PASSWORD},
        publishers=publishers.logins(home),
    )
    config = home.nats / "nats.conf"
    write_private(config, server_config(settings))
    write_private(
        home.run_file,
        '{"urls": {' + ",".join(f'"{k}": "{v}"' for k, v in ports.urls().items()) + "}}",
    )
    return await start_server(config, home.nats / "log", monitor_port=ports.of("monitor"))


async def test_a_running_system_is_asked_and_each_fault_in_it_is_found(
    home: Home, ports: Ports
) -> None:
    publishers.add(home, "so-tu-phap")
    process = await running(home, ports)
    try:
        with home.hold():
            bare = await asyncio.to_thread(look, home.root, ports)
            await provisioned(home, ports)
            sound = await asyncio.to_thread(look, home.root, ports)
            await changed(ports)
            differs = await asyncio.to_thread(look, home.root, ports)
    finally:
        process.kill()
        await process.wait()

    missing = [one.text for one in bare if one.what == "luồng"]
    assert "thiếu FACTS: motcua provision" in missing
    assert "thiếu INBOX_so-tu-phap: motcua provision" in missing
    assert of(sound, "luồng") == Finding("luồng", Grade.GOOD, "đúng thiết kế")
    assert of(sound, "mục bị từ chối").grade is Grade.GOOD
    assert of(differs, "luồng").text == "FACTS.duplicate_window: cần 7200, đang là 60"
    kept = of(differs, "mục bị từ chối")
    assert kept.grade is Grade.WARN
    assert kept.text == "không có thời hạn, cần 180: motcua provision --limit-rejects"
    assert of(sound, "ghi đĩa").grade is Grade.GOOD
    assert of(sound, "đồng hồ").grade is Grade.GOOD
    # No service runs here: each is named with its address.
    assert [of(sound, name).grade for name in HTTP_SERVICES] == [Grade.BAD] * 4
    assert ports.url("intake") in of(sound, "intake").text


async def provisioned(home: Home, ports: Ports) -> None:
    from motcua.operator_login import connected

    async with connected(ports.url("nats"), home.service_seed("operator")) as client:
        await provision(client.jetstream(), ["so-tu-phap"])


async def changed(ports: Ports) -> None:
    client = await nats.connect(ports.url("nats"), user="tests", password=PASSWORD)
    js = client.jetstream()
    found = (await js.stream_info("FACTS")).config
    await js.update_stream(found.evolve(duplicate_window=60))
    found = (await js.stream_info("REJECTS")).config
    await js.update_stream(found.evolve(max_age=0))
    await client.close()


async def test_a_broker_that_died_is_found(home: Home, ports: Ports) -> None:
    process = await running(home, ports)
    process.kill()
    await process.wait()

    with home.hold():
        findings = await asyncio.to_thread(look, home.root, ports)

    assert of(findings, "NATS").grade is Grade.BAD
    assert of(findings, "luồng").grade is Grade.BAD


def test_the_exit_code_tells_a_script(home: Home, ports: Ports) -> None:
    arguments = ["doctor", "--data", str(home.root), "--ports", str(ports.base)]

    sound = CliRunner().invoke(cli, arguments)
    home.secrets.chmod(0o755)
    broken = CliRunner().invoke(cli, arguments)

    assert (sound.exit_code, broken.exit_code) == (0, 1)


def test_settings_are_printed_with_their_origin_and_no_secret(
    home: Home, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_SCORING_HTTP_PORT", "9402")
    monkeypatch.setenv("MOTCUA_NATS_PASSWORD", "hush-hush")

    said = (
        CliRunner()
        .invoke(
            cli,
            ["doctor", "--settings", "--data", str(home.root), "--ports", str(ports.base)],
            env={"COLUMNS": "200"},
        )
        .output
    )

    assert "9402" in said
    assert "MOTCUA_SCORING_HTTP_PORT" in said
    assert "hush-hush" not in said
