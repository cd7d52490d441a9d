"""Short ways to say that something happened, in the invented province H99."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from shared.bus.publishing import LogMessage
from shared.bus.subjects import fact_subject
from shared.events import dossier
from shared.events.envelope import Fact, encoded, fact, message_id, stamped
from shared.events.fields import Event

AGENCY = "H99.12"
SOURCE = "mcdt-tinh"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, 08:00 in Việt Nam
START_EPOCH = int(START.timestamp())


def minute(number: float) -> datetime:
    """The instant `number` minutes after the first Monday's opening."""
    return START + timedelta(minutes=number)


def recorded(
    event: Event,
    *,
    id: str,  # noqa: A002 - CloudEvents calls it so
    subject: str = "H99.12-20260302-0000001",
    at: float = 0,
    source: str = SOURCE,
) -> Fact:
    """The event as it enters the log: it happened `at` minutes after the start."""
    plain = fact(event, id=id, source=source, subject=subject, time=minute(at))
    return stamped(plain, source=source, recorded_at=minute(at + 1))


def received(number: int, *, agency: str = AGENCY, at: float = 0, due: float = 60) -> Fact:
    """Dossier `number` was received, due after `due` minutes."""
    return recorded(
        dossier.DossierReceived(
            agency_code=agency, procedure_code="1.004194", due_at=minute(due)
        ),
        id=f"{number}:received",
        subject=code(number),
        at=at,
    )  # fmt: skip


def resolved(number: int, *, agency: str = AGENCY, at: float = 30) -> Fact:
    """Dossier `number` got its result."""
    event = dossier.DossierResolved(agency_code=agency)
    return recorded(event, id=f"{number}:resolved", subject=code(number), at=at)


def code(number: int) -> str:
    """The dossier code of an invented dossier."""
    return f"H99.12-20260302-{number:07}"


def message(fact: Fact) -> LogMessage:
    """The fact as the log writer takes it."""
    return LogMessage(fact_subject(fact), encoded(fact), message_id(fact.source, fact.id))


def messages(facts: Iterable[Fact]) -> list[LogMessage]:
    """Several facts as the log writer takes them."""
    return [message(one) for one in facts]
