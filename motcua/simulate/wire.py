"""A simulated fact as the bytes that a publishing system sends: CloudEvents 1.0 JSON.

Each is encoded once and not checked: a test decodes whole runs with the strict decoder instead.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.events.fields import Event

Told = tuple[int, bytes]
"""When a fact happened, in epoch seconds, and its bytes."""


class _Envelope(Struct, frozen=True, gc=False):
    specversion: str
    id: str
    source: str
    subject: str
    type: str
    time: datetime
    datacontenttype: str
    data: Event


_encode: Final[Callable[[_Envelope], bytes]] = msgspec.json.Encoder().encode


def encoded(event: Event, *, id: str, source: str, subject: str, epoch: int) -> bytes:  # noqa: A002 - CloudEvents calls it so
    """Return the bytes of one fact."""
    return _encode(
        _Envelope(
            "1.0",
            id,
            source,
            subject,
            event.event_type,
            instant_of(epoch),
            "application/json",
            event,
        )
    )


class Story:
    """What happened to one subject, collected in the order it is told."""

    __slots__ = ("source", "subject", "told")

    def __init__(self, subject: str, source: str) -> None:
        self.subject = subject
        self.source = source
        self.told: list[Told] = []

    def tell(self, epoch: int, event: Event, revision: int = 1) -> None:
        """Add a fact. Its id is the subject's code, the type and the revision: never random."""
        what = event.event_type.removesuffix(".v1")
        self.told.append(
            (
                epoch,
                encoded(
                    event,
                    id=f"{self.subject}:{what}:{revision}",
                    source=self.source,
                    subject=self.subject,
                    epoch=epoch,
                ),
            )
        )
