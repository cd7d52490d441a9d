"""What the environment decides: `MOTCUA_*`, see shared.runtime.settings for the order."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from shared.runtime import Secret, from_env


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting of the gateway. Without `carrier_url` nothing is ordered."""

    nats_url: str = "nats://127.0.0.1:8400"
    nats_user: str = "postal_gateway"
    nats_nkey: Secret = Secret()
    data: Path = Path("data")
    http_host: str = "127.0.0.1"
    http_port: int = 8404
    catalogue: Path | None = None
    operators: Path | None = None  # who may log in to the desks
    metrics_token: Secret = Secret()  # asked for at /metrics; empty asks for none
    desks: tuple[str, ...] = ()
    log_format: Literal["text", "json"] = "json"
    carrier_shape: Literal["vnpost", "viettelpost"] = "vnpost"
    carrier_url: str = ""
    carrier_token: Secret = Secret()
    carrier_customer: str = "MOTCUA"
    carrier_timeout_seconds: float = 30.0
    poll_seconds: float = 5.0
    settle_seconds: int = 90  # longer than the longest call
    # Several are good at once while they are rotated; with none no webhook is believed.
    webhook_secrets: tuple[Secret, ...] = ()
    webhook_proof: Literal["token", "signature"] = "token"
    statement_seconds: float = 86_400.0  # how often records are compared


def read(environ: Mapping[str, str]) -> Settings:
    """Read them.

    Raises:
        SettingsError: names every missing or unreadable one.
    """
    return from_env(Settings, environ, section="postal_gateway")
