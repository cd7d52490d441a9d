"""Asking a service of the running system, for the commands: its address, its answer, its no."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import httpx
from msgspec import Struct

from .home import Home

_TIMEOUT_SECONDS = 120


class Place(Struct, frozen=True):
    """Where a service is, and the token that it is asked with; empty where none is known."""

    url: str
    token: str = ""


def service_url(data: Path, service: str, url: str | None) -> Place:
    """Return the address of a running service, with this machine's token or MOTCUA_TOKEN.

    The token of this machine is never sent to an address that somebody typed.

    Raises:
        click.ClickException: nothing runs on this data directory.
    """
    token = os.environ.get("MOTCUA_TOKEN", "")
    if url:
        return Place(url.rstrip("/"), token)
    home = Home(data) if data.exists() else None
    running = home.running() if home else None
    if running is None:
        raise click.ClickException(
            f"Không có hệ thống nào chạy trên {data}. Chạy `motcua run --data {data}` "
            "hoặc cho địa chỉ bằng --url (nothing runs there)."
        )
    assert home is not None  # noqa: S101 - it runs there
    own = home.secrets / "cli.token"
    if not token and own.exists():
        token = own.read_text().strip()
    return Place(str(running["urls"][service]), token)


def asked(base: Place, path: str, query: Mapping[str, str] | None = None) -> httpx.Response:
    """Return the answer to a GET.

    Raises:
        click.ClickException: no answer, or a refusal in the service's own words.
    """
    return _answer(base, "GET", path, params=dict(query or {}))


def told(base: Place, path: str, body: Mapping[str, Any]) -> httpx.Response:
    """Return the answer to a POST of JSON.

    Raises:
        click.ClickException: no answer, or a refusal in the service's own words.
    """
    return _answer(base, "POST", path, json=dict(body))


def _answer(base: Place, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {base.token}"} if base.token else {}
    try:
        # Our own machine: no proxy of the surroundings stands between. Believed is what the machine
        # believes, and SSL_CERT_FILE: a province may have an authority of its own.
        trust = ssl.create_default_context()
        with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False, verify=trust) as http:
            answer = http.request(method, base.url + path, headers=headers, **more)
    except httpx.HTTPError as error:
        raise click.ClickException(f"{base.url}: {type(error).__name__}") from None
    if not answer.is_success:
        raise click.ClickException(_why(answer))
    return answer


def _why(answer: httpx.Response) -> str:
    try:
        refused = answer.json()
        fields = "".join(
            f"; {one['field']}: {one['expected']}" for one in refused.get("fields", ())
        )
        return f"{refused['message_vi']} ({refused['message_en']}){fields}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"HTTP {answer.status_code}"
