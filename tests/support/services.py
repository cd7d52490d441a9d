"""A service as its own process, as `motcua run` starts it: killed and started again by tests."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.support.server import SEEDS, TestServer, free_port
from tests.support.waiting import until


class ServiceProcess:
    """`python -m services.<name>` against a test's server, with a data directory of its own."""

    def __init__(
        self,
        name: str,
        server: TestServer,
        data: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        data.mkdir(parents=True, exist_ok=True)
        self._log = data / f"{name}.log"
        self._environment = {
            **os.environ,
            "MOTCUA_NATS_URL": server.url,
            "MOTCUA_NATS_USER": name,
            "MOTCUA_NATS_NKEY": SEEDS[name],
            "MOTCUA_DATA": str(data),
            "MOTCUA_HTTP_PORT": str(self.port),
            **(environment or {}),
        }
        self._process: asyncio.subprocess.Process | None = None

    def add(self, environment: Mapping[str, str]) -> None:
        """Set what is known only now; it counts from the next start on."""
        self._environment |= environment

    async def start(self) -> "ServiceProcess":
        """Start it; it may not be ready yet."""
        with self._log.open("ab") as sink:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"services.{self.name}",
                env=self._environment, stdout=sink, stderr=sink,
            )  # fmt: skip
        return self

    async def ready(self, within: float = 60) -> "ServiceProcess":
        """Wait until it says that it is ready."""
        async with httpx.AsyncClient(timeout=2) as http:

            async def is_ready() -> bool:
                assert self._process is not None
                assert self._process.returncode is None, self._log.read_text()[-3000:]
                try:
                    return (await http.get(f"{self.url}/health/ready")).status_code == 200
                except httpx.HTTPError:
                    return False

            await until(is_ready, within=within, what=f"{self.name} is ready")
        return self

    async def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.send_signal(how)
            await process.wait()
