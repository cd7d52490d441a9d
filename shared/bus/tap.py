"""A subscription whose messages come as raw parts, past nats-py's queue, task and headers dict.

For a reader that takes thousands of messages a second and needs the headers of one in a thousand.
Nothing limits what is under way: only a reader that pulls, and so sets the pace, may use it.
"""

from collections.abc import Callable
from typing import Any, Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

OnArrival = Callable[[bytes, bytes, bytes | None], None]
"""Called with reply subject, body and raw headers; None without headers. Must not raise."""

_TAPS: Final = "_motcua_taps"
_MESSAGE: Final = b"HMSG "
_WORDS: Final = 6  # HMSG subject id reply size-of-headers size; without a reply it is not for us
_STATUS_LINE: Final = b"NATS/1.0 "


class Tap:
    """One tapped subscription. Reconnecting keeps it, as it keeps any subscription."""

    def __init__(self, subscription: Subscription, taps: dict[int, OnArrival]) -> None:
        self._subscription = subscription
        self._taps = taps

    async def close(self) -> None:
        """Unsubscribe; nothing arrives any more, even if the server could not be told.

        Raises:
            nats.errors.Error, OSError: the server could not be told.
        """
        self._taps.pop(self._subscription._id, None)  # noqa: SLF001 - the id is what arrives
        await self._subscription.unsubscribe()


async def tap(client: Client, subject: str, on_arrival: OnArrival) -> Tap:
    """Subscribe; `on_arrival` hears every message on the client's own task."""
    taps = _taps_of(client)
    subscription = await client.subscribe(subject, cb=_never)
    taps[subscription._id] = on_arrival  # noqa: SLF001 - the id is what arrives
    return Tap(subscription, taps)


def status_of(headers: bytes | None) -> str:
    """Return the status of a server's message ("408"); empty for a message of a stream."""
    if headers is None or not headers.startswith(_STATUS_LINE):
        return ""
    return headers[len(_STATUS_LINE) :].split(b"\r\n", 1)[0].split(b" ", 1)[0].decode("ascii")


def lines_of(headers: bytes | None) -> bytes:
    """Return the header lines without the status line; empty where there are none."""
    return (headers or b"").partition(b"\r\n")[2]


async def _never(message: Msg) -> None:
    """Stand where nats-py wants a callback: everything is taken before it."""
    del message


def _taps_of(client: Client) -> dict[int, OnArrival]:
    known: dict[int, OnArrival] | None = vars(client).get(_TAPS)
    if known is not None:
        return known
    taps: dict[int, OnArrival] = {}
    usual = client._process_msg  # noqa: SLF001 - there is no public way in

    async def process(*parts: Any) -> None:
        on_arrival = taps.get(parts[0])
        if on_arrival is None:
            await usual(*parts)
        else:
            on_arrival(parts[2], parts[3], parts[4])

    vars(client)["_process_msg"] = process
    vars(client)[_TAPS] = taps
    _read_runs(client._ps, taps)  # noqa: SLF001 - there is no public way in
    return taps


def _read_runs(parser: Parser, taps: dict[int, OnArrival]) -> None:
    """Let the parser pass over runs of tapped messages at once; the rest it reads as ever."""
    usual = parser.parse

    async def parse(received: bytes = b"") -> None:
        if parser.state != AWAITING_CONTROL_LINE:
            await usual(received)  # it waits for the rest of a message that is not tapped
            return
        if parser.buf:
            received = bytes(parser.buf) + received
            parser.buf.clear()
        read, is_torn = _tapped_run(received, taps)
        if is_torn:
            parser.buf.extend(received[read:])
        elif read < len(received):
            await usual(received[read:])

    vars(parser)["parse"] = parse


def _tapped_run(received: bytes, taps: dict[int, OnArrival]) -> tuple[int, bool]:
    """Hand over the tapped messages at the beginning: how many bytes, and if the next is torn."""
    at = 0
    while received.startswith(_MESSAGE, at):
        body_at = received.find(b"\r\n", at) + 2
        if body_at == 1:
            return at, True
        words = received[at:body_at].split()
        on_arrival = taps.get(int(words[2])) if len(words) == _WORDS else None
        if on_arrival is None:
            break
        stop = body_at + int(words[5])
        if stop + 2 > len(received):
            return at, True
        headers_stop = body_at + int(words[4])
        on_arrival(words[3], received[headers_stop:stop], received[body_at:headers_stop])
        at = stop + 2
    return at, False
