"""The login, walked on intake's desk: the other three desks have the same gate."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from httpx import AsyncClient

from services.intake.parts import Parts
from services.intake.rejects import DECODER, RejectSettled
from shared.access import Role
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_client
from tests.support.intake import STRUCTURED, event
from tests.support.logging_in import (
    BROWSER,
    NAMES,
    PASSWORD,
    form_token,
    log_in,
    operator,
    write_operators,
)

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
WRONG = "Tên đăng nhập hoặc mật khẩu không đúng."


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_operators(tmp_path / "operators.json")


@pytest.fixture
async def client(parts: Parts, tmp_path: Path, file: Path) -> AsyncIterator[AsyncClient]:
    async with intake_client(parts, tmp_path, operators=file) as client:
        yield client


async def refused(client: AsyncClient, parts: Parts) -> str:
    body = event(1, now=NOW, subject="sai")
    await client.post("/v1/events", content=json.dumps(body), headers=STRUCTURED)
    return parts.rejects.rows(is_open=True)[0].reject_id


async def test_a_page_leads_to_the_login_and_back_to_where_one_was_going(
    client: AsyncClient,
) -> None:
    asked = await client.get("/settled?ly-do=x", headers=BROWSER)
    entered = await log_in(client, "viewer", to="/settled?ly-do=x")

    assert asked.status_code == 303
    assert asked.headers["location"] == "/dang-nhap?toi=%2Fsettled%3Fly-do%3Dx"
    assert entered.headers["location"] == "/settled?ly-do=x"
    assert (await client.get("/settled", headers=BROWSER)).status_code == 200


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil", "/dang-nhap"])
async def test_a_login_never_leads_to_another_site(client: AsyncClient, to: str) -> None:
    assert (await log_in(client, "viewer", to=to)).headers["location"] == "/"


async def test_a_wrong_password_and_an_unknown_name_are_answered_alike(client: AsyncClient) -> None:
    wrong = await log_in(client, "viewer", "mật khẩu không đúng đâu")
    unknown = await log_in(client, "viewex", "mật khẩu không đúng đâu")

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert WRONG in wrong.text
    assert wrong.text.replace("viewer", "viewex") == unknown.text
    assert "set-cookie" not in wrong.headers


async def test_the_sixth_try_waits_and_the_right_password_waits_with_it(
    client: AsyncClient, clock: FakeClock
) -> None:
    for _ in range(5):
        await log_in(client, "viewer", "mật khẩu không đúng đâu")

    held = await log_in(client, "viewer")
    clock.advance(2)
    entered = await log_in(client, "viewer")

    assert held.status_code == 429
    assert held.headers["retry-after"] == "2"
    assert entered.status_code == 303


async def test_the_cookie_is_out_of_reach_for_scripts_and_new_at_every_login(
    client: AsyncClient,
) -> None:
    first = (await log_in(client, "viewer")).headers["set-cookie"]
    second = (await log_in(client, "viewer")).headers["set-cookie"]

    assert "HttpOnly" in first
    assert "SameSite=lax" in first
    assert "Path=/" in first
    assert first.split(";")[0] != second.split(";")[0]


async def test_over_tls_the_cookie_is_secure_and_bound_to_the_host(client: AsyncClient) -> None:
    in_the_clear = await log_in(client, "viewer")
    client.base_url = "https://intake.test"
    entered = await log_in(client, "viewer")

    assert entered.headers["set-cookie"].startswith("__Host-motcua=")
    assert "Secure" in entered.headers["set-cookie"]
    assert entered.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in in_the_clear.headers
    assert "Secure" not in in_the_clear.headers["set-cookie"]


async def test_a_decision_carries_the_name_of_who_is_logged_in_whatever_is_typed(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    reject = await refused(client, parts)
    await log_in(client, "operator")
    page = (await client.get(f"/rejects/{reject}", headers=BROWSER)).text
    form = {"name": "Ai Đó Khác", "reason": "gửi thử", "csrf": form_token(page)}

    done = await client.post(f"/rejects/{reject}/dismiss", data=form, headers=BROWSER)

    settled = DECODER.decode(wire.rejects[-1].body)
    assert done.status_code == 303
    assert 'name="name"' not in page
    assert NAMES[Role.OPERATOR] in page
    assert isinstance(settled, RejectSettled)
    assert settled.by == NAMES[Role.OPERATOR]


@pytest.mark.parametrize("token", ["", "forged", "A" * 43])
async def test_a_forged_form_is_refused(
    client: AsyncClient, parts: Parts, wire: FakeWire, token: str
) -> None:
    reject = await refused(client, parts)
    await log_in(client, "operator")
    count = len(wire.rejects)
    form = {"reason": "x", "csrf": token}

    answer = await client.post(f"/rejects/{reject}/dismiss", data=form, headers=BROWSER)

    assert answer.status_code == 403
    assert len(wire.rejects) == count


async def test_a_form_of_another_session_is_refused(client: AsyncClient, parts: Parts) -> None:
    reject = await refused(client, parts)
    await log_in(client, "operator")
    old = form_token((await client.get("/", headers=BROWSER)).text)
    await log_in(client, "operator")
    form = {"reason": "x", "csrf": old}

    answer = await client.post(f"/rejects/{reject}/dismiss", data=form, headers=BROWSER)

    assert answer.status_code == 403


async def test_log_out_ends_the_session_here_even_for_a_copy_of_its_cookie(
    client: AsyncClient,
) -> None:
    await log_in(client, "viewer")
    copied = dict(client.cookies)
    token = form_token((await client.get("/", headers=BROWSER)).text)

    left = await client.post("/dang-xuat", data={"csrf": token}, headers=BROWSER)
    client.cookies.clear()
    again = await client.get("/", headers=BROWSER, cookies=copied)

    assert left.status_code == 303
    assert left.headers["location"] == "/dang-nhap"
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert again.status_code == 303


async def test_a_session_is_renewed_by_use_and_not_by_a_page_that_redraws_itself(
    client: AsyncClient, clock: FakeClock
) -> None:
    await log_in(client, "viewer")
    clock.advance(20 * 60)
    alone = await client.get("/", headers={**BROWSER, "Motcua-Live": "1"})
    used = await client.get("/", headers=BROWSER)
    clock.advance(20 * 60)

    assert "set-cookie" not in alone.headers
    assert "set-cookie" in used.headers
    assert (await client.get("/", headers=BROWSER)).status_code == 200
    clock.advance(31 * 60)
    assert (await client.get("/", headers=BROWSER)).status_code == 303


async def test_a_role_too_small_is_told_which_one_it_takes(
    client: AsyncClient, parts: Parts
) -> None:
    reject = await refused(client, parts)
    await log_in(client, "desk")

    answer = await client.get(f"/rejects/{reject}", headers=BROWSER)

    assert answer.status_code == 403
    assert "cần vai trò vận hành" in answer.text


async def test_a_revoked_operator_is_out_within_a_second(
    client: AsyncClient, clock: FakeClock, file: Path
) -> None:
    await log_in(client, "viewer")
    gone = msgspec.structs.replace(operator(Role.VIEWER), revoked=True)
    write_operators(file, (gone,))
    clock.advance(1)

    assert (await client.get("/", headers=BROWSER)).status_code == 303
    assert (await log_in(client, "viewer")).status_code == 401


async def test_a_new_password_ends_the_sessions_before_it(
    client: AsyncClient, clock: FakeClock, file: Path
) -> None:
    await log_in(client, "viewer")
    write_operators(file, (msgspec.structs.replace(operator(Role.VIEWER), epoch=2),))
    clock.advance(1)

    assert (await client.get("/", headers=BROWSER)).status_code == 303


@pytest.mark.parametrize("content", ["{", "", '{"operators": []}'])
async def test_a_file_that_breaks_or_empties_lets_nobody_in_without_a_login(
    client: AsyncClient, clock: FakeClock, file: Path, content: str
) -> None:
    await client.get("/", headers=BROWSER)
    file.write_text(content)  # noqa: ASYNC240 - a few bytes on a local disk
    clock.advance(1)

    assert (await client.get("/", headers=BROWSER)).status_code == 303


async def test_the_log_names_who_did_what_and_never_a_password(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="motcua")
    await log_in(client, PASSWORD, PASSWORD)  # typed into the wrong field
    await log_in(client, "viewer", "mật khẩu không đúng đâu")
    await log_in(client, "viewer")

    said = [
        (record.msg, getattr(record, "motcua_fields", {}).get("operator"))
        for record in caplog.records
    ]
    assert ("login_failed", "unknown") in said
    assert ("login_failed", "viewer") in said
    assert ("login", "viewer") in said
    assert PASSWORD not in repr([vars(record) for record in caplog.records])
