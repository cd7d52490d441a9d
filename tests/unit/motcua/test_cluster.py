"""Three nodes from our own configuration: one killed, nothing lost, publishing goes on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from motcua.nats_server import SERVICES, Cluster, ServerSettings, binary, server_config
from shared.bus.streams import provision
from tests.support.server import PASSWORD, free_port

pytestmark = [pytest.mark.broker, pytest.mark.slow]
NAMES = ("nats", "nats-2", "nats-3")


class Nodes:
    """Three servers on one machine, each with a store of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._ports = {name: free_port() for name in NAMES}
        self._routes = {name: free_port() for name in NAMES}
        self.running: dict[str, asyncio.subprocess.Process] = {}

    @property
    def urls(self) -> list[str]:
        return [f"nats://127.0.0.1:{port}" for port in self._ports.values()]

    async def start(self) -> None:
        for name in NAMES:
            folder = self._home / name
            folder.mkdir()
            (folder / "nats.conf").write_text(server_config(self._settings(name)))
            self.running[name] = await asyncio.create_subprocess_exec(
                binary(), "-c", str(folder / "nats.conf"), "-l", str(folder / "log")
            )

    async def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        await process.wait()

    def _settings(self, name: str) -> ServerSettings:
        return ServerSettings(
            port=self._ports[name],
            monitor_port=free_port(),
            store=self._home / name / "jetstream",
            open_logins=dict.fromkeys(SERVICES, PASSWORD),
            cluster=Cluster(
                name="motcua",
                node=name,
                routes=[f"127.0.0.1:{port}" for port in self._routes.values()],
                password="a-route-for-tests",
                port=self._routes[name],
            ),
        )


@pytest.fixture
async def nodes(tmp_path: Path) -> AsyncIterator[Nodes]:
    found = Nodes(tmp_path)
    await found.start()
    yield found
    for name in list(found.running):
        await found.kill(name)


async def connected(nodes: Nodes) -> Client:
    client = await nats.connect(
        nodes.urls, user="operator", password=PASSWORD, max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,
    )  # fmt: skip
    async with asyncio.timeout(60):
        while True:  # until the three have elected a leader
            try:
                await provision(client.jetstream(), replicas=3)
            except (NatsError, TimeoutError):
                continue
            return client


async def publish(client: Client, number: int) -> int:
    async with asyncio.timeout(60):
        while True:  # unknown is not failed: the same id again
            try:
                answer = await client.jetstream().publish(
                    "dossier.received.H99.05", b"%d" % number, timeout=2,
                    headers={"Nats-Msg-Id": f"id-{number}"},
                )  # fmt: skip
            except (NatsError, TimeoutError):
                await asyncio.sleep(0)
                continue
            return answer.seq


async def test_a_node_dies_while_facts_arrive_and_every_acknowledged_one_stays(
    nodes: Nodes,
) -> None:
    client = await connected(nodes)
    sequences = [await publish(client, number) for number in range(50)]
    info = await client.jetstream().stream_info("FACTS")
    assert info.cluster is not None
    assert info.cluster.leader in NAMES

    await nodes.kill(str(info.cluster.leader))
    sequences += [await publish(client, number) for number in range(50, 100)]

    js = client.jetstream()
    kept = [(await js.get_msg("FACTS", sequence)).data for sequence in sequences]
    assert kept == [b"%d" % number for number in range(100)]
    assert (await js.stream_info("FACTS")).state.messages == 100
    await client.close()
