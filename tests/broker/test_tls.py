"""TLS 1.3 or nothing: between clients and the broker, and between the nodes of a cluster."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from nats.errors import Error as NatsError

from motcua import local_ca
from motcua.home import Home
from motcua.local_ca import Certificates
from motcua.nats_config import Cluster, ServerSettings, Tls, server_config
from motcua.nats_server import start_server
from motcua.operator_login import connected
from shared.bus.broker import connected as broker_connected
from shared.bus.broker import make_broker
from shared.bus.trust import context_for
from tests.permissions.connection import Connection
from tests.support.server import SEEDS, TestServer, free_port
from tests.support.waiting import until

pytestmark = pytest.mark.broker
NOW = datetime.now(UTC)
NAMES = ["localhost", "127.0.0.1"]


class Node:
    """A server with a certificate; its own home, or another's authority."""

    def __init__(self, folder: Path, authority: Home, names: Sequence[str] = NAMES) -> None:
        folder.mkdir()
        self.folder = folder
        self.home = authority
        self.port, self.monitor, self.route = free_port(), free_port(), free_port()
        self.made = local_ca.ensure(authority, names, NOW)

    async def start(self, *peers: "Node", routes_speak_tls: bool = True) -> "Node":
        cluster = Cluster(
            name="motcua", node=self.folder.name, password="a-route-for-tests", port=self.route,
            routes=[f"localhost:{peer.route}" for peer in (self, *peers)],
            tls=tls_of(self.made) if routes_speak_tls else None,
        )  # fmt: skip
        settings = ServerSettings(
            port=self.port, monitor_port=self.monitor, store=self.folder / "jetstream",
            service_keys=self.home.service_keys(), tls=tls_of(self.made), cluster=cluster,
        )  # fmt: skip
        config, log = self.folder / "nats.conf", self.folder / "log"
        # A lone node of a cluster has no JetStream leader: what is tried here needs none.
        text = server_config(settings).split("jetstream {", 1)
        config.write_text(text[0] + text[1].split("}", 1)[1].replace("jetstream: enabled", ""))
        self.process = await start_server(config, log, monitor_port=self.monitor)
        return self

    async def stop(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def route_count(self) -> int:
        async with httpx.AsyncClient() as http:
            return int(
                (await http.get(f"http://127.0.0.1:{self.monitor}/routez")).json()["num_routes"]
            )

    def says(self, text: str) -> bool:
        return text in (self.folder / "log").read_text()


def tls_of(made: Certificates) -> Tls:
    return Tls(certificate=made.certificate, key=made.key, authority=made.authority)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    made = await Node(tmp_path / "one", Home(tmp_path / "home")).start()
    yield made
    await made.stop()


async def nothing(*_: object) -> None:
    """What a broker reports is raised as well."""


async def handshake(node: Node, context: ssl.SSLContext, name: str = "localhost") -> str:
    """Shake hands as a client that speaks TLS at once; the version, or what was wrong."""
    try:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", node.port, ssl=context, server_hostname=name
        )
    except (ssl.SSLError, ConnectionError) as error:
        return type(error).__name__
    version = str(writer.get_extra_info("ssl_object").version())
    writer.close()
    return version


async def test_a_service_logs_in_over_tls_with_the_authority_it_was_given(node: Node) -> None:
    broker = make_broker(
        f"tls://localhost:{node.port}", name="scoring", user="scoring",
        seed=node.home.service_seed("scoring"), authority=node.made.authority,
        on_closed=nothing, on_error=nothing,
    )  # fmt: skip

    client = await broker_connected(broker)
    await client.flush()

    assert client.is_connected
    await broker.stop()


async def test_the_operators_commands_do_so_too(node: Node) -> None:
    seed = node.home.service_seed("operator")
    url = f"tls://localhost:{node.port}"

    async with connected(url, seed, authority=node.home.authority()) as client:
        await client.flush()


async def test_tls_below_one_point_three_is_refused(node: Node) -> None:
    old = ssl.create_default_context(cafile=str(node.made.authority))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    new = context_for(node.made.authority)

    assert await handshake(node, old) == "SSLError"
    assert await handshake(node, new) == "TLSv1.3"


async def test_another_authoritys_certificate_is_refused_by_the_client(
    node: Node, tmp_path: Path
) -> None:
    other = local_ca.ensure(Home(tmp_path / "another"), NAMES, NOW)

    assert await handshake(node, context_for(other.authority)) == "SSLCertVerificationError"
    with pytest.raises((NatsError, OSError)):
        async with connected(
            f"tls://localhost:{node.port}", node.home.service_seed("operator"),
            authority=other.authority,
        ):  # fmt: skip
            """It does not come to this."""


async def test_a_name_that_the_certificate_does_not_hold_is_refused(node: Node) -> None:
    trusted = context_for(node.made.authority)

    assert await handshake(node, trusted, "khac.example") == "SSLCertVerificationError"


async def test_nobody_connects_in_the_clear(node: Node) -> None:
    with pytest.raises(ConnectionError, match=r"(?i)tls required|no PONG"):
        await Connection.open(node.port, node.home.service_seed("operator"))


async def test_a_client_that_was_told_to_speak_tls_does_not_speak_in_the_clear(
    server: TestServer, tmp_path: Path
) -> None:
    # Somebody in between who says that there is no TLS here looks like this server.
    made = local_ca.ensure(Home(tmp_path / "home"), NAMES, NOW)

    with pytest.raises((NatsError, OSError)):
        async with connected(
            f"tls://localhost:{server.port}", SEEDS["operator"], authority=made.authority
        ):
            """It does not come to this."""


async def test_nodes_of_one_authority_find_each_other_and_a_stranger_is_kept_out(
    node: Node, tmp_path: Path
) -> None:
    peer = await Node(tmp_path / "two", node.home).start(node)
    stranger = await Node(tmp_path / "three", Home(tmp_path / "theirs")).start(node)
    plain = await Node(tmp_path / "four", node.home).start(node, routes_speak_tls=False)
    try:

        async def has_met() -> bool:
            return await peer.route_count() > 0

        await until(has_met, within=20)
        await until(lambda: node.says("TLS route handshake error"), within=20)
        await until(lambda: plain.says("tls") or plain.says("TLS"), within=20)

        assert await stranger.route_count() == 0
        assert await plain.route_count() == 0
    finally:
        for one in (peer, stranger, plain):
            await one.stop()
