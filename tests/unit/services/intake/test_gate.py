"""Who comes in without a session: programs, publishers, screens, and nobody at all."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from httpx import AsyncClient

from services.intake.parts import Parts
from shared.access import Role
from shared.runtime import Secret
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_client, intake_parts
from tests.support.intake import STRUCTURED, event
from tests.support.logging_in import BROWSER, TOKEN, write_operators

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens in this test


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def parts(tmp_path: Path, clock: FakeClock) -> Parts:
    return intake_parts(tmp_path, clock=clock, wire=FakeWire())


@pytest.fixture
async def client(parts: Parts, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    file = write_operators(tmp_path / "operators.json")
    async with intake_client(parts, tmp_path, operators=file) as client:
        yield client


async def test_without_operators_the_desk_of_this_machine_works_and_says_so(
    parts: Parts, tmp_path: Path
) -> None:
    async with intake_client(parts, tmp_path, operators=tmp_path / "none.json") as client:
        page = await client.get("/", headers=BROWSER)

    assert page.status_code == 200
    assert "Chưa bật đăng nhập" in page.text


async def test_without_operators_a_desk_open_to_others_is_closed_and_says_what_to_run(
    parts: Parts, tmp_path: Path
) -> None:
    async with intake_client(parts, tmp_path, http_host=EVERYWHERE) as client:
        page = await client.get("/", headers=BROWSER)
        listed = await client.get("/v1/rejects")
        alive = await client.get("/health/live")
        sent = await client.post(
            "/v1/events", content=json.dumps(event(1, now=NOW)), headers=STRUCTURED
        )

    assert page.status_code == 403
    assert "motcua operators add" in page.text
    assert listed.status_code == 403
    assert (alive.status_code, sent.status_code) == (200, 202)


async def test_publishers_and_watchers_come_in_without_a_login(client: AsyncClient) -> None:
    sent = await client.post(
        "/v1/events", content=json.dumps(event(1, now=NOW)), headers=STRUCTURED
    )

    assert sent.status_code == 202
    assert (await client.get("/metrics")).status_code == 200
    assert (await client.get("/health/live")).status_code == 200


async def test_a_program_reads_with_its_token_and_is_refused_without(client: AsyncClient) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}

    assert (await client.get("/v1/rejects")).status_code == 401
    assert (await client.get("/v1/rejects", headers=bearer)).status_code == 200
    assert (await client.get("/v1/rejects/none", headers=bearer)).status_code == 403


async def test_a_wall_screen_exchanges_its_token_for_a_session_that_reads(
    client: AsyncClient, clock: FakeClock
) -> None:
    entered = await client.get(f"/man-hinh?khoa={TOKEN}", headers=BROWSER)
    clock.advance(40 * 86_400)

    assert entered.status_code == 303
    assert entered.headers["location"] == "/?tv=1"
    assert (await client.get("/", headers=BROWSER)).status_code == 200
    assert (await client.get("/man-hinh?khoa=guessed", headers=BROWSER)).status_code == 403


async def test_a_token_that_may_change_something_never_stands_in_an_address(
    parts: Parts, tmp_path: Path
) -> None:
    file = write_operators(tmp_path / "operators.json", machine=Role.OPERATOR)
    async with intake_client(parts, tmp_path, operators=file) as client:
        answer = await client.get(f"/man-hinh?khoa={TOKEN}", headers=BROWSER)

    assert answer.status_code == 403


async def test_metrics_ask_for_their_token_where_there_is_one(parts: Parts, tmp_path: Path) -> None:
    async with intake_client(parts, tmp_path, metrics_token=Secret("a-token")) as client:
        without = await client.get("/metrics")
        wrong = await client.get("/metrics", headers={"Authorization": "Bearer b-token"})
        right = await client.get("/metrics", headers={"Authorization": "Bearer a-token"})

    assert [without.status_code, wrong.status_code, right.status_code] == [401, 401, 200]
