"""One directory per container, holding what that container may know and nothing else.

The home directory keeps every secret of an installation. A container gets its own small volume
with its own login, never the home directory: whoever breaks into scoring reads no password of
intake. Files appear whole or not at all, so a second hand-out may run while everything does.
"""

import tomllib
from collections.abc import Collection
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from shared.clock import SystemClock

from . import local_ca, publishers
from .home import HTTP_SERVICES, Home, write_private
from .nats_config import Cluster, ServerSettings, Tls, server_config

_EVERYWHERE = "0.0.0.0"  # noqa: S104 - inside a container; the compose file says who reaches it
_MOUNTED = Path("/run/motcua")  # where a container finds its directory
# A board's links lead to scoring's desk; the boards ask Prometheus where that is.
DESK_RULE = """\
groups:
  - name: desk
    interval: 1m
    rules:
      - record: dvc:desk:info
        expr: vector(1)
        labels: {{ url: "{url}" }}
"""
# The operator's own files for the notifier, and the settings that name them.
_NOTIFIER_FILES = {"people.toml": "people", "alerts.toml": "rules"}
_NO_CATALOGUE = "{}"
_NO_PUBLISHERS = '{"publishers": []}'


class SecondCarrier(Struct, frozen=True):
    """A postal operator beside the first, for some agencies and all below them; no URL: none."""

    url: str = ""
    shape: str = "viettelpost"
    agencies: str = ""  # their codes, comma separated

    def settings(self, known: Collection[str]) -> str:
        """As lines of settings.toml; empty where there is none, without those that are `known`."""
        pairs = {f"second_carrier_{name}": value for name, value in asdict(self).items()}
        lines = [f'{key} = "{value}"\n' for key, value in pairs.items() if key not in known]
        return "".join(lines) if self.url else ""


class Deployment(Struct, frozen=True, kw_only=True):
    """Where things are once deployed; `nodes` names the brokers of a cluster, empty for one."""

    store: Path = Path("/data/jetstream")
    nats_port: int = 4222
    monitor_port: int = 8222
    carrier_url: str = ""
    second_carrier: SecondCarrier = SecondCarrier()
    desk_url: str = "http://127.0.0.1:8402"
    nodes: tuple[str, ...] = ()
    tls: bool = False
    tls_names: tuple[str, ...] = ()  # further names and addresses that clients use


def limits_file(home: Home) -> Path:
    """Where an installation's own times of the post stand, if it has any."""
    return home.root / "postal_gateway" / "limits.toml"


def hand_out(home: Home, out: Path, deployment: Deployment) -> list[Path]:
    """Write every container's directory under `out`; return the files written."""
    to = _Recipients(out)
    for node in deployment.nodes or ("nats",):
        to.give(node, "nats.conf", server_config(_broker(home, deployment, node)))
    _give_certificates(to, home, deployment)
    catalogue = _text(home.catalogue_file) or _NO_CATALOGUE
    for service in HTTP_SERVICES:
        to.give(service, "nats.nkey", home.service_seed(service))
        to.take_back(service, "nats.password")  # of an earlier release
        to.give(service, "catalogue.json", catalogue)
        to.give(service, "operators.json", _text(home.operators_file))
    to.give("intake", "seal.key", home.seal_key_file().read_text())
    to.give("intake", "publishers.json", _text(home.publishers_file) or _NO_PUBLISHERS)
    to.give("notifier", "apprise.url", _text(home.secrets / "apprise.url"))
    _give_settings(to, home, deployment.second_carrier)
    carrier_token = home.carrier_token_file().read_text()
    for holder in ("postal_gateway", "carrier"):
        to.give(holder, "carrier.token", carrier_token)
    to.give("postal_gateway", "carrier.url", deployment.carrier_url)
    for name in ("second_carrier.token", "webhook.secrets"):  # whoever has them put them there
        to.give("postal_gateway", name, _text(home.secrets / name))
    to.give("prometheus", "desk.yml", DESK_RULE.format(url=deployment.desk_url), group=True)
    to.give("grafana", "admin.password", home.generated_secret("grafana.password"), group=True)
    return to.written


def _give_certificates(to: "_Recipients", home: Home, deployment: Deployment) -> None:
    """Routes of a cluster always verify each other; clients speak TLS where that was asked for."""
    if not (deployment.tls or deployment.nodes):
        return
    nodes = deployment.nodes or ("nats",)
    names = dict.fromkeys((*nodes, "nats", "localhost", "127.0.0.1", *deployment.tls_names))
    made = local_ca.ensure(home, list(names), SystemClock().now())
    for node in nodes:
        for path in (made.authority, made.certificate, made.key):
            to.give(node, path.name, path.read_text())
    for service in HTTP_SERVICES if deployment.tls else ():
        to.give(service, made.authority.name, made.authority.read_text())


def _give_settings(to: "_Recipients", home: Home, second_carrier: SecondCarrier) -> None:
    """DIR/settings.toml and DIR/calendar.toml for all; DIR/notifier/, its people, for one.

    DIR/postal_gateway/limits.toml for another. What settings.toml says of these itself stands.
    """
    text = _text(home.root / "settings.toml")
    known = tomllib.loads(text)
    text = _give_calendar(to, home, known) + text
    for service in ("intake", "scoring"):
        to.give(service, "settings.toml", text)
    own_limits = _text(limits_file(home))
    to.give("postal_gateway", "limits.toml", own_limits)  # so that Kubernetes can name it
    times = f'limits = "{_MOUNTED / "limits.toml"}"\n'
    if not own_limits or "limits" in known:
        times = ""
    to.give("postal_gateway", "settings.toml", times + second_carrier.settings(known) + text)
    folder = home.root / "notifier"
    own = {one.name: one.read_text() for one in folder.glob("*") if one.is_file()}
    for name, content in own.items():
        to.give("notifier", name, content)
    if "people.toml" not in own:  # so that Kubernetes can name it; no setting does
        to.give("notifier", "people.toml", "")
    named = [
        f'{setting} = "/run/motcua/{name}"\n'
        for name, setting in _NOTIFIER_FILES.items()
        if name in own
    ]
    to.give("notifier", "settings.toml", "".join(named) + text)


def _give_calendar(to: "_Recipients", home: Home, known: Collection[str]) -> str:
    """The same file for all four, and the line of settings that names it; empty without one."""
    own = _text(home.calendar_file)
    for service in HTTP_SERVICES:
        to.give(service, "calendar.toml", own)  # also an empty one, so that Kubernetes can name it
    is_named = bool(own) and "calendar" not in known
    return f'calendar = "{_MOUNTED / "calendar.toml"}"\n' if is_named else ""


class _Recipients:
    def __init__(self, out: Path) -> None:
        self._out = out
        self.written: list[Path] = []

    def give(self, holder: str, name: str, text: str, *, group: bool = False) -> None:
        directory = self._out / holder
        directory.mkdir(parents=True, exist_ok=True)
        write_private(directory / name, text)
        if group:  # somebody else's image runs as its own user and reads through our group
            (directory / name).chmod(0o640)
        self.written.append(directory / name)

    def take_back(self, holder: str, name: str) -> None:
        (self._out / holder / name).unlink(missing_ok=True)


def _broker(home: Home, deployment: Deployment, node: str) -> ServerSettings:
    cluster = None
    tls = Tls(
        certificate=_MOUNTED / "nats.crt", key=_MOUNTED / "nats.key", authority=_MOUNTED / "ca.crt"
    )
    if deployment.nodes:
        cluster = Cluster(
            name="motcua",
            node=node,
            routes=[f"{peer}:6222" for peer in deployment.nodes],
            password=home.generated_secret("route.password"),
            tls=tls,
        )
    return ServerSettings(
        host=_EVERYWHERE,
        port=deployment.nats_port,
        monitor_host=_EVERYWHERE,
        monitor_port=deployment.monitor_port,
        store=deployment.store,
        service_keys=home.service_keys(),
        publishers=publishers.accounts(home),
        cluster=cluster,
        tls=tls if deployment.tls else None,
    )


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
