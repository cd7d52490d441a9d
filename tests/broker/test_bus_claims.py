"""An outside effect is claimed once, whoever asks, however often, whatever is answered."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StreamConfig

from shared.bus.claims import Claim, Verdict, claim
from shared.bus.streams import POSTAL
from shared.bus.subjects import claim_subject
from shared.errors import TemporarilyUnavailable
from tests.support.server import TestServer

pytestmark = pytest.mark.broker
KEYS = 500


@pytest.fixture
async def js(server: TestServer) -> AsyncIterator[JetStreamContext]:
    client = await server.client()
    yield client.jetstream()
    await client.close()


def subject(key: object) -> str:
    return claim_subject("postal_gateway", str(key))


async def test_of_two_writers_racing_for_five_hundred_claims_each_has_one_winner(
    server: TestServer,
) -> None:
    clients = [await server.client() for _ in range(2)]

    async def race(writer: int) -> list[Claim]:
        js = clients[writer].jetstream()
        slots = asyncio.Semaphore(32)

        async def one(key: int) -> Claim:
            async with slots:
                return await claim(
                    js, stream=POSTAL, subject=subject(key), body=b"writer-%d" % writer
                )

        return list(await asyncio.gather(*(one(key) for key in range(KEYS))))

    both = await asyncio.gather(race(0), race(1))
    for client in clients:
        await client.close()

    for ours, theirs in zip(*both, strict=True):
        assert {ours.verdict, theirs.verdict} == {Verdict.WON, Verdict.LOST}
        assert (ours.sequence, ours.body) == (theirs.sequence, theirs.body)
    assert len({claimed.sequence for claimed in both[0]}) == KEYS


async def test_our_own_claim_is_known_by_its_bytes_when_the_answer_was_lost(
    js: JetStreamContext,
) -> None:
    first = await claim(js, stream=POSTAL, subject=subject(1), body=b"us, attempt 1")

    again = await claim(js, stream=POSTAL, subject=subject(1), body=b"us, attempt 1")
    other = await claim(js, stream=POSTAL, subject=subject(1), body=b"us, attempt 2")

    assert first == again == Claim(Verdict.WON, first.sequence, b"us, attempt 1")
    assert other == Claim(Verdict.LOST, first.sequence, b"us, attempt 1")


async def test_the_next_state_is_claimed_from_the_last_one(js: JetStreamContext) -> None:
    claimed = await claim(js, stream=POSTAL, subject=subject(1), body=b"claimed")

    sent = await claim(
        js, stream=POSTAL, subject=subject(1), body=b"sent", expected_sequence=claimed.sequence
    )
    late = await claim(
        js, stream=POSTAL, subject=subject(1), body=b"given up", expected_sequence=claimed.sequence
    )

    assert (sent.verdict, late.verdict, late.body) == (Verdict.WON, Verdict.LOST, b"sent")


async def test_a_full_stream_is_not_a_lost_claim(js: JetStreamContext) -> None:
    await js.add_stream(
        StreamConfig(name="SMALL", subjects=["small.>"], discard=DiscardPolicy.NEW, max_msgs=1)
    )
    won = await claim(js, stream="SMALL", subject="small.1", body=b"us")

    with pytest.raises(TemporarilyUnavailable, match="10077"):
        await claim(js, stream="SMALL", subject="small.2", body=b"us", attempts=2)

    assert won.verdict is Verdict.WON
    assert (await claim(js, stream="SMALL", subject="small.1", body=b"them")).body == b"us"


async def test_a_stream_that_is_not_there_is_no_lost_claim_either(js: JetStreamContext) -> None:
    with pytest.raises(TemporarilyUnavailable):
        await claim(js, stream="NONE", subject="none.1", body=b"us", attempts=1)
