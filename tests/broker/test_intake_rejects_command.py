"""`motcua rejects` against a real intake: found, explained, mended, closed; settled once."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from motcua.cli import cli
from shared.clock import SystemClock
from tests.support.intake import STRUCTURED, event, intake_process, login
from tests.support.server import TestServer
from tests.support.services import ServiceProcess

pytestmark = pytest.mark.broker


@pytest.fixture
async def intake(tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    server = TestServer(tmp_path / "nats", [login()])
    await server.start()
    process = intake_process(await server.provisioned(), tmp_path / "data")
    try:
        yield await (await process.start()).ready()
    finally:
        await process.stop()
        await server.kill()


async def motcua(intake: ServiceProcess, *arguments: str) -> Result:
    """Run the command in a thread: it asks over HTTP and waits."""
    words = ["rejects", *arguments, "--url", intake.url]
    return await asyncio.to_thread(CliRunner().invoke, cli, words)


async def refused(intake: ServiceProcess, number: int, **wrong: Any) -> dict[str, Any]:
    """Submit an event that intake refuses, and wait until it stands in the list."""
    body = event(number, now=SystemClock().now(), data=wrong)
    before = len(await listed(intake))
    async with httpx.AsyncClient(timeout=10) as http:
        answer = await http.post(f"{intake.url}/v1/events", json=body, headers=STRUCTURED)
    assert answer.status_code == 422, answer.text
    async with asyncio.timeout(10):
        while len(found := await listed(intake)) == before:
            pass
    return {"event": body, **found[0]}


async def listed(intake: ServiceProcess, *more: str) -> list[dict[str, Any]]:
    said = await motcua(intake, "list", "--format", "json", *more)
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout)
    rejects: list[dict[str, Any]] = found["rejects"]
    assert found["count"] == len(rejects)
    return rejects


async def test_a_refused_event_is_listed_shown_mended_and_gone(
    intake: ServiceProcess, tmp_path: Path
) -> None:
    reject = await refused(intake, 1, procedure_code="không phải mã")
    reject_id = reject["reject_id"]

    table = await motcua(intake, "list")
    shown = await motcua(intake, "show", reject_id)
    mended = tmp_path / "mended.json"
    mended.write_text(shown.stdout.replace("không phải mã", "1.004194"), encoding="utf-8")
    sent = await motcua(
        intake, "resubmit", reject_id, "--file", str(mended), "--by", "Trần Thị B"
    )  # fmt: skip

    assert "1 sự kiện" in table.stdout
    assert json.loads(shown.stdout) == reject["event"]
    assert "procedure_code" in shown.stderr
    assert (sent.exit_code, sent.stdout.split()[0]) == (0, "accepted")
    assert await listed(intake) == []
    (settled,) = await listed(intake, "--settled")
    assert settled["settled_by"] == "Trần Thị B"
    assert settled["settled_how"] == "resubmitted"


async def test_what_is_refused_again_stays_open_with_the_reason(
    intake: ServiceProcess, tmp_path: Path
) -> None:
    reject = await refused(intake, 1, agency_code="?")
    path = tmp_path / "still-wrong.json"
    path.write_text(json.dumps(reject["event"]), encoding="utf-8")

    sent = await motcua(
        intake, "resubmit", reject["reject_id"], "--file", str(path), "--by", "Trần Thị B"
    )

    assert sent.exit_code == 1
    assert "rejected" in sent.stdout
    assert "Vẫn bị từ chối" in sent.stderr
    assert [one["reject_id"] for one in await listed(intake)] == [reject["reject_id"]]


async def test_a_dismissal_has_a_name_and_a_reason_and_happens_once(
    intake: ServiceProcess,
) -> None:
    reject = await refused(intake, 1, agency_code="?")
    words = ("dismiss", reject["reject_id"], "--by", "Lê C", "--why", "Gửi nhầm hồ sơ thử")

    first = await motcua(intake, *words)
    again = await motcua(intake, *words)

    assert first.exit_code == 0, first.output
    assert again.exit_code == 1
    assert "đã có người xử lý: Lê C" in again.stderr
    (settled,) = await listed(intake, "--settled")
    assert settled["settled_reason"] == "Gửi nhầm hồ sơ thử"


async def test_the_list_is_narrowed_and_written_as_csv(intake: ServiceProcess) -> None:
    first = await refused(intake, 1, agency_code="?")
    await refused(intake, 2, agency_code="?")

    said = await motcua(intake, "list", "--format", "csv", "--reason", first["reason"])
    rows = list(csv.DictReader(io.StringIO(said.stdout)))

    assert len(rows) == 2
    assert {row["publisher"] for row in rows} == {"mcdt-tinh"}
    assert await listed(intake, "--publisher", "khong-co") == []
    assert await listed(intake, "--reason", "too_deep") == []


async def test_an_id_that_is_none_is_said_to_be_none(intake: ServiceProcess) -> None:
    said = await motcua(intake, "show", "0" * 32)

    assert said.exit_code == 1
    assert "Không có mục từ chối này" in said.stderr
