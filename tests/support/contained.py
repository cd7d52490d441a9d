"""A nats-server in a container of its own, behind the few words that a test says to a process."""

import asyncio
import os
import signal
from pathlib import Path

import docker.errors
import httpx
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

# The reaper is one image more to pull; whoever starts a server here ends it.
testcontainers_config.ryuk_disabled = True

_HEALTHY_SECONDS = 30


class ContainedServer:
    """Started on the host's network, on the same files and as the same user as a process would."""

    def __init__(self, image: str, config: Path) -> None:
        home = str(config.parent)
        self._container = (
            DockerContainer(image)
            .with_command(["nats-server", "-c", str(config)])
            .with_volume_mapping(home, home, "rw")
            .with_kwargs(network_mode="host", user=f"{os.getuid()}:{os.getgid()}", read_only=True)
        )
        self.returncode: int | None = None

    async def start(self, monitor_port: int) -> "ContainedServer":
        """Start it and wait until JetStream answers.

        Raises:
            TimeoutError: it did not within thirty seconds.
        """
        await asyncio.to_thread(self._container.start)
        async with asyncio.timeout(_HEALTHY_SECONDS), httpx.AsyncClient(timeout=1) as http:
            while True:
                if await _is_healthy(http, monitor_port):
                    return self
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        try:
            self._container.get_wrapped_container().kill(signal=number.name)
        except docker.errors.APIError:
            if number is not signal.SIGKILL:  # it is gone already
                raise

    async def wait(self) -> int:
        """Wait until it has ended, and take the container away."""
        if self.returncode is None:
            ended = await asyncio.to_thread(self._container.get_wrapped_container().wait)
            self.returncode = int(ended["StatusCode"])
            await asyncio.to_thread(self._container.stop)
        return self.returncode


async def _is_healthy(http: httpx.AsyncClient, monitor_port: int) -> bool:
    try:
        answer = await http.get(f"http://127.0.0.1:{monitor_port}/healthz")
    except httpx.HTTPError:
        return False
    return bool(answer.json() == {"status": "ok"})
