"""One command makes the streams, says what is otherwise, and destroys nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy

from shared.bus.publishing import LogMessage, LogWriter
from shared.bus.streams import ALERTS, CONTACTS, FACTS, POSTAL, REJECTS, provision
from tests.support.server import TestServer

pytestmark = pytest.mark.broker


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[TestServer]:
    """A server without streams, in a directory with a Vietnamese name."""
    running = TestServer(tmp_path / "dữ liệu một cửa")
    try:
        yield await running.start()
    finally:
        if running.process is not None:
            await running.kill()


@pytest.fixture
async def js(bare: TestServer) -> AsyncIterator[JetStreamContext]:
    client = await bare.client()
    yield client.jetstream()
    await client.close()


async def test_everything_is_made_at_first_and_nothing_the_second_time(
    js: JetStreamContext,
) -> None:
    first = await provision(js, ["mcdt-tinh"])
    second = await provision(js, ["mcdt-tinh"])
    with_another = await provision(js, ["mcdt-tinh", "mcdt-xa"])

    assert first == ([FACTS, REJECTS, ALERTS, POSTAL, "INBOX_mcdt-tinh", CONTACTS], [])
    assert second == ([], [])
    assert with_another == (["INBOX_mcdt-xa"], [])


async def test_a_setting_that_is_otherwise_is_reported_and_left_alone(
    js: JetStreamContext,
) -> None:
    await provision(js)
    config = (await js.stream_info(ALERTS)).config
    config.discard, config.duplicate_window = DiscardPolicy.OLD, 60
    await js.update_stream(config)

    created, found = await provision(js)

    assert created == []
    assert {(row.stream, row.setting, row.wanted, row.found) for row in found} == {
        (ALERTS, "discard", "new", "old"),
        (ALERTS, "duplicate_window", "7200", "60"),
    }
    assert (await js.stream_info(ALERTS)).config.discard == DiscardPolicy.OLD


async def test_provisioning_again_with_another_scale_keeps_every_message(
    bare: TestServer, js: JetStreamContext
) -> None:
    await provision(js)
    client = await bare.client()
    await LogWriter(client, stream=FACTS).append(LogMessage("dossier.received.H99", b"{}", "id-1"))
    await client.close()

    created, found = await provision(js, scale=2)

    assert created == []
    assert {row.setting for row in found} == {"max_bytes"}
    assert (await js.stream_info(FACTS)).state.messages == 1


async def test_what_was_made_is_there_again_after_a_kill(
    bare: TestServer, js: JetStreamContext
) -> None:
    await provision(js, ["mcdt-tinh"])

    await bare.kill()
    await bare.start()
    client = await bare.client()

    assert await provision(client.jetstream(), ["mcdt-tinh"]) == ([], [])
    await client.close()
