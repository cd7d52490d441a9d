"""The embedded server starts, or says why not, and never stays behind alone."""

import asyncio
import socket
from pathlib import Path

import pytest

from motcua.nats_server import (
    SERVICES,
    ServerSettings,
    ServerStartError,
    server_config,
    start_server,
)
from tests.support.server import TestServer, free_port
from tests.support.waiting import until

pytestmark = pytest.mark.broker


def settings(home: Path, port: int) -> ServerSettings:
    return ServerSettings(
        port=port,
        monitor_port=free_port(),
        store=home / "jetstream",
        open_logins=dict.fromkeys(SERVICES, "a-password-for-tests"),
    )


async def start(home: Path, text: str, monitor_port: int) -> asyncio.subprocess.Process:
    (home / "nats.conf").write_text(text, encoding="utf-8")
    return await start_server(home / "nats.conf", home / "nats.log", monitor_port=monitor_port)


async def test_a_configuration_it_cannot_read_is_shown_in_its_own_words(tmp_path: Path) -> None:
    wanted = settings(tmp_path, free_port())

    with pytest.raises(ServerStartError, match="did not become healthy"):
        await start(tmp_path, server_config(wanted) + "\nnonsense {", wanted.monitor_port)


async def test_a_port_in_use_is_an_error_and_not_a_wait(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = settings(tmp_path, taken.getsockname()[1])

        with pytest.raises(ServerStartError, match="address already in use"):
            await start(tmp_path, server_config(wanted), wanted.monitor_port)


async def test_a_start_given_up_leaves_no_server_behind(tmp_path: Path) -> None:
    wanted = settings(tmp_path, free_port())
    starting = asyncio.create_task(start(tmp_path, server_config(wanted), wanted.monitor_port))
    log = tmp_path / "nats.log"
    await until(lambda: log.exists() and b"Starting" in log.read_bytes())

    starting.cancel()
    await asyncio.wait({starting})

    def is_free() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", wanted.port)) != 0

    await until(is_free, within=5)


async def test_a_killed_server_comes_back_with_its_store_on_the_same_port(tmp_path: Path) -> None:
    server = await (await TestServer(tmp_path / "nats").start()).provisioned()
    url = server.url

    await server.kill()
    await server.start()
    client = await server.client()

    assert (await client.jetstream().account_info()).streams == 5
    assert server.url == url
    await client.close()
    await server.kill()
