"""What is done to the processes. Each breaks something, holds it, and puts it right if it must."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial

from motcua.home import HTTP_SERVICES
from motcua.nats_server import read_again
from shared.bus.streams import ALERTS, FACTS, REJECTS
from shared.bus.subjects import inbox_stream
from tests.chaos.checking import connected
from tests.chaos.system import System
from tests.support.tcp_proxy import TcpProxy

Fault = Callable[[], Awaitable[None]]


class Faults:
    """All of them, by name; `hold_seconds` is how long what is held is held."""

    def __init__(
        self, system: System, proxy: TcpProxy, *, hold_seconds: float, outage_seconds: float
    ) -> None:
        self._system = system
        self._proxy = proxy
        self._hold_seconds = hold_seconds
        self._outage_seconds = outage_seconds

    def all(self) -> dict[str, Fault]:
        """By name."""
        stopped = {f"{name} stopped": partial(self._stop, name) for name in HTTP_SERVICES}
        return {
            "consumers deleted": self._delete_consumers,
            "credentials revoked": self._revoke,
            "half-open": self._half_open,
            "slow network": self._slow,
            "broker stopped": partial(self._stop, "nats"),
            **stopped,
            "outage": self._outage,
        }

    async def _delete_consumers(self) -> None:
        """Every consumer of every stream, those that keep acknowledgements as well."""
        client = await connected(self._system)
        js = client.jetstream()
        for stream in (FACTS, ALERTS, REJECTS, *map(inbox_stream, self._system.publishers)):
            for one in await js.consumers_info(stream):
                await js.delete_consumer(stream, one.name)
        await client.close()

    async def _revoke(self) -> None:
        """Every service gets a new login, and the broker forgets the old ones at once."""
        for name in HTTP_SERVICES:
            self._system.forget_login(name)
        self._system.write_broker_config()
        hang_up = partial(self._system.victims["nats"].signal, signal.SIGHUP)
        await read_again(self._system.ports.url("monitor"), hang_up)

    async def _half_open(self) -> None:
        """The connections of now carry nothing any more, and nobody hears that they ended."""
        self._proxy.fall_silent()

    async def _slow(self) -> None:
        """300 ms each way and 64 KiB a second."""
        self._proxy.delay_seconds, self._proxy.bytes_per_second = 0.3, 65_536
        await asyncio.sleep(self._hold_seconds)
        self._proxy.delay_seconds, self._proxy.bytes_per_second = 0.0, 0

    async def _stop(self, name: str) -> None:
        """SIGSTOP: the process keeps its sockets and answers nobody."""
        child = self._system.victims[name]
        child.signal(signal.SIGSTOP)
        await asyncio.sleep(self._hold_seconds)
        child.signal(signal.SIGCONT)

    async def _outage(self) -> None:
        """The broker cannot start for a while: its configuration is not there."""
        config = self._system.home.nats / "nats.conf"
        away = config.with_suffix(".away")
        config.rename(away)
        self._system.victims["nats"].signal(signal.SIGKILL)
        await asyncio.sleep(self._outage_seconds)
        away.rename(config)
