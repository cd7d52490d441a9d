"""Telling people, with copies that race and die and channels that refuse or stay silent."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from services.notifier.domain.telling import Outcome
from tests.support.dossiers import AGENCIES, code_of, publish, received
from tests.support.notifying import Copy, Sink, alert_facts, clock_at
from tests.support.server import TestServer

pytestmark = pytest.mark.broker

NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


async def overdue(client: Client, count: int) -> None:
    due = NOON - timedelta(hours=1)
    await publish(
        client,
        [received(code_of(n), NOON - timedelta(days=9), AGENCIES[n % 5], due_at=due)
         for n in range(count)],
    )  # fmt: skip


async def states_told(client: Client) -> Counter[str]:
    """Count the last state of each alert's telling."""
    last: dict[str, str] = {}
    for fact in await alert_facts(client):
        data = fact.data
        if data.event_type == "alert.delivered.v1":
            last[data.alert_id] = data.outcome  # type: ignore[attr-defined] # by its type
    return Counter(state for alert, state in last.items() if not alert.startswith("round."))


async def test_a_burst_is_one_message_though_two_copies_tell(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 500)
    sink = Sink()
    async with (
        Copy(server, tmp_path / "a", clock_at(NOON)) as one,
        Copy(server, tmp_path / "b", clock_at(NOON)) as two,
    ):
        await one.tick()
        await two.read_everything()
        tellers = one.deliverer(sink), two.deliverer(sink)

        told = await asyncio.gather(*(teller.round() for teller in tellers))
        await asyncio.gather(one.tick(30), two.tick(30))
        again = [await teller.round() for teller in tellers]

    assert sorted(told) == [0, 500]
    assert again == [0, 0]
    assert [message.title for message in sink.messages] == ["Một Cửa: 500 hồ sơ quá hạn"]
    assert await states_told(client) == {"sent": 500}


async def test_a_refusal_is_tried_again_with_patience_and_without_a_label(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 3)
    sink = Sink()
    sink.answers = [Outcome.FAILED, Outcome.FAILED]
    async with Copy(server, tmp_path / "a", clock_at(NOON)) as copy:
        await copy.tick()
        teller = copy.deliverer(sink)

        counts = []
        for _ in range(5):
            counts.append(await teller.round())
            await copy.tick(30)

    assert counts == [3, 3, 0, 3, 0]  # after 30 s, then after 60 s
    assert len(sink.messages) == 3
    assert not any("Nhắc lại" in message.title for message in sink.messages)
    assert await states_told(client) == {"sent": 3}


async def test_silence_is_repeated_late_and_labelled(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 3)
    sink = Sink()
    sink.answers = [Outcome.UNKNOWN]
    async with Copy(server, tmp_path / "a", clock_at(NOON)) as copy:
        await copy.tick()
        teller = copy.deliverer(sink)
        await teller.round()
        await copy.tick(600)

        early = await teller.round()
        await copy.tick(300)
        late = await teller.round()

    assert (early, late) == (0, 3)
    first, second = sink.messages
    assert not first.title.startswith("[Nhắc lại]")
    assert second.title.startswith("[Nhắc lại]")


async def test_a_copy_killed_between_claim_and_record_leaves_a_labelled_repeat(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 20)
    dying, living = Sink(), Sink()
    dying.dies = True
    async with Copy(server, tmp_path / "a", clock_at(NOON)) as doomed:
        await doomed.tick()
        with pytest.raises(RuntimeError, match="killed here"):
            await doomed.deliverer(dying).round()
    assert await states_told(client) == {"claimed": 20}

    async with Copy(server, tmp_path / "b", clock_at(NOON + timedelta(seconds=60))) as heir:
        await heir.tick()
        teller = heir.deliverer(living)
        too_early = await teller.round()
        await heir.tick(300)
        told = await teller.round()
        await heir.tick(300)
        again = await teller.round()

    assert (too_early, told, again) == (0, 20, 0)
    (message,) = living.messages
    assert message.title == "[Nhắc lại] Một Cửa: 20 hồ sơ quá hạn"
    assert await states_told(client) == {"sent": 20}


async def test_an_alert_that_ended_before_anybody_was_told_is_not_told(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    from shared.events.dossier import DossierResolved
    from tests.support.dossiers import said

    await overdue(client, 2)
    sink = Sink()
    async with Copy(server, tmp_path / "a", clock_at(NOON)) as copy:
        await copy.tick()
        closing = DossierResolved(agency_code=AGENCIES[0])
        await publish(client, [said(closing, code_of(0), NOON + timedelta(seconds=5))])
        await copy.tick()

        assert await copy.deliverer(sink).round() == 1

    assert code_of(0) not in sink.messages[0].body
