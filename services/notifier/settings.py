"""What the environment decides: `MOTCUA_*`, see shared.runtime.settings for the order."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from shared.runtime import Secret, from_env


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting of the notifier."""

    nats_url: str = "nats://127.0.0.1:8400"
    nats_user: str = "notifier"
    nats_nkey: Secret = Secret()
    nats_ca_file: Path | None = None  # with a tls:// address
    data: Path = Path("data")
    http_host: str = "127.0.0.1"
    http_port: int = 8403
    tls_cert_file: Path | None = None  # the pages over TLS 1.3; its key with it
    tls_key_file: Path | None = None
    tls_client_ca_file: Path | None = None  # clients show a certificate of this authority
    catalogue: Path | None = None
    calendar: Path | None = None  # the hours and days of the province, over the shipped table
    operators: Path | None = None  # who may log in to the desks
    metrics_token: Secret = Secret()  # asked for at /metrics; empty asks for none
    desks: tuple[str, ...] = ()
    log_format: Literal["text", "json"] = "json"
    rules: Path | None = None  # another shared/rules/alerts.toml
    people: Path | None = None  # who is told; without it all goes to apprise_url
    apprise_url: Secret = Secret()
    alertmanager_url: str = ""
    heartbeat_url: Secret = Secret()
    delivery_seconds: int = 30
    publisher: str = "ban-canh-bao"  # under which the desk submits explanations and apologies

    @property
    def desk_url(self) -> str:
        """Where people find this desk, with a slash at the end; empty where nobody said."""
        found = (one.removeprefix("notifier=") for one in self.desks if one.startswith("notifier="))
        address = next(found, "")
        return f"{address.rstrip('/')}/" if address else ""


def read(environ: Mapping[str, str]) -> Settings:
    """Read them.

    Raises:
        SettingsError: names every missing or unreadable one.
    """
    return from_env(Settings, environ, section="notifier")
