"""One pass over every subject, for the report of one period. Pure.

A state says what is known by now; the pass asks what was so at the period's last second, or now
where the period still runs. So the report of a period that ended hangs on facts alone: another
day, another machine, the same figures.
"""

from collections import Counter, defaultdict
from typing import Final

from msgspec import Struct

from .contribution import FEEDING, MEASURE, RECEIVED, CounterKey, contribution_of
from .dossier import DossierState, end_of
from .index import Index, month_in
from .petition import PetitionState
from .rules import SECOND_US, Rules, month_of
from .stages import (
    DUE_SOON,
    LATE,
    NOT_DUE,
    OVERDUE,
    PAUSED,
    counts,
    duties_of,
    duties_owed,
    is_open,
    late_since,
    stage_of,
    timeliness_of,
)

OF_A_PERIOD: Final = FEEDING | {RECEIVED, MEASURE}


class LateDossier(Struct, frozen=True, kw_only=True):
    """A dossier that ended late in the period, or was overdue at its end; nothing personal."""

    code: str
    agency: str
    procedure: str
    state: str  # late: it ended; overdue: it was still open
    due_at: int  # epoch seconds
    ended_at: int | None
    late_working_days: int  # a day begun counts
    owes: tuple[str, ...]


class Walk:
    """What one period is made of; feed it every state, then read `index` and the lists."""

    def __init__(self, months: tuple[str, ...], at: int, rules: Rules, *, is_over: bool) -> None:
        """`at` is the instant asked about, in epoch seconds: the period's last second, or now."""
        self._is_over = is_over
        self._months = frozenset(months)
        self._at, self._rules = at, rules
        self._counters: Counter[CounterKey] = Counter()
        self.open: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.owed: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.late: list[LateDossier] = []

    def index(self, periods: frozenset[str]) -> Index:
        """The counters of the period, arranged; `periods` are those whose reports count."""
        made = Index()
        for key, value in self._counters.items():
            month = month_in(key)
            wanted = periods if key[0] == MEASURE else self._months
            if not month or month in wanted:
                made.put(key, value)
        return made

    def take(self, code: str, state: object) -> None:
        """Let one subject's state in, of whatever kind."""
        if isinstance(state, DossierState):
            self._dossier(code, state)
        elif isinstance(state, PetitionState):
            if state.received and month_of(state.received * SECOND_US) in self._months:
                self._count(state)
        else:
            self._count(state)

    def _count(self, state: object) -> None:
        for key, amount in contribution_of(state, self._at, self._rules):
            if key[0] in OF_A_PERIOD:
                self._counters[key] += amount

    def _dossier(self, code: str, state: DossierState) -> None:
        if not counts(state):
            return
        end = end_of(state)
        ended_in = bool(end) and month_of(end) in self._months
        if ended_in or month_of(state.received) in self._months:
            self._count(state)
        is_late = ended_in and timeliness_of(state, end, self._rules) == LATE
        stage, owes = self._standing(state)
        if stage:
            self.open[state.agency][stage] += 1
        for duty in owes:
            self.owed[state.agency][duty] += 1
        if is_late or stage == OVERDUE:
            self.late.append(self._late(code, state, end if ended_in else 0, owes))

    def _standing(self, state: DossierState) -> tuple[str, tuple[str, ...]]:
        """The stage, empty where it was not open, and the duties owed."""
        at = self._at
        if not self._is_over:  # as the live counters say it
            return (stage_of(state, at) if is_open(state) else "", duties_of(state, at))
        end = end_of(state) // SECOND_US
        was_open = state.received // SECOND_US <= at and (not end or end > at)
        stage = stage_at(state, at) if was_open else ""
        return (stage, owed_at(state, at, stage))

    def _late(self, code: str, state: DossierState, end: int, owes: tuple[str, ...]) -> LateDossier:
        due = state.due // SECOND_US
        until = end // SECOND_US if end else self._at
        calendar = self._rules.calendar
        worked = calendar.working_seconds_between_epoch(due, until)
        return LateDossier(
            code=code, agency=state.agency, procedure=state.procedure,
            state=LATE if end else OVERDUE, due_at=due, ended_at=until if end else None,
            late_working_days=max(1, -(-worked // calendar.working_day_seconds)), owes=owes,
        )  # fmt: skip


def stage_at(state: DossierState, at: int) -> str:
    """The stage at an epoch second of a dossier that was open then, by all that is known now."""
    flat = state.pauses
    for i in range(0, len(flat), 3):
        if flat[i + 1] <= at and (not flat[i + 2] or flat[i + 2] > at):
            return PAUSED
    if not state.due or at < state.soon:
        return NOT_DUE
    return OVERDUE if at > state.due // SECOND_US else DUE_SOON


def owed_at(state: DossierState, at: int, stage: str) -> tuple[str, ...]:
    """The duties of a dossier that was late by an epoch second and are not discharged yet.

    `stage` is where it stood then; empty: it was not open. One that waited was not overdue (D10).
    """
    end = end_of(state) // SECOND_US
    if state.late_since and state.late_since <= at:
        since = state.late_since
    elif stage == OVERDUE:
        since = state.due // SECOND_US + 1
    else:
        since = late_since(state, at) if end and end <= at else 0
    return duties_owed(state, since) if since else ()
