"""The desk and the interface of a running notifier."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from click.testing import CliRunner

from motcua.alerts_command import command
from tests.support.dossiers import AGENCIES, code_of, publish, received
from tests.support.notifying import OVERDUE_ONLY
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker

ONE_STAGE = {"MOTCUA_NOTIFIER_RULES": str(OVERDUE_ONLY)}


@pytest.fixture
async def notifier(server: TestServer, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    client = await server.client()
    now = datetime.now(UTC)
    await publish(
        client,
        [received(code_of(n), now - timedelta(days=30), AGENCIES[n % 2],
                  due_at=now - timedelta(days=n + 1)) for n in range(12)],
    )  # fmt: skip
    await client.close()
    running = await (
        await ServiceProcess("notifier", server, tmp_path / "data", ONE_STAGE).start()
    ).ready()
    async with httpx.AsyncClient() as http:

        async def is_raised() -> bool:
            found = (await http.get(f"{running.url}/v1/alerts")).json()
            return bool(found["count"] == 12)

        await until(is_raised)
    yield running
    await running.stop()


async def test_the_count_is_the_length_of_the_list_and_of_its_file(
    notifier: ServiceProcess,
) -> None:
    async with httpx.AsyncClient(base_url=notifier.url) as http:
        page = (await http.get("/", params={"co-quan": AGENCIES[0]})).text
        file = (await http.get("/alerts.csv", params={"co-quan": AGENCIES[0]})).text
        metrics = (await http.get("/metrics")).text

    assert "<b>6</b> cảnh báo" in page
    assert page.count('<td class="fixed"><a href="/dossiers/') == 6
    assert len(file.strip().splitlines()) == 7
    assert f'dvc_alerts_open{{agency="{AGENCIES[0]}",stage="overdue",acknowledged="false"}} 6' in (
        metrics
    )


async def test_the_list_is_narrowed_to_what_nobody_has_taken_on(notifier: ServiceProcess) -> None:
    async with httpx.AsyncClient(base_url=notifier.url) as http:
        (alert,) = (await http.get("/v1/alerts", params={"limit": 1})).json()["alerts"]
        await http.post(
            f"/alerts/{alert['alert_id']}/acknowledge",
            data={"by": "Cán bộ A", "reason": "Đang trình ký"},
        )

        async def length(taken: str) -> int:
            file = (await http.get("/alerts.csv", params={"tiep-nhan": taken})).text
            return len(file.strip().splitlines()) - 1

        async def is_folded() -> bool:
            return await length("roi") == 1

        await until(is_folded)
        waiting = await length("chua")
        page = (await http.get("/", params={"tiep-nhan": "chua"})).text
        metrics = (await http.get("/metrics")).text
        wrong = await http.get("/", params={"tiep-nhan": "xong"})
        gone = await http.get("/alerts.csv", params={"muc": "no-such-stage"})

    counted = [
        int(line.rsplit(" ", 1)[1])
        for line in metrics.splitlines()
        if line.startswith("dvc_alerts_open{") and 'acknowledged="false"' in line
    ]
    assert waiting == sum(counted) == 11
    assert '<option value="chua" selected>Chưa ai tiếp nhận</option>' in page
    assert '<a class="button plain" href="?">Bỏ lọc</a>' in page
    assert (wrong.status_code, gone.status_code) == (422, 422)
    assert "Bộ lọc “Tiếp nhận” không có lựa chọn này." in wrong.text


async def test_taking_on_asks_for_name_and_reason_and_keeps_what_was_typed(
    notifier: ServiceProcess,
) -> None:
    async with httpx.AsyncClient(base_url=notifier.url) as http:
        (alert,) = (await http.get("/v1/alerts", params={"limit": 1})).json()["alerts"]
        form = f"/alerts/{alert['alert_id']}/acknowledge"

        refused = await http.post(form, data={"by": "Cán bộ A", "reason": " "})
        taken = await http.post(form, data={"by": "Cán bộ A", "reason": "Đang trình ký"})
        again = await http.post(form, data={"by": "Cán bộ B", "reason": "Đang trình ký"})
        page = f"/dossiers/{quote(alert['dossier'])}"

        async def is_shown() -> bool:
            return "Cán bộ A tiếp nhận" in (await http.get(page)).text

        await until(is_shown)

    assert refused.status_code == 422
    assert "Cần ghi lý do" in refused.text
    assert 'value="Cán bộ A"' in refused.text
    assert (taken.status_code, taken.headers["location"]) == (303, f"{page}?da=da-tiep-nhan")
    assert again.headers["location"] == f"{page}?da=da-co-nguoi"


async def test_the_command_line_shows_what_the_desk_shows(notifier: ServiceProcess) -> None:
    run = CliRunner().invoke

    listed = run(command, ["list", "--url", notifier.url, "--agency", AGENCIES[1], "--limit", "2"])
    shown = run(command, ["show", code_of(3), "--url", notifier.url])
    missing = run(command, ["show", "nothing", "--url", notifier.url])

    assert "6 cảnh báo, hiện 2" in listed.output
    assert code_of(3) in shown.output
    assert "cảnh báo lúc" in shown.output
    assert missing.exit_code == 1


async def test_what_nobody_knows_is_not_found(notifier: ServiceProcess) -> None:
    async with httpx.AsyncClient(base_url=notifier.url) as http:
        assert (await http.get("/v1/alerts/nothing")).status_code == 404
        assert (await http.get("/dossiers/nothing")).status_code == 404
