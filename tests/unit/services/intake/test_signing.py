"""Signed requests of a publisher: over the bytes as sent, within five minutes."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from httpx import AsyncClient

from services.intake.signing import is_signed, signature
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_client, intake_parts
from tests.support.intake import PUBLISHER, STRUCTURED, TOKEN, event, token_hash, write_registry

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())
KEY, OLD_KEY = token_hash(TOKEN), token_hash("the token before the rotation")
BODY = json.dumps(event(1, now=NOW)).encode()


@pytest.fixture
def wire() -> FakeWire:
    return FakeWire()


@pytest.fixture
async def client(tmp_path: Path, wire: FakeWire) -> AsyncIterator[AsyncClient]:
    known = {"name": PUBLISHER, "token_hashes": [KEY, OLD_KEY], "must_sign": True}
    registry = write_registry(tmp_path / "publishers.json", [known])
    parts = intake_parts(tmp_path, clock=FakeClock(NOW), wire=wire, registry=registry)
    async with intake_client(parts, tmp_path) as client:
        yield client


async def sent(
    client: AsyncClient, body: bytes = BODY, *, key: str = KEY, at: int = SECOND, **more: str
) -> int:
    headers = {
        **STRUCTURED, "Motcua-Timestamp": str(at), "Motcua-Signature": signature(key, str(at), body)
    }  # fmt: skip
    answer = await client.post("/v1/events", content=body, headers={**headers, **more})
    return answer.status_code


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
async def test_a_signed_event_is_taken_while_either_token_is_good(
    client: AsyncClient, key: str
) -> None:
    assert await sent(client, key=key) == 202


@pytest.mark.parametrize(("off", "code"), [(-301, 401), (-300, 202), (300, 202), (301, 401)])
async def test_a_signature_is_good_for_five_minutes_to_either_side(
    client: AsyncClient, off: int, code: int
) -> None:
    assert await sent(client, at=SECOND + off) == code


async def test_a_publisher_that_must_sign_is_refused_without_a_signature(
    client: AsyncClient, wire: FakeWire
) -> None:
    answer = await client.post("/v1/events", content=BODY, headers=STRUCTURED)
    payload = await client.post("/v1/dvcqg/DongBoHoSoMC", content=b"{}", headers=STRUCTURED)

    assert (answer.status_code, payload.status_code) == (401, 401)
    assert wire.facts == []


async def test_a_signature_opens_nothing_without_the_token(client: AsyncClient) -> None:
    assert await sent(client, Authorization="Bearer another") == 401


async def test_a_replay_within_the_window_changes_nothing(
    client: AsyncClient, wire: FakeWire
) -> None:
    assert (await sent(client), await sent(client)) == (202, 202)
    assert len(wire.facts) == 1


async def test_whoever_need_not_sign_is_still_held_to_a_wrong_signature(tmp_path: Path) -> None:
    parts = intake_parts(tmp_path, clock=FakeClock(NOW), wire=FakeWire())
    async with intake_client(parts, tmp_path) as client:
        plain = await client.post("/v1/events", content=BODY, headers=STRUCTURED)
        wrong = await sent(client, key=token_hash("another"))

    assert (plain.status_code, wrong) == (202, 401)


def test_ten_thousand_forgeries_are_refused() -> None:
    random, good = Random(7), signature(KEY, str(SECOND), BODY)
    for number in range(10_000):
        place = random.randrange(len(BODY))
        changed = BODY[:place] + bytes([BODY[place] ^ (1 + number % 255)]) + BODY[place + 1 :]
        cut = good[: random.randrange(len(good))]

        assert not is_signed([KEY], timestamp=str(SECOND), signed=good, body=changed, now=SECOND)
        assert not is_signed([KEY], timestamp=str(SECOND), signed=cut, body=BODY, now=SECOND)


@pytest.mark.parametrize("timestamp", ["", "x", "-1", "1e9", "٣", "9" * 13])
def test_a_timestamp_is_plain_digits(timestamp: str) -> None:
    signed = signature(KEY, timestamp, BODY)

    assert not is_signed([KEY], timestamp=timestamp, signed=signed, body=BODY, now=SECOND)
