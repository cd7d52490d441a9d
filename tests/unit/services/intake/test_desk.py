"""The desk: what a clerk sees of a refused event, mends, sends again or dismisses."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response

from services.intake.parts import Parts
from services.intake.rejects import DECODER, How, RejectSettled
from shared.events.envelope import LOG_DECODER
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, fold_all, intake_client, intake_parts
from tests.support.intake import AUTHORIZATION, PUBLISHER, STRUCTURED, event

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
PERSON = "Trần Thị Ví Dụ"


@pytest.fixture
def wire() -> FakeWire:
    return FakeWire()


@pytest.fixture
def parts(tmp_path: Path, wire: FakeWire) -> Parts:
    return intake_parts(tmp_path, clock=FakeClock(NOW), wire=wire)


@pytest.fixture
async def client(parts: Parts, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with intake_client(parts, tmp_path) as client:
        yield client


async def refused(client: AsyncClient, parts: Parts, **change: Any) -> str:
    """Post an event that will be refused; the id of its reject."""
    body = event(1, now=NOW, **change)
    await client.post("/v1/events", content=json.dumps(body), headers=STRUCTURED)
    return parts.rejects.rows(is_open=True)[0].reject_id


async def sent_again(
    client: AsyncClient, reject: str, body: dict[str, Any] | str, name: str = "Lê Văn Mẫu"
) -> Response:
    text = body if isinstance(body, str) else json.dumps(body)
    form = {"body": text, "name": name, "reason": "sửa mã"}
    return await client.post(f"/rejects/{reject}/resubmit", data=form)


async def test_the_list_counts_filters_and_downloads_what_it_shows(
    client: AsyncClient, parts: Parts
) -> None:
    await refused(client, parts, subject="sai")
    await refused(client, parts, time="2030-01-01T00:00:00Z")

    page = (await client.get("/")).text
    by_reason = (await client.get("/?ly-do=time_in_future")).text
    by_text = (await client.get("/?tim=0000001")).text
    csv = (await client.get("/rejects.csv")).content.decode("utf-8-sig")

    assert "<b>2</b> sự kiện" in page
    assert "<b>1</b> sự kiện" in by_reason
    assert "<b>1</b> sự kiện" in by_text
    assert len(csv.strip().splitlines()) == 3
    assert "Thời điểm xảy ra ở tương lai" in csv


async def test_a_row_has_one_thing_to_do_and_the_page_behind_it_has_the_rest(
    client: AsyncClient, parts: Parts
) -> None:
    reject = await refused(client, parts, subject="sai")

    page = (await client.get("/")).text
    (row,) = re.findall(r"<tr>(?:(?!<tr>).)*?/rejects/.*?</tr>", page, re.DOTALL)
    behind = (await client.get(f"/rejects/{reject}")).text

    assert re.findall(r'href="([^"]*)"', row) == [f"/rejects/{reject}"]
    assert ">Xử lý</a>" in row
    assert f'href="/publishers/{PUBLISHER}"' in behind
    assert 'action="/rejects/' in behind


async def test_an_empty_list_says_what_would_fill_it(client: AsyncClient) -> None:
    assert "Không có sự kiện nào đang chờ" in (await client.get("/")).text


async def test_one_reject_is_explained_with_its_body_and_the_place_marked(
    client: AsyncClient, parts: Parts
) -> None:
    reject = await refused(client, parts, data={"due_on": "2026-02-01"}, note=PERSON)

    page = (await client.get(f"/rejects/{reject}")).text

    assert "Ngày hẹn trả trước ngày tiếp nhận" in page
    assert re.search(r"<mark>    &#34;due_on&#34;: &#34;2026-02-01&#34;", page)
    assert PERSON in page


async def test_a_body_is_sealed_wherever_it_rests(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    await refused(client, parts, subject=PERSON, note=PERSON)

    everywhere = b"".join(message.body for message in wire.rejects)
    everywhere += str(parts.store.rows("select * from reject")).encode()
    everywhere += str(parts.book.ring(PUBLISHER)).encode()

    assert PERSON.encode() not in everywhere
    assert b"Th\\u1ecb" not in everywhere


async def test_a_mended_event_is_recorded_and_its_reject_settled(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    reject = await refused(client, parts, subject="sai")

    answer = await sent_again(client, reject, event(1, now=NOW))

    assert answer.status_code == 303
    assert LOG_DECODER.decode(wire.facts[0].body).source == PUBLISHER
    settled = DECODER.decode(wire.rejects[-1].body)
    assert isinstance(settled, RejectSettled)
    assert (settled.how, settled.by, settled.new_fact_id) == (
        How.RESUBMITTED, "Lê Văn Mẫu", "1:received"
    )  # fmt: skip
    assert parts.rejects.counts() == (0, 1)
    assert "Đã sửa và gửi lại" in (await client.get("/settled")).text


async def test_what_is_refused_again_stays_in_the_form_with_the_reason_beside_it(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    reject = await refused(client, parts, subject="sai")

    answer = await sent_again(client, reject, event(1, now=NOW, subject="vẫn-sai"))

    assert answer.status_code == 422
    assert "Vẫn bị từ chối" in answer.text
    assert "v\\u1eabn-sai" in answer.text or "vẫn-sai" in answer.text
    assert 'value="Lê Văn Mẫu"' in answer.text
    assert (wire.facts, len(wire.rejects)) == ([], 1)


async def test_without_a_name_nothing_is_sent_and_nothing_typed_is_lost(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    reject = await refused(client, parts, subject="sai")

    answer = await sent_again(client, reject, '{"đang": "gõ dở"}', name=" ")

    assert answer.status_code == 422
    assert "Ghi họ tên người xử lý" in answer.text
    assert "gõ dở" in answer.text
    assert wire.facts == []


async def test_a_dismissal_needs_a_name_and_a_reason_and_keeps_both(
    client: AsyncClient, parts: Parts
) -> None:
    reject = await refused(client, parts, subject="sai")

    without = await client.post(f"/rejects/{reject}/dismiss", data={"name": "Lê Văn Mẫu"})
    given = {"name": "Lê Văn Mẫu", "reason": "gửi thử"}
    done = await client.post(f"/rejects/{reject}/dismiss", data=given)
    again = await client.post(f"/rejects/{reject}/dismiss", data=given)

    assert (without.status_code, done.status_code, again.status_code) == (422, 303, 303)
    assert again.headers["location"] == "/?da=da-xong"
    row = parts.rejects.row(reject)
    assert row is not None
    assert (row.settled_how, row.settled_by, row.settled_reason) == (
        How.DISMISSED, "Lê Văn Mẫu", "gửi thử"
    )  # fmt: skip


async def test_a_reject_raised_again_is_one_reject(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    await refused(client, parts, subject="sai")
    wire.rejects.append(wire.rejects[0])  # beyond the broker's window of duplicates
    await fold_all(wire, parts.rejects)

    (row,) = parts.rejects.rows(is_open=True)

    assert row.repeat_count == 1
    assert parts.rejects.open_count(PUBLISHER) == 1


async def test_a_payload_of_the_national_sync_is_mended_element_by_element(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    element = {
        "MaHoSo": "H99.12-20260302-0000001", "MaTTHC": "1.004194", "TrangThaiHoSo": "2",
        "NgayTiepNhan": "ngày kia", "NgayHenTra": "20260306170000", "ChuHoSo": PERSON,
    }  # fmt: skip
    answer = await client.post(
        "/v1/dvcqg/DongBoHoSoMC", json={"isUpdating": "false", "data": [element]},
        headers=AUTHORIZATION,
    )  # fmt: skip
    (row,) = parts.rejects.rows(is_open=True)

    mended = await sent_again(client, row.reject_id, {**element, "NgayTiepNhan": "20260302080000"})

    assert answer.json()["error_code"] == "1"
    assert answer.json()["errors"][0]["field"] == "NgayTiepNhan"
    assert mended.status_code == 303
    assert [LOG_DECODER.decode(m.body).type for m in wire.facts] == ["dossier.received.v1"]
    assert PERSON.encode() not in b"".join(m.body for m in wire.facts + wire.rejects)


async def test_a_payload_told_again_changes_nothing(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    element = {
        "MaHoSo": "H99.12-20260302-0000001", "MaTTHC": "1.004194", "TrangThaiHoSo": "2",
        "NgayTiepNhan": "20260302080000", "NgayHenTra": "20260306170000", "LoaiDoiTuong": "77",
    }  # fmt: skip
    payload = {"isUpdating": "true", "data": element}

    first = await client.post("/v1/dvcqg/DongBoHoSoMC", json=payload, headers=AUTHORIZATION)
    again = await client.post("/v1/dvcqg/DongBoHoSoMC", json=payload, headers=AUTHORIZATION)
    other = await client.post("/v1/dvcqg/LayThuTuc", json=payload, headers=AUTHORIZATION)

    assert (first.json()["error_code"], again.json()["error_code"]) == ("0", "0")
    assert (first.json()["accepted"], again.json()["duplicate"]) == (1, 1)
    assert other.status_code == 404
    assert len(wire.facts) == 1
    assert [row.code for row in parts.unknown.rows()] == ["LoaiDoiTuong=77"]


async def test_every_page_of_the_desk_opens(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    await client.post("/v1/events", content=json.dumps(event(1, now=NOW)), headers=STRUCTURED)
    await fold_all(wire, parts.facts)

    unknown = (await client.get("/unknown")).text
    ring = (await client.get(f"/publishers/{PUBLISHER}")).text

    assert "H99.12" in unknown
    assert "1:received" in ring
    for path in (
        "/",
        "/settled",
        "/settled.csv",
        "/publishers",
        "/docs",
        "/unknown.csv",
        "/metrics",
        "/health/ready",
    ):
        assert (await client.get(path)).status_code == 200, path
    assert (await client.get("/publishers/khong-co")).status_code == 404
    assert (await client.get("/rejects/khong-co")).status_code == 404


async def test_numbers_of_a_fold_that_is_behind_are_not_shown(
    client: AsyncClient, parts: Parts
) -> None:
    await refused(client, parts, subject="sai")
    assert "dvc_rejects_open{" in (await client.get("/metrics")).text

    parts.followers = []

    assert "dvc_rejects_open{" not in (await client.get("/metrics")).text
