"""Reading FACTS from a cursor: overlapped pulls, no acknowledgements, every sequence checked.

An acknowledgement is flow control, never truth; the truth is the cursor that is committed with
the state (docs/adr/0002).
"""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.bus.headers import header_lines
from shared.bus.tap import Tap, lines_of, status_of, tap

PULL_COUNT = 5000
# What two open requests may bring at once; far below what the server holds for a slow connection.
_PULL_BYTES = 12_000_000
_EXPIRES_SECONDS = 5
# So long a batch may grow while the server has more: a fold of many facts costs less for each.
_GATHER_SECONDS = 0.05
_SILENCE_SECONDS = 15.0
_LOOK_SECONDS = 0.25
_LAPSED = "408"
# How a request ends that named its bytes: it brought them, or as many facts as it asked for.
_ENDED = (b"409 Message Size Exceeds MaxBytes", b"409 Batch Completed")
_TOKENS_WITHOUT_DOMAIN = 9


class LogGapError(Exception):
    """A sequence is missing: the log lies, and only a person or a second copy can cure it."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"expected sequence {expected}, found {found}")
        self.expected = expected
        self.found = found


class LogRewoundError(Exception):
    """The log is not the one that the cursor came from."""


class Batch(Struct, frozen=True, gc=False):
    """What one wake-up brought: (sequence, body) in order, and how much is still to come."""

    entries: list[tuple[int, bytes]]
    last_message_id: str
    pending_count: int


_Arrival = tuple[bytes, bytes, bytes | None]  # reply subject, body, raw headers


class _ConsumerLost(Exception):  # noqa: N818 - an inner signal, not an error of anybody
    """The consumer is gone or was reset; a new one starts at the cursor."""


def heed_cancellation() -> None:
    """Raise the cancellation that `asyncio.wait_for` of Python 3.11 swallowed.

    It does when the answer arrives at the same moment; nats-py uses it for every request, and a
    loop that goes on would never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _place(reply: bytes) -> tuple[int, int, int]:
    """Sequence in the log, number in the consumer's own count, and how many wait behind it."""
    tokens = reply.split(b".")
    at = 5 if len(tokens) == _TOKENS_WITHOUT_DOMAIN else 7
    return int(tokens[at]), int(tokens[at + 1]), int(tokens[at + 3])


def _waiting_count(arrival: _Arrival) -> int:
    """How many facts the server has behind this one; none behind news of a request."""
    reply, _, headers = arrival
    return 0 if status_of(headers) else _place(reply)[2]


async def from_the_first() -> bool:
    """`is_same_log` of whoever reads a log once and has no cursor of before to compare."""
    return True


class LogReader:
    """Delivers batches from `after + 1` on, for ever, over restarts of the server."""

    def __init__(
        self,
        client: Client,
        *,
        stream: str,
        service: str,
        after: int,
        is_same_log: Callable[[], Awaitable[bool]],
        filters: Sequence[str] = (),
        on_opened: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Start after sequence `after`; `is_same_log` is asked before every new consumer.

        `on_opened` hears how many facts wait when a consumer is made.

        A server that comes back with an older copy gives old sequences to new facts: only the
        anchor, asked at that moment, can tell.
        """
        self._client = client
        self._js = JetStreamContext(client)
        self._stream = stream
        self._service = service
        self._is_same_log = is_same_log
        self._on_opened = on_opened
        self._filters = list(filters)
        self._cursor = after
        self._ordinal = 0  # the consumer's own numbering: the contiguity of a filtered reader
        self._arrived: list[_Arrival] = []
        self._broken: LogGapError | _ConsumerLost | None = None
        self._wake = asyncio.Event()
        self._asked = 0
        self._subscription: Tap | None = None
        self._name = ""
        self._inbox = ""
        self._reconnects = 0
        self.rebuilt_count = 0

    async def next_batch(self) -> Batch:
        """Wait for facts and return them in order, without a gap.

        Raises:
            LogGapError: a sequence is missing, also after a second reading.
            LogRewoundError: the log is another one than the cursor's.
        """
        gap: LogGapError | None = None
        while True:
            heed_cancellation()
            try:
                if self._subscription is None:
                    await self._open()
                batch = await self._collect()
                if batch is not None:
                    return batch
            except LogGapError as error:
                # Once more with a fresh consumer: what we lost ourselves comes back.
                if gap is not None and gap.found == error.found:
                    raise
                gap = error
                await self.close()
            except (_ConsumerLost, TimeoutError, NatsError, ConnectionError, OSError):
                await self.close()
                self.rebuilt_count += 1
                await asyncio.sleep(0.2)

    async def close(self) -> None:
        """Drop the subscription; the server forgets the consumer after 30 idle seconds."""
        subscription, self._subscription = self._subscription, None
        self._arrived.clear()
        self._wake.clear()
        self._broken = None
        self._inbox = ""
        self._asked = 0
        if subscription is not None:
            with contextlib.suppress(NatsError, ConnectionError, OSError, TimeoutError):
                await subscription.close()

    async def _open(self) -> None:
        # Counted first: a server that restarts after the comparison may be another log's.
        self._reconnects = self._client.stats["reconnects"]
        if not await self._is_same_log():
            raise LogRewoundError
        self._name = f"{self._service}-{uuid.uuid4().hex[:12]}"
        filters = {"filter_subjects": self._filters} if len(self._filters) > 1 else {}
        info = await self._js.add_consumer(
            self._stream,
            ConsumerConfig(
                name=self._name,
                ack_policy=AckPolicy.NONE,
                mem_storage=True,
                inactive_threshold=30,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self._cursor + 1,
                max_deliver=1,
                filter_subject=self._filters[0] if len(self._filters) == 1 else None,
                **filters,  # type: ignore[arg-type]  # a list of subjects, or nothing at all
            ),
        )
        self._ordinal = 0
        inbox = self._inbox = self._client.new_inbox()

        def on_arrival(reply: bytes, body: bytes, headers: bytes | None) -> None:
            if inbox == self._inbox:  # not the rest of a consumer that was given up
                self._arrived.append((reply, body, headers))
                self._wake.set()

        self._subscription = await tap(self._client, inbox, on_arrival)
        self._on_opened(info.num_pending or 0)

    async def _collect(self) -> Batch | None:
        if self._broken is not None:
            raise self._broken
        request = b'{"batch":%d,"max_bytes":%d,"expires":%d}' % (
            PULL_COUNT, _PULL_BYTES, _EXPIRES_SECONDS * 1_000_000_000,
        )  # fmt: skip
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._name}"
        while self._asked <= PULL_COUNT:
            await self._client.publish(subject, request, reply=self._inbox)
            self._asked += PULL_COUNT
        if not self._arrived:
            await self._hear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GATHER_SECONDS):
                await self._gather()
        self._wake.clear()
        arrived, self._arrived = self._arrived, []
        return self._ordered(arrived)

    async def _hear(self) -> None:
        """Wait for an arrival; a quiet stream still tells of every request that lapsed."""
        async with asyncio.timeout(_SILENCE_SECONDS):
            while not self._wake.is_set():
                heed_cancellation()
                if self._client.stats["reconnects"] != self._reconnects:
                    raise _ConsumerLost("reconnected")  # requests and consumer died with the server
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _LOOK_SECONDS)

    async def _gather(self) -> None:
        """Wait for a whole batch, or for all there is."""
        while len(self._arrived) < PULL_COUNT and _waiting_count(self._arrived[-1]):
            self._wake.clear()
            await self._wake.wait()

    def _ordered(self, arrived: list[_Arrival]) -> Batch | None:
        entries: list[tuple[int, bytes]] = []
        last_headers: bytes | None = None
        pending = 0
        for reply, body, headers in arrived:
            try:
                if headers is not None and (status := status_of(headers)):
                    self._lapse(status, headers)
                    continue
                self._asked -= 1
                sequence, ordinal, waiting_count = _place(reply)
                if sequence <= self._cursor:
                    continue
                self._check(sequence, ordinal)
            except (LogGapError, _ConsumerLost) as broken:
                if not entries:
                    raise
                # The cursor has passed what came before: deliver that first, or it is lost.
                self._broken = broken
                break
            self._cursor = sequence
            pending = waiting_count
            last_headers = headers
            entries.append((sequence, body))
        last_id = header_lines(lines_of(last_headers)).get("Nats-Msg-Id", "")
        return Batch(entries, last_id, pending) if entries else None

    def _lapse(self, status: str, headers: bytes) -> None:
        if status != _LAPSED and not any(one in headers for one in _ENDED):
            raise _ConsumerLost(status)
        # The part of a request that was not used; not subtracting it stalls the reader for ever.
        lapsed = header_lines(lines_of(headers)).get("Nats-Pending-Messages", PULL_COUNT)
        self._asked -= int(lapsed)

    def _check(self, sequence: int, ordinal: int) -> None:
        if self._filters:
            if ordinal != self._ordinal + 1:
                raise LogGapError(self._ordinal + 1, ordinal)
            self._ordinal = ordinal
        elif sequence != self._cursor + 1:
            raise LogGapError(self._cursor + 1, sequence)
