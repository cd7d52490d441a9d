from collections.abc import Callable

import httpx
import msgspec
import pytest

from motcua.importing.sending import (
    ATTEMPTS_MAX,
    BATCH_BYTES_MAX,
    BATCH_EVENTS_MAX,
    CannotSendError,
    Outcome,
    Sender,
    batches,
)
from motcua.importing.submissions import Submission


def submission(number: int, body: bytes = b"") -> Submission:
    body = body or b'{"id":"%d"}' % number
    return Submission((number,), str(number), "dossier.received.v1", f"HS-{number}", body)


def sender(
    answer: Callable[[httpx.Request], httpx.Response], waits: list[float] | None = None
) -> Sender:
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return Sender(client, "http://intake/", sleep=(waits if waits is not None else []).append)


def all_accepted(request: httpx.Request) -> httpx.Response:
    events = msgspec.json.decode(request.content)
    results = [{"id": event["id"], "outcome": "accepted"} for event in events]
    return httpx.Response(202, json={"results": results, "accepted": len(results)})


def test_a_batch_goes_out_as_one_array_to_the_events_address() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return all_accepted(request)

    answered = sender(answer).send([submission(1), submission(2)])

    assert [str(request.url) for request in seen] == ["http://intake/v1/events"]
    assert seen[0].content == b'[{"id":"1"},{"id":"2"}]'
    assert [one.answer.outcome for one in answered] == [Outcome.ACCEPTED] * 2


def test_a_busy_intake_is_asked_again_with_the_same_bytes_when_it_said() -> None:
    bodies: list[bytes] = []
    waits: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        if len(bodies) == 1:
            return httpx.Response(429, headers={"Retry-After": "7"})
        if len(bodies) == 2:
            return httpx.Response(503)
        if len(bodies) == 3:
            raise httpx.ConnectError("refused")
        return all_accepted(request)

    sender(answer, waits).send([submission(1)])

    assert len(set(bodies)) == 1
    assert waits[0] == 7.0
    assert waits[1] > 0
    assert len(waits) == 3


def test_an_intake_that_stays_away_ends_the_import_with_what_to_do() -> None:
    waits: list[float] = []

    with pytest.raises(CannotSendError, match="Chạy lại"):
        sender(lambda _: httpx.Response(503), waits).send([submission(1)])

    assert len(waits) == ATTEMPTS_MAX - 1


@pytest.mark.parametrize(
    ("status", "message"), [(401, "token"), (403, "token"), (404, "--url"), (200, "--url")]
)
def test_a_wrong_token_or_address_ends_the_import_at_once(status: int, message: str) -> None:
    with pytest.raises(CannotSendError, match=message):
        sender(lambda _: httpx.Response(status)).send([submission(1)])


def test_one_poisonous_event_does_not_take_its_neighbours_with_it() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if b'"5"' in request.content:
            return httpx.Response(413)
        return all_accepted(request)

    answered = sender(answer).send([submission(number) for number in range(9)])

    assert [a.submission.id for a in answered] == [str(number) for number in range(9)]
    refused = [a for a in answered if a.answer.outcome is Outcome.REJECTED]
    assert [(a.submission.id, a.answer.reasons[0].code) for a in refused] == [("5", "too_large")]


def test_batches_are_bounded_in_events_and_bytes_and_lose_none() -> None:
    many = [submission(number) for number in range(BATCH_EVENTS_MAX * 2 + 1)]
    large = [submission(number, b"x" * (BATCH_BYTES_MAX // 2 + 1)) for number in range(3)]

    assert [len(batch) for batch in batches(iter(many))] == [BATCH_EVENTS_MAX] * 2 + [1]
    assert [len(batch) for batch in batches(iter(large))] == [1, 1, 1]
    assert list(batches(iter([]))) == []
