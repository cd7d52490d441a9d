"""Which alerts are owed, which must be said, and which are over. Pure: ledger and now in.

An alert is one stage of one limit of one subject, ever. Its id follows from these, so every copy
of the notifier, and every rebuild, arrives at the same one.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum, unique

from msgspec import Struct

from services.notifier.domain.clocks import About, Running, subject_of
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules, Stage
from services.notifier.domain.subjects import WatchedState, clocks_of
from shared.calendar import WorkingCalendar

Ledger = Iterable[tuple[str, WatchedState]]
NO_AGENCY = "TINH"
"""Where nobody said whose a source or a channel is: the province's own business."""


class DueAlert(Struct, frozen=True):
    """An alert that is owed now. Instants are epoch seconds; `since` may be long ago."""

    base_id: str
    stage: str
    about: About
    subject: str
    agency: str
    since: int
    due: int | None
    field: str = ""


@unique
class AlertReason(StrEnum):
    """Why an owed alert is said, or is not."""

    NEW = "new"
    REOPENED = "reopened"  # settled once; a later fact or another calendar made it true again
    ALREADY_TOLD = "already_told"
    SETTLED = "settled"  # this ledger is behind the one that settled it
    HISTORY = "history"  # it became true longer ago than its stage looks back


class Judge(Struct, frozen=True, kw_only=True):
    """The copy that decides: by which rules, since when, and how far it has folded FACTS."""

    rules: str  # the name of all that its states hang on besides the facts
    started_at: int
    position: int

    def overrules(self, settled: AlertRecord) -> bool:
        """Whether an alert was settled by other rules, before this copy came with its own.

        Of two copies with different rules each overrules what stood before its start and no more:
        they do not open and settle in turns.
        """
        at = settled.resolved_at
        is_before = at is not None and at < self.started_at
        is_known = settled.resolved_position <= self.position
        return is_before and is_known and settled.resolved_by not in ("", self.rules)


class Raise(Struct, frozen=True):
    """What to do about one owed alert: say it under `alert_id`, or not, and why."""

    alert_id: str
    reason: AlertReason
    alert: DueAlert

    @property
    def is_to_be_said(self) -> bool:
        """Whether it must be written."""
        return self.reason in (AlertReason.NEW, AlertReason.REOPENED)


def base_id(stage: str, key: str, start: int, part: str = "") -> str:
    """24 hex digits, safe in a subject. `start` is the last second in good order."""
    said = f"{stage}|{key}|{start}" + (f"|{part}" if part else "")
    return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


def generation_id(base: str, generation: int) -> str:
    """The id of the first, second … time that the same alert became true."""
    return base if generation == 1 else f"{base}-{generation}"


def due_alerts(
    ledger: Ledger, now: int, rules: AlertRules, *, calendar: WorkingCalendar
) -> list[DueAlert]:
    """Every alert that these subjects owe at `now`; nothing for one whose limits all stand still.

    `ledger`: pairs of `clocks.key_of` and state.
    """
    found: list[DueAlert] = []
    for key, state in ledger:
        for running, stage in _stages_of(state, rules):
            moment = stage.moment(running.start, calendar)
            if not holds(stage, running.start, now, calendar=calendar):
                continue
            if rules.in_force(moment, stage.code) is not stage:
                continue
            about, subject = subject_of(key)
            found.append(
                DueAlert(
                    base_id(stage.code, key, running.start, running.part), stage.code, about,
                    subject, getattr(state, "agency", "") or NO_AGENCY, moment,
                    _promised(running, stage, moment, calendar), getattr(state, "field", ""),
                )
            )  # fmt: skip
    return found


def _stages_of(state: WatchedState, rules: AlertRules) -> Iterator[tuple[Running, Stage]]:
    for running in clocks_of(state):
        for stage in rules.by_clock.get(running.clock, ()):
            yield running, stage


def _promised(running: Running, stage: Stage, moment: int, calendar: WorkingCalendar) -> int | None:
    deadline = stage.deadline(moment, calendar)
    return running.due if deadline is None else deadline


def holds(stage: Stage, start: int, now: int, *, calendar: WorkingCalendar) -> bool:
    """Whether the stage of a limit whose last good second is `start` is true at `now`."""
    last = stage.last_second(start, calendar)
    if last is not None and now > last:
        return False
    moment = stage.moment(start, calendar)
    # Before a limit the moment itself warns; after it, the last second is on time (D9).
    return now >= moment if stage.is_early else now > moment


def next_look_at(
    state: WatchedState, now: int, rules: AlertRules, *, calendar: WorkingCalendar
) -> int | None:
    """When time alone will next change what this subject owes; None if it will not."""
    moments: list[int] = []
    for running, stage in _stages_of(state, rules):
        moment = stage.moment(running.start, calendar)
        moments.append(moment if stage.is_early else moment + 1)
        last = stage.last_second(running.start, calendar)
        if last is not None:
            moments.append(last + 1)
    return min((moment for moment in moments if moment > now), default=None)


def judged(
    alert: DueAlert,
    known: Mapping[int, AlertRecord],
    last_sequence: int,
    *,
    looks_back_to: int | None = None,
    judge: Judge | None = None,
) -> Raise:
    """What to do about an owed alert.

    `known`: its earlier records by generation. `last_sequence`: where the subject's last fact
    stands in FACTS; a settled alert opens again only by a fact after the one that settled it,
    so a copy that is behind cannot reopen what it does not know to be closed, or where `judge`
    came with other rules (a calendar that was put back). What became true before `looks_back_to`
    is history: nothing new is said of it.
    """
    generation = max(known, default=0)
    if generation == 0:
        is_old = looks_back_to is not None and alert.since < looks_back_to
        return Raise(alert.base_id, AlertReason.HISTORY if is_old else AlertReason.NEW, alert)
    newest = known[generation]
    if newest.resolved_at is None:
        return Raise(newest.alert_id, AlertReason.ALREADY_TOLD, alert)
    is_overruled = judge is not None and judge.overrules(newest)
    if last_sequence <= newest.resolved_position and not is_overruled:
        return Raise(newest.alert_id, AlertReason.SETTLED, alert)
    return Raise(generation_id(alert.base_id, generation + 1), AlertReason.REOPENED, alert)


def looks_back_to(stage: Stage, now: int, calendar: WorkingCalendar) -> int | None:
    """The earliest moment that the stage still raises anew at `now`; None: it has no such limit."""
    if not stage.raise_within_working_days:
        return None
    seconds = round(stage.raise_within_working_days * calendar.working_day_seconds)
    return calendar.subtract_working_epoch(now, seconds)
