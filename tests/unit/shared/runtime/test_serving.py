"""A service's process, from start to end."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from litestar import Litestar

from shared.desk import LiveHub, make_live_handler
from shared.observability import Page, get_logger, make_endpoints
from shared.runtime import (
    Background,
    EndProcess,
    ExitCode,
    Health,
    PortInUse,
    SettingsError,
    make_web,
    run_service,
    serve,
)

LOG = get_logger("test")


def web(hub: LiveHub | None = None) -> Litestar:
    hub = hub or LiveHub()
    handlers = [*make_endpoints(Page(with_process=False), Health()), make_live_handler(hub)]
    return make_web(handlers, title="Test", log=LOG, before_stop=[hub.close])


class Running:
    """One service in this loop, on a free port."""

    def __init__(self, app: Litestar, background: Background | None = None) -> None:
        self.port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(
            serve(
                app,
                host="127.0.0.1",
                port=0,
                log=LOG,
                background=background,
                on_listening=self.port.set_result,
            )
        )

    async def url(self) -> str:
        async with asyncio.timeout(10):
            return f"http://127.0.0.1:{await self.port}"


async def test_a_signal_stops_the_service_cleanly_even_with_an_open_live_page() -> None:
    hub = LiveHub()
    running = Running(web(hub))
    url = await running.url()

    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(10):
        live = (await client.get(f"{url}/health/live")).json()
        async with client.stream("GET", f"{url}/live") as stream:
            lines = stream.aiter_lines()
            first = await anext(lines)
            os.kill(os.getpid(), signal.SIGTERM)
            rest = [line async for line in lines]
        code = await running.task

    assert live == {"live": True}
    assert first == "event: alive"
    assert not any(line.startswith("event: region") for line in rest)
    assert code is ExitCode.STOPPED


async def test_a_dead_task_ends_the_process_with_its_code() -> None:
    background = Background(LOG)

    async def die() -> None:
        raise EndProcess("stuck")

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with background:
            background.start("reader", die())
            yield

    app = make_web([], title="Test", log=LOG, lifespan=[lifespan])

    async with asyncio.timeout(10):
        assert await Running(app, background).task is ExitCode.RESTART_ME


async def test_a_port_in_use_is_said_before_anything_is_started() -> None:
    started: list[bool] = []

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        started.append(True)
        yield

    app = make_web([], title="Test", log=LOG, lifespan=[lifespan])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse) as refused:
            await serve(app, host="127.0.0.1", port=port, log=LOG)

    advice = refused.value.advice()
    assert advice.startswith(f"Cổng {port} đang có chương trình khác dùng.")
    assert f"Port {port} on 127.0.0.1 is in use" in advice
    assert "\n" not in advice
    assert started == []


async def test_a_service_that_waits_for_its_broker_can_be_stopped() -> None:
    waiting = asyncio.Event()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        waiting.set()
        await asyncio.Event().wait()
        yield

    app = make_web([], title="Test", log=LOG, lifespan=[lifespan])

    async with asyncio.timeout(10):
        running = Running(app)
        await waiting.wait()
        os.kill(os.getpid(), signal.SIGINT)

        assert await running.task is ExitCode.STOPPED


async def test_what_a_lifespan_raises_ends_the_process() -> None:
    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        raise EndProcess("no such stream")
        yield

    app = make_web([], title="Test", log=LOG, lifespan=[lifespan])

    async with asyncio.timeout(10):
        with pytest.raises(EndProcess, match="no such stream"):
            await serve(app, host="127.0.0.1", port=0, log=LOG)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PortInUse("127.0.0.1", 8401), 3),
        (SettingsError([]), 2),
        (EndProcess("stuck"), 70),
    ],
)
def test_every_ending_has_its_exit_code_and_one_plain_word(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> ExitCode:
        raise error

    assert run_service(main) == code
    said = capsys.readouterr().err
    assert said.strip()
    assert "Traceback" not in said


def test_the_second_of_two_processes_on_one_port_says_so_and_ends_with_3() -> None:
    program = (
        "import sys; from shared.runtime import *; from shared.observability import get_logger\n"
        "log = get_logger('x'); app = make_web([], title='X', log=log)\n"
        "sys.exit(run_service(lambda: serve(app, host='127.0.0.1', "
        "port=int(sys.argv[1]), log=log)))"
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-c", program, port],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert port in ended.stderr
