"""Statuses sent by the carrier: stored once and for ever before it is told so."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.aio.client import Client

from services.postal_gateway.webhooks import ADDRESS, CARRIER, WebhookOutcome
from shared.errors import TemporarilyUnavailable
from shared.runtime import Secret
from tests.support.dossiers import code_of
from tests.support.fake_clock import FakeClock
from tests.support.gateway import GatewayCopy
from tests.support.posting import SECRET as TOKEN
from tests.support.posting import CarrierProcess, environment, postal_facts, resolved_by_post
from tests.support.scripted_carrier import ScriptedCarrier
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until
from tests.support.webhooks import NOON, SECRET, Sent, body_of, forgeries, signed

pytestmark = pytest.mark.broker

PROOF: dict[str, Any] = {"webhook_secrets": (Secret(SECRET),), "webhook_proof": "signature"}
CODE = code_of(0)


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


async def take(copy: GatewayCopy, sent: Sent) -> WebhookOutcome:
    return await copy.parts.webhooks.take(sent.body, moment=sent.moment, signed=sent.signed)


async def test_a_status_is_one_fact_however_often_and_in_whatever_order_it_comes(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await resolved_by_post(client, 1, NOON)
    clock = FakeClock(NOON)
    carrier = ScriptedCarrier(clock, name=CARRIER)
    async with (
        GatewayCopy(server, tmp_path / "a", clock, carrier, **PROOF) as one,
        GatewayCopy(server, tmp_path / "b", clock, carrier, **PROOF) as two,
    ):
        await one.order_everything()
        await two.read_everything()
        said = [
            signed(body_of(CODE, code, NOON + timedelta(minutes=minutes)))
            for code, minutes in ((501, 300), (-100, 1), (300, 60), (200, 20))
        ]
        first = [await take(one, sent) for sent in said]
        again = [await take(two, sent) for sent in reversed(said)]
        at_once = signed(body_of(CODE, 506, NOON + timedelta(minutes=200)))
        raced = await asyncio.gather(*(take(copy, at_once) for copy in (one, two, one, two)))
        await one.read_everything()
        state = one.parts.ledger.dossier(CODE)
        assert state is not None
        facts = [fact for fact in await postal_facts(client) if fact.data.carrier == "viettelpost"]  # type: ignore[attr-defined] # a postal fact

        assert set(first) == {WebhookOutcome.STORED}
        assert set(again) == {WebhookOutcome.DUPLICATE}
        assert raced.count(WebhookOutcome.STORED) == 1
        assert len(facts) == 6  # the order's acceptance, and five statuses
        assert [step.status for step in state.legs[0].steps] == [
            "requested", "ordered", "handed_to_carrier", "in_transit", "delivery_failed",
            "delivered",
        ]  # fmt: skip
        assert state.legs[0].ignored_count == 0


async def test_a_status_of_an_order_that_nobody_confirmed_waits_for_the_statement(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await resolved_by_post(client, 1, NOON)
    clock = FakeClock(NOON)
    carrier = ScriptedCarrier(clock, "silent", name=CARRIER)
    async with GatewayCopy(server, tmp_path / "a", clock, carrier, **PROOF) as copy:
        await copy.order_everything()
        wrong = signed(body_of(CODE, 501, NOON, number="X-another"))
        with pytest.raises(TemporarilyUnavailable):  # believed, it would end the way for ever
            await take(copy, wrong)
        for _ in range(40):
            await copy.tick()
        late = clock.now()
        genuine = signed(body_of(CODE, 200, NOON + timedelta(minutes=20)), late)

        assert carrier.find_count == 1
        assert await take(copy, signed(body_of(CODE, 501, NOON, number="X-another"), late)) == (
            WebhookOutcome.NOT_OURS
        )
        assert await take(copy, genuine) is WebhookOutcome.STORED
        await copy.read_everything()
        assert carrier.orders() == {CODE: 1}
        assert len(copy.parts.ledger.lists.parcels(["handed_to_carrier"])) == 1


async def test_a_wrong_number_moves_nothing_and_an_unknown_code_is_listed(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await resolved_by_post(client, 1, NOON)
    clock = FakeClock(NOON)
    async with GatewayCopy(
        server, tmp_path / "a", clock, ScriptedCarrier(clock, name=CARRIER), **PROOF
    ) as copy:
        await copy.order_everything()
        outcomes = [
            await take(copy, signed(said))
            for said in (
                body_of(CODE, 501, NOON, number="X-another"),
                body_of("somebody-elses", 501, NOON), body_of(CODE, 999, NOON),
                body_of(CODE, 202, NOON),
            )
        ]  # fmt: skip
        await copy.read_everything()

        assert outcomes == [
            WebhookOutcome.NOT_OURS, WebhookOutcome.NOT_OURS, WebhookOutcome.UNKNOWN_CODE,
            WebhookOutcome.STORED,
        ]  # fmt: skip
        assert len(copy.parts.ledger.lists.parcels(["ordered"])) == 1
        assert {one.code for one in copy.parts.ledger.odd_statuses()} == {"501", "999"}


async def test_over_http_forgeries_are_refused_and_the_carriers_own_word_is_taken(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await resolved_by_post(client, 3, NOON)
    gateway = ServiceProcess("postal_gateway", server, tmp_path / "data", {
        "MOTCUA_WEBHOOK_SECRETS": f"old,{TOKEN}", "MOTCUA_WEBHOOK_PROOF": "token",
    })  # fmt: skip
    await (await gateway.start()).ready()
    try:
        async with httpx.AsyncClient(base_url=gateway.url, timeout=5) as http:
            answers = []
            for _, sent in forgeries(300, seed=3):
                headers = {"X-Signature": "sha256=00", "Content-Type": "application/json"}
                answer = await http.post(ADDRESS, content=sent.body, headers=headers)
                answers.append(answer.status_code)
            good = json.dumps(body_of(CODE, 999, NOON, token=TOKEN))
            taken = [await http.post(ADDRESS, content=good) for _ in range(2)]
            large = await http.post(ADDRESS, content=b" " * 100_000)
            metrics = (await http.get("/metrics")).text

        assert set(answers) <= {401, 422}
        assert [one.json() for one in taken] == [
            {"outcome": "unknown_code"}, {"outcome": "duplicate"},
        ]  # fmt: skip
        assert large.status_code == 413
        assert 'outcome="duplicate"} 1' in metrics
    finally:
        await gateway.stop()


@pytest.mark.slow
async def test_lost_and_late_webhooks_end_in_the_carriers_own_record(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    gateway = ServiceProcess("postal_gateway", server, tmp_path / "data", {})
    carrier = await CarrierProcess(
        tmp_path / "carrier", "--speed", "7200", "--webhook-url", f"{gateway.url}{ADDRESS}",
        "--webhook-lost-rate", "0.3", "--webhook-doubled-rate", "0.3",
        "--webhook-delayed-rate", "0.3", "--webhook-wrong-rate", "0.1", "--failed-rate", "0.2",
        "--late-error-rate", "0.2", "--seed", "4",
    ).start()  # fmt: skip
    gateway.add(environment(carrier, "viettelpost"))
    try:
        await resolved_by_post(client, 20, datetime.now(UTC))
        await (await gateway.start()).ready()
        async with httpx.AsyncClient(base_url=gateway.url, timeout=5) as http:

            async def all_ended() -> bool:
                open_count = (await http.get("/v1/parcels")).json()["count"]
                ended = [
                    (await http.get("/v1/parcels", params={"state": state})).json()["count"]
                    for state in ("delivered", "returned_to_sender")
                ]
                return bool(open_count == 0 and sum(ended) == 20)

            await until(all_ended, within=90)
        assert carrier.orders() == {code_of(number): 1 for number in range(20)}
    finally:
        await gateway.stop()
        await carrier.stop()
