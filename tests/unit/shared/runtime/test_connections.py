"""Idle connections may not take a service's descriptors away."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx

from tests.support.server import free_port
from tests.support.waiting import until

_PROGRAM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from shared.runtime import *
from shared.observability import Page, get_logger, make_endpoints
log = get_logger('x')
app = make_web([*make_endpoints(Page(with_process=False), Health(()))], title='X', log=log)
sys.exit(run_service(lambda: serve(app, host='127.0.0.1', port=int(sys.argv[1]), log=log)))
"""


@contextmanager
def service_with_64_descriptors(port: int) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", _PROGRAM, str(port)]) as process:
        try:
            yield
        finally:
            process.kill()


async def answer(port: int) -> httpx.Response | None:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        try:
            return await client.get(f"http://127.0.0.1:{port}/health/ready")
        except httpx.TransportError:
            return None


async def test_who_comes_over_the_limit_of_connections_is_told_to_come_later() -> None:
    port = free_port()
    with service_with_64_descriptors(port), ExitStack() as idle:

        async def is_served() -> bool:
            found = await answer(port)
            return found is not None and found.status_code == 200

        await until(is_served, within=60, what="it is up")
        for _ in range(20):
            idle.enter_context(socket.create_connection(("127.0.0.1", port)))
        await asyncio.sleep(0)

        refused = await answer(port)
        idle.close()

        assert refused is not None
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        await until(is_served, within=10, what="it serves again")
