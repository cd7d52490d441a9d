"""Looks at the dossiers whose moment came, and says what is owed or over. Read, decide, write."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from nats.aio.client import Client
from nats.js import JetStreamContext

from services.notifier.domain.decisions import (
    Because,
    DueAlert,
    because,
    due_alerts,
    judged,
    next_look_at,
)
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules
from services.notifier.ledger import DossierLedger
from services.notifier.metrics import Metrics
from shared.bus.claims import Claim, Verdict, claim
from shared.bus.streams import ALERTS
from shared.bus.subjects import alert_subject
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import epoch_of, instant_of
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.events.alert import AlertAcknowledged, AlertEvent, AlertRaised, AlertResolved
from shared.events.envelope import encoded, fact, stamped

SOURCE: Final = "notifier"
_IN_FLIGHT: Final = 256
_SLICE: Final = 1000


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


class Raiser:
    """Raises and resolves. Any number of copies may run: each alert is raised once."""

    def __init__(
        self,
        ledger: DossierLedger,
        writer: AlertWriter,
        rules: AlertRules,
        *,
        calendar: WorkingCalendar,
        metrics: Metrics,
        is_current: Callable[[], bool],
    ) -> None:
        """`is_current`: whether both logs are read to their heads; nothing is decided before."""
        self._ledger = ledger
        self._writer = writer
        self._rules = rules
        self._calendar = calendar
        self._metrics = metrics
        self._is_current = is_current
        self._written: set[str] = set()  # said here, not yet read back from ALERTS

    async def on_tick(self, at: datetime) -> None:
        """Let time pass, and say everything that is owed or over at `at`."""
        now = epoch_of(at)
        self._ledger.tick(now)
        while self._ledger.waiting and self._is_current():
            taken = [
                self._ledger.waiting.pop() for _ in range(min(_SLICE, len(self._ledger.waiting)))
            ]
            failed = await _all_or_left(
                (dossier, work) for dossier in taken for work in self._work_of(dossier, now)
            )
            self._ledger.waiting |= failed
            await asyncio.sleep(0)
            if failed:
                return  # the broker is not there: the next tick tries again

    def _work_of(self, dossier: str, now: int) -> Iterator[Coroutine[Any, Any, None]]:
        state = self._ledger.fold.state_of(dossier)
        if state is None:
            return  # the log was rewound under an alert: nothing is known, nothing is said
        rules, calendar, book = self._rules, self._calendar, self._ledger.book
        self._ledger.plan(dossier, next_look_at(state, now, rules, calendar=calendar))
        owed = due_alerts([(dossier, state)], now, rules, calendar=calendar)
        true_now = set()
        for alert in owed:
            known = book.generations(alert.base_id)
            decision = judged(alert, known, self._ledger.last_sequence(dossier))
            true_now.add(decision.alert_id)
            if not decision.is_to_be_said:
                self._written.discard(decision.alert_id)
            elif (later := self._ledger.history.holds_until(alert.since, now)) is not None:
                self._ledger.plan(dossier, later)
            elif decision.alert_id not in self._written:
                yield self._raise(decision.alert_id, alert, now)
        for record in book.open_of(dossier):
            if record.alert_id not in true_now:
                yield self._resolve(record, because(record, state, now, rules))

    async def _raise(self, alert_id: str, alert: DueAlert, now: int) -> None:
        event = AlertRaised(
            alert_id=alert_id, stage=alert.stage, agency_code=alert.agency,
            since_at=instant_of(alert.since),
            due_at=None if alert.due is None else instant_of(alert.due),
        )  # fmt: skip
        written = await self._writer.write(Said("raised", event, alert.dossier))
        self._written.add(alert_id)
        if written.verdict is Verdict.WON:
            self._metrics.raised(alert.stage, now - alert.since)

    async def _resolve(self, record: AlertRecord, why: Because) -> None:
        event = AlertResolved(
            alert_id=record.alert_id, stage=record.stage, agency_code=record.agency,
            because=why.value, position=self._ledger.position.sequence,
        )  # fmt: skip
        await self._writer.write(Said("resolved", event, record.dossier))


async def _all_or_left(works: Iterable[tuple[str, Coroutine[Any, Any, None]]]) -> set[str]:
    """Do all of it at once; return the dossiers for which the broker gave no answer."""
    names, coroutines = [], []
    for dossier, work in works:
        names.append(dossier)
        coroutines.append(work)
    results = await asyncio.gather(*coroutines, return_exceptions=True)
    left = set()
    for dossier, result in zip(names, results, strict=True):
        if isinstance(result, TemporarilyUnavailable):
            left.add(dossier)
        elif result is not None:
            raise result
    return left


async def acknowledge(writer: AlertWriter, record: AlertRecord, by: str, reason: str) -> bool:
    """Write that a person took the alert on; False if somebody was faster.

    Raises:
        TemporarilyUnavailable: no answer from the broker.
        msgspec.ValidationError: the name or the reason is empty or too long.
    """
    event = AlertAcknowledged(
        alert_id=record.alert_id, stage=record.stage, agency_code=record.agency,
        by=by, reason=reason,
    )  # fmt: skip
    written = await writer.write(Said("acknowledged", event, record.dossier))
    return written.verdict is Verdict.WON
