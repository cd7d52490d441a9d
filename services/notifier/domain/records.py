"""One alert's life, folded from ALERTS. Compare-and-set won every step, so each comes once."""

from typing import Any

from msgspec import Struct

from shared.calendar.civil_time import epoch_of
from shared.events.envelope import Fact


class Delivery(Struct, array_like=True, gc=False):
    """What is known of telling it on one channel: the last state written, and where it stands."""

    channel: str
    outcome: str
    attempt: int
    at: int
    sequence: int


class AlertRecord(Struct, array_like=True, gc=False):
    """One alert. Instants are epoch seconds."""

    alert_id: str
    stage: str
    agency: str
    dossier: str
    since: int
    due: int | None
    raised_at: int
    acknowledged_at: int | None = None
    acknowledged_by: str = ""
    acknowledged_reason: str = ""
    resolved_at: int | None = None
    because: str = ""
    resolved_position: int = 0
    deliveries: tuple[Delivery, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether nothing has resolved it."""
        return self.resolved_at is None

    @property
    def is_acknowledged(self) -> bool:
        """Whether a person took it on."""
        return self.acknowledged_at is not None

    def delivery(self, channel: str) -> Delivery | None:
        """What is known of `channel`; None where it was never told there."""
        return next((one for one in self.deliveries if one.channel == channel), None)


def alert_step(record: AlertRecord | None, fact: Fact, sequence: int) -> AlertRecord | None:
    """The alert after one more fact; None while nobody has raised it.

    Facts this version does not know, and claims of rounds, change nothing.
    """
    said: Any = fact.data
    at = epoch_of(fact.time)
    match said.event_type:
        case "alert.raised.v1":
            if record is not None:
                return record
            due = None if said.due_at is None else epoch_of(said.due_at)
            return AlertRecord(
                said.alert_id, said.stage, said.agency_code, fact.subject,
                epoch_of(said.since_at), due, at,
            )  # fmt: skip
        case "alert.acknowledged.v1" if record is not None:
            record.acknowledged_at = at
            record.acknowledged_by, record.acknowledged_reason = said.by, said.reason
        case "alert.resolved.v1" if record is not None:
            record.resolved_at = at
            record.because, record.resolved_position = said.because, said.position
        case "alert.delivered.v1" if record is not None:
            told = Delivery(said.channel, said.outcome, said.attempt, at, sequence)
            others = (one for one in record.deliveries if one.channel != said.channel)
            record.deliveries = (*others, told)
    return record
