"""Asking a service of the running system, for the commands: its address, its answer, its no."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import httpx

from .home import Home

_TIMEOUT_SECONDS = 120


def service_url(data: Path, service: str, url: str | None) -> str:
    """Return the address of a running service.

    Raises:
        click.ClickException: nothing runs on this data directory.
    """
    if url:
        return url.rstrip("/")
    running = Home(data).running() if data.exists() else None
    if running is None:
        raise click.ClickException(
            f"Không có hệ thống nào chạy trên {data}. Chạy `motcua run --data {data}` "
            "hoặc cho địa chỉ bằng --url (nothing runs there)."
        )
    return str(running["urls"][service])


def asked(base: str, path: str, query: Mapping[str, str] | None = None) -> httpx.Response:
    """Return the answer to a GET.

    Raises:
        click.ClickException: no answer, or a refusal in the service's own words.
    """
    return _answer(base, "GET", path, params=dict(query or {}))


def told(base: str, path: str, body: Mapping[str, Any]) -> httpx.Response:
    """Return the answer to a POST of JSON.

    Raises:
        click.ClickException: no answer, or a refusal in the service's own words.
    """
    return _answer(base, "POST", path, json=dict(body))


def _answer(base: str, method: str, path: str, **more: Any) -> httpx.Response:
    try:
        # Our own machine: no proxy of the surroundings stands between.
        with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as http:
            answer = http.request(method, base + path, **more)
    except httpx.HTTPError as error:
        raise click.ClickException(f"{base}: {type(error).__name__}") from None
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
