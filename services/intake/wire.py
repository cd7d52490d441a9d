"""What intake asks of the broker, over the one connection that FastStream holds."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import StreamInfo
from nats.js.errors import APIError

from shared.bus.publishing import Appended, LogMessage, LogWriter
from shared.bus.streams import CONTACTS_STREAM, FACTS, REJECTS
from shared.bus.subjects import contact_subject
from shared.errors import InvalidFact, TemporarilyUnavailable
from shared.ledger.follower import fetch_bodies
from shared.ledger.reader import LogGapError

# A publisher is told within two seconds that nothing is stored (docs/runbooks/disk-full.md).
PATIENCE_SECONDS = 1.2
_AWAY = "broker is away"
_WRONG_LAST_SEQUENCE = 10071


class Keeping(NamedTuple):
    """How long REJECTS keeps a message (0: for ever), and the first sequence it still has."""

    seconds: int
    first_sequence: int


class Wire:
    """FACTS, REJECTS and CONTACTS. Until `use` everything is temporarily unavailable."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._facts: LogWriter | None = None
        self._rejects: LogWriter | None = None

    def use(self, client: Client) -> None:
        """Take the connection."""
        self._client = client
        self._facts = LogWriter(client, stream=FACTS)
        self._rejects = LogWriter(client, stream=REJECTS, patience_seconds=PATIENCE_SECONDS)

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there now."""
        return self._client is not None and self._client.is_connected

    async def append_facts(self, messages: Sequence[LogMessage]) -> list[Appended]:
        """Append to FACTS, one atomic batch; the answers are in the order of the messages.

        Raises:
            TemporarilyUnavailable: not acknowledged; some may be stored.
        """
        if self._facts is None:
            raise TemporarilyUnavailable(_AWAY)
        try:
            return await self._facts.append_all(messages)
        except InvalidFact as error:
            # Sizes are checked before: the broker is set otherwise than we are.
            raise TemporarilyUnavailable("the log refuses a size that we accept") from error

    async def facts_created(self) -> str:
        """Ask when the log was made that FACTS is now.

        Raises:
            TemporarilyUnavailable: no answer, or no such log.
        """
        return str((await self._stream_info(FACTS)).created)

    async def append_rejects(self, messages: Sequence[LogMessage]) -> list[int]:
        """Append to REJECTS, singles in flight together; their sequences.

        That stream takes no batches: refusals are few.

        Raises:
            TemporarilyUnavailable: not all are acknowledged.
        """
        if self._rejects is None:
            raise TemporarilyUnavailable(_AWAY)
        writer = self._rejects
        try:
            stored = await asyncio.gather(*(writer.append(message) for message in messages))
        except InvalidFact as error:
            # They are made to fit: the broker is set otherwise than we are.
            raise TemporarilyUnavailable("the broker refuses a reject's size") from error
        return [one.sequence for one in stored]

    async def read(self, stream: str, sequences: Sequence[int]) -> dict[int, bytes]:
        """Return bodies by sequence.

        Raises:
            TemporarilyUnavailable: no answer, or one is not there.
        """
        if self._client is None:
            raise TemporarilyUnavailable(_AWAY)
        try:
            return await fetch_bodies(self._client, stream, sequences)
        except (TimeoutError, NatsError, OSError, LogGapError) as error:
            raise TemporarilyUnavailable(type(error).__name__) from error

    async def rejects_keeping(self) -> Keeping:
        """Ask the broker, which is the one who lets go, how long it keeps a reject.

        Raises:
            TemporarilyUnavailable: no answer.
        """
        info = await self._stream_info(REJECTS)
        return Keeping(round(info.config.max_age or 0), info.state.first_seq)

    async def _stream_info(self, stream: str) -> StreamInfo:
        if self._client is None:
            raise TemporarilyUnavailable(_AWAY)
        try:
            js = JetStreamContext(self._client, timeout=PATIENCE_SECONDS)
            return await js.stream_info(stream)
        except (TimeoutError, NatsError, OSError) as error:
            raise TemporarilyUnavailable(type(error).__name__) from error

    async def put_contact(self, reference: str, body: bytes) -> None:
        """Keep a contact; one that is there stays as it is, and one that was erased stays erased.

        Raises:
            TemporarilyUnavailable: not stored.
        """
        if self._client is None:
            raise TemporarilyUnavailable(_AWAY)
        try:
            # Not by the client's key_value: that looks into the bucket, and intake only adds to it.
            await JetStreamContext(self._client).publish(
                contact_subject(reference), body, timeout=PATIENCE_SECONDS, stream=CONTACTS_STREAM,
                headers={"Nats-Expected-Last-Subject-Sequence": "0"},
            )  # fmt: skip
        except APIError as error:
            if error.err_code != _WRONG_LAST_SEQUENCE:
                raise TemporarilyUnavailable(type(error).__name__) from error
        except (TimeoutError, NatsError, OSError) as error:
            raise TemporarilyUnavailable(type(error).__name__) from error
