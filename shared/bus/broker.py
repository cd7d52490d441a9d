"""The connection that every service uses: FastStream's broker without its traps."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from faststream import AckPolicy
from faststream.nats import NatsBroker
from nats.aio.client import Client

from .codec import RawBody
from .headers import read_headers_quickly


def make_broker(
    url: str,
    *,
    name: str,
    user: str = "",
    password: str = "",
    inbox_prefix: str = "_INBOX",
    on_closed: Callable[[], Awaitable[None]],
    on_error: Callable[[Exception], Awaitable[None]],
    logger: logging.Logger | None = None,
) -> NatsBroker:
    """Return a broker that reconnects for ever, buffers nothing and acknowledges nothing itself.

    `on_closed` runs when the connection is closed for good: the process should end.
    """
    options: dict[str, Any] = {}
    if user:
        from faststream.security import SASLPlaintext

        options["security"] = SASLPlaintext(username=user, password=password, use_ssl=False)
    return NatsBroker(
        url,
        name=name,
        ack_policy=AckPolicy.MANUAL,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        ping_interval=10,
        max_outstanding_pings=2,
        connect_timeout=5,
        pending_size=0,
        closed_cb=on_closed,
        error_cb=on_error,
        graceful_timeout=15.0,
        inbox_prefix=inbox_prefix,
        serializer=None,
        codec=RawBody(),
        logger=logger,
        **options,
    )


async def connected(broker: NatsBroker) -> Client:
    """Connect, and return the nats-py client that the broker holds."""
    client = await broker.connect()
    assert isinstance(client, Client)  # noqa: S101 - FastStream promises it
    return read_headers_quickly(client)
