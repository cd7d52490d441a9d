"""A postal address beside an event: kept apart, once, within bounds."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_client, intake_parts
from tests.support.intake import STRUCTURED, event

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
CONTACT = {"name": "Nguyễn Văn Mẫu", "phone": "0000 000 000", "address": "Số 1, đường Ví Dụ"}


@pytest.fixture
def wire() -> FakeWire:
    return FakeWire()


@pytest.fixture
async def client(wire: FakeWire, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    parts = intake_parts(tmp_path, clock=FakeClock(NOW), wire=wire)
    async with intake_client(parts, tmp_path) as client:
        yield client


async def posted(client: AsyncClient, body: dict[str, Any]) -> Any:
    return await client.post("/v1/events", content=json.dumps(body), headers=STRUCTURED)


def numbered(number: int, **more: Any) -> dict[str, Any]:
    return event(number, now=NOW, **more)


async def test_a_contact_goes_beside_the_fact_never_into_it(
    client: AsyncClient, wire: FakeWire
) -> None:
    answer = await posted(client, numbered(1, contact=CONTACT))
    again = await posted(client, numbered(1, contact=CONTACT))

    stored = json.loads(wire.facts[0].body)
    reference = stored["data"]["contact_ref"]
    assert (answer.json()["accepted"], again.json()["duplicate"]) == (1, 1)
    assert json.loads(wire.contacts[reference]) == CONTACT
    assert "Ví Dụ" not in wire.facts[0].body.decode()
    assert len(reference) == 32


async def test_a_deleted_contact_does_not_come_back_with_a_repeat(
    client: AsyncClient, wire: FakeWire
) -> None:
    await posted(client, numbered(1, contact=CONTACT))
    wire.contacts.clear()
    await posted(client, numbered(1, contact=CONTACT))

    assert wire.contacts == {}


@pytest.mark.parametrize(
    ("contact", "field"),
    [
        ({**CONTACT, "phone": "gọi sau"}, "contact.phone"),
        ({**CONTACT, "cccd": "1"}, "contact"),
        ({**CONTACT, "name": "x" * 200}, "contact.name"),
    ],
)
async def test_a_contact_has_bounds(
    client: AsyncClient, wire: FakeWire, contact: dict[str, str], field: str
) -> None:
    answer = await posted(client, numbered(1, contact=contact))

    assert answer.json()["results"][0]["reasons"][0]["field"] == field
    assert (wire.facts, wire.contacts) == ([], {})


async def test_a_contact_that_is_not_utf8_is_the_senders_fault_and_not_ours(
    client: AsyncClient, wire: FakeWire
) -> None:
    body = json.dumps(numbered(1, contact={**CONTACT, "name": "Mô"}), ensure_ascii=False)

    answer = await client.post(
        "/v1/events", content=body.encode("cp1258", "replace"), headers=STRUCTURED
    )

    assert answer.status_code == 422
    assert answer.json()["results"][0]["reasons"][0]["code"] == "not_utf8"
    assert wire.facts == []
