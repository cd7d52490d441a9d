"""Limits, headers and refusals of every service's pages."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import pytest
from litestar import get, post
from litestar.exceptions import NotAuthorizedException
from litestar.testing import TestClient
from msgspec import Meta, Struct

from shared.desk import Pages, links_from_base
from shared.errors import InvalidFact, RejectReason, TemporarilyUnavailable
from shared.observability import get_logger
from shared.runtime import FieldFault, Refusal, make_web
from tests.support.fake_clock import FakeClock


class Petition(Struct, forbid_unknown_fields=True):
    count: int
    stage: Literal["new", "old"] = "new"
    title: Annotated[str, Meta(max_length=5)] = ""


@post("/v1/petitions")
async def receive(data: Petition) -> Petition:
    return data


ERRORS = {
    "invalid": InvalidFact(RejectReason.TOO_LARGE, "CANARY"),
    "busy": TemporarilyUnavailable("CANARY", retry_after_seconds=7),
    "bug": ValueError("CANARY"),
    "who": NotAuthorizedException(headers={"WWW-Authenticate": "Bearer", "X-Odd": "CANARY"}),
    "refused": Refusal(409, "Đã có.", "It exists.", fields=[FieldFault("code", "a new one")]),
}


@get("/fails/{how:str}", sync_to_thread=False)
def fail(how: str) -> None:
    raise ERRORS[how]


@pytest.fixture
def client() -> Iterator[TestClient]:  # type: ignore[type-arg] # of whatever make_web returns
    pages = Pages(
        service="intake", templates=Path(), links=links_from_base(8400), clock=FakeClock()
    )
    app = make_web(
        [receive, fail],
        title="Tiếp nhận",
        log=get_logger("intake"),
        pages=pages,
        request_body_bytes_max=1000,
    )
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.mark.parametrize(
    ("body", "field", "expected"),
    [
        ('{"count": "CANARY"}', "count", "Expected `int`, got `str`"),
        ('{"count": 1, "stage": "CANARY"}', "stage", "one of the listed values"),
        ('{"count": 1, "CANARY": 2}', "data", "no unknown field"),
        ('{"count": 1, "title": "CANARY"}', "title", "Expected `str` of length <= 5"),
        ("{}", "data", "Object missing required field `count`"),
    ],
)
def test_a_refusal_names_the_field_and_never_what_was_sent(
    client: TestClient,  # type: ignore[type-arg] # as above
    body: str,
    field: str,
    expected: str,
) -> None:
    answer = client.post("/v1/petitions", content=body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"
    assert answer.json()["fields"] == [{"field": field, "expected": expected}]
    assert "CANARY" not in answer.text


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("invalid", 422, "unprocessable"),
        ("busy", 503, "unavailable"),
        ("bug", 500, "our_fault"),
        ("who", 401, "unauthorized"),
        ("refused", 409, "conflict"),
    ],
)
def test_every_failure_has_its_status_and_code_and_keeps_its_text_to_itself(
    client: TestClient,  # type: ignore[type-arg] # as above
    caplog: pytest.LogCaptureFixture,
    how: str,
    status: int,
    code: str,
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get(f"/fails/{how}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message_vi"]
    assert answer.json()["message_en"]
    assert "CANARY" not in answer.text + str(answer.headers)
    logged = [record.msg for record in caplog.records if record.levelno >= logging.ERROR]
    assert logged == (["request_failed"] if how == "bug" else [])


def test_what_helps_the_caller_on_stands_in_the_headers(
    client: TestClient,  # type: ignore[type-arg] # as above
) -> None:
    assert client.get("/fails/busy").headers["retry-after"] == "7"
    assert client.get("/fails/who").headers["www-authenticate"] == "Bearer"
    assert "POST" in client.get("/v1/petitions").headers["allow"]


def test_too_large_a_body_is_refused(
    client: TestClient,  # type: ignore[type-arg] # as above
) -> None:
    answer = client.post("/v1/petitions", content=b" " * 1001)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"sec-fetch-site": "same-origin"}, 201),
        ({"origin": "http://testserver.local"}, 201),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://[::1"}, 403),
    ],
)
def test_a_form_from_another_site_is_refused(
    client: TestClient,  # type: ignore[type-arg] # as above
    headers: dict[str, str],
    status: int,
) -> None:
    answer = client.post("/v1/petitions", json={"count": 1}, headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/openapi.json", "/nothing", "/fails/bug", "/static/desk.css"])
def test_every_answer_forbids_what_does_not_come_from_here(
    client: TestClient,  # type: ignore[type-arg] # as above
    path: str,
) -> None:
    headers = client.get(path).headers

    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_a_person_gets_a_page_where_a_program_gets_json(
    client: TestClient,  # type: ignore[type-arg] # as above
) -> None:
    answer = client.get("/nothing", headers={"accept": "text/html,*/*"})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Không tìm thấy." in answer.text


def test_the_api_document_is_openapi_3_1_and_leaves_the_machinery_out(
    client: TestClient,  # type: ignore[type-arg] # as above
) -> None:
    document = client.get("/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Tiếp nhận"
    assert set(document["paths"]) == {"/v1/petitions", "/fails/{how}"}
