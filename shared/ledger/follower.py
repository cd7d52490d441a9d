"""Keeping a projection at the head of its stream: anchor, reading, applying, and saying so."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Protocol

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import StreamState
from nats.js.errors import NotFoundError

from shared.clock import Clock

from .reader import Batch, LogGapError, LogReader, LogRewoundError, heed_cancellation
from .store import Position

ANCHOR_EVERY_SECONDS = 60.0


class Target(Protocol):
    """What is kept up to date: it owns its position and commits it with its state."""

    @property
    def position(self) -> Position:
        """Where the committed state stands."""
        ...

    async def apply(self, batch: Batch, stream_created: str) -> None:
        """Fold the batch and commit; delivering it again changes nothing."""
        ...

    def reset(self, rewinds: int) -> None:
        """Forget the state: the log is not the one it was folded from."""
        ...


class Follower:
    """Runs until cancelled. `caught_up` and `halted` are what readiness needs to know.

    `halted` says where the log has a hole; it is empty again once the hole is mended.
    """

    def __init__(
        self,
        client: Client,
        target: Target,
        *,
        service: str,
        clock: Clock,
        stream: str = "FACTS",
        filters: Sequence[str] = (),
        expires: bool = False,
    ) -> None:
        """Follow `stream`; `expires`: it has an age limit, so its beginning may be gone."""
        self._client = client
        self._js = JetStreamContext(client)
        self._target = target
        self._service = service
        self._clock = clock
        self._stream = stream
        self._filters = filters
        self._expires = expires
        self._gone = 0  # up to where the broker had let go what was too old, when it was compared
        self.created = ""  # when the log was made that is folded; empty before it was looked at
        self._is_rewound = False
        self._is_at_head = False
        # Connections by their number: over which the log was compared, and has been read since.
        self._compared_over = self._anchored_at = -1
        self.lag_count = 0
        self.halted = ""
        self.progressed_at = clock.monotonic()

    @property
    def caught_up(self) -> bool:
        """Whether the head was reached, in a log that is known to be the one folded.

        After every reconnection it is not, until the log was compared again: the server may have
        come back with an older copy, and what was folded or acknowledged may be gone from it.
        """
        return self._is_at_head and self._anchored_at == self._connection()

    def _connection(self) -> int:
        return int(self._client.stats["reconnects"])

    async def run(self) -> None:
        """Follow the stream for ever; a gap halts the fold loudly instead of passing over it."""
        while True:
            await self._anchor()
            heed_cancellation()
            reader = LogReader(
                self._client,
                stream=self._stream,
                service=self._service,
                after=max(self._target.position.sequence, self._gone),
                is_same_log=self._is_same_log,
                filters=self._filters,
                on_opened=self._on_opened,
            )
            try:
                await self._follow(reader)
            except LogGapError as gap:
                # Never export a number from a log with a hole in it.
                self.halted = str(gap)
                self._is_at_head = False
                await self._until_it_may_be_mended()
            except LogRewoundError:
                self._is_rewound = True
                self._is_at_head = False
            except (TimeoutError, NatsError, ConnectionError, OSError):
                # The broker went away while facts were read again. Nothing was folded: the same
                # batch comes once more, from the cursor.
                await asyncio.sleep(0.5)
            finally:
                await reader.close()

    async def behind_count(self) -> int | None:
        """Ask the broker how many messages the committed state lacks; None without an answer.

        A hole in the log is not our stall, and starting again would not mend it: nothing waits.
        """
        if not self._client.is_connected:
            return None
        if self.halted:
            return 0
        try:
            info = await self._js.stream_info(self._stream)
        except (TimeoutError, NatsError, OSError):
            return None
        return self._lag(info.state)

    async def _until_it_may_be_mended(self) -> None:
        """Wait a minute, or until the broker was away: a person puts a whole copy in its place."""
        connection = self._connection()
        for _ in range(round(ANCHOR_EVERY_SECONDS)):
            await asyncio.sleep(1)
            if self._connection() != connection:
                return

    async def _follow(self, reader: LogReader) -> None:
        checked_at = self._clock.monotonic()
        pending_batch: asyncio.Task[Batch] | None = None
        try:
            while True:
                heed_cancellation()  # after what was applied, and after what was compared
                if pending_batch is None:
                    pending_batch = asyncio.create_task(reader.next_batch())
                left = checked_at + ANCHOR_EVERY_SECONDS - self._clock.monotonic()
                done, _ = await asyncio.wait({pending_batch}, timeout=max(left, 0.0))
                if done:
                    batch, pending_batch = pending_batch.result(), None
                    await self._target.apply(batch, self.created)
                    self._note(batch)
                if self._clock.monotonic() - checked_at >= ANCHOR_EVERY_SECONDS:
                    checked_at = self._clock.monotonic()
                    with contextlib.suppress(TimeoutError, NatsError, OSError):
                        if not await self._is_same_log():
                            raise LogRewoundError
        finally:
            if pending_batch is not None:
                pending_batch.cancel()
                await asyncio.gather(pending_batch, return_exceptions=True)

    def _on_opened(self, pending_count: int) -> None:
        """Hear from a new consumer how much passes the filter; the stream's end says nothing."""
        self._anchored_at = self._compared_over
        if self._filters:
            self.lag_count = pending_count
            self._is_at_head = pending_count == 0 or self._is_at_head

    def _note(self, batch: Batch) -> None:
        self.lag_count = batch.pending_count
        self._is_at_head = batch.pending_count == 0 or self._is_at_head
        self.halted = ""
        self.progressed_at = self._clock.monotonic()

    async def _anchor(self) -> None:
        """Start over from the first fact if this is another log than the one folded."""
        while True:
            try:
                if not await self._is_same_log() or self._is_rewound:
                    self._is_at_head = False
                    self._target.reset(self._target.position.rewinds + 1)
                    self._is_rewound = False
                info = await self._js.stream_info(self._stream)
            except (TimeoutError, NatsError, OSError):
                await asyncio.sleep(0.5)  # no stream yet, or no server: wait for it
                continue
            self.created = str(info.created)
            self._anchored_at = self._compared_over
            self._gone = self._let_go(info.state)
            if not self._filters:
                self.lag_count = self._lag(info.state)
                self._is_at_head = self.lag_count <= 0
            return

    def _let_go(self, state: StreamState) -> int:
        """Up to which sequence the stream let go what was too old; 0 where it keeps all."""
        return max(0, state.first_seq - 1) if self._expires else 0

    def _lag(self, state: StreamState) -> int:
        """How many messages of those still there the committed state lacks."""
        return state.last_seq - max(self._target.position.sequence, self._let_go(state))

    async def _is_same_log(self) -> bool:
        self._compared_over = self._connection()
        position = self._target.position
        info = await self._js.stream_info(self._stream)
        if position.sequence == 0:
            return self.created in ("", str(info.created))
        if position.stream_created and str(info.created) != position.stream_created:
            return False
        if position.sequence > info.state.last_seq:
            return False
        if self._expires and position.sequence < info.state.first_seq:
            return True  # the anchor itself was too old; creation and end still fit
        try:
            stored = await self._js.get_msg(self._stream, position.sequence)
        except NotFoundError:
            return False
        found = (stored.headers or {}).get("Nats-Msg-Id", "")
        return bool(found == position.last_message_id)


async def fetch_bodies(client: Client, stream: str, sequences: Sequence[int]) -> dict[int, bytes]:
    """Return bodies by sequence straight from the log, 256 requests at a time.

    Raises:
        LogGapError: one of them is not there.
        TimeoutError: the broker did not answer; nothing was changed, ask again.
    """
    slots = asyncio.Semaphore(256)

    async def one(sequence: int) -> tuple[int, bytes]:
        request = msgspec.json.encode({"seq": sequence})
        async with slots:
            reply = await client.request(f"$JS.API.DIRECT.GET.{stream}", request, timeout=5)
        if (reply.headers or {}).get("Status"):
            raise LogGapError(sequence, 0)
        return sequence, reply.data

    return dict(await asyncio.gather(*(one(sequence) for sequence in sequences)))
