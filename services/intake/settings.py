"""What intake is told at start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from shared.runtime import Secret, from_env


class Settings(Struct, frozen=True, kw_only=True):
    """Each field is one `MOTCUA_` variable; secrets also as `…_FILE`."""

    nats_url: str = "nats://127.0.0.1:8400"
    nats_user: str = "intake"
    nats_nkey: Secret = Secret()
    nats_ca_file: Path | None = None  # with a tls:// address
    data: Path
    http_host: str = "127.0.0.1"
    http_port: int = 8401
    tls_cert_file: Path | None = None  # the pages over TLS 1.3; its key with it
    tls_key_file: Path | None = None
    tls_client_ca_file: Path | None = None  # clients show a certificate of this authority
    catalogue: Path | None = None
    calendar: Path | None = None  # the hours and days of the province, over the shipped table
    operators: Path | None = None  # who may log in to the desks
    metrics_token: Secret = Secret()  # asked for at /metrics; empty asks for none
    desks: tuple[str, ...] = ()
    log_format: Literal["text", "json"] = "text"
    publishers: Path
    seal_key: Secret
    future_tolerance_seconds: int = 300


def read(environ: Mapping[str, str]) -> Settings:
    """Read the settings; raises SettingsError, which names all that is missing."""
    return from_env(Settings, environ, section="intake")
