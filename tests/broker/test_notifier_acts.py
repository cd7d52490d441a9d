"""What people do on the desk: quiet, explanations, apologies, letters, lists; and by command."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner
from nats.aio.client import Client
from nats.aio.msg import Msg

from motcua.alerts_command import command
from shared.events import dossier as d
from tests.support.dossiers import AGENCIES, code_of, publish, received, said
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker

NAMED = {"by": "Cán bộ A", "reason": "Chờ liên ngành"}


class Intake:
    """Answers what the desk submits, and remembers it."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.outcome = "accepted"

    async def on_request(self, message: Msg) -> None:
        event = msgspec.json.decode(message.data)
        is_known = any(one["id"] == event["id"] for one in self.events)
        self.events.append(event)
        outcome = "duplicate" if is_known else self.outcome
        await message.respond(msgspec.json.encode({"outcome": outcome}))


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


@pytest.fixture
async def http(
    server: TestServer, client: Client, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve three late dossiers by the rules we ship: overdue, and two duties each."""
    now = datetime.now(UTC)
    await publish(
        client,
        [received(code_of(n), now - timedelta(days=30), AGENCIES[n], field_code="dat-dai",
                  due_at=now - timedelta(seconds=60 + n)) for n in range(3)],
    )  # fmt: skip
    process = ServiceProcess("notifier", server, tmp_path / "data")
    running = await (await process.start()).ready()
    async with httpx.AsyncClient(base_url=running.url) as made:

        async def is_raised() -> bool:
            return bool((await made.get("/v1/alerts")).json()["count"] == 9)

        await until(is_raised)
        yield made
    await running.stop()


async def alert_of(http: httpx.AsyncClient, number: int, stage: str = "overdue") -> dict[str, Any]:
    found = (
        await http.get("/v1/alerts", params={"dossier": code_of(number), "stage": stage})
    ).json()
    (alert,) = found["alerts"]
    return dict(alert)


async def test_quiet_has_a_name_a_reason_and_an_end_and_stands_in_a_list(
    http: httpx.AsyncClient,
) -> None:
    alert = await alert_of(http, 0)
    form = f"/alerts/{alert['alert_id']}/silence"
    later = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()

    past = await http.post(form, data={**NAMED, "until": "2020-01-01"})
    done = await http.post(form, data={**NAMED, "until": later})

    async def is_listed() -> bool:
        return "Chờ liên ngành" in (await http.get("/silences")).text

    await until(is_listed)
    quiet = (await http.get("/", params={"tinh-trang": "im"})).text
    ended = await http.post(f"/silences/{alert['alert_id']}/end", data={"by": "Cán bộ B"})

    async def is_loud() -> bool:
        return "Không có cảnh báo nào đang tắt tiếng" in (await http.get("/silences")).text

    await until(is_loud)
    assert past.status_code == 422
    assert "Chọn một ngày sau hôm nay." in past.text
    assert done.headers["location"].endswith("?da=da-tat-tieng")
    assert "<b>1</b> cảnh báo" in quiet
    assert ended.headers["location"] == "/silences?da=da-bat-tieng"


async def test_a_whole_stage_of_an_agency_can_be_quiet(http: httpx.AsyncClient) -> None:
    later = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    wide = {"stage": "apology_owed", "agency": AGENCIES[1], "until": later, **NAMED}

    refused = await http.post("/silences", data={**wide, "by": ""})
    done = await http.post("/silences", data=wide)

    async def is_quiet() -> bool:
        page = (await http.get("/", params={"tinh-trang": "im"})).text
        return "<b>1</b> cảnh báo" in page

    await until(is_quiet)
    assert refused.status_code == 422
    assert done.headers["location"] == "/silences?da=da-tat-tieng"
    assert "mọi hồ sơ" in (await http.get("/silences")).text


async def test_filters_and_counts_agree_and_offer_only_what_is_there(
    http: httpx.AsyncClient,
) -> None:
    everything = (await http.get("/")).text
    land = (await http.get("/", params={"linh-vuc": "dat-dai", "muc": "apology_owed"})).text
    old = (await http.get("/", params={"tuoi": "tren-5"})).text

    assert "<b>9</b> cảnh báo" in everything
    assert "<b>3</b> cảnh báo" in land
    assert land.count('<td class="fixed"><a href="/dossiers/') == 3
    assert "Không có cảnh báo nào khớp bộ lọc" in old
    assert '<option value="petition_overdue"' not in everything


async def test_an_explanation_is_the_dossiers_fact_with_the_operators_name(
    http: httpx.AsyncClient, client: Client
) -> None:
    code = code_of(0)
    unknown = await http.post(f"/explanations/{code}", data={**NAMED, "key": "k0"})
    intake = Intake()
    await client.subscribe("in.ban-canh-bao.>", cb=intake.on_request)
    await client.flush()

    empty = await http.post(f"/explanations/{code}", data={"by": "Cán bộ A", "key": "k1"})
    first = await http.post(f"/explanations/{code}", data={**NAMED, "key": "k1"})
    again = await http.post(f"/explanations/{code}", data={**NAMED, "key": "k1"})
    sorry = await http.post(
        f"/apologies/{code}", data={"by": "Cán bộ A", "letter": "12/XL-UBND", "key": "k2"}
    )

    assert unknown.headers["location"].endswith("?da=chua-dang-ky")
    assert empty.status_code == 422
    assert "Cần ghi lý do trễ hạn." in empty.text
    assert first.headers["location"].endswith("?da=da-giai-trinh")
    assert again.headers["location"].endswith("?da=da-giai-trinh")
    assert sorry.headers["location"].endswith("?da=da-xin-loi")
    explained, repeated, apologised = intake.events
    assert explained["id"] == repeated["id"] == f"{code}.explained.k1"
    assert explained["data"] == {
        "agency_code": AGENCIES[0], "explanation": "Chờ liên ngành", "by": "Cán bộ A",
    }  # fmt: skip
    assert apologised["data"]["letter_ref"] == "12/XL-UBND"

    done = d.DossierExplained(agency_code=AGENCIES[0], by="Cán bộ A")
    await publish(client, [said(done, code, datetime.now(UTC))])

    async def is_settled() -> bool:
        return bool((await alert_of(http, 0, "explanation_owed"))["because"] == "explained")

    await until(is_settled)


async def test_the_letter_is_ready_to_print_and_names_nobody(http: httpx.AsyncClient) -> None:
    asked = {"ly-do": "Chờ <ý kiến> liên ngành", "hen-lai": "2026-12-18"}

    letter = (await http.get(f"/letters/{code_of(1)}", params=asked)).text
    empty = (await http.get(f"/letters/{code_of(1)}", params={"hen-lai": "mai"})).text

    assert "Mẫu số 04 - Thông tư số 03/2025/TT-VPCP" in letter
    assert code_of(1) in letter
    assert "Chờ &lt;ý kiến&gt; liên ngành" in letter
    assert "18/12/2026" in letter
    assert "ngày …… tháng …… năm" in empty
    assert (await http.get("/letters/nothing")).status_code == 404


async def test_the_morning_list_has_the_worst_of_each_agency(http: httpx.AsyncClient) -> None:
    page = (await http.get("/meeting")).text

    assert "3 việc quá hạn hoặc nặng hơn, ở 3 cơ quan" in page  # each by its gravest alert
    assert page.count("1 việc</span>") == 3
    assert (await http.get("/told")).status_code == 200


async def test_the_command_line_takes_on_and_silences(http: httpx.AsyncClient) -> None:
    run, url = CliRunner().invoke, str(http.base_url)
    alert = (await alert_of(http, 2))["alert_id"]
    who = ["--by", "Cán bộ A", "--reason", "Đang trình ký", "--url", url]

    taken = run(command, ["ack", alert, *who])

    async def is_taken() -> bool:
        return bool((await alert_of(http, 2))["acknowledged_by"])

    await until(is_taken)
    again = run(command, ["ack", alert, *who])
    quiet = run(command, ["silence", alert, "--days", "2", *who])
    missing = run(command, ["ack", "nothing", *who])
    trial = run(command, ["test-channel", "telegram", "--url", url])
    metrics = (await http.get("/metrics")).text

    assert "Đã tiếp nhận" in taken.output
    assert again.exit_code == 1
    assert "đã có người" in again.output
    assert "Đã tắt tiếng đến" in quiet.output
    assert missing.exit_code == 1
    assert trial.exit_code == 1
    assert 'dvc_alert_acknowledge_seconds_count{stage="overdue"} 1' in metrics
    assert 'dvc_build_info{service="notifier",version="' in metrics
