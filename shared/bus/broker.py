"""The connection that every service uses: FastStream's broker without its traps."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from faststream import AckPolicy
from faststream.nats import NatsBroker
from faststream.nats.security import NatsNKey, NatsSecurity
from nats.aio.client import Client

from .codec import RawBody
from .headers import read_headers_quickly
from .subjects import inbox_prefix
from .trust import context_for


def make_broker(
    url: str,
    *,
    name: str,
    user: str = "",
    seed: str = "",
    authority: Path | None = None,
    on_closed: Callable[[], Awaitable[None]],
    on_error: Callable[[Exception], Awaitable[None]],
    logger: logging.Logger | None = None,
) -> NatsBroker:
    """Return a broker that reconnects for ever, buffers nothing and acknowledges nothing itself.

    `seed` is the nkey's; without one it logs in as nobody. `user` says under which prefix answers
    are heard: the broker lets each user hear its own only. With `authority` it speaks TLS from the
    first byte, so that nobody in between can talk it out of it. `on_closed` runs when the
    connection is closed for good: the process should end.
    """
    return NatsBroker(
        url,
        name=name,
        ack_policy=AckPolicy.MANUAL,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        ping_interval=5,
        max_outstanding_pings=2,
        connect_timeout=5,
        pending_size=0,
        closed_cb=on_closed,
        error_cb=on_error,
        graceful_timeout=15.0,
        inbox_prefix=inbox_prefix(user) if user else "_INBOX",
        serializer=None,
        codec=RawBody(),
        logger=logger,
        security=_security(seed, authority),
    )


def _security(seed: str, authority: Path | None) -> NatsSecurity | None:
    tls: dict[str, Any] = {}
    if authority is not None:
        tls = {"ssl_context": context_for(authority), "tls_handshake_first": True}
    if seed:
        return NatsNKey.from_seed(seed, **tls)
    return NatsSecurity(**tls) if tls else None


def denied(error: Exception) -> str:
    """Return what the broker did not permit ("publish to …"); empty for any other error.

    Whoever published or asked notices nothing but that no answer comes: this is the only sign.
    """
    _, found, what = str(error).lower().partition("permissions violation for ")
    return what.strip().strip("'") if found else ""


async def connected(broker: NatsBroker) -> Client:
    """Connect, and return the nats-py client that the broker holds."""
    client = await broker.connect()
    assert isinstance(client, Client)  # noqa: S101 - FastStream promises it
    return read_headers_quickly(client)
