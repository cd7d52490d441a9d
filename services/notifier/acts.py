"""What a person does about an alert: takes it on, asks for quiet. Each is a fact with a name."""

from datetime import datetime

from services.notifier.domain.records import AlertRecord
from services.notifier.standing import Scope, scope_id
from services.notifier.writer import AlertWriter, Said
from shared.bus.claims import Verdict
from shared.events.alert import AlertAcknowledged, AlertSilenced


async def acknowledge(writer: AlertWriter, record: AlertRecord, by: str, reason: str) -> bool:
    """Write that a person took the alert on; False if somebody was faster, or it is taken.

    Raises:
        TemporarilyUnavailable: no answer from the broker.
        msgspec.ValidationError: the name or the reason is empty or too long.
    """
    if record.is_acknowledged:
        return False
    event = AlertAcknowledged(
        alert_id=record.alert_id, stage=record.stage, agency_code=record.agency,
        by=by, reason=reason,
    )  # fmt: skip
    said = Said("acknowledged", event, record.dossier, record.acknowledged_sequence)
    return (await writer.write(said)).verdict is Verdict.WON


async def silence(
    writer: AlertWriter, record: AlertRecord, by: str, reason: str, until_at: datetime
) -> bool:
    """Write that a person asked for quiet about one alert; False if somebody was faster.

    An `until_at` that is not in the future ends the quiet.

    Raises:
        TemporarilyUnavailable: no answer from the broker.
        msgspec.ValidationError: the name or the reason is empty or too long.
    """
    event = AlertSilenced(
        alert_id=record.alert_id, stage=record.stage, agency_code=record.agency,
        by=by, reason=reason, until_at=until_at,
    )  # fmt: skip
    sequence = record.quiet.sequence if record.quiet else 0
    written = await writer.write(Said("silenced", event, record.dossier, sequence))
    return written.verdict is Verdict.WON


async def silence_scope(
    writer: AlertWriter, stage: str, agency: str, by: str, reason: str, until_at: datetime,
    known: Scope | None = None,
) -> bool:  # fmt: skip
    """The same for every alert of one stage at one agency, also those to come.

    `known` is the silence that stands there already. Raises as `silence`.
    """
    name = scope_id(stage, agency)
    event = AlertSilenced(
        alert_id=name, stage=stage, agency_code=agency, by=by, reason=reason, until_at=until_at
    )
    sequence = known.quiet.sequence if known else 0
    written = await writer.write(Said("silenced", event, agency, sequence))
    return written.verdict is Verdict.WON
