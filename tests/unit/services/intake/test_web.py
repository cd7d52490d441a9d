"""The HTTP contract of intake, on a log in memory."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from services.intake.parts import Parts
from shared.events.envelope import LOG_DECODER
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire
from tests.support.intake import (
    AUTHORIZATION,
    BATCH,
    PUBLISHER,
    STRUCTURED,
    TOKEN,
    event,
    token_hash,
    write_registry,
)

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


async def posted(client: AsyncClient, body: Any, headers: dict[str, str] = STRUCTURED) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post("/v1/events", content=content, headers=headers)


def numbered(number: int, **more: Any) -> dict[str, Any]:
    return event(number, now=NOW, **more)


async def test_an_event_is_accepted_once_and_answered_every_time(
    client: AsyncClient, wire: FakeWire
) -> None:
    first, again = await posted(client, numbered(1)), await posted(client, numbered(1))

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["results"][0]["outcome"] == "accepted"
    assert first.json()["results"][0]["sequence"] == 1
    assert again.json()["results"][0]["outcome"] == "duplicate"
    assert len(wire.facts) == 1


async def test_the_publisher_is_the_tokens_whatever_the_body_says(
    client: AsyncClient, wire: FakeWire
) -> None:
    await posted(client, numbered(1, source="somebody-else"))

    assert LOG_DECODER.decode(wire.facts[0].body).source == PUBLISHER


async def test_other_content_under_a_taken_id_is_a_conflict_and_kept(
    client: AsyncClient, wire: FakeWire, parts: Parts
) -> None:
    await posted(client, numbered(1))

    answer = await posted(client, numbered(1, data={"channel": "online"}))

    assert answer.status_code == 409
    assert answer.json()["results"][0]["reasons"][0]["code"] == "conflict"
    assert parts.rejects.open_counts == {(PUBLISHER, "conflict"): 1}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"subject": "H99.12-20261302-0000001"}, "invalid_dossier_code", "subject"),
        ({"time": "2026-03-04T11:00:00+07:00"}, "time_in_future", "time"),
        ({"type": "dossier.eaten.v1"}, "unknown_type", "type"),
        ({"data": {"procedure_code": "x"}}, "invalid_procedure_code", "data.procedure_code"),
        ({"data": {"due_time": "x"}}, "unknown_field", "data.due_time"),
        ({"data": {"due_on": "2026-03-01"}}, "due_before_received", "data.due_on"),
        ({"data": {"contact_ref": "guessed"}}, "invalid_field", "data.contact_ref"),
    ],
)
async def test_a_refused_event_is_answered_with_its_reason_and_kept(
    client: AsyncClient, parts: Parts, change: dict[str, Any], code: str, field: str
) -> None:
    answer = await posted(client, numbered(1, **change))

    reason = answer.json()["results"][0]["reasons"][0]
    assert answer.status_code == 422
    assert (reason["code"], reason["field"]) == (code, field)
    assert reason["message_vi"]
    assert reason["message_en"]
    assert [row.reason for row in parts.rejects.rows(is_open=True)] == [code]


async def test_a_postal_event_belongs_at_the_postal_door(client: AsyncClient) -> None:
    lost = numbered(1, type="postal.lost.v1", data={}) | {
        "data": {"agency_code": "H99.12", "leg": "return"}
    }

    answer = await posted(client, lost)

    assert answer.json()["results"][0]["reasons"][0]["code"] == "type_not_accepted"


async def test_a_batch_is_answered_event_by_event(client: AsyncClient) -> None:
    batch = [numbered(1), numbered(1), numbered(2, subject="x"), numbered(3)]

    answer = await posted(client, batch, BATCH)

    said = answer.json()
    assert answer.status_code == 207
    assert [one["outcome"] for one in said["results"]] == [
        "accepted", "duplicate", "rejected", "accepted"
    ]  # fmt: skip
    assert (said["accepted"], said["duplicate"], said["rejected"]) == (2, 1, 1)


async def test_lines_of_json_are_events(client: AsyncClient) -> None:
    lines = b"\n".join([json.dumps(numbered(1)).encode(), b"{", b"", b'"\xff"'])
    kind = {**AUTHORIZATION, "Content-Type": "application/x-ndjson; charset=utf-8"}

    answer = await posted(client, lines, kind)

    codes = [[r["code"] for r in one["reasons"]] for one in answer.json()["results"]]
    assert codes == [[], ["not_json"], ["not_cloudevent"]]


async def test_binary_mode_carries_the_attributes_in_headers(
    client: AsyncClient, wire: FakeWire
) -> None:
    structured = numbered(1)
    headers = {f"ce-{k}": str(v) for k, v in structured.items() if k != "data"}

    answer = await posted(
        client, structured["data"], {**AUTHORIZATION, **headers, "Content-Type": "application/json"}
    )

    assert answer.status_code == 202
    assert LOG_DECODER.decode(wire.facts[0].body).id == "1:received"
    assert (await posted(client, structured)).json()["duplicate"] == 1


async def test_without_a_live_token_nobody_enters(client: AsyncClient, wire: FakeWire) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        answer = await posted(client, numbered(1), headers)

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert wire.facts == []


async def test_two_tokens_live_at_once_and_a_revoked_one_is_dead(
    client: AsyncClient, parts: Parts, tmp_path: Path
) -> None:
    write_registry(
        tmp_path / "publishers.json",
        [
            {"name": PUBLISHER, "token_hashes": [token_hash("new"), token_hash("old")]},
            {"name": "khac", "token_hashes": [token_hash("gone")], "revoked": True},
        ],
    )
    parts.registry.refresh()

    statuses = [
        (await posted(client, numbered(1), {"Authorization": f"Bearer {token}"})).status_code
        for token in ("new", "old", "gone", TOKEN)
    ]

    assert statuses == [202, 202, 401, 401]


async def test_a_body_or_an_event_too_large_is_told_so(client: AsyncClient, wire: FakeWire) -> None:
    event_too_large = await posted(client, numbered(1, note="x" * 33_000))
    body_too_large = await posted(client, b"[" + b" " * (4 * 1_048_576) + b"]", BATCH)
    too_many = await posted(client, [0] * 5001, BATCH)
    unknown_kind = await posted(client, b"<a/>", {**AUTHORIZATION, "Content-Type": "text/xml"})

    assert event_too_large.json()["results"][0]["reasons"][0]["code"] == "too_large"
    statuses = [a.status_code for a in (event_too_large, body_too_large, too_many, unknown_kind)]
    assert statuses == [413, 413, 413, 415]
    assert wire.facts == []


async def test_who_sends_too_fast_is_told_when_to_come_again(
    client: AsyncClient, parts: Parts, tmp_path: Path, clock: FakeClock
) -> None:
    slow = {"name": PUBLISHER, "token_hashes": [token_hash(TOKEN)], "rate_per_second": 2}
    write_registry(tmp_path / "publishers.json", [slow])
    parts.registry.refresh()
    batch = [numbered(number) for number in range(10)]

    first, second = await posted(client, batch, BATCH), await posted(client, numbered(11))
    clock.advance(4)
    third = await posted(client, numbered(11))

    assert [a.status_code for a in (first, second, third)] == [202, 429, 202]
    assert 3 <= int(second.headers["Retry-After"]) <= 4


async def test_nothing_is_accepted_while_the_broker_is_away(
    client: AsyncClient, wire: FakeWire
) -> None:
    wire.is_away = True
    good, bad = await posted(client, numbered(1)), await posted(client, b"{")
    wire.is_away = False

    assert (good.status_code, bad.status_code) == (503, 503)
    assert int(good.headers["Retry-After"]) >= 1
    assert (await posted(client, numbered(1))).json()["accepted"] == 1


async def test_refusals_of_one_publisher_have_a_limit_and_are_still_answered(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    parts.intake._rejects_open_max = 3

    answers = [await posted(client, b"{" * number) for number in range(1, 6)]

    assert [answer.status_code for answer in answers] == [422] * 5
    assert [answer.json()["results"][0]["kept"] for answer in answers] == [True] * 3 + [False] * 2
    assert len(wire.rejects) == 3
    assert parts.metrics.not_kept.value((PUBLISHER,)) == 2


async def test_a_report_tells_a_publisher_of_itself_only(client: AsyncClient, parts: Parts) -> None:
    await posted(client, numbered(1))
    await posted(client, numbered(1))
    await posted(client, b"{")

    report = await client.get(f"/v1/publishers/{PUBLISHER}/report", headers=AUTHORIZATION)
    others = await client.get("/v1/publishers/khac/report", headers=AUTHORIZATION)

    said = report.json()
    assert said["today"] == {"accepted": 0, "duplicate": 1, "conflict": 0, "rejected": 1}
    assert said["rejects_open"] == {"not_json": 1}
    assert others.status_code == 403
    assert (await client.get(f"/v1/publishers/{PUBLISHER}/report")).status_code == 401


async def test_the_document_of_the_interface_names_every_way_in(client: AsyncClient) -> None:
    found = (await client.get("/openapi.json")).json()

    ways = {"/v1/events", "/v1/dvcqg/{service}", "/v1/publishers/{name}/report"}
    assert ways <= set(found["paths"])
    assert found["components"]["securitySchemes"]["publisher"]["scheme"] == "bearer"
    body = found["paths"]["/v1/events"]["post"]["requestBody"]
    assert "application/x-ndjson" in body["content"]
