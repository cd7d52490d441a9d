"""One alert's life, folded from ALERTS. Compare-and-set won every step, so each comes once."""

from typing import Any

from msgspec import Struct

from services.notifier.domain.clocks import About, key_of
from shared.calendar.civil_time import epoch_of
from shared.events.envelope import Fact

RAISED = "raised"
"""The occasion of an alert's first telling."""


class Delivery(Struct, array_like=True, gc=False):
    """What is known of telling it to one person on one channel: the last state, and where it is."""

    channel: str
    outcome: str
    attempt: int
    at: int
    sequence: int
    recipient: str = "default"
    occasion: str = RAISED

    @property
    def address(self) -> tuple[str, str, str]:
        """Why, whom and how: one telling."""
        return self.occasion, self.recipient, self.channel


class Acknowledgement(Struct, array_like=True, gc=False):
    """A person who took it on."""

    at: int
    by: str
    reason: str


class Quiet(Struct, array_like=True, gc=False):
    """A person's wish for quiet until `until`; over where `until` is in the past."""

    at: int
    by: str
    reason: str
    until: int
    sequence: int


class AlertRecord(Struct, array_like=True, gc=False):
    """One alert. Instants are epoch seconds. `dossier` is its subject, whatever it is about."""

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
    about: str = "dossier"
    field: str = ""
    acknowledged_sequence: int = 0
    taken: tuple[Acknowledgement, ...] = ()  # everybody who ever took it on
    reminded: tuple[int, ...] = ()
    reminded_sequence: int = 0
    escalated: tuple[tuple[int, int], ...] = ()  # (level, when)
    escalated_sequence: int = 0
    quiet: Quiet | None = None
    resolved_by: str = ""  # the name of the rules that the copy which resolved it judged by

    @property
    def is_open(self) -> bool:
        """Whether nothing has resolved it."""
        return self.resolved_at is None

    @property
    def is_acknowledged(self) -> bool:
        """Whether a person has it in hand."""
        return self.acknowledged_at is not None

    @property
    def key(self) -> str:
        """Where its subject is kept."""
        return key_of(About(self.about), self.dossier)

    @property
    def waiting_since(self) -> int:
        """Since when it waits for somebody to take it on, at the level that was told last."""
        marks = [self.raised_at, *self.reminded[-1:], *(at for _, at in self.escalated[-1:])]
        return max(marks)

    def delivery(
        self, channel: str, recipient: str = "default", occasion: str = RAISED
    ) -> Delivery | None:
        """What is known of that telling; None where it was never tried."""
        address = (occasion, recipient, channel)
        return next((one for one in self.deliveries if one.address == address), None)


def alert_step(record: AlertRecord | None, fact: Fact, sequence: int) -> AlertRecord | None:
    """The alert after one more fact; None while nobody has raised it.

    Facts this version does not know, and claims of rounds, change nothing.
    """
    said: Any = fact.data
    at = epoch_of(fact.time)
    if said.event_type == "alert.raised.v1":
        return _raised(fact, at) if record is None else record
    if record is not None:
        _advance(record, said, at, sequence)
    return record


def _raised(fact: Fact, at: int) -> AlertRecord:
    said: Any = fact.data
    due = None if said.due_at is None else epoch_of(said.due_at)
    return AlertRecord(
        said.alert_id, said.stage, said.agency_code, fact.subject, epoch_of(said.since_at), due,
        at, about=said.about, field=said.field_code or "",
    )  # fmt: skip


def _advance(record: AlertRecord, said: Any, at: int, sequence: int) -> None:
    match said.event_type:
        case "alert.acknowledged.v1":
            record.acknowledged_at, record.acknowledged_sequence = at, sequence
            record.acknowledged_by, record.acknowledged_reason = said.by, said.reason
            record.taken = (*record.taken, Acknowledgement(at, said.by, said.reason))
        case "alert.reminded.v1":
            record.acknowledged_at, record.acknowledged_by = None, ""
            record.acknowledged_reason = ""
            record.reminded, record.reminded_sequence = (*record.reminded, at), sequence
        case "alert.escalated.v1":
            record.escalated = (*record.escalated, (said.level, at))
            record.escalated_sequence = sequence
        case "alert.silenced.v1":
            until = epoch_of(said.until_at)
            record.quiet = Quiet(at, said.by, said.reason, until, sequence)
        case "alert.resolved.v1":
            record.resolved_at = at
            record.because, record.resolved_position = said.because, said.position
            record.resolved_by = said.judged_by or ""
        case "alert.delivered.v1":
            told = Delivery(
                said.channel, said.outcome, said.attempt, at, sequence, said.recipient,
                said.occasion,
            )  # fmt: skip
            others = (one for one in record.deliveries if one.address != told.address)
            record.deliveries = (*others, told)
