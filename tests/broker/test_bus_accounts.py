"""A publisher's account: its own inbox, its own replies, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.js.errors import APIError

from motcua.nats_server import PublisherLogin
from shared.bus.streams import FACTS, differences, inbox
from shared.bus.subjects import inbox_stream
from tests.support.server import TestServer
from tests.support.waiting import until

pytestmark = pytest.mark.broker
OURS, THEIRS = "mcdt-tinh", "mcdt-xa"
PASSWORDS = {OURS: "our-word", THEIRS: "their-word"}
TYPE = "dossier.received.v1"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TestServer]:
    logins = [PublisherLogin(name, password) for name, password in PASSWORDS.items()]
    running = TestServer(tmp_path / "nats", logins)
    try:
        await running.start()
        yield await running.provisioned()
    finally:
        await running.kill()


class Publisher:
    """A connection with what the server said about it."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.heard: list[Msg] = []

    async def connect(self, server: TestServer, name: str) -> Client:
        async def on_error(error: Exception) -> None:
            self.errors.append(str(error).lower())

        return await nats.connect(
            server.url, user=name, password=PASSWORDS[name], error_cb=on_error
        )

    async def hear(self, message: Msg) -> None:
        self.heard.append(message)

    def was_refused(self, subject: str) -> bool:
        return any("permissions violation" in e and subject.lower() in e for e in self.errors)


@pytest.fixture
async def core(server: TestServer) -> AsyncIterator[Client]:
    connected = await server.client()
    yield connected
    await connected.close()


async def asked(client: Client) -> Msg:
    """The answer to a submission, asked again as a publisher would.

    For a millisecond after a subscription was confirmed the server may pass it by.
    """
    for _ in range(9):
        with contextlib.suppress(TimeoutError):
            return await client.request(f"submit.{TYPE}", b"{}", timeout=1)
    raise AssertionError("nobody answers")


async def count(core: Client, stream: str) -> int:
    return int((await core.jetstream().stream_info(stream)).state.messages)


async def test_what_a_publisher_submits_stands_in_its_own_inbox_under_its_name(
    server: TestServer, core: Client
) -> None:
    client = await Publisher().connect(server, OURS)
    await client.publish(f"submit.{TYPE}", b"{}")
    await client.flush()
    await until(lambda: has_one(core, inbox_stream(OURS)))

    stored = await core.jetstream().get_msg(inbox_stream(OURS), 1)

    assert (stored.subject, stored.data) == (f"in.{OURS}.{TYPE}", b"{}")
    assert await count(core, inbox_stream(THEIRS)) == 0
    await client.close()


async def has_one(core: Client, stream: str) -> bool:
    return await count(core, stream) == 1


async def test_a_publisher_gets_the_verdict_of_intake_and_not_the_brokers(
    server: TestServer, core: Client
) -> None:
    client = await Publisher().connect(server, OURS)

    async def answer(message: Msg) -> None:
        await core.publish(message.reply, b'{"outcome":"accepted"}')

    await core.subscribe(f"in.{OURS}.>", cb=answer)
    await core.flush()

    reply = await asked(client)

    assert reply.data == b'{"outcome":"accepted"}'
    await client.close()


@pytest.mark.parametrize(
    "subject",
    [
        f"dossier.received.{OURS}",
        f"in.{THEIRS}.{TYPE}",
        f"in.{OURS}.{TYPE}",
        "reject.raised.x",
        "claim.notifier.x",
        "$JS.API.STREAM.INFO.FACTS",
        "$JS.API.STREAM.DELETE.FACTS",
        "$JS.API.CONSUMER.CREATE.FACTS",
        "$JS.ACK.FACTS.c.1.1.1.1.1",
        "_INBOX.somebody.x",
        "$SYS.REQ.SERVER.PING",
    ],
)
async def test_a_publisher_cannot_name_any_other_subject(
    server: TestServer, core: Client, subject: str
) -> None:
    publisher = Publisher()
    client = await publisher.connect(server, OURS)

    await client.publish(subject, b"{}")
    await client.flush()
    await until(lambda: publisher.was_refused(subject))

    assert await count(core, FACTS) == 0
    await client.close()


@pytest.mark.parametrize("subject", [">", "in.>", "submit.>", "dossier.>", "$JS.>", "$SYS.>"])
async def test_a_publisher_can_listen_to_nothing_but_its_own_replies(
    server: TestServer, subject: str
) -> None:
    publisher = Publisher()
    client = await publisher.connect(server, OURS)

    await client.subscribe(subject, cb=publisher.hear)
    await client.flush()

    await until(lambda: publisher.was_refused(subject))
    await client.close()


async def test_replies_to_services_and_to_other_publishers_are_not_heard(
    server: TestServer, core: Client
) -> None:
    listener, other = Publisher(), Publisher()
    ours, theirs = await listener.connect(server, OURS), await other.connect(server, THEIRS)
    await ours.subscribe("_INBOX.>", cb=listener.hear)
    await ours.flush()

    async def answer(message: Msg) -> None:
        await core.publish(message.reply, b"for the other one")

    await core.subscribe(f"in.{THEIRS}.>", cb=answer)
    await core.flush()

    reply = await asked(theirs)
    await core.jetstream().stream_info(FACTS)
    await core.publish("_INBOX.guessed", b"x")
    await core.flush()
    await ours.flush()

    assert reply.data == b"for the other one"
    assert (listener.heard, listener.errors) == ([], [])
    for client in (ours, theirs):
        await client.close()


async def test_jetstream_is_out_of_reach_also_by_way_of_submitting(
    server: TestServer, core: Client
) -> None:
    publisher = Publisher()
    client = await publisher.connect(server, OURS)

    with pytest.raises((NatsError, TimeoutError)):
        await client.jetstream(timeout=0.5).stream_info(FACTS)
    await client.publish(f"submit.{TYPE}", b"{}", headers={"Nats-Rollup": "all"})
    await client.publish(f"submit.{TYPE}", b"{}", reply="dossier.received.H99.12")
    await client.flush()

    assert await count(core, FACTS) == 0
    await client.close()


async def test_nobody_gets_in_without_a_password_or_with_anothers(server: TestServer) -> None:
    for user, password in ((OURS, PASSWORDS[THEIRS]), ("", ""), ("nobody", "x")):
        with pytest.raises(NatsError):
            await nats.connect(
                server.url, user=user, password=password, allow_reconnect=False, connect_timeout=2
            )


async def test_provisioning_makes_an_inbox_that_holds_what_is_written(
    server: TestServer, core: Client
) -> None:
    live = await core.jetstream().stream_info(inbox_stream(OURS))

    assert differences(inbox(OURS), live.config) == []
    with pytest.raises((NoRespondersError, APIError, NatsError)):
        await core.jetstream().publish(f"in.nobody.{TYPE}", b"{}", timeout=2)
    async with asyncio.timeout(5):
        await core.publish(f"in.{OURS}.{TYPE}", b"{}")
