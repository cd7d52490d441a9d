"""The embedded nats-server: its configuration as text, and the process around the binary.

One account CORE for our services, one account per publisher with nothing but a service import
into its own inbox: a publisher cannot name another one, read a reply that is not its own, or
touch JetStream (docs/adr/0005).
"""

import asyncio
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx
import msgspec
from msgspec import Struct

SERVICES = ("intake", "scoring", "notifier", "postal_gateway", "operator")


class PublisherLogin(Struct, frozen=True):
    """A publisher's NATS login; the password is stored as its bcrypt hash."""

    name: str
    password_hash: str


class ServerSettings(Struct, frozen=True, kw_only=True):
    """Everything that goes into the configuration file; ports on loopback only by default."""

    port: int
    monitor_port: int
    store: Path
    service_passwords: Mapping[str, str]
    publishers: Sequence[PublisherLogin] = ()
    host: str = "127.0.0.1"
    monitor_host: str = "127.0.0.1"  # it lists connections and subjects: loopback or operations
    cluster: "Cluster | None" = None


class Cluster(Struct, frozen=True, kw_only=True):
    """This node and where its peers are; routes carry one shared secret."""

    name: str
    node: str
    routes: Sequence[str]  # host:port of every node, itself included
    password: str
    port: int = 6222


def server_config(settings: ServerSettings) -> str:
    """Return the configuration file's text."""
    quoted = _quoted
    users = "\n".join(
        f"      {{ user: {quoted(name)}, password: {quoted(password)} }}"
        for name, password in settings.service_passwords.items()
    )
    exports = "\n".join(
        f'      {{ service: "in.{p.name}.>", accounts: ["PUB_{p.name}"] }}'
        for p in settings.publishers
    )
    accounts = "\n".join(_publisher_account(p) for p in settings.publishers)
    name = settings.cluster.node if settings.cluster else "motcua"
    return f"""\
# Written by motcua; edits are lost. What each line guards against: docs/adr/0005.
listen: {quoted(f"{settings.host}:{settings.port}")}
http: {quoted(f"{settings.monitor_host}:{settings.monitor_port}")}
server_name: {quoted(name)}
max_payload: 32768
max_control_line: 1024
write_deadline: "5s"
jetstream {{
  store_dir: {quoted(str(settings.store))}
  sync_interval: always
}}
accounts {{
  CORE: {{
    jetstream: enabled
    users: [
{users}
    ]
    exports: [
{exports}
    ]
  }}
{accounts}
  SYS: {{ users: [] }}
}}
system_account: SYS
{_cluster_part(settings.cluster)}"""


def _cluster_part(cluster: Cluster | None) -> str:
    if cluster is None:
        return ""
    login = f"user: route, password: {_quoted(cluster.password)}"
    routes = "\n".join(
        f"    {_quoted(f'nats://route:{cluster.password}@{peer}')}" for peer in cluster.routes
    )
    return f"""\
cluster {{
  name: {_quoted(cluster.name)}
  listen: {_quoted(f"0.0.0.0:{cluster.port}")}
  authorization {{ {login} }}
  routes: [
{routes}
  ]
}}
"""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # the server's parser knows no \\u escapes


def _publisher_account(publisher: PublisherLogin) -> str:
    name = publisher.name
    return f"""\
  PUB_{name}: {{
    users: [ {{
      user: {_quoted(name)}, password: {_quoted(publisher.password_hash)},
      permissions: {{ publish: ["submit.>"], subscribe: ["_INBOX.>"] }}
    }} ]
    imports: [
      {{ service: {{ account: CORE, subject: "in.{name}.>" }}, to: "submit.>" }}
    ]
    limits: {{ max_connections: 4, max_subscriptions: 16, max_payload: 32768 }}
  }}"""


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
