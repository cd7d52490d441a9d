"""Facts of invented dossiers, and putting them into a log as intake would."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nats.aio.client import Client

from shared.bus.publishing import LogMessage, LogWriter
from shared.bus.streams import FACTS
from shared.bus.subjects import fact_subject
from shared.events.dossier import DossierReceived
from shared.events.envelope import Fact, encoded, fact, message_id, stamped
from shared.events.fields import Event

SOURCE = "so-tu-phap"
AGENCIES = ("H44.01", "H44.02", "H44.15", "H44.16", "H44.17")


def said(
    event: Event,
    subject: str,
    time: datetime,
    fact_id: str = "",
    recorded_at: datetime | None = None,
) -> Fact:
    """Put what happened in its envelope, stamped as recorded at once, or when you say."""
    name = fact_id or f"{subject}.{event.event_type}.{time.timestamp()}"
    made = fact(event, id=name, source=SOURCE, subject=subject, time=time)
    return stamped(made, source=SOURCE, recorded_at=recorded_at or time)


def received(code: str, time: datetime, agency: str = AGENCIES[0], **more: Any) -> Fact:
    """Say that a one-stop desk accepted a dossier."""
    event = DossierReceived(agency_code=agency, procedure_code="1.000123", **more)
    return said(event, code, time)


def code_of(number: int) -> str:
    """Give the dossier code of an invented dossier."""
    return f"H44.01-260302-{number:05d}"


async def publish(client: Client, facts: Sequence[Fact]) -> None:
    """Append the facts in order, and wait until the broker has them."""
    writer = LogWriter(client, stream=FACTS)
    messages = [
        LogMessage(fact_subject(one), encoded(one), message_id(one.source, one.id)) for one in facts
    ]
    for start in range(0, len(messages), 500):
        await writer.append_all(messages[start : start + 500])
