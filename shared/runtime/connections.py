"""The connections a service takes: no more than its descriptors allow, and none that says nothing.

Without this, whoever opens connections and sends nothing takes all descriptors; then nobody else
is accepted, no file can be opened, and nobody is told why.
"""

import asyncio
import resource
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

# Files, the broker, carriers and channels need theirs; a refused connection has its for a moment.
_OWN_COUNT: Final = 32
_LINGERING_COUNT: Final = 16
_LINGER_SECONDS: Final = 1.0
_REFUSAL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


def connections_max() -> int:
    """How many may be open at once, as of the limit of descriptors now; at least one."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(soft - _OWN_COUNT - _LINGERING_COUNT, 1)


class LimitedConnection(H11Protocol):
    """One connection; over the limit it is answered 503 with Retry-After and closed."""

    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Take it or refuse it; one that asks nothing is closed like one that asks nothing more."""
        super().connection_made(transport)
        over = len(self.connections) - connections_max()
        if over <= 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
            return
        self._is_refused = True
        transport.write(_REFUSAL)
        if over > _LINGERING_COUNT:
            transport.close()
        else:
            # Closed at once, with a request unread, the peer would see a reset and no answer.
            self.loop.call_later(_LINGER_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        """Pass on what comes; a refused connection's request is read and forgotten."""
        if not self._is_refused:
            super().data_received(data)
