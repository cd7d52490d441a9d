"""The broker's configuration: one account each, and a publisher reaches its own inbox only."""

import asyncio
import signal
import subprocess
from functools import partial
from pathlib import Path

import bcrypt
import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from motcua.nats_server import (
    SERVICES,
    PublisherLogin,
    ServerSettings,
    binary,
    read_again,
    server_config,
)
from motcua.nkey import new_seed, public_key
from tests.support.server import TestServer

HASH = "$2b$06$abcdefghijklmnopqrstuv"


def config(*publishers: str, store: Path = Path("/data/jetstream")) -> str:
    return server_config(
        ServerSettings(
            port=4222,
            monitor_port=8222,
            store=store,
            service_keys={name: public_key(new_seed()) for name in SERVICES},
            publishers=[PublisherLogin(name, HASH) for name in publishers],
        )
    )


def is_accepted(text: str, tmp_path: Path) -> bool:
    path = tmp_path / "nats.conf"
    path.write_text(text)
    said = subprocess.run(
        [binary(), "-t", "-c", str(path)], capture_output=True, text=True, check=False
    )
    return said.returncode == 0


def test_the_log_is_on_disk_before_anyone_is_told_so() -> None:
    assert "sync_interval: always" in config()


def test_broker_and_monitoring_listen_on_this_machine_only() -> None:
    text = config()

    assert 'listen: "127.0.0.1:4222"' in text
    assert 'http: "127.0.0.1:8222"' in text


def test_a_publisher_may_submit_and_hear_its_answer_and_nothing_else() -> None:
    text = config("so-tu-phap")

    assert text.count('permissions: { publish: ["submit.>"], subscribe: ["_INBOX.>"] }') == 1
    assert (
        'imports: [\n      { service: { account: CORE, subject: "in.so-tu-phap.>" }, '
        'to: "submit.>" }\n    ]' in text
    )
    assert '{ service: "in.so-tu-phap.>", accounts: ["PUB_so-tu-phap"] }' in text


@pytest.mark.parametrize("publishers", [(), ("so-tu-phap",), ("so-tu-phap", "mcdt_tinh")])
def test_the_server_accepts_what_we_write(publishers: tuple[str, ...], tmp_path: Path) -> None:
    # Letters of Vietnamese and quotes in a path are text like any other.
    text = config(*publishers, store=tmp_path / 'dữ liệu "một cửa"')

    assert is_accepted(text, tmp_path)


async def test_a_publisher_added_while_the_server_runs_is_answered_after_two_readings(
    server: TestServer,
) -> None:
    core = await server.client()

    async def answer(message: Msg) -> None:
        await message.respond(b"heard")

    await core.subscribe("in.*.>", cb=answer)
    await core.flush()
    config = server.home / "nats.conf"
    hashed = bcrypt.hashpw(b"of a test", bcrypt.gensalt(4)).decode()
    config.write_text(server.config([PublisherLogin("so-tu-phap", hashed)]))
    monitor = f"http://127.0.0.1:{server.monitor_port}"
    assert server.process is not None

    await read_again(monitor, partial(server.process.send_signal, signal.SIGHUP))
    client = await server.client("so-tu-phap", "of a test")
    heard = await client.request("submit.dossier.received.v1", b"{}", timeout=5)

    await client.close()
    await core.close()
    assert heard.data == b"heard"


async def test_one_reading_is_not_enough_yet(server: TestServer) -> None:
    """Should this fail after an upgrade: the second reading of `read_again` can go."""
    core = await server.client()
    await core.subscribe("in.*.>")
    await core.flush()
    hashed = bcrypt.hashpw(b"of a test", bcrypt.gensalt(4)).decode()
    config = server.home / "nats.conf"
    config.write_text(server.config([PublisherLogin("so-tu-phap", hashed)]))
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)

    async with asyncio.timeout(10):
        while (client := await login(server)) is None:
            pass

    with pytest.raises(NoRespondersError):
        await client.request("submit.dossier.received.v1", b"{}", timeout=2)
    await client.close()
    await core.close()


async def login(server: TestServer) -> Client | None:
    try:
        return await nats.connect(
            server.url, user="so-tu-phap", password="of a test", allow_reconnect=False,
            error_cb=quiet,
        )  # fmt: skip
    except (NatsError, OSError):
        return None


async def quiet(_: Exception) -> None:
    """Being refused is what we wait out."""


async def test_a_file_that_the_server_refuses_is_not_taken_for_read(server: TestServer) -> None:
    (server.home / "nats.conf").write_text("accounts {")
    assert server.process is not None

    with pytest.raises(TimeoutError):
        await read_again(
            f"http://127.0.0.1:{server.monitor_port}",
            partial(server.process.send_signal, signal.SIGHUP),
        )
