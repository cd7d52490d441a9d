"""The configuration of nats-server as text.

One account CORE for our services, each with its own rights, and one account per publisher with
nothing but a service import into its own inbox: a publisher cannot name another one, read a reply
that is not its own, or touch JetStream (docs/adr/0005). Who logs in shows a key; the file holds
public halves and hashes only (docs/adr/0014).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from .rights import rights_of


class PublisherLogin(Struct, frozen=True):
    """A publisher's account: who may log in to it. Nobody may where it was revoked.

    `password_hash` is bcrypt, empty for none; `keys` are public nkeys, two during a rotation.
    """

    name: str
    password_hash: str = ""
    keys: Sequence[str] = ()


class Tls(Struct, frozen=True, kw_only=True):
    """Where the server finds its certificate, its key, and the authority that it believes."""

    certificate: Path
    key: Path
    authority: Path


class ServerSettings(Struct, frozen=True, kw_only=True):
    """Everything that goes into the configuration file; ports on loopback only by default.

    `service_keys`: the public nkeys of our own, by name. `open_logins`: passwords of users who may
    do everything in CORE, for benches and tests; a deployment has none.
    """

    port: int
    monitor_port: int
    store: Path
    service_keys: Mapping[str, str] = {}
    open_logins: Mapping[str, str] = {}
    publishers: Sequence[PublisherLogin] = ()
    host: str = "127.0.0.1"
    monitor_host: str = "127.0.0.1"  # it lists connections and subjects: loopback or operations
    cluster: "Cluster | None" = None
    tls: Tls | None = None  # with it nobody connects in the clear


class Cluster(Struct, frozen=True, kw_only=True):
    """This node and where its peers are; routes carry one shared secret, and verify each other."""

    name: str
    node: str
    routes: Sequence[str]  # host:port of every node, itself included
    password: str
    port: int = 6222
    tls: Tls | None = None


def server_config(settings: ServerSettings) -> str:
    """Return the configuration file's text."""
    exports = "\n".join(
        f'      {{ service: "in.{p.name}.>", accounts: ["PUB_{p.name}"] }}'
        for p in settings.publishers
    )
    accounts = "\n".join(_publisher_account(p) for p in settings.publishers)
    name = settings.cluster.node if settings.cluster else "motcua"
    return f"""\
# Written by motcua; edits are lost. What each line guards against: docs/adr/0005 and 0014.
listen: {_quoted(f"{settings.host}:{settings.port}")}
http: {_quoted(f"{settings.monitor_host}:{settings.monitor_port}")}
server_name: {_quoted(name)}
max_payload: 32768
max_control_line: 1024
write_deadline: "5s"
jetstream {{
  store_dir: {_quoted(str(settings.store))}
  sync_interval: always
}}
accounts {{
  CORE: {{
    jetstream: enabled
    users: [
{_core_users(settings)}
    ]
    exports: [
{exports}
    ]
  }}
{accounts}
  SYS: {{ users: [] }}
}}
system_account: SYS
{_client_tls(settings.tls)}{_cluster_part(settings.cluster)}"""


def _client_tls(tls: Tls | None) -> str:
    # "auto": a client that speaks TLS at once is answered so, and cannot be talked out of it by
    # whoever stands between; one that waits to be told what to do is told.
    return f"tls {{\n{_tls_files(tls)}  handshake_first: auto\n}}\n" if tls else ""


def _tls_files(tls: Tls) -> str:
    return f"""\
  cert_file: {_quoted(str(tls.certificate))}
  key_file: {_quoted(str(tls.key))}
  ca_file: {_quoted(str(tls.authority))}
  min_version: "1.3"
"""


def _core_users(settings: ServerSettings) -> str:
    names = [publisher.name for publisher in settings.publishers]
    users = [
        f"      {{ user: {_quoted(name)}, password: {_quoted(password)} }}"
        for name, password in settings.open_logins.items()
    ]
    for name, key in settings.service_keys.items():
        rights = rights_of(name, names)
        users.append(
            f"      # {name}\n"
            f"      {{ nkey: {key}, permissions: {{\n"
            f"        publish: [\n{_lines(rights.publish)}\n        ]\n"
            f"        subscribe: [\n{_lines(rights.subscribe)}\n        ]\n"
            "      } }"
        )
    return "\n".join(users)


def _lines(subjects: Sequence[str]) -> str:
    return "\n".join(f"          {_quoted(subject)}" for subject in subjects)


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
{_route_tls(cluster.tls)}\
  routes: [
{routes}
  ]
}}
"""


def _route_tls(tls: Tls | None) -> str:
    return f"  tls {{\n{_tls_files(tls)}  verify: true\n  }}\n" if tls else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # the server's parser knows no \\u escapes


_PUBLISHER_RIGHTS = 'permissions: { publish: ["submit.>"], subscribe: ["_INBOX.>"] }'


def _publisher_account(publisher: PublisherLogin) -> str:
    name = publisher.name
    credentials = [f"nkey: {key}" for key in publisher.keys]
    if publisher.password_hash:
        credentials.append(f"user: {_quoted(name)}, password: {_quoted(publisher.password_hash)}")
    users = "\n".join(f"      {{ {one}, {_PUBLISHER_RIGHTS} }}" for one in credentials)
    return f"""\
  PUB_{name}: {{
    users: [
{users}
    ]
    imports: [
      {{ service: {{ account: CORE, subject: "in.{name}.>" }}, to: "submit.>" }}
    ]
    limits: {{ max_connections: 4, max_subscriptions: 16, max_payload: 32768 }}
  }}"""
