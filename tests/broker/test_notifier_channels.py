"""Real channels at the end of real alerts: mail after a weekend, a bot that stumbles twice."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apprise.plugins.telegram import NotifyTelegram
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.notifier.channels.alertmanager import Alertmanager
from services.notifier.channels.apprise_urls import AppriseChannel
from services.notifier.domain.people import Directory, only
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.telling import Outcome
from services.notifier.watching import Showing
from shared.runtime import Secret
from tests.support.dossiers import AGENCIES, code_of, publish, received
from tests.support.notifying import OVERDUE_ONLY, Copy, alert_facts, clock_at
from tests.support.server import TestServer, free_port
from tests.support.sinks import http_sink, mail_server, text_of

pytestmark = pytest.mark.broker

FRIDAY_NIGHT = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # 22:00 in Việt Nam
MONDAY_OPENING = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)  # 07:30
NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


async def overdue(client: Client, count: int, due: datetime) -> None:
    await publish(
        client,
        [received(code_of(n), due - timedelta(days=9), AGENCIES[n % 5], due_at=due)
         for n in range(count)],
    )  # fmt: skip


async def last_outcomes(client: Client) -> list[str]:
    """Tell the last state of every telling."""
    last: dict[tuple[str, str], str] = {}
    for fact in await alert_facts(client):
        data: Any = fact.data
        if data.event_type == "alert.delivered.v1" and not data.alert_id.startswith("round."):
            last[data.alert_id, data.recipient] = data.outcome
    return list(last.values())


def directory(channel: str) -> Directory:
    return Directory(only(channel))


async def test_the_mail_of_a_weekend_comes_on_monday_at_half_past_seven(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 40, FRIDAY_NIGHT)
    port = free_port()
    address = f"mailto://127.0.0.1:{port}/?from=canh-bao@example.vn&to=truc@example.vn"
    with mail_server(port) as box:
        async with Copy(server, tmp_path / "a", clock_at(FRIDAY_NIGHT)) as copy:
            channel = AppriseChannel(Secret(address), copy.clock, "mail")
            teller = copy.parts.make_deliverer({"mail": channel}, directory("mail"))
            await copy.tick(60)
            assert await teller.round() == 0
            left = (MONDAY_OPENING - copy.clock.now()).total_seconds()
            await copy.tick(left - 1)
            assert await teller.round() == 0
            await copy.tick(1)
            assert await teller.round() == 40
            await copy.tick(600)
            assert await teller.round() == 0

    (mail,) = box.mails
    assert mail["Subject"] == "Một Cửa: 40 hồ sơ quá hạn"
    text = text_of(mail)
    assert f"{AGENCIES[0]}: 8" in text
    assert text.count("- H44.01-260302-") == 10
    assert "… và 30 cảnh báo khác trên bàn Cảnh báo." in text
    html = mail.get_body(("html",))
    assert html is not None
    drawn = str(html.get_content())
    assert drawn.count("<li><strong>H44.01-260302-") == 10
    assert f"{AGENCIES[0]}: <strong>8</strong>" in drawn
    assert "http" not in drawn  # nothing is loaded from anywhere


async def test_a_bot_that_fails_twice_is_told_once(
    server: TestServer, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await overdue(client, 3, NOON - timedelta(hours=1))
    with http_sink([500, 500]) as bot:
        # Apprise has the address of the bot API built in: the only thing that is replaced.
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"{bot.url}/bot")
        async with Copy(server, tmp_path / "a", clock_at(NOON)) as copy:
            address = Secret("tgram://123456789:abcdefghijklmnopqrstuvwxyz_abcdefgh/987654")
            channel = AppriseChannel(address, copy.clock, "telegram")
            teller = copy.parts.make_deliverer({"telegram": channel}, directory("telegram"))
            told = []
            for seconds in (5, 40, 70, 130, 600):
                await copy.tick(seconds)
                told.append(await teller.round())

    assert told == [3, 3, 3, 0, 0]
    assert set(await last_outcomes(client)) == {"confirmed"}  # the bot gave the message's id
    paths = {path for path, _, _ in bot.requests}
    assert all(path.endswith("/sendMessage") for path in paths)
    assert len(bot.requests) == 3  # two refusals and one message; nobody was told twice
    assert {str(form["chat_id"]) for form in bot.forms()} == {"987654"}
    assert "hồ sơ quá hạn" in bot.forms()[-1]["text"]


class KnownAlertmanager(Alertmanager):
    """Takes everything, and holds what the test says."""

    holds: frozenset[str] = frozenset()

    async def show(self, open_alerts: Iterable[AlertRecord], now: datetime) -> Outcome:
        del open_alerts, now
        return Outcome.SENT

    async def held(self, alert_ids: Sequence[str]) -> frozenset[str]:
        return self.holds & frozenset(alert_ids)


async def test_an_alert_that_alertmanager_holds_is_confirmed_once_by_two_copies(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 3, NOON - timedelta(hours=1))
    async with (
        Copy(server, tmp_path / "a", clock_at(NOON), rules=OVERDUE_ONLY) as one,
        Copy(server, tmp_path / "b", clock_at(NOON), rules=OVERDUE_ONLY) as two,
    ):
        await one.tick()
        await two.tick()
        there = KnownAlertmanager("http://127.0.0.1", one.parts.rules, {})
        shows = [
            Showing(copy.parts.ledger.book, copy.parts.writer, there, clock=copy.clock,
                    metrics=copy.parts.metrics)
            for copy in (one, two)
        ]  # fmt: skip
        there.holds = frozenset(list(one.parts.ledger.book.open)[:2])
        await asyncio.gather(*(show.round() for show in shows))
        await one.tick()
        await two.tick()
        assert await last_outcomes(client) == ["confirmed", "confirmed"]

        there.holds = frozenset(one.parts.ledger.book.open)
        await asyncio.gather(*(show.round() for show in shows))

    assert await last_outcomes(client) == ["confirmed"] * 3


async def test_whoever_listens_on_nats_hears_every_alert(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    heard: asyncio.Queue[Msg] = asyncio.Queue()
    await client.subscribe("alert.raised.>", cb=heard.put)
    await client.flush()
    await overdue(client, 3, NOON - timedelta(hours=1))

    async with Copy(server, tmp_path / "a", clock_at(NOON), rules=OVERDUE_ONLY) as copy:
        await copy.tick()
        messages = [await asyncio.wait_for(heard.get(), 5) for _ in range(3)]

    assert all(b'"type":"alert.raised.v1"' in message.data for message in messages)
