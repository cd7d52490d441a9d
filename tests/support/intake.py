"""Intake for tests: a registry with one publisher, and the service around it as a process."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import bcrypt

from motcua.nats_server import PublisherLogin
from tests.support.server import TestServer
from tests.support.services import ServiceProcess

PUBLISHER = "mcdt-tinh"
TOKEN = "a-token-of-mcdt-tinh"
NATS_PASSWORD = "a-password-of-mcdt-tinh"
SEAL_KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}
STRUCTURED = {**AUTHORIZATION, "Content-Type": "application/cloudevents+json"}
BATCH = {**AUTHORIZATION, "Content-Type": "application/cloudevents-batch+json"}


def token_hash(token: str) -> str:
    """What the registry keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def write_registry(path: Path, publishers: Sequence[Mapping[str, Any]] = ()) -> Path:
    """Write publishers.json; the one publisher of most tests, if nothing else is said."""
    known = publishers or [{"name": PUBLISHER, "token_hashes": [token_hash(TOKEN)]}]
    path.write_text(json.dumps({"publishers": [*known]}))
    return path


def login() -> PublisherLogin:
    """The NATS login of the one publisher."""
    hashed = bcrypt.hashpw(NATS_PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    return PublisherLogin(PUBLISHER, hashed)


def environment(data: Path) -> dict[str, str]:
    """What intake needs beside the broker."""
    data.mkdir(parents=True, exist_ok=True)
    registry = data / "publishers.json"
    if not registry.exists():
        write_registry(registry)
    return {"MOTCUA_PUBLISHERS": str(registry), "MOTCUA_SEAL_KEY": SEAL_KEY}


def intake_process(server: TestServer, data: Path) -> ServiceProcess:
    """Intake as its own process, not started yet."""
    return ServiceProcess("intake", server, data, environment(data))


def event(number: int, *, now: datetime, **more: Any) -> dict[str, Any]:
    """A received dossier as a CloudEvent, an hour ago; `more` changes envelope or data."""
    data = {"agency_code": "H99.12", "procedure_code": "1.004194", **more.pop("data", {})}
    return {
        "specversion": "1.0",
        "id": f"{number}:received",
        "source": PUBLISHER,
        "type": "dossier.received.v1",
        "subject": f"H99.12-20260302-{number:07}",
        "time": (now - timedelta(hours=1)).isoformat(),
        "data": data,
        **more,
    }
