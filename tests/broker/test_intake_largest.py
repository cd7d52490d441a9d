"""The largest input of every entry, refused: it stands in REJECTS whole, on a real nats-server.

The noise is base64, which deflates to three quarters only: sealed it is larger than any message.
"""

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import nats
import pytest
from click.testing import CliRunner
from httpx import AsyncClient
from nats.aio.client import Client

from motcua.cli import cli
from shared.bus.streams import FACTS, MESSAGE_SIZE_MAX_BYTES
from shared.clock import SystemClock
from tests.support.intake import (
    AUTHORIZATION,
    BATCH,
    NATS_PASSWORD,
    PUBLISHER,
    STRUCTURED,
    TOKEN,
    event,
    intake_process,
    login,
)
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker
NOW: Final = SystemClock().now()
SUBJECT: Final = "submit.dossier.received.v1"
LARGEST: Final = MESSAGE_SIZE_MAX_BYTES
PAYLOAD_LARGEST: Final = 4 * 1_048_576


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TestServer]:
    running = TestServer(tmp_path / "nats", [login()])
    try:
        await running.start()
        yield await running.provisioned()
    finally:
        await running.kill()


@pytest.fixture
async def intake(server: TestServer, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    process = intake_process(server, tmp_path / "data")
    try:
        yield await (await process.start()).ready()
    finally:
        await process.stop()


@pytest.fixture
async def http(intake: ServiceProcess) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=intake.url, headers=STRUCTURED, timeout=30) as client:
        yield client


@pytest.fixture
async def publisher(server: TestServer) -> AsyncIterator[Client]:
    client = await nats.connect(server.url, user=PUBLISHER, password=NATS_PASSWORD)
    yield client
    await client.close()


def noise(seed: int, length: int) -> str:
    return base64.b64encode(random.Random(seed).randbytes(length))[:length].decode()


def largest(number: int, *, is_refused: bool, size: int = LARGEST) -> bytes:
    """An event of exactly `size` bytes: refused for a field of its data, or with an extension."""
    place: dict[str, Any] = {"data": {"ghi_chu": ""}} if is_refused else {"ghichu": ""}
    room = size - len(json.dumps(event(number, now=NOW, **place)))
    if is_refused:
        place = {"data": {"ghi_chu": noise(number, room)}}
    else:
        place = {"ghichu": noise(number, room)}
    body = json.dumps(event(number, now=NOW, **place)).encode()
    assert len(body) == size
    return body


async def kept_bodies(http: AsyncClient, count: int, within: float = 10) -> list[dict[str, Any]]:
    """The bodies of all rejects, in clear, once there are so many."""
    found: list[dict[str, Any]] = []

    async def are_listed() -> bool:
        found[:] = (await http.get("/v1/rejects")).json()["rejects"]
        return len(found) >= count

    await until(are_listed, within=within, what=f"{count} rejects are listed")
    opened = [(await http.get(f"/v1/rejects/{one['reject_id']}")).json() for one in found]
    assert [one["is_cut"] for one in opened] == [False] * count
    return [json.loads(one["body"]) for one in opened]


def as_json(bodies: list[bytes]) -> list[dict[str, Any]]:
    return sorted((json.loads(body) for body in bodies), key=lambda one: str(one["id"]))


async def test_the_largest_event_is_accepted_on_every_entry(
    http: AsyncClient, publisher: Client, server: TestServer
) -> None:
    answers = [await http.post("/v1/events", content=largest(1, is_refused=False))]
    lines = largest(2, is_refused=False) + b"\n" + largest(3, is_refused=False)
    ndjson = {"Content-Type": "application/x-ndjson"}
    answers.append(await http.post("/v1/events", content=lines, headers=ndjson))
    array = b"[" + largest(4, is_refused=False) + b"]"
    answers.append(await http.post("/v1/events", content=array, headers=BATCH))
    asked = await publisher.request(SUBJECT, largest(5, is_refused=False), timeout=5)
    await publisher.publish(SUBJECT, largest(6, is_refused=False))
    await publisher.flush()

    async def are_recorded() -> bool:
        client = await server.client()
        info = await client.jetstream().stream_info(FACTS)
        await client.close()
        return info.state.messages == 6

    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert json.loads(asked.data)["outcome"] == "accepted"
    await until(are_recorded, what="six facts are in the log")


async def test_the_largest_refused_event_is_kept_whole_over_http(http: AsyncClient) -> None:
    bodies = [largest(number, is_refused=True) for number in range(1, 8)]

    single = await http.post("/v1/events", content=bodies[0])
    lines = await http.post(
        "/v1/events",
        content=b"\n".join(bodies[1:4]),
        headers={"Content-Type": "application/x-ndjson"},
    )
    batch = await http.post(
        "/v1/events", content=b"[" + b",".join(bodies[4:]) + b"]", headers=BATCH
    )

    assert (single.status_code, lines.status_code, batch.status_code) == (422, 207, 207)
    assert [lines.json()["rejected"], batch.json()["rejected"]] == [3, 3]
    assert sorted(await kept_bodies(http, 7), key=lambda one: str(one["id"])) == as_json(bodies)


async def test_a_kept_event_of_full_size_is_mended_and_recorded(http: AsyncClient) -> None:
    await http.post("/v1/events", content=largest(1, is_refused=True))
    (body,) = await kept_bodies(http, 1)
    (reject,) = (await http.get("/v1/rejects")).json()["rejects"]
    del body["data"]["ghi_chu"]

    answer = await http.post(
        f"/v1/rejects/{reject['reject_id']}/resubmit",
        json={"body": json.dumps(body), "by": "Người thử"},
        headers={"Content-Type": "application/json"},
    )

    assert answer.json()["is_settled"]


async def test_the_largest_refused_event_is_kept_whole_over_nats(
    http: AsyncClient, publisher: Client
) -> None:
    bodies = [largest(number, is_refused=True) for number in (1, 2)]

    asked = await publisher.request(SUBJECT, bodies[0], timeout=5)
    await publisher.publish(SUBJECT, bodies[1])
    await publisher.flush()

    assert json.loads(asked.data)["error"]["code"] == 422
    assert sorted(await kept_bodies(http, 2), key=lambda one: str(one["id"])) == as_json(bodies)


async def test_a_message_that_nats_would_not_take_fails_at_its_publisher(
    publisher: Client,
) -> None:
    with pytest.raises(nats.errors.MaxPayloadError):
        await publisher.publish(SUBJECT, largest(1, is_refused=True, size=LARGEST + 1))


async def test_bytes_that_are_no_text_are_kept_in_full_size(
    http: AsyncClient, publisher: Client
) -> None:
    body = random.Random(7).randbytes(LARGEST)

    single = await http.post("/v1/events", content=body)
    asked = await publisher.request(SUBJECT, body[::-1], timeout=5)

    async def are_listed() -> bool:
        return int((await http.get("/v1/rejects")).json()["count"]) == 2

    assert single.status_code == 422
    assert "error" in json.loads(asked.data)
    await until(are_listed, what="both are listed")
    for one in (await http.get("/v1/rejects")).json()["rejects"]:
        opened = (await http.get(f"/v1/rejects/{one['reject_id']}")).json()
        assert not opened["is_cut"]


async def test_the_largest_refused_event_of_a_file_is_kept_whole(
    http: AsyncClient, intake: ServiceProcess, tmp_path: Path
) -> None:
    bodies = [largest(number, is_refused=True) for number in range(1, 21)]
    file = tmp_path / "su-kien.jsonl"
    file.write_bytes(b"\n".join(bodies))

    words = ["import", str(file), "--url", intake.url, "--token", TOKEN]
    said = await asyncio.to_thread(CliRunner().invoke, cli, words)

    assert said.exit_code == 1, said.output
    assert sorted(await kept_bodies(http, 20), key=lambda one: str(one["id"])) == as_json(bodies)


def payload(size: int, *, papers: int) -> dict[str, Any]:
    """A dossier due before it was received; its noise stands in the names of its papers."""
    each = (size - 1_000) // papers - 40
    return {
        "MaHoSo": f"H99.12-20260302-{size % 10_000_000:07}",
        "MaTTHC": "1.004194",
        "NgayTiepNhan": "20260302081500",
        "NgayHenTra": "20260201170000",
        "TrangThaiHoSo": "2",
        "TaiLieuNop": [{"TenTepDinhKem": noise(number + size, each)} for number in range(papers)],
    }


async def test_the_largest_payload_of_the_national_sync_is_kept_dossier_by_dossier(
    http: AsyncClient,
) -> None:
    elements = [payload(100_000 + number, papers=100) for number in range(40)]
    body = json.dumps({"isUpdating": "false", "data": elements}).encode()
    assert 0.9 * PAYLOAD_LARGEST < len(body) <= PAYLOAD_LARGEST

    answer = await http.post("/v1/dvcqg/DongBoHoSoMC", content=body, headers=AUTHORIZATION)

    assert answer.json()["error_code"] == "1"
    kept = await kept_bodies(http, 40, within=30)
    by_code = {one["MaHoSo"]: one for one in kept}
    assert by_code == {one["MaHoSo"]: one for one in elements}


async def test_a_payload_beyond_that_is_kept_as_its_beginning_and_says_so(
    http: AsyncClient,
) -> None:
    body = b'{"data": [' + noise(1, PAYLOAD_LARGEST - 20).encode()

    answer = await http.post("/v1/dvcqg/DongBoHoSoMC", content=body, headers=AUTHORIZATION)

    async def is_listed() -> bool:
        return int((await http.get("/v1/rejects")).json()["count"]) == 1

    assert answer.json()["error_code"] == "1"
    await until(is_listed, what="the reject is listed")
    (one,) = (await http.get("/v1/rejects")).json()["rejects"]
    opened = (await http.get(f"/v1/rejects/{one['reject_id']}")).json()
    assert opened["is_cut"]
    assert body.decode().startswith(opened["body"])
