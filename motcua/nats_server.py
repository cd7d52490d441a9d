"""The embedded nats-server: the process around the binary. Its configuration: nats_config.py."""

import asyncio
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec

from .nats_config import Cluster, PublisherLogin, ServerSettings, server_config
from .rights import SERVICES

__all__ = [
    "SERVICES",
    "Cluster",
    "PublisherLogin",
    "ServerSettings",
    "ServerStartError",
    "binary",
    "read_again",
    "server_config",
    "start_server",
]


class ServerStartError(RuntimeError):
    """The server ended or stayed silent; the message holds its last lines."""


def binary() -> str:
    """Return the path of nats-server: the one of our own environment first.

    Raises:
        ServerStartError: there is none.
    """
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise ServerStartError("nats-server is missing: run `make setup`")
    return found


async def start_server(config: Path, log: Path, *, monitor_port: int) -> asyncio.subprocess.Process:
    """Start the server on a written configuration file and wait until JetStream answers.

    Raises:
        ServerStartError: it ended, or was not healthy within 20 seconds.
    """
    with log.open("ab") as sink:
        process = await asyncio.create_subprocess_exec(
            binary(), "-c", str(config), stdout=sink, stderr=sink, start_new_session=True
        )
    is_healthy = False
    try:
        is_healthy = await _becomes_healthy(process, monitor_port)
    finally:  # also when whoever started us gave up: nobody else knows of the process yet
        if not is_healthy and process.returncode is None:
            process.kill()
            await process.wait()
    if is_healthy:
        return process
    tail = (await asyncio.to_thread(log.read_bytes))[-800:].decode(errors="replace")
    raise ServerStartError(f"nats-server did not become healthy:\n{tail}")


async def _becomes_healthy(process: asyncio.subprocess.Process, monitor_port: int) -> bool:
    async with httpx.AsyncClient(timeout=1) as http:
        for _ in range(400):
            if process.returncode is not None:
                break
            try:
                answer = await http.get(f"http://127.0.0.1:{monitor_port}/healthz")
                if msgspec.json.decode(answer.content) == {"status": "ok"}:
                    return True
            except (httpx.HTTPError, msgspec.DecodeError):
                pass
            await asyncio.sleep(0.05)
    return False


async def read_again(monitor: str, hang_up: Callable[[], None]) -> None:
    """Have a running server read its configuration file, twice: it takes over a new account.

    The import of an account that appears in a reading is bound to CORE as it was before that
    reading (measured, 2.15.1): its requests find nobody until the configuration is read once more.
    Connections that stay allowed are not touched; `hang_up` sends SIGHUP.

    Raises:
        TimeoutError: within five seconds the server did not do so; it may refuse the file.
    """
    async with asyncio.timeout(5), httpx.AsyncClient(timeout=1) as http:
        for _ in range(2):
            before = await _read_at(http, monitor)
            hang_up()
            while True:
                await asyncio.sleep(0.05)
                if await _read_at(http, monitor) != before:
                    break


async def _read_at(http: httpx.AsyncClient, monitor: str) -> str:
    while True:
        try:
            return str((await http.get(f"{monitor}/varz")).json()["config_load_time"])
        except (httpx.HTTPError, ValueError, KeyError):  # it is just being started again
            await asyncio.sleep(0.05)
