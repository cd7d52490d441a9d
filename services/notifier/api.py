"""`/v1/alerts`: what programs and `motcua alerts` read and do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Struct

from services.notifier.acts import acknowledge, silence
from services.notifier.domain.messages import Message
from services.notifier.domain.records import AlertRecord
from services.notifier.parts import Notifier
from shared.access import WITHIN, Role, needs
from shared.calendar.civil_time import instant_of
from shared.desk import scope_of
from shared.events.fields import Explanation, OperatorName
from shared.login import author
from shared.runtime import AnyRequest, Refusal

LIMIT_MAX = 10_000


class Told(Struct, frozen=True):
    """What is known of telling the alert on one channel."""

    channel: str
    outcome: str
    attempt: int
    at: datetime
    recipient: str
    occasion: str


class Alert(Struct, frozen=True, kw_only=True):
    """One alert; instants are UTC."""

    alert_id: str
    stage: str
    dossier: str
    agency: str
    since_at: datetime
    due_at: datetime | None
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    acknowledged_reason: str
    resolved_at: datetime | None
    because: str
    deliveries: list[Told]
    about: str
    field: str
    level: int
    silenced_until_at: datetime | None
    silenced_by: str


class Taking(Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes an alert on, and why or how."""

    by: OperatorName
    reason: Explanation


class Silencing(Struct, frozen=True, forbid_unknown_fields=True):
    """Who asks for quiet, why, and until when."""

    by: OperatorName
    reason: Explanation
    until_at: Annotated[datetime, msgspec.Meta(tz=True)]


class Done(Struct, frozen=True):
    """Whether it was this request that changed it; false where somebody was faster."""

    done: bool


class Tried(Struct, frozen=True):
    """What a channel answered to a message for trial: sent, failed or unknown."""

    channel: str
    outcome: str


class AlertList(Struct, frozen=True):
    """`count` is the length of the whole list, also where `limit` cut it."""

    count: int
    alerts: list[Alert]


def _instant(epoch: int | None) -> datetime | None:
    return None if epoch is None else instant_of(epoch)


def alert_of(record: AlertRecord) -> Alert:
    """The alert as the interface shows it."""
    return Alert(
        alert_id=record.alert_id,
        stage=record.stage,
        dossier=record.dossier,
        agency=record.agency,
        since_at=instant_of(record.since),
        due_at=_instant(record.due),
        raised_at=instant_of(record.raised_at),
        acknowledged_at=_instant(record.acknowledged_at),
        acknowledged_by=record.acknowledged_by,
        acknowledged_reason=record.acknowledged_reason,
        resolved_at=_instant(record.resolved_at),
        because=record.because,
        deliveries=[
            Told(
                one.channel,
                one.outcome,
                one.attempt,
                instant_of(one.at),
                one.recipient,
                one.occasion,
            )
            for one in record.deliveries
        ],
        about=record.about,
        field=record.field,
        level=max((level for level, _ in record.escalated), default=0),
        silenced_until_at=instant_of(record.quiet.until) if record.quiet else None,
        silenced_by=record.quiet.by if record.quiet else "",
    )


def _listed(records: Iterable[AlertRecord], agency: str, stage: str, limit: int) -> AlertList:
    chosen = sorted(
        (r for r in records if agency in ("", r.agency) and stage in ("", r.stage)),
        key=lambda r: (r.since, r.alert_id),
    )
    return AlertList(len(chosen), [alert_of(record) for record in chosen[:limit]])


def make_api(parts: Notifier) -> list[HTTPRouteHandler]:
    """The handlers."""
    return [*_reading(parts), *_doing(parts)]


def _found(parts: Notifier, request: AnyRequest, alert_id: str) -> AlertRecord:
    record = parts.ledger.book.get(alert_id)
    if record is None or not scope_of(request).covers(record.agency):
        raise Refusal(404, "Không có cảnh báo này.", "There is no such alert.")
    return record


def _reading(parts: Notifier) -> list[HTTPRouteHandler]:
    book = parts.ledger.book

    @get("/v1/alerts", summary="Open alerts, or all alerts of one subject", sync_to_thread=False,
         opt=WITHIN)  # fmt: skip
    def alerts(
        request: AnyRequest,
        agency: str = "",
        stage: str = "",
        dossier: str = "",
        limit: Annotated[int, Parameter(ge=1, le=LIMIT_MAX)] = 1000,
    ) -> AlertList:
        """Oldest first. With `dossier`, settled ones too."""
        records: Any = book.history(dossier) if dossier else book.open.values()
        scope = scope_of(request)
        seen = (record for record in records if scope.covers(record.agency))
        return _listed(seen, agency, stage, limit)

    @get("/v1/alerts/{alert_id:str}", summary="One alert, open or settled", sync_to_thread=False,
         opt=WITHIN)  # fmt: skip
    def alert(alert_id: str, request: AnyRequest) -> Alert:
        """404 if nobody ever raised it."""
        return alert_of(_found(parts, request, alert_id))

    return [alerts, alert]


def _doing(parts: Notifier) -> list[HTTPRouteHandler]:
    @post("/v1/alerts/{alert_id:str}/acknowledge", summary="Take an alert on", status_code=200,
          opt={**needs(Role.DESK), **WITHIN})  # fmt: skip
    async def take(alert_id: str, data: Taking, request: AnyRequest) -> Done:
        """`done` is false where somebody has it in hand already."""
        record = _found(parts, request, alert_id)
        done = await acknowledge(parts.writer, record, author(request, data.by), data.reason)
        if done:
            now = parts.clock.now()
            parts.metrics.taken_on(
                record.stage, (now - instant_of(record.waiting_since)).total_seconds()
            )
        return Done(done)

    @post("/v1/alerts/{alert_id:str}/silence", summary="Ask for quiet", status_code=200,
          opt={**needs(Role.OPERATOR), **WITHIN})  # fmt: skip
    async def quiet(alert_id: str, data: Silencing, request: AnyRequest) -> Done:
        """An `until_at` that is over ends the quiet."""
        record = _found(parts, request, alert_id)
        by = author(request, data.by)
        return Done(await silence(parts.writer, record, by, data.reason, data.until_at))

    @post("/v1/channels/{name:str}/test", summary="Send a message for trial", status_code=200,
          opt=needs(Role.OPERATOR))  # fmt: skip
    async def trial(name: str) -> Tried:
        """404 for a channel that people.toml does not describe."""
        channel = parts.channels.get(name)
        if channel is None:
            raise Refusal(404, "Không có kênh này.", "There is no such channel.")
        body = "Tin thử kênh báo tin. Không cần làm gì."
        outcome = await channel.send(Message("Một Cửa: tin thử", body, f"trial-{name}"))
        return Tried(name, outcome.value)

    return [take, quiet, trial]
