"""What people do on this desk about a dossier is a dossier's fact: intake records it, not we.

The notifier submits over NATS as a publisher of its own, with the operator's name in the fact, and
waits for intake's verdict. One noun, one writer.
"""

import contextlib
import uuid
from enum import StrEnum, unique
from typing import Any, Final

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.bus.subjects import answer_prefix
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.events.dossier import DossierEvent
from shared.events.envelope import encoded, fact

_ANSWER_SECONDS: Final = 10.0
_NOBODY_LISTENS: Final = "503"


@unique
class Verdict(StrEnum):
    """Intake's answer."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    NOT_REGISTERED = "not_registered"  # intake does not know this desk as a publisher


class Submitter:
    """Submits dossier facts under one publisher's name."""

    def __init__(self, publisher: str, clock: Clock) -> None:
        self._publisher = publisher
        self._clock = clock
        self._client: Client | None = None

    def connect(self, client: Client) -> None:
        """Submit over this connection."""
        self._client = client

    async def submit(self, event: DossierEvent, dossier: str, key: str) -> Verdict:
        """Submit once; `key` names the decision, so that sending it twice is one fact.

        Raises:
            TemporarilyUnavailable: the broker or intake gave no answer; it may be recorded.
            msgspec.ValidationError: the event is out of its bounds.
        """
        if self._client is None:
            raise TemporarilyUnavailable("not connected yet")
        what = event.event_type.split(".")[1]
        made = fact(
            event, id=f"{dossier}.{what}.{key}", source=self._publisher, subject=dossier,
            time=self._clock.now(),
        )  # fmt: skip
        subject = f"in.{self._publisher}.{event.event_type}"
        try:
            answer = await _answer(self._client, subject, encoded(made))
        except (TimeoutError, NatsError, OSError) as error:
            raise TemporarilyUnavailable(type(error).__name__) from error
        if (answer.headers or {}).get("Status") == _NOBODY_LISTENS:
            return Verdict.NOT_REGISTERED
        return _verdict(answer.data)


async def _answer(client: Client, subject: str, body: bytes) -> Msg:
    """Ask intake. Not by `request`: intake may not write where the broker answers us."""
    reply = f"{answer_prefix('notifier')}.{uuid.uuid4().hex}"
    subscription = await client.subscribe(reply, max_msgs=1)
    try:
        await client.publish(subject, body, reply=reply)
        return await subscription.next_msg(timeout=_ANSWER_SECONDS)
    finally:
        with contextlib.suppress(NatsError, OSError):
            await subscription.unsubscribe()


def _verdict(body: bytes) -> Verdict:
    try:
        said: Any = msgspec.json.decode(body)
        return Verdict(said["outcome"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        raise TemporarilyUnavailable("intake answered in words we do not know") from None
