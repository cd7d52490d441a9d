"""Alerts on a real broker: raised once by any number of copies, resolved by facts."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from services.notifier.acts import acknowledge
from services.notifier.parts import RULES
from shared.events import dossier as d
from tests.support.dossiers import AGENCIES, code_of, publish, received, said
from tests.support.notifying import Copy, alert_facts, clock_at, said_of
from tests.support.server import TestServer

pytestmark = pytest.mark.broker

NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)  # a Tuesday
RAISED, RESOLVED = "alert.raised.v1", "alert.resolved.v1"


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


async def test_two_copies_racing_over_five_hundred_raise_each_once(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    due = NOON + timedelta(seconds=3)
    await publish(
        client,
        [received(code_of(n), NOON - timedelta(days=9), AGENCIES[n % 5], due_at=due)
         for n in range(500)],
    )  # fmt: skip

    async with (
        Copy(server, tmp_path / "a", clock_at(NOON)) as one,
        Copy(server, tmp_path / "b", clock_at(NOON)) as two,
    ):
        await asyncio.gather(one.tick(10), two.tick(10))
        await asyncio.gather(one.tick(), two.tick())

        raised = await said_of(client, RAISED)
        assert sorted(raised) == [code_of(n) for n in range(500)]
        assert all(len(facts) == 1 for facts in raised.values())
        assert len(one.parts.ledger.book.open) == len(two.parts.ledger.book.open) == 500
        assert sum(one.parts.ledger.book.counts.values()) == 500


async def test_a_rebuild_raises_nothing_again(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await publish(client, [received(code_of(1), NOON - timedelta(days=9), due_at=NOON)])
    async with Copy(server, tmp_path / "a", clock_at(NOON)) as first:
        await first.tick(10)
    before = len(await alert_facts(client))

    async with Copy(server, tmp_path / "anew", clock_at(NOON)) as second:
        await second.tick(20)
        await second.tick(20)

        assert list(second.parts.ledger.book.open) == list(first.parts.ledger.book.open)
    assert len(await alert_facts(client)) == before == 1


async def test_what_fell_due_while_down_is_raised_on_return_and_what_was_settled_is_not(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    due = NOON + timedelta(hours=1)
    both = [received(code_of(n), NOON - timedelta(days=9), due_at=due) for n in (1, 2)]
    await publish(client, both)
    async with Copy(server, tmp_path / "a", clock_at(NOON)) as early:
        await early.tick(10)
    late_end = said(
        d.DossierResolved(agency_code=AGENCIES[0]), code_of(2), due + timedelta(hours=2)
    )
    await publish(client, [late_end])

    async with Copy(server, tmp_path / "a", clock_at(NOON + timedelta(days=1))) as back:
        await back.tick(10)

    raised = await said_of(client, RAISED)
    assert list(raised) == [code_of(1)]
    assert raised[code_of(1)][0].data.since_at == due  # type: ignore[attr-defined] # by its type


async def test_a_closing_fact_resolves_and_only_a_later_fact_reopens(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    agency, code = AGENCIES[0], code_of(1)
    due = NOON - timedelta(hours=1)
    await publish(client, [received(code, NOON - timedelta(days=9), due_at=due)])
    async with Copy(server, tmp_path / "a", clock_at(NOON)) as copy:
        await copy.tick()
        extended = d.DossierExtended(agency_code=agency, due_at=NOON + timedelta(days=2))
        await publish(client, [said(extended, code, NOON)])
        await copy.tick()
        resolved = (await said_of(client, RESOLVED))[code]
        assert [fact.data.because for fact in resolved] == ["due_moved"]  # type: ignore[attr-defined] # by its type

        back = d.DossierCorrected(agency_code=agency, due_at=due)  # the extension was a mistake
        await publish(client, [said(back, code, NOON + timedelta(seconds=1))])
        await copy.tick()

        raised = (await said_of(client, RAISED))[code]
        first, again = (fact.data.alert_id for fact in raised)  # type: ignore[attr-defined] # by its type
        assert again == f"{first}-2"
        assert list(copy.parts.ledger.book.open) == [again]


async def test_the_first_to_acknowledge_is_named_and_the_second_is_told_so(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await publish(client, [received(code_of(1), NOON - timedelta(days=9), due_at=NOON)])
    async with (
        Copy(server, tmp_path / "a", clock_at(NOON)) as one,
        Copy(server, tmp_path / "b", clock_at(NOON)) as two,
    ):
        await one.tick(10)
        (record,) = one.parts.ledger.book.open.values()

        answers = await asyncio.gather(
            acknowledge(one.parts.writer, record, "Cán bộ A", "Đang xử lý"),
            acknowledge(two.parts.writer, record, "Cán bộ B", "Đang xử lý"),
        )
        await two.read_everything()

        assert sorted(answers) == [False, True]
        (known,) = two.parts.ledger.book.open.values()
        assert known.acknowledged_by == ("Cán bộ A" if answers[0] else "Cán bộ B")
        assert two.parts.ledger.book.counts == {(AGENCIES[0], "overdue", "true"): 1}


async def test_a_dossier_that_arrives_overdue_with_its_result_behind_it_alerts_nobody(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    old = NOON - timedelta(days=60)
    async with Copy(server, tmp_path / "a", clock_at(NOON)) as copy:
        await publish(client, [received(code_of(1), old, due_at=old + timedelta(days=3))])
        await copy.tick(1)
        await publish(
            client,
            [said(d.DossierResolved(agency_code=AGENCIES[0]), code_of(1), old + timedelta(days=9))],
        )
        await copy.tick(10)

    assert await alert_facts(client) == []


async def test_an_import_of_history_alerts_only_what_is_overdue_in_the_end(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    old = NOON - timedelta(days=60)
    closing = d.DossierResolved(agency_code=AGENCIES[0])
    due = old + timedelta(days=3)
    intake = [
        said(received(code_of(n), old, due_at=due).data, code_of(n), old, recorded_at=NOON)
        for n in range(100)
    ]
    results = [
        said(closing, code_of(n), old + timedelta(days=9), recorded_at=NOON) for n in range(95)
    ]
    async with Copy(server, tmp_path / "a", clock_at(NOON)) as copy:
        await publish(client, intake)
        await copy.tick(3)
        await copy.tick(3)
        assert await alert_facts(client) == []
        await publish(client, results)
        for _ in range(5):
            await copy.tick(5)

    raised = await said_of(client, RAISED)
    assert sorted(raised) == [code_of(n) for n in range(95, 100)]
    assert await said_of(client, RESOLVED) == {}


@pytest.mark.parametrize(
    ("how", "because"), [("dismissed", "rejects_settled"), ("expired", "rejects_expired")]
)
async def test_what_intake_refused_is_an_alert_until_a_person_settles_it_or_it_expires(
    server: TestServer, client: Client, tmp_path: Path, how: str, because: str
) -> None:
    monday = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)  # 08:00
    js, name = client.jetstream(), "mot-cua-xa"
    raised = {"what": "raised", "reject_id": "r1", "publisher": name, "at": monday.isoformat()}
    await js.publish(f"reject.raised.{name}", json.dumps(raised).encode())
    async with (
        Copy(server, tmp_path / "a", clock_at(monday), rules=RULES) as one,
        Copy(server, tmp_path / "b", clock_at(monday), rules=RULES) as two,
    ):
        await asyncio.gather(one.tick(9 * 3600), two.tick(9 * 3600))
        assert await alert_facts(client) == []  # 17:00, after seven and a half working hours
        await asyncio.gather(one.tick(86_400), two.tick(86_400))
        await one.read_everything()
        (known,) = one.parts.ledger.book.open.values()
        assert (known.stage, known.about, known.dossier) == ("rejects_waiting", "rejects", name)

        settled = {"what": "settled", "reject_id": "r1", "how": how}
        await js.publish(f"reject.settled.{name}", json.dumps(settled).encode())
        await one.read_everything()
    # Stopped between the record and the decision: what was read is in its file.
    async with Copy(server, tmp_path / "a", clock_at(monday), rules=RULES) as again:
        await again.tick(3 * 86_400)

    (ended,) = (await said_of(client, RESOLVED))[name]
    assert ended.data.because == because  # type: ignore[attr-defined] # by its type
