"""What people do on this desk about a dossier is a dossier's fact: intake records it, not we.

The notifier submits over NATS as a publisher of its own, with the operator's name in the fact, and
waits for intake's verdict. One noun, one writer.
"""

from enum import StrEnum, unique
from typing import Any, Final

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.events.dossier import DossierEvent
from shared.events.envelope import encoded, fact

_ANSWER_SECONDS: Final = 10.0


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
            answer = await self._client.request(subject, encoded(made), timeout=_ANSWER_SECONDS)
        except NoRespondersError:
            return Verdict.NOT_REGISTERED
        except (TimeoutError, NatsError, OSError) as error:
            raise TemporarilyUnavailable(type(error).__name__) from error
        return _verdict(answer.data)


def _verdict(body: bytes) -> Verdict:
    try:
        said: Any = msgspec.json.decode(body)
        return Verdict(said["outcome"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        raise TemporarilyUnavailable("intake answered in words we do not know") from None
