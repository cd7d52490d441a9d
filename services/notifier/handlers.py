"""Looks at the subjects whose moment came, and says what is owed or over. Read, decide, write."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from services.notifier.domain.decisions import (
    DueAlert,
    Judge,
    due_alerts,
    judged,
    looks_back_to,
    next_look_at,
)
from services.notifier.domain.endings import Because, because
from services.notifier.domain.lifecycle import NextTurn, Turn, next_turn
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules
from services.notifier.domain.subjects import WatchedState
from services.notifier.ledger import DossierLedger
from services.notifier.metrics import Metrics
from services.notifier.writer import AlertWriter, Said
from shared.bus.claims import Verdict
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import epoch_of, instant_of
from shared.errors import TemporarilyUnavailable
from shared.events.alert import AlertEscalated, AlertRaised, AlertReminded, AlertResolved

_SLICE: Final = 1000

Work = Coroutine[Any, Any, None]


class Raiser:
    """Raises, escalates and resolves. Any number of copies may run: each is said once."""

    def __init__(
        self,
        ledger: DossierLedger,
        writer: AlertWriter,
        rules: AlertRules,
        *,
        calendar: WorkingCalendar,
        metrics: Metrics,
        is_current: Callable[[], bool],
        started_at: datetime,
    ) -> None:
        """`is_current`: whether the logs are read to their heads; nothing is decided before."""
        self._started_at = epoch_of(started_at)
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
                (key, work) for key in taken for work in self._work_of(key, now)
            )
            self._ledger.waiting |= failed
            await asyncio.sleep(0)
            if failed:
                return  # the broker is not there: the next tick tries again

    def _work_of(self, key: str, now: int) -> Iterator[Work]:
        state = self._ledger.state_of(key)
        if state is None:
            return  # the log was rewound under an alert: nothing is known, nothing is said
        self._ledger.plan(key, next_look_at(state, now, self._rules, calendar=self._calendar))
        true_now = set()
        for alert in due_alerts([(key, state)], now, self._rules, calendar=self._calendar):
            alert_id, work = self._owed(key, alert, now)
            true_now.add(alert_id)
            if work is not None:
                yield work
        for record in self._ledger.book.open_of(key):
            if record.alert_id in true_now:
                yield from self._turn(key, record, now)
            else:
                yield self._resolve(record, state, now)

    def _owed(self, key: str, alert: DueAlert, now: int) -> tuple[str, Work | None]:
        known = self._ledger.book.generations(alert.base_id)
        back = looks_back_to(self._rules.by_code[alert.stage], now, self._calendar)
        last = self._ledger.last_sequence(key)
        judge = Judge(
            rules=self._ledger.rules, started_at=self._started_at,
            position=self._ledger.position.sequence,
        )  # fmt: skip
        decision = judged(alert, known, last, looks_back_to=back, judge=judge)
        alert_id = decision.alert_id
        if not decision.is_to_be_said:
            self._written.discard(alert_id)
        elif (later := self._ledger.history.holds_until(alert.since, now)) is not None:
            self._ledger.plan(key, later)
        elif alert_id not in self._written:
            return alert_id, self._raise(alert_id, alert, now)
        return alert_id, None

    def _turn(self, key: str, record: AlertRecord, now: int) -> Iterator[Work]:
        """What time makes of an open alert: the next level, or back to whoever took it on."""
        stage = self._rules.by_code.get(record.stage)
        turn = next_turn(record, stage, self._calendar) if stage else None
        if turn is None:
            return
        scope = self._ledger.book.standing.quiet_scope(record.stage, record.agency, now)
        at = turn.at if scope is None else max(turn.at, scope.quiet.until)
        if at > now:
            self._ledger.plan(key, at)
        else:
            yield self._say_turn(record, turn)

    async def _raise(self, alert_id: str, alert: DueAlert, now: int) -> None:
        event = AlertRaised(
            alert_id=alert_id, stage=alert.stage, agency_code=alert.agency,
            since_at=instant_of(alert.since),
            due_at=None if alert.due is None else instant_of(alert.due),
            about=alert.about.value, field_code=alert.field or None,
        )  # fmt: skip
        written = await self._writer.write(Said("raised", event, alert.subject))
        self._written.add(alert_id)
        if written.verdict is Verdict.WON:
            self._metrics.raised(alert.stage, now - alert.since)

    async def _resolve(self, record: AlertRecord, state: WatchedState, now: int) -> None:
        why: Because = because(record, state, now, self._rules, calendar=self._calendar)
        event = AlertResolved(
            alert_id=record.alert_id, stage=record.stage, agency_code=record.agency,
            because=why.value, position=self._ledger.position.sequence,
            judged_by=self._ledger.rules,
        )  # fmt: skip
        await self._writer.write(Said("resolved", event, record.dossier))

    async def _say_turn(self, record: AlertRecord, turn: NextTurn) -> None:
        about = {
            "alert_id": record.alert_id, "stage": record.stage, "agency_code": record.agency,
        }  # fmt: skip
        if turn.turn is Turn.ESCALATE:
            said = Said(
                "escalated", AlertEscalated(**about, level=turn.number), record.dossier,
                record.escalated_sequence,
            )  # fmt: skip
        else:
            said = Said(
                "reminded", AlertReminded(**about, count=turn.number), record.dossier,
                record.reminded_sequence,
            )  # fmt: skip
        await self._writer.write(said)


async def _all_or_left(works: Iterable[tuple[str, Work]]) -> set[str]:
    """Do all of it at once; return the subjects for which the broker gave no answer."""
    names, coroutines = [], []
    for name, work in works:
        names.append(name)
        coroutines.append(work)
    results = await asyncio.gather(*coroutines, return_exceptions=True)
    left = set()
    for name, result in zip(names, results, strict=True):
        if isinstance(result, TemporarilyUnavailable):
            left.add(name)
        elif result is not None:
            raise result
    return left
