"""`/v1/alerts`: what programs and `motcua alerts` read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Struct

from services.notifier.book import AlertBook
from services.notifier.domain.records import AlertRecord
from shared.calendar.civil_time import instant_of
from shared.runtime import Refusal

LIMIT_MAX = 10_000


class Told(Struct, frozen=True):
    """What is known of telling the alert on one channel."""

    channel: str
    outcome: str
    attempt: int
    at: datetime


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
            Told(one.channel, one.outcome, one.attempt, instant_of(one.at))
            for one in record.deliveries
        ],
    )


def _listed(records: Iterable[AlertRecord], agency: str, stage: str, limit: int) -> AlertList:
    chosen = sorted(
        (r for r in records if agency in ("", r.agency) and stage in ("", r.stage)),
        key=lambda r: (r.since, r.alert_id),
    )
    return AlertList(len(chosen), [alert_of(record) for record in chosen[:limit]])


def make_api(book: AlertBook) -> list[HTTPRouteHandler]:
    """The handlers."""

    @get("/v1/alerts", summary="Open alerts, or all alerts of one dossier", sync_to_thread=False)
    def alerts(
        agency: str = "",
        stage: str = "",
        dossier: str = "",
        limit: Annotated[int, Parameter(ge=1, le=LIMIT_MAX)] = 1000,
    ) -> AlertList:
        """Oldest first. With `dossier`, settled ones too."""
        records: Any = book.history(dossier) if dossier else book.open.values()
        return _listed(records, agency, stage, limit)

    @get("/v1/alerts/{alert_id:str}", summary="One alert, open or settled", sync_to_thread=False)
    def alert(alert_id: str) -> Alert:
        """404 if nobody ever raised it."""
        record = book.get(alert_id)
        if record is None:
            raise Refusal(404, "Không có cảnh báo này.", "There is no such alert.")
        return alert_of(record)

    return [alerts, alert]
