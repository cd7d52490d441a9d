"""Claiming an outside effect once, by compare-and-set on a subject of its own (ADR 0002).

The header decides, not the stream's limits: a full stream answers another error than a lost
claim, and both must not be confused.
"""

import asyncio
from collections.abc import Callable
from enum import Enum, auto

from msgspec import Struct
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from shared.errors import TemporarilyUnavailable

_WRONG_LAST_SEQUENCE = 10071
SIGHTINGS_MAX = 50_000


class Verdict(Enum):
    """Whose the subject is."""

    WON = auto()
    LOST = auto()


class Claim(Struct, frozen=True):
    """The outcome, with the sequence and the bytes that stand on the subject."""

    verdict: Verdict
    sequence: int
    body: bytes


class Sightings:
    """How long claims have stood unchanged, counted by this process's own seconds.

    A claim says when it was made by its writer's clock; another machine's may be minutes off, and
    one's own may be set back. What stood here unchanged for so long was left by its writer.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seen: dict[str, tuple[int, float]] = {}

    def age(self, key: str, sequence: int) -> float:
        """Return the seconds since the claim was first seen as it stands; 0 the first time."""
        now, seen = self._monotonic(), self._seen.get(key)
        if seen is not None and seen[0] == sequence:
            return now - seen[1]
        self._seen.pop(key, None)
        self._seen[key] = (sequence, now)
        if len(self._seen) > SIGHTINGS_MAX:  # who is forgotten waits longer, nothing worse
            del self._seen[next(iter(self._seen))]
        return 0.0


async def claim(
    js: JetStreamContext,
    *,
    stream: str,
    subject: str,
    body: bytes,
    expected_sequence: int = 0,
    message_id: str = "",
    attempts: int = 4,
) -> Claim:
    """Write `body` on `subject` if its last message is still `expected_sequence` (0: none).

    `message_id` is sent as `Nats-Msg-Id` where the body is a fact: every fact has one.
    `body` must name its writer and attempt, so that after a lost answer our own claim is
    recognised by its bytes.

    Raises:
        TemporarilyUnavailable: no answer, or the stream is full. Ask again later.
    """
    reason, headers = "", _headers(expected_sequence, message_id)
    for attempt in range(attempts):
        if attempt:
            await asyncio.sleep(min(0.05 * 4 ** (attempt - 1), 2.0))
        try:
            ack = await js.publish(
                subject,
                body,
                stream=stream,
                timeout=5,
                headers=headers,
            )
        except APIError as error:
            if error.err_code == _WRONG_LAST_SEQUENCE:
                return await _standing(js, stream, subject, body)
            reason = f"{error.err_code} {error.description}"
        except (TimeoutError, NatsError, ConnectionError, OSError) as error:
            reason = type(error).__name__
        else:
            return Claim(Verdict.WON, ack.seq, body)
    raise TemporarilyUnavailable(f"{stream}: {reason}", retry_after_seconds=5)


def _headers(expected_sequence: int, message_id: str) -> dict[str, str]:
    expected = {"Nats-Expected-Last-Subject-Sequence": str(expected_sequence)}
    return expected | ({"Nats-Msg-Id": message_id} if message_id else {})


async def _standing(js: JetStreamContext, stream: str, subject: str, body: bytes) -> Claim:
    try:
        last = await js.get_last_msg(stream, subject)
    except NotFoundError:
        raise TemporarilyUnavailable(f"{stream}: claim vanished", retry_after_seconds=1) from None
    except (TimeoutError, NatsError, ConnectionError, OSError) as error:
        raise TemporarilyUnavailable(type(error).__name__, retry_after_seconds=1) from error
    stored = last.data or b""
    verdict = Verdict.WON if stored == body else Verdict.LOST
    return Claim(verdict, last.seq or 0, stored)
