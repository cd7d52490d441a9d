"""People, their hours and their channels, on a real broker with two copies."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from services.notifier.acts import acknowledge, silence, silence_scope
from services.notifier.delivery import Deliverer
from services.notifier.domain.people import People, people_of
from services.notifier.domain.telling import Outcome
from tests.support.dossiers import AGENCIES, code_of, publish, received
from tests.support.notifying import Copy, Sink, alert_facts, clock_at, said_of
from tests.support.server import TestServer

pytestmark = pytest.mark.broker

RULES = Path(__file__).parents[1] / "support" / "alerts_with_turns.toml"
FRIDAY_NIGHT = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # 22:00 in Việt Nam
MONDAY_OPENING = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)  # 07:30
NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


def team() -> People:
    def person(name: str, agency: str, role: str, channels: str = '"sms", "mail"') -> str:
        return (
            f'[[person]]\nid = "{name}"\nagency = "{agency}"\nroles = ["{role}"]\n'
            f"channels = [{channels}]\n"
        )

    channels = "".join(f'[[channel]]\nid = "{name}"\nurl = "x"\n' for name in ("sms", "mail"))
    people = [person(f"desk-{n}", agency, "desk") for n, agency in enumerate(AGENCIES)]
    people += [person("head", AGENCIES[0], "head", '"mail"'), person("tech", "H44", "admin")]
    return people_of(f"schema = 1\n{channels}{''.join(people)}".encode())


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


async def rounds(copies: list[Copy], tellers: list[Deliverer], seconds: float) -> int:
    """Let time pass for every copy, and let all of them tell at once."""
    for copy in copies:
        await copy.tick(seconds)
    for copy in copies:
        await copy.read_everything()
    return sum(await asyncio.gather(*(teller.round() for teller in tellers)))


async def test_what_falls_due_on_friday_night_is_one_digest_each_on_monday_at_opening(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 500, FRIDAY_NIGHT)
    sms, mail = Sink("sms"), Sink("mail")
    async with (
        Copy(server, tmp_path / "a", clock_at(FRIDAY_NIGHT), rules=RULES) as one,
        Copy(server, tmp_path / "b", clock_at(FRIDAY_NIGHT), rules=RULES) as two,
    ):
        copies = [one, two]
        tellers = [copy.deliverer(sms, mail, people=team()) for copy in copies]
        held = [await rounds(copies, tellers, 120), await rounds(copies, tellers, 86_400)]
        left = (MONDAY_OPENING - one.clock.now()).total_seconds()
        held.append(await rounds(copies, tellers, left - 1))
        told = await rounds(copies, tellers, 1)
        again = await rounds(copies, tellers, 600)

    assert held == [0, 0, 0]
    assert (told, again) == (500, 0)
    assert len(sms.messages) == 5  # one a desk, not one a dossier
    assert mail.messages == []
    assert {message.title for message in sms.messages} == {"Một Cửa: 100 hồ sơ quá hạn"}
    assert all(message.count == 100 and len(message.worst) == 10 for message in sms.messages)


@pytest.mark.slow
async def test_a_burst_of_five_thousand_is_one_message_a_person(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 5000, NOON - timedelta(hours=1))
    sms, mail = Sink("sms"), Sink("mail")
    async with Copy(server, tmp_path / "a", clock_at(NOON), rules=RULES) as copy:
        teller = copy.deliverer(sms, mail, people=team())
        assert await rounds([copy], [teller], 5) == 0  # it waits for what comes with it

        told = await rounds([copy], [teller], 60)

    assert told == 5000
    assert [message.count for message in sms.messages] == [1000] * 5
    assert all("… và 990 cảnh báo khác" in message.body for message in sms.messages)


async def test_a_channel_that_refuses_lets_the_next_speak_and_is_itself_an_alert_elsewhere(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 1, NOON - timedelta(hours=1))
    sms, mail = Sink("sms"), Sink("mail")
    sms.answers = [Outcome.FAILED] * 20
    async with Copy(server, tmp_path / "a", clock_at(NOON), rules=RULES) as copy:
        teller = copy.deliverer(sms, mail, people=team())
        for _ in range(9):
            await rounds([copy], [teller], 70)
        await copy.tick()
        stages = {record.stage for record in copy.parts.ledger.book.open.values()}

        sms.answers = []
        for _ in range(3):
            await rounds([copy], [teller], 400)

    first, *others = mail.messages
    assert first.title == "Một Cửa: 1 hồ sơ quá hạn"
    assert stages == {"overdue", "channel_failing"}
    assert any(
        "kênh báo tin không gửi được" in message.title for message in [*others, *sms.messages]
    )


async def test_nobody_takes_it_on_so_the_head_is_told_once_by_two_copies(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 1, NOON - timedelta(hours=1))
    sms, mail = Sink("sms"), Sink("mail")
    async with (
        Copy(server, tmp_path / "a", clock_at(NOON), rules=RULES) as one,
        Copy(server, tmp_path / "b", clock_at(NOON), rules=RULES) as two,
    ):
        copies = [one, two]
        tellers = [copy.deliverer(sms, mail, people=team()) for copy in copies]
        await rounds(copies, tellers, 70)
        await rounds(copies, tellers, 86_400)  # eight working hours and more
        for _ in range(3):
            await rounds(copies, tellers, 400)

    (escalated,) = (await said_of(client, "alert.escalated.v1"))[code_of(0)]
    assert escalated.data.level == 1  # type: ignore[attr-defined] # by its type
    assert len(sms.messages) == 1
    # No catalogue, no tree: an agency that stands alone is its own next level up.
    told = [fact.data for fact in await alert_facts(client)
            if fact.data.event_type == "alert.delivered.v1"]  # fmt: skip
    assert {(one.occasion, one.recipient) for one in told if one.outcome == "sent"} == {  # type: ignore[attr-defined] # by its type
        ("raised", "desk-0"), ("level-1", "head"),
    }  # fmt: skip


async def test_taken_on_and_not_finished_it_waits_again_and_a_silence_keeps_it_quiet(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await overdue(client, 1, NOON - timedelta(hours=1))
    sms, mail = Sink("sms"), Sink("mail")
    async with Copy(server, tmp_path / "a", clock_at(NOON), rules=RULES) as copy:
        book, writer = copy.parts.ledger.book, copy.parts.writer
        teller = copy.deliverer(sms, mail, people=team())
        await rounds([copy], [teller], 70)
        await rounds([copy], [teller], 70)
        (record,) = book.open.values()
        assert await acknowledge(writer, record, "Cán bộ A", "Đang trình ký")
        await rounds([copy], [teller], 86_400)
        assert len(sms.messages) == 1

        await rounds([copy], [teller], 86_400 + 3600)  # two working days and more
        await rounds([copy], [teller], 120)
        (record,) = book.open.values()
        assert not record.is_acknowledged
        assert sms.messages[-1].title == "[Nhắc lại] Một Cửa: 1 hồ sơ quá hạn"

        until = copy.clock.now() + timedelta(days=5)
        assert await silence(writer, record, "Cán bộ B", "Chờ liên ngành", until)
        assert await silence_scope(
            writer, "overdue", AGENCIES[1], "Cán bộ B", "Hệ thống nâng cấp", until
        )
        await overdue(client, 2, NOON - timedelta(hours=1))
        before = len(sms.messages)
        for _ in range(3):
            await rounds([copy], [teller], 86_400)

        assert len(sms.messages) == before
        assert await said_of(client, "alert.escalated.v1") == {}
        assert len(await said_of(client, "alert.reminded.v1")) == 1
