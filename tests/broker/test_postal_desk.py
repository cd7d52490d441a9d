"""The desk and the interface of a running gateway, with a carrier that is a real server."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.support.dossiers import AGENCIES, code_of
from tests.support.posting import CarrierProcess, environment, resolved_by_post
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker


@pytest.fixture
async def desk(server: TestServer, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    carrier = await CarrierProcess(tmp_path / "carrier", "--unknown-rate", "1").start()
    client = await server.client()
    await resolved_by_post(client, 10, datetime.now(UTC))
    await client.close()
    gateway = ServiceProcess("postal_gateway", server, tmp_path / "data", environment(carrier))
    await (await gateway.start()).ready()
    async with httpx.AsyncClient(base_url=gateway.url, timeout=5) as http:

        async def all_ordered() -> bool:
            found = (await http.get("/v1/parcels", params={"state": "ordered"})).json()
            return bool(found["count"] == 10)

        await until(all_ordered, within=40)
        yield http
    await gateway.stop()
    await carrier.stop()


async def test_the_count_is_the_length_of_the_list_and_of_its_file(
    desk: httpx.AsyncClient,
) -> None:
    chosen = {"tinh-trang": "ordered", "co-quan": AGENCIES[0]}
    page = (await desk.get("/", params=chosen)).text
    file = (await desk.get("/parcels.csv", params=chosen)).text
    metrics = (await desk.get("/metrics")).text

    assert "<b>2</b> bưu gửi" in page
    assert page.count('<td class="fixed"><a href="/parcels/') == 2
    assert len(file.strip().splitlines()) == 3
    labels = f'agency="{AGENCIES[0]}",carrier="vnpost",leg="return",state="ordered"'
    assert f"dvc_postal_parcels{{{labels}}} 2" in metrics


async def test_a_leg_narrows_the_list_and_one_that_is_none_is_refused_in_words(
    desk: httpx.AsyncClient,
) -> None:
    home = {"chang": "return", "co-quan": AGENCIES[0]}
    page = (await desk.get("/", params=home)).text
    file = (await desk.get("/parcels.csv", params=home)).text
    other = (await desk.get("/parcels.csv", params={"chang": "pickup"})).text
    wrong = await desk.get("/", params={"chang": "retrun"})
    wrong_file = await desk.get("/parcels.csv", params={"chang": "retrun"})

    assert '<option value="return" selected>Trả kết quả</option>' in page
    assert '<a class="button plain" href="?">Bỏ lọc</a>' in page
    assert "<b>2</b> bưu gửi đang đi" in page
    assert [len(text.strip().splitlines()) for text in (file, other)] == [3, 1]
    assert (wrong.status_code, wrong_file.status_code) == (422, 422)
    assert "Bộ lọc “Chặng” không có lựa chọn này." in wrong.text
    assert "return (Trả kết quả)" in wrong.text


async def test_an_agency_that_has_no_parcel_any_more_shows_none_and_not_all(
    desk: httpx.AsyncClient,
) -> None:
    stranger = await desk.get("/parcels.csv", params={"co-quan": "H99.99"})

    assert stranger.status_code == 422


async def test_a_dossier_is_found_by_its_code_and_by_its_tracking_number(
    desk: httpx.AsyncClient,
) -> None:
    (line,) = (await desk.get("/v1/custody", params={"of": code_of(3)})).json()

    by_number = await desk.get("/", params={"tim": line["tracking_number"]})
    page = (await desk.get(by_number.headers["location"])).text

    assert (by_number.status_code, by_number.headers["location"]) == (303, f"/parcels/{code_of(3)}")
    assert [step["state"] for step in line["steps"]] == ["requested", "ordered"]
    assert line["holder"] == "agency"
    assert "Cơ quan giữ" in page
    assert line["tracking_number"] in page


async def test_what_nobody_knows_is_not_found(desk: httpx.AsyncClient) -> None:
    assert (await desk.get("/v1/custody", params={"of": "nothing"})).status_code == 404
    assert (await desk.get("/parcels/nothing")).status_code == 404
    assert "Không có bưu gửi nào khớp" in (await desk.get("/", params={"tim": "nothing"})).text


async def test_statuses_that_moved_nothing_have_their_page(desk: httpx.AsyncClient) -> None:
    page = (await desk.get("/ma-la")).text

    assert "Trạng thái lạ từ bưu chính" in page
