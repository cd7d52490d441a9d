"""What the environment decides: `MOTCUA_*`, see shared.runtime.settings for the order."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from shared.runtime import Secret, Setting, SettingsError, from_env


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting of the gateway. Without `carrier_url` nothing is ordered."""

    nats_url: str = "nats://127.0.0.1:8400"
    nats_user: str = "postal_gateway"
    nats_nkey: Secret = Secret()
    nats_ca_file: Path | None = None  # with a tls:// address
    data: Path = Path("data")
    http_host: str = "127.0.0.1"
    http_port: int = 8404
    tls_cert_file: Path | None = None  # the pages over TLS 1.3; its key with it
    tls_key_file: Path | None = None
    tls_client_ca_file: Path | None = None  # clients show a certificate of this authority
    catalogue: Path | None = None
    calendar: Path | None = None  # the hours and days of the province, over the shipped table
    operators: Path | None = None  # who may log in to the desks
    metrics_token: Secret = Secret()  # asked for at /metrics; empty asks for none
    desks: tuple[str, ...] = ()
    log_format: Literal["text", "json"] = "json"
    carrier_shape: Literal["vnpost", "viettelpost"] = "vnpost"
    carrier_url: str = ""
    carrier_token: Secret = Secret()
    carrier_customer: str = "MOTCUA"
    # Whose parcels go by the second one: agencies, each with all below it. The rest by the first.
    second_carrier_shape: Literal["vnpost", "viettelpost"] = "viettelpost"
    second_carrier_url: str = ""
    second_carrier_token: Secret = Secret()
    second_carrier_customer: str = "MOTCUA"
    second_carrier_agencies: tuple[str, ...] = ()
    carrier_timeout_seconds: float = 30.0
    poll_seconds: float = 5.0
    settle_seconds: int = 90  # longer than the longest call
    # Several are good at once while they are rotated; with none no webhook is believed.
    webhook_secrets: tuple[Secret, ...] = ()
    webhook_proof: Literal["token", "signature"] = "token"
    limits: Path | None = None  # another limits.toml
    statement_seconds: float = 86_400.0  # how often records are compared


def read(environ: Mapping[str, str]) -> Settings:
    """Read them.

    Raises:
        SettingsError: names every missing or unreadable one, and two carriers of one shape.
    """
    found = from_env(Settings, environ, section="postal_gateway")
    if found.carrier_url and found.second_carrier_url:
        shape = found.second_carrier_shape
        if found.carrier_shape == shape:
            problem = "là hình thức của cả hai bưu chính (both carriers have it)"
            name = "MOTCUA_SECOND_CARRIER_SHAPE"
            raise SettingsError([Setting(name, shape, "postal_gateway", problem)])
    return found
