"""A whole day at the counter, over HTTP: listed, counted, signed, paid, claimed, shared."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError

from shared.bus.streams import CONTACTS
from shared.events.contact import Contact
from tests.support.dossiers import AGENCIES, code_of
from tests.support.posting import CarrierProcess, environment, resolved_by_post
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker

AGENCY = AGENCIES[0]
MINE = [code_of(0), code_of(5)]  # of ten dossiers, those of the first agency


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    contact = Contact(name="Người nhận thử", phone="0000 000 000", address="1 đường Thử")
    bucket = await made.jetstream().key_value(CONTACTS)
    await bucket.put("c-1", msgspec.json.encode(contact))
    yield made
    await made.close()


@pytest.fixture
async def desk(
    server: TestServer, client: Client, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    carrier = await CarrierProcess(tmp_path / "carrier", "--speed", "0.01").start()
    await resolved_by_post(client, 10, datetime.now(UTC), contact_ref="c-1")
    gateway = ServiceProcess("postal_gateway", server, tmp_path / "data", environment(carrier))
    await (await gateway.start()).ready()
    async with httpx.AsyncClient(base_url=gateway.url, timeout=10, follow_redirects=True) as http:

        async def all_ordered() -> bool:
            found = (await http.get("/v1/parcels", params={"state": "ordered"})).json()
            return bool(found["count"] == 10)

        await until(all_ordered, within=40)
        yield http
    await gateway.stop()
    await carrier.stop()


def nonce_in(page: str) -> str:
    found = re.search(r'name="nonce" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


async def listed(desk: httpx.AsyncClient) -> str:
    """List what the first agency hands over; return the bundle's address."""
    new = await desk.get("/bundles/new", params={"co-quan": AGENCY, "huong": "to_carrier"})
    form = {
        "nonce": nonce_in(new.text), "agency": AGENCY, "direction": "to_carrier",
        "items": MINE, "scanned": "", "by": "Cán bộ Thử",
    }  # fmt: skip
    first = await desk.post("/bundles", data=form)
    assert first.status_code == 200, first.text
    return first.url.path


async def test_a_bundle_is_listed_counted_and_signed_and_a_missing_paper_stays_here(
    desk: httpx.AsyncClient,
) -> None:
    day = (await desk.get("/bundles")).text
    assert f"co-quan={AGENCY}" in day
    address = await listed(desk)
    number = address.rsplit("/", 1)[1]

    blank = (await desk.get(f"{address}/record")).text
    for side in ("carrier", "agency"):
        page = (await desk.get(address)).text
        form = {
            "nonce": nonce_in(page), "side": side, "by": f"Người ký {side}", "note": "",
            f"giay-{MINE[0]}": "ok", f"giay-{MINE[1]}": "missing" if side == "carrier" else "ok",
        }  # fmt: skip
        signed = await desk.post(f"{address}/confirm", data=form)
        assert signed.status_code == 200, signed.text
    record = (await desk.get(f"{address}/record")).text

    async def changed_hands() -> bool:
        (line,) = (await desk.get("/v1/custody", params={"of": MINE[0]})).json()
        return bool(line["holder"] == "carrier")

    await until(changed_hands, within=20)
    (kept,) = (await desk.get("/v1/custody", params={"of": MINE[1]})).json()
    (given,) = (await desk.get("/v1/custody", params={"of": MINE[0]})).json()

    assert "☐ Thiếu" in blank
    assert "Thiếu" in record
    assert record.count("<svg") == 3  # the record's own number and two papers
    assert "Người ký carrier" in record
    assert kept["holder"] == "agency"
    assert given["steps"][-1]["record"] == number
    assert "Hai bên đã ký" in (await desk.get("/bundles")).text


async def test_a_form_sent_twice_is_one_bundle_and_what_is_wrong_stands_beside_its_field(
    desk: httpx.AsyncClient,
) -> None:
    empty = await desk.post("/bundles", data={
        "nonce": "0123456789abcdef", "agency": AGENCY, "direction": "to_carrier",
        "scanned": "X-unknown", "by": "",
    })  # fmt: skip
    address = await listed(desk)
    page = (await desk.get(address)).text
    again = {"nonce": nonce_in(page), "side": "agency", "by": "Cán bộ Thử"}
    twice = [await desk.post(f"{address}/confirm", data=again) for _ in range(2)]

    assert empty.status_code == 422
    assert "Không có bưu gửi nào mang mã: X-unknown" in empty.text
    assert "Cần ghi họ tên người lập" in empty.text
    assert [one.status_code for one in twice] == [200, 422]
    assert "Bên này đã ký" in twice[1].text


async def say(desk: httpx.AsyncClient, **fields: str) -> httpx.Response:
    """Write what is said of the first paper's return."""
    page = (await desk.get(f"/parcels/{MINE[0]}")).text
    form = {"nonce": nonce_in(page), "by": "Cán bộ Thử", "leg": "return:1", **fields}
    return await desk.post(f"/parcels/{MINE[0]}", data=form)


async def test_fees_and_claims_are_written_down_and_their_pages_agree(
    desk: httpx.AsyncClient,
) -> None:
    answers = [
        await say(desk, word="collected", amount="50.000", office="BC01", receipt="BL-1"),
        await say(desk, word="remitted", amount="20000 đ", office="BC01"),
        await say(desk, word="claim", amount="30.000", kind="lateness"),
    ]
    wrong = [
        await say(desk, word="collected", amount="nhiều"),
        await say(desk, word="return"),
        await say(desk, word="transfer", to_agency=AGENCY),
        await say(desk, word="settle", amount="1", leg="return:9"),
    ]
    fees = (await desk.get("/fees", params={"tep": "csv"})).text
    claims = (await desk.get("/claims")).text

    assert [one.status_code for one in answers] == [200, 200, 200]
    assert [one.status_code for one in wrong] == [422] * 4
    assert "50000,20000,30000" in fees
    assert "Phát chậm" in claims
    assert "chờ bưu chính trả lời" in claims


async def test_until_when_a_lost_paper_may_be_claimed_stands_on_its_page(
    desk: httpx.AsyncClient,
) -> None:
    address = await listed(desk)
    for side in ("agency", "carrier"):
        form = {"nonce": nonce_in((await desk.get(address)).text), "side": side, "by": "Người ký"}
        await desk.post(f"{address}/confirm", data=form)

    async def changed_hands() -> bool:
        (line,) = (await desk.get("/v1/custody", params={"of": MINE[0]})).json()
        return bool(line["holder"] == "carrier")

    await until(changed_hands, within=20)
    whole = (await desk.get(f"/parcels/{MINE[0]}")).text
    lost = (await say(desk, word="lost")).text
    claimed = (await say(desk, word="claim", amount="30.000", kind="loss")).text

    assert "Có thể khiếu nại" not in whole
    assert "Có thể khiếu nại vì thất lạc, chậm nhất ngày" in lost
    assert "Có thể khiếu nại" not in claimed


async def test_an_address_is_on_the_slip_only_and_erased_on_demand(
    desk: httpx.AsyncClient, client: Client
) -> None:
    slip = (await desk.get(f"/slips/{MINE[0]}")).text
    page = (await desk.get(f"/parcels/{MINE[0]}")).text
    form = {"nonce": nonce_in(page), "by": "Cán bộ Thử", "word": "erase"}
    erased = await desk.post(f"/parcels/{MINE[0]}", data=form)
    after = (await desk.get(f"/slips/{MINE[0]}")).text

    assert "1 đường Thử" in slip
    assert "1 đường Thử" not in page + erased.text + after
    bucket = await client.jetstream().key_value(CONTACTS)
    with pytest.raises(KeyNotFoundError):
        await bucket.get("c-1")


async def test_every_page_of_the_desk_says_why_it_is_empty(desk: httpx.AsyncClient) -> None:
    pages = {
        path: (await desk.get(path)).text
        for path in ("/", "/bundles", "/fees", "/claims", "/reconciliation", "/share", "/ma-la")
    }

    assert "Hôm nay chưa có bảng kê nào" in pages["/bundles"]
    assert "Chưa có khoản phí nào" in pages["/fees"]
    assert "Chưa có khiếu nại nào" in pages["/claims"]
    assert "Không có hồ sơ nào cần người xem" in pages["/"]
    assert "0 / 10" in pages["/share"]
