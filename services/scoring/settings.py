"""Everything that can be set: `MOTCUA_<NAME>` or the same key in a TOML file."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from msgspec import Struct

from shared.runtime import Secret, from_env


class Settings(Struct, frozen=True, kw_only=True):
    """One field is one setting. `desks`: where the desks are, `name=address` each."""

    nats_url: str = "nats://127.0.0.1:8400"
    nats_user: str = "scoring"
    nats_nkey: Secret = Secret()
    nats_ca_file: Path | None = None  # with a tls:// address
    data: Path = Path("data")
    http_host: str = "127.0.0.1"
    http_port: int = 8402
    tls_cert_file: Path | None = None  # the pages over TLS 1.3; its key with it
    tls_key_file: Path | None = None
    tls_client_ca_file: Path | None = None  # clients show a certificate of this authority
    catalogue: Path | None = None
    calendar: Path | None = None  # the hours and days of the province, over the shipped table
    operators: Path | None = None  # who may log in to the desks
    metrics_token: Secret = Secret()  # asked for at /metrics; empty asks for none
    desks: tuple[str, ...] = ()
    log_format: str = "json"  # or text
    plans: tuple[str, ...] = ()  # whose targets are shown; none is every plan
    plans_on: date | None = None  # the day whose targets are shown; none is today
    close_grace_working_days: float = 1.0  # after a period's end, before it is closed
    correct_every_seconds: float = 86_400.0  # at most one correction of a period in so long
    subjects: tuple[str, ...] = ()  # a shard: dossier.*.H44-*; none is the whole log


def read(environ: Mapping[str, str]) -> Settings:
    """Return the settings.

    Raises:
        SettingsError: names every missing or unreadable one at once.
    """
    return from_env(Settings, environ, section="scoring")
