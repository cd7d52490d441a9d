"""Which alerts are owed, which must be said, and which are over. Pure: ledger and now in.

An alert is one stage of one dossier at one due moment, ever. Its id follows from these three, so
every copy of the notifier, and every rebuild, arrives at the same one.
"""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum, unique

from msgspec import Struct

from services.notifier.domain.dossiers import DossierState
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules, Stage
from shared.calendar import WorkingCalendar
from shared.deadlines import end_of, is_paused, overdue_from

Ledger = Iterable[tuple[str, DossierState]]


class DueAlert(Struct, frozen=True):
    """An alert that is owed now. Instants are epoch seconds; `since` may be long ago."""

    base_id: str
    stage: str
    dossier: str
    agency: str
    since: int
    due: int | None


@unique
class AlertReason(StrEnum):
    """Why an owed alert is said, or is not."""

    NEW = "new"
    REOPENED = "reopened"  # settled once, and a later fact made it true again
    ALREADY_TOLD = "already_told"
    SETTLED = "settled"  # this ledger is behind the one that settled it


@unique
class Because(StrEnum):
    """What ended an alert; the values stand in `alert.resolved`."""

    RESOLVED = "resolved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    REJECTED = "rejected"
    VOID = "void"
    PAUSED = "paused"
    DUE_MOVED = "due_moved"
    NEXT_STAGE = "next_stage"
    RULE_ENDED = "rule_ended"


class Raise(Struct, frozen=True):
    """What to do about one owed alert: say it under `alert_id`, or not, and why."""

    alert_id: str
    reason: AlertReason
    alert: DueAlert

    @property
    def is_to_be_said(self) -> bool:
        """Whether it must be written."""
        return self.reason in (AlertReason.NEW, AlertReason.REOPENED)


def base_id(stage: str, dossier: str, overdue_from_epoch: int) -> str:
    """24 hex digits, safe in a subject."""
    said = f"{stage}|{dossier}|{overdue_from_epoch}"
    return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


def generation_id(base: str, generation: int) -> str:
    """The id of the first, second … time that the same alert became true."""
    return base if generation == 1 else f"{base}-{generation}"


def due_alerts(
    ledger: Ledger, now: int, rules: AlertRules, *, calendar: WorkingCalendar
) -> list[DueAlert]:
    """Every alert that these dossiers owe at `now`; nothing for a closed or paused one."""
    found: list[DueAlert] = []
    for dossier, state in ledger:
        start = overdue_from(state.clock)
        if start is None:
            continue
        for stage in rules.stage:
            moment = stage.moment(start, calendar)
            if _holds(stage, moment, start, now) and rules.in_force(moment, stage.code) is stage:
                base = base_id(stage.code, dossier, start)
                found.append(
                    DueAlert(base, stage.code, dossier, state.agency, moment, state.clock.due)
                )
    return found


def _holds(stage: Stage, moment: int, start: int, now: int) -> bool:
    if stage.offset_working_hours < 0:
        return moment <= now <= start
    return now > moment  # the due second itself is on time (D9)


def next_look_at(
    state: DossierState, now: int, rules: AlertRules, *, calendar: WorkingCalendar
) -> int | None:
    """When time alone will next change what this dossier owes; None if it will not."""
    start = overdue_from(state.clock)
    if start is None:
        return None
    moments: list[int] = []
    for stage in rules.stage:
        moment = stage.moment(start, calendar)
        moments += [moment, start + 1] if stage.offset_working_hours < 0 else [moment + 1]
    return min((moment for moment in moments if moment > now), default=None)


def judged(alert: DueAlert, known: Mapping[int, AlertRecord], last_sequence: int) -> Raise:
    """What to do about an owed alert.

    `known`: its earlier records by generation. `last_sequence`: where the dossier's last fact
    stands in FACTS; a settled alert opens again only by a fact after the one that settled it,
    so a copy that is behind cannot reopen what it does not know to be closed.
    """
    generation = max(known, default=0)
    if generation == 0:
        return Raise(alert.base_id, AlertReason.NEW, alert)
    newest = known[generation]
    if newest.resolved_at is None:
        return Raise(newest.alert_id, AlertReason.ALREADY_TOLD, alert)
    if last_sequence <= newest.resolved_position:
        return Raise(newest.alert_id, AlertReason.SETTLED, alert)
    return Raise(generation_id(alert.base_id, generation + 1), AlertReason.REOPENED, alert)


def because(record: AlertRecord, state: DossierState, now: int, rules: AlertRules) -> Because:
    """Why an alert that is no longer owed is over."""
    clock = state.clock
    if clock.is_void:
        return Because.VOID
    end = end_of(clock)
    if end is not None:
        return Because(end[0].value)
    if is_paused(clock):
        return Because.PAUSED
    if record.stage not in rules.by_code:
        return Because.RULE_ENDED
    start = overdue_from(clock)
    if start is not None and now > start and rules.by_code[record.stage].offset_working_hours < 0:
        return Because.NEXT_STAGE
    return Because.DUE_MOVED
