"""The operator's own connection to the broker: one try, then the truth."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client
from nats.errors import AuthorizationError
from nats.errors import Error as NatsError

from shared.bus.subjects import inbox_prefix
from shared.bus.trust import context_for

FAILURES = (NatsError, OSError, TimeoutError)
"""What `connected` and the calls on its client raise when the broker does not do its part."""


def tls_options(url: str, authority: Path | None) -> dict[str, Any]:
    """Return what nats.connect needs for this address: TLS from the first byte, or nothing."""
    if not url.startswith("tls://") or authority is None:
        return {}
    return {"tls": context_for(authority), "tls_handshake_first": True}


@asynccontextmanager
async def connected(
    url: str, seed: str, *, user: str = "operator", authority: Path | None = None
) -> AsyncIterator[Client]:
    """Log in with an nkey, and log out at the end; `user` only says whose answers are heard.

    `authority` is believed where the address begins with tls://, and only there.

    Raises:
        AuthorizationError: the server does not know this key.
        NatsError, OSError, TimeoutError: no server, or it fails us.
    """

    async def keep_quiet(_: Exception) -> None:
        """The last error is raised; the client would print a traceback for each attempt."""

    try:
        client = await nats.connect(
            url,
            nkeys_seed_str=seed,
            inbox_prefix=inbox_prefix(user),
            connect_timeout=5,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            error_cb=keep_quiet,
            **tls_options(url, authority),
        )
    except NatsError as error:
        # The client knows the class, but raises it only where it may reconnect.
        if "authorization" in str(error).lower():
            raise AuthorizationError from None
        raise
    try:
        yield client
    finally:
        await client.close()
