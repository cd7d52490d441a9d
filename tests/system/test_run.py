"""`motcua run`: one terminal, the whole system, and nothing of it lost or left behind."""

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.errors import Error as NatsError

from motcua import publishers
from motcua.home import HTTP_SERVICES, Home, Ports
from tests.support.server import free_base
from tests.system.events import AGENCY, received
from tests.system.running import Run, eventually, is_alive, motcua

pytestmark = [pytest.mark.slow, pytest.mark.broker]
PUBLISHER = "so-tu-phap"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    data = tmp_path_factory.mktemp("run") / "dữ liệu"
    publishers.add(Home(data), PUBLISHER)
    running = Run(data)
    try:
        yield running.start()
    finally:
        running.stop()


def test_ready_comes_with_the_addresses_of_everything(run: Run) -> None:
    said = "\n".join(run.lines[run.lines.index("ready") :])

    for name in ("nats", *HTTP_SERVICES):
        assert run.url(name) in said
    assert str(run.data) in said


@pytest.mark.parametrize("service", HTTP_SERVICES)
def test_each_desk_answers_in_vietnamese(run: Run, service: str) -> None:
    page = run.get(service, "/").text

    assert '<html lang="vi"' in page
    for desk in ("Bảng chỉ số", "Tiếp nhận", "Cảnh báo", "Bưu chính"):
        assert desk in page
    assert re.search(r"tính đến <time [^>]+>\d\d:\d\d:\d\d<", page)


def test_an_event_is_counted_on_the_metrics_page_within_two_seconds(run: Run) -> None:
    before = run.received_count()

    answer = run.post(PUBLISHER, received(1))

    assert answer.status_code == 202, answer.text
    eventually(lambda: run.received_count() == before + 1, within=2, what="counted")
    again = run.post(PUBLISHER, received(1))
    assert again.json()["results"][0]["outcome"] in {"duplicate", "conflict"}
    assert run.received_count() == before + 1


@pytest.mark.parametrize("victim", ["intake", "scoring", "notifier", "postal_gateway",
                                    "nats-server"])  # fmt: skip
def test_what_is_killed_comes_back_and_no_number_changes(run: Run, victim: str) -> None:
    run.post(PUBLISHER, [received(number) for number in range(100, 130)])
    eventually(lambda: run.received_count() >= 30, within=5, what="counted")
    before = run.numbers()
    pid = run.children()[victim]

    os.kill(pid, signal.SIGKILL)
    eventually(lambda: run.children().get(victim, pid) != pid, within=15, what="started again")
    eventually(run.is_ready, within=30, what="ready again")

    eventually(lambda: run.numbers() == before, within=10, what="the same numbers")


def test_a_publisher_added_while_it_runs_is_heard_and_a_revoked_one_is_not(run: Run) -> None:
    name = "so-xay-dung"
    added = motcua("publishers", "add", name, "--data", run.data)
    token, seed = run.secret(name, "token"), run.secret(name, "nkey")
    assert added.returncode == 0, added.stderr

    event = {**received(500), "source": name}
    eventually(lambda: run.post(name, event).status_code == 202, within=5, what="HTTP")
    eventually(lambda: asks(run, seed, event) == "duplicate", within=5, what="NATS")

    motcua("publishers", "revoke", name, "--yes", "--data", run.data)
    Home(run.data).publisher_secret(name, "token").write_text(token)
    eventually(lambda: run.post(name, event).status_code == 401, within=5, what="401")
    eventually(lambda: asks(run, seed, event) == "refused", within=5, what="no login")


def asks(run: Run, seed: str, event: dict[str, Any]) -> str:
    """Submit an event over NATS; its outcome, or `refused` where there is no login."""
    body = json.dumps(event).encode()

    async def quiet(_: Exception) -> None:
        """What is refused is raised as well."""

    async def ask() -> str:
        client = await nats.connect(
            run.url("nats"), nkeys_seed_str=seed, allow_reconnect=False, connect_timeout=2,
            error_cb=quiet,
        )  # fmt: skip
        try:
            answer = await client.request("submit.dossier.received.v1", body, timeout=2)
        finally:
            await client.close()
        return str(json.loads(answer.data).get("outcome"))

    try:
        return asyncio.run(ask())
    except (NatsError, TimeoutError, OSError) as error:
        return "refused" if "authorization" in str(error).lower() else type(error).__name__


def test_rotation_cuts_nobody_off_and_revocation_does_so_within_five_seconds(run: Run) -> None:
    name = "so-noi-vu"
    motcua("publishers", "add", name, "--data", run.data)
    event = {**received(501), "source": name}
    old = run.secret(name, "nkey")
    eventually(lambda: asks(run, old, event) == "accepted", within=5, what="the first key")

    motcua("publishers", "rotate", name, "--data", run.data)
    new = run.secret(name, "nkey")
    eventually(lambda: asks(run, new, event) == "duplicate", within=5, what="the second key")
    assert asks(run, old, event) == "duplicate"
    took = asyncio.run(seconds_until_cut_off(run, new, name))

    print(f"REVOKED seconds={took:.2f}")
    assert took < 5, took
    assert [asks(run, seed, event) for seed in (old, new)] == ["refused", "refused"]


async def seconds_until_cut_off(run: Run, seed: str, name: str) -> float:
    """From the registry's change to the end of a live connection."""
    ended = asyncio.Event()

    async def on_closed() -> None:
        ended.set()

    async def quiet(_: Exception) -> None:
        """Being cut off is what we wait for."""

    await nats.connect(
        run.url("nats"), nkeys_seed_str=seed, allow_reconnect=False, closed_cb=on_closed,
        error_cb=quiet,
    )  # fmt: skip
    began = time.monotonic()
    publishers.revoke(Home(run.data), name)
    async with asyncio.timeout(10):
        await ended.wait()
    return time.monotonic() - began


def test_a_port_in_use_ends_it_with_three_and_the_way_out(run: Run, tmp_path: Path) -> None:
    # One port below ours: its intake would stand where our broker does.
    other = motcua("run", "--data", tmp_path / "other", "--ports", str(run.ports.base - 1))

    assert other.returncode == 3
    assert f"Cổng {run.ports.base} (intake) đang được dùng" in other.stdout
    assert "ready" not in other.stdout
    assert "motcua run --ports" in other.stdout


def test_a_directory_in_use_is_left_alone(run: Run) -> None:
    second = motcua("run", "--data", run.data, "--ports", str(free_base()))

    assert second.returncode == 1
    assert "đang được một `motcua run` khác dùng" in " ".join(second.stdout.split())


def test_other_commands_find_it_by_its_directory(run: Run, tmp_path: Path) -> None:
    run.post(PUBLISHER, received(1))

    doctor = motcua("doctor", "--data", run.data)
    provision = motcua("provision", "--data", run.data, "--url", run.url("nats"))
    report = motcua("report", "--period", "2026", "--format", "json,csv", "--data", run.data,
                    "--out", tmp_path)  # fmt: skip

    assert doctor.returncode == 0, doctor.stdout
    assert provision.returncode == 0, provision.stdout
    assert report.returncode == 0, report.stderr
    assert AGENCY in (tmp_path / "bao-cao-2026.csv").read_text(encoding="utf-8-sig")
    assert "sha256" in report.stdout


def test_ctrl_c_ends_all_of_it_and_the_next_start_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    publishers.add(Home(data), PUBLISHER)
    first = Run(data).start()
    first.post(PUBLISHER, [received(number) for number in range(10)])
    eventually(lambda: first.received_count() == 10, within=5, what="counted")
    children = first.children()

    code = first.stop(signal.SIGINT)

    assert code == 0, first.lines[-20:]
    assert set(children) == {"nats-server", *HTTP_SERVICES}
    assert [name for name, pid in children.items() if is_alive(pid)] == []
    assert not any("Traceback" in line for line in first.lines)
    second = Run(data).start()
    assert second.received_count() == 10
    assert second.stop(signal.SIGTERM) == 0


def test_killed_outright_it_leaves_no_orphan_and_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    publishers.add(Home(data), PUBLISHER)
    first = Run(data, Ports(free_base()).base).start()
    children = first.children()
    assert first.post(PUBLISHER, received(1)).status_code == 202

    assert first.stop(signal.SIGKILL) == -signal.SIGKILL
    for name, pid in children.items():
        eventually(lambda pid=pid: not is_alive(pid), within=20, what=f"{name} ends")  # type: ignore[misc]  # bound in the loop

    second = Run(data, first.ports.base).start()
    eventually(lambda: second.received_count() == 1, within=5, what="counted")
    assert second.stop() == 0
