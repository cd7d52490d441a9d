"""Intake as a process against a real nats-server: recorded once, answered, refused, listed."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
import pytest
from httpx import AsyncClient
from nats.aio.client import Client

from shared.bus.streams import CONTACTS, FACTS, provision
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
    token_hash,
    write_registry,
)
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker
NOW = SystemClock().now()
SUBJECT = "submit.dossier.received.v1"


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
    async with AsyncClient(base_url=intake.url, headers=STRUCTURED, timeout=10) as client:
        yield client


@pytest.fixture
async def publisher(server: TestServer) -> AsyncIterator[Client]:
    client = await nats.connect(server.url, user=PUBLISHER, password=NATS_PASSWORD)
    yield client
    await client.close()


async def stored_ids(server: TestServer) -> list[str]:
    """The ids of all facts, in the order of the log."""
    client = await server.client()
    js = client.jetstream()
    last = (await js.stream_info(FACTS)).state.last_seq
    bodies = [(await js.get_msg(FACTS, n)).data or b"" for n in range(1, last + 1)]
    await client.close()
    return [json.loads(body)["id"] for body in bodies]


async def asked(publisher: Client, body: dict[str, Any] | bytes) -> dict[str, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer: dict[str, Any] = json.loads((await publisher.request(SUBJECT, data, timeout=5)).data)
    return answer


def numbered(number: int, **more: Any) -> dict[str, Any]:
    return event(number, now=NOW, **more)


async def submissions(http: AsyncClient, via: str) -> dict[str, int]:
    """The counts of one way in, by outcome."""
    lines = (await http.get("/metrics")).text.splitlines()
    head = f'dvc_submissions_total{{source="{PUBLISHER}",via="{via}",outcome="'
    found = (line.removeprefix(head).split('"} ') for line in lines if line.startswith(head))
    return {outcome: int(count) for outcome, count in found}


async def test_an_event_is_in_the_log_once_however_often_it_is_sent(
    http: AsyncClient, server: TestServer
) -> None:
    answers = [await http.post("/v1/events", json=numbered(1)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert [answer.json()["accepted"] for answer in answers] == [1, 0, 0]
    assert await stored_ids(server) == ["1:received"]


async def test_what_is_said_again_to_a_log_made_anew_is_stored_there_before_it_is_answered(
    http: AsyncClient, server: TestServer
) -> None:
    events = [numbered(n) for n in range(200)]
    await http.post("/v1/events", json=events, headers=BATCH)
    client = await server.client()
    await client.jetstream().delete_stream(FACTS)
    await provision(client.jetstream())
    await client.close()

    promised: list[str] = []

    async def say(one: dict[str, Any]) -> None:
        async def is_answered() -> bool:
            return (await http.post("/v1/events", json=one)).status_code == 202

        await until(is_answered)
        promised.append(one["id"])

    await asyncio.gather(*(say(one) for one in events))

    assert sorted(await stored_ids(server)) == sorted(promised)


async def test_a_conflict_is_answered_and_stands_on_the_desk(
    http: AsyncClient, server: TestServer
) -> None:
    await http.post("/v1/events", json=numbered(1))

    answer = await http.post("/v1/events", json=numbered(1, data={"channel": "online"}))

    async def is_listed() -> bool:
        return "đã được ghi với nội dung khác" in (await http.get("/")).text

    assert answer.status_code == 409
    await until(is_listed, what="the conflict is listed")
    assert await stored_ids(server) == ["1:received"]


async def test_a_request_over_nats_is_answered_and_counted_once(
    http: AsyncClient, server: TestServer, publisher: Client
) -> None:
    first, again = await asked(publisher, numbered(1)), await asked(publisher, numbered(1))
    refused = await asked(publisher, b'{"specversion": "1.0"')

    async def is_empty() -> bool:
        client = await server.client()
        info = await client.jetstream().stream_info(f"INBOX_{PUBLISHER}")
        await client.close()
        return info.state.messages == 0

    assert (first["outcome"], first["sequence"], first["stream"]) == (
        "accepted", 1, f"INBOX_{PUBLISHER}"
    )  # fmt: skip
    assert (again["outcome"], again["duplicate"]) == ("duplicate", True)
    assert refused["error"]["code"] == 422
    assert refused["error"]["description"].startswith("not_json")
    await until(is_empty, what="the inbox is emptied")
    assert await submissions(http, "nats") == {"accepted": 1, "duplicate": 1, "rejected": 1}
    assert "không phải JSON" in (await http.get("/")).text


async def test_what_is_published_without_waiting_arrives_soon(
    http: AsyncClient, server: TestServer, publisher: Client
) -> None:
    for number in range(1, 301):
        await publisher.publish(SUBJECT, json.dumps(numbered(number)).encode())
    await publisher.publish(SUBJECT, b"not json")
    await publisher.flush()

    async def is_counted() -> bool:
        return await submissions(http, "nats") == {"accepted": 300, "rejected": 1}

    await until(is_counted, within=4, what="three hundred are accepted and one is refused")
    assert sorted(await stored_ids(server)) == sorted(f"{n}:received" for n in range(1, 301))


async def test_what_was_published_while_intake_was_away_is_read_afterwards(
    intake: ServiceProcess, server: TestServer, publisher: Client
) -> None:
    await intake.kill()
    for number in range(1, 51):
        await publisher.publish(SUBJECT, json.dumps(numbered(number)).encode())
    await publisher.flush()

    await (await intake.start()).ready()

    async def is_stored() -> bool:
        return len(await stored_ids(server)) == 50

    await until(is_stored, what="fifty facts are stored")


async def test_a_contact_is_kept_beside_the_log_under_its_reference(
    http: AsyncClient, server: TestServer
) -> None:
    contact = {"name": "Nguyễn Văn Mẫu", "phone": "0000 000 000", "address": "Số 1"}

    await http.post("/v1/events", json=numbered(1, contact=contact))
    await http.post("/v1/events", json=numbered(1, contact=contact))

    client = await server.client()
    js = client.jetstream()
    fact = json.loads((await js.get_msg(FACTS, 1)).data or b"")
    entry = await (await js.key_value(CONTACTS)).get(fact["data"]["contact_ref"])
    await client.close()
    assert json.loads(entry.value or b"") == contact
    assert entry.revision == 1


async def test_a_new_publisher_needs_no_restart(
    http: AsyncClient, server: TestServer, tmp_path: Path
) -> None:
    known = {"name": PUBLISHER, "token_hashes": [token_hash(TOKEN)]}
    new = {"name": "moi", "token_hashes": [token_hash("khoa-moi")]}
    write_registry(tmp_path / "data" / "publishers.json", [known, new])
    headers = {"Authorization": "Bearer khoa-moi"}

    async def is_let_in() -> bool:
        answer = await http.post("/v1/events", json=numbered(1), headers=headers)
        return answer.status_code == 202

    await until(is_let_in, what="the new token is accepted")


async def test_hundreds_of_callers_at_once_are_all_answered(
    http: AsyncClient, server: TestServer
) -> None:
    async def sent(number: int) -> int:
        batch = [numbered(number * 10 + place) for place in range(10)]
        answer = await http.post("/v1/events", content=json.dumps(batch), headers=BATCH)
        return int(answer.json()["accepted"])

    accepted = await asyncio.gather(*(sent(number) for number in range(100)))

    assert sum(accepted) == 1000
    assert len(set(await stored_ids(server))) == 1000


async def test_a_publisher_reads_its_own_report_after_a_restart(
    http: AsyncClient, intake: ServiceProcess
) -> None:
    await http.post("/v1/events", json=numbered(1))
    await intake.stop()
    await (await intake.start()).ready()

    report = await http.get(f"/v1/publishers/{PUBLISHER}/report", headers=AUTHORIZATION)

    said = report.json()
    assert said["today"]["accepted"] == 1
    assert [one["id"] for one in said["events"]] == ["1:received"]
    assert datetime.fromisoformat(said["last_event_at"]).astimezone(UTC) >= NOW
