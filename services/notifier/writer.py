"""Writing alert facts: each by compare-and-set on a subject of its own."""

import asyncio
from typing import Final

from msgspec import Struct
from nats.aio.client import Client
from nats.js import JetStreamContext

from shared.bus.claims import Claim, claim
from shared.bus.streams import ALERTS
from shared.bus.subjects import alert_subject
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.events.alert import AlertEvent
from shared.events.envelope import encoded, fact, stamped

SOURCE: Final = "notifier"
_IN_FLIGHT: Final = 256


class Said(Struct, frozen=True):
    """One alert fact to be written: its kind in the subject, and its envelope."""

    what: str
    event: AlertEvent
    dossier: str
    sequence: int = 0  # the last message expected on the subject


class AlertWriter:
    """Writes alert facts by compare-and-set; the first copy wins, and only once."""

    def __init__(self, clock: Clock, copy: str) -> None:
        """`copy` names this process, so that it knows its own words after a lost answer."""
        self._js: JetStreamContext | None = None
        self._clock = clock
        self._copy = copy
        self._slots = asyncio.Semaphore(_IN_FLIGHT)

    def connect(self, client: Client) -> None:
        """Write over this connection; before that every writing is refused."""
        self._js = JetStreamContext(client)

    async def write(self, said: Said, *, key: str = "") -> Claim:
        """Write the fact if nothing newer stands on its subject; `key` narrows the subject.

        Raises:
            TemporarilyUnavailable: no answer, or the stream is full.
        """
        if self._js is None:
            raise TemporarilyUnavailable("not connected yet")
        now = self._clock.now()
        name = f"{said.event.alert_id}{'.' + key if key else ''}"
        made = fact(
            said.event,
            id=f"{name}.{said.what}.{said.sequence}.{self._copy}",
            source=SOURCE, subject=said.dossier, time=now,
        )  # fmt: skip
        body = encoded(stamped(made, source=SOURCE, recorded_at=now))
        async with self._slots:
            return await claim(
                self._js, stream=ALERTS, subject=alert_subject(said.what, name), body=body,
                expected_sequence=said.sequence,
            )  # fmt: skip
