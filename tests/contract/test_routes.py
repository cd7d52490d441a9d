"""Every route of the four services: who may use it, what its answers carry, what they never say."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response
from litestar import Litestar

from tests.support.at_rest import SERVICES, Address, addresses, at_rest, browser
from tests.support.intake import AUTHORIZATION
from tests.support.logging_in import write_operators

CANARY = "CANARY7391"
# Open to everybody, because it proves itself otherwise or holds no secret.
OPEN = {
    "/health/live", "/health/ready", "/openapi.json", "/dang-nhap", "/man-hinh",
    "/static/{file_path}", "/v1/events", "/v1/dvcqg/{service}", "/v1/publishers/{name}/report",
    "/v1/webhooks/viettelpost",
}  # fmt: skip
ENDLESS = {"/live"}
PAGE, PROGRAM = {"Accept": "text/html"}, {"Accept": "application/json"}
EVERY_ANSWER = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture(params=SERVICES)
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Litestar:
    return at_rest(request.param, tmp_path)


@pytest.fixture(params=SERVICES)
def closed(request: pytest.FixtureRequest, tmp_path: Path) -> Litestar:
    """An application with a login."""
    return at_rest(request.param, tmp_path, operators=write_operators(tmp_path / "operators.json"))


def asked(app: Litestar) -> Iterator[Address]:
    """What is asked here; the framework's pages about the API hold no more than /openapi.json."""
    all_of_them = (one for one in addresses(app) if one.template not in ENDLESS)
    return (one for one in all_of_them if not one.template.startswith("/schema"))


def filled(template: str, word: str) -> str:
    return re.sub(r"\{[^}]+\}", word, template)


def is_strict(answer: Response) -> bool:
    policy = answer.headers.get("content-security-policy", "")
    is_own = "default-src 'self'" in policy and "unsafe" not in policy
    kept = answer.headers.get("cache-control", "")
    is_kept_out = "no-store" in kept or "max-age=86400" in kept  # our own static files
    return is_own and is_kept_out and EVERY_ANSWER.items() <= dict(answer.headers).items()


def test_what_is_open_to_everybody_is_written_down(app: Litestar) -> None:
    open_to_all = {one.template for one in asked(app) if one.needed == "anyone"}

    assert open_to_all <= OPEN


def test_every_route_that_changes_something_says_which_role_it_takes(app: Litestar) -> None:
    silent = [one for one in asked(app) if one.method not in {"GET", "HEAD"} and not one.needed]

    assert silent == []


async def test_with_a_login_nothing_else_answers_a_stranger(closed: Litestar) -> None:
    async with browser(closed) as client:
        for one in asked(closed):
            if one.needed in {"anyone", "metrics"}:
                continue
            program = await client.request(one.method, filled(one.template, "x"), headers=PROGRAM)
            page = await client.request(one.method, filled(one.template, "x"), headers=PAGE)
            is_reading = one.method in {"GET", "HEAD"}

            assert program.status_code == 401, one
            assert page.status_code == (303 if is_reading else 401), one
            assert is_strict(program), one
            assert is_strict(page), one


async def tried(client: AsyncClient, one: Address) -> list[Response]:
    """Send the canary in every part of a request; what is behind the route cannot use any."""
    address, plain = filled(one.template, CANARY), filled(one.template, "x")
    names = ("period", "agency", "limit", "correction", "until", "format", "state", "dossier")
    query = {**dict.fromkeys(names, CANARY), CANARY: CANARY}
    odd = {"X-Odd": CANARY, "Motcua-Via": CANARY, "Cookie": f"motcua={CANARY}"}
    wrong = {"Authorization": f"Bearer {CANARY}", "Content-Type": f"application/{CANARY}"}
    bodies: list[dict[str, Any]] = [
        {"json": {CANARY: CANARY, "by": CANARY, "reason": 7}},
        {"json": [CANARY]},
        {"content": f'{{"specversion": "{CANARY}", "data": {{"{CANARY}": 1}}}}'.encode()},
        {"content": CANARY.encode() + b"\xff\x00{"},
        {"content": CANARY.encode() * 120_000},
    ]
    answers = [
        await client.request(one.method, address, headers={**AUTHORIZATION, **PROGRAM}),
        await client.request(one.method, plain, params=query, headers={**AUTHORIZATION, **PROGRAM}),
        await client.request(one.method, plain, headers={**odd, **PROGRAM}),
        await client.request(one.method, plain, headers={**wrong, **PROGRAM}),
        await client.request(one.method, address, params=query, headers={**wrong, **PAGE}),
        await client.request("PATCH", address, headers=PROGRAM),
    ]
    if one.method == "POST":
        sent = {**AUTHORIZATION, **PROGRAM}
        answers += [await client.post(plain, headers=sent, **body) for body in bodies]
    return answers


async def test_no_refusal_says_back_what_was_sent(app: Litestar) -> None:
    refused = 0
    async with browser(app) as client:
        for one in asked(app):
            for answer in await tried(client, one):
                if answer.status_code < 400:
                    continue
                refused += 1
                said = answer.text + repr(answer.headers.multi_items())
                assert CANARY not in said, (one, answer.status_code, answer.text[:400])
                assert is_strict(answer), (one, answer.headers)
    assert refused > 30


async def test_no_refusal_of_the_login_says_back_what_was_sent(closed: Litestar) -> None:
    async with browser(closed) as client:
        for one in asked(closed):
            for answer in await tried(client, one):
                said = answer.text + repr(answer.headers.multi_items())
                is_led_to_login = answer.status_code == 303
                assert is_led_to_login or answer.status_code < 400 or CANARY not in said, one
