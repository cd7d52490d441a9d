"""What the notifier keeps of a dossier, and how a fact changes it."""

import hashlib
from datetime import date
from typing import Any, Final

from msgspec import Struct

from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import day_of_number, epoch_day
from shared.deadlines import (
    DeadlineState,
    DossierStage,
    Limits,
    deadline_step,
    is_open,
    soon_from,
    stage_at,
)
from shared.events.envelope import Fact
from shared.events.history import is_backdated

CounterKey = tuple[str, ...]
Contribution = tuple[tuple[CounterKey, int], ...]

OPEN: Final = "open"
# Raise it when a state means something else.
_ARITHMETIC: Final = "1"
_DAYS: Final = range(epoch_day(date(2010, 1, 1)), epoch_day(date(2040, 1, 1)))


class DossierState(Struct, array_like=True, gc=False):
    """One dossier: whose it is, and its clock. No code: that is its key."""

    agency: str
    clock: DeadlineState
    procedure: str = ""


class DossierProjection:
    """Folds `dossier.*` by dossier code; counts open dossiers by agency and stage."""

    state_type: Any = DossierState

    def __init__(self, calendar: WorkingCalendar, limits: Limits) -> None:
        """`limits`: working hours by procedure code, where the receipt says nothing."""
        self.calendar = calendar
        self._limits = limits
        self.version = _version(calendar, limits)
        self.backdated_count = 0  # of all facts seen so far; tells of imports, judges nothing

    def keys_of(self, fact: Fact) -> tuple[str, ...]:
        """The dossier, for its own facts only."""
        if not fact.data.event_type.startswith("dossier."):
            return ()
        self.backdated_count += is_backdated(fact)
        return (fact.subject,)

    def step(self, state: DossierState | None, fact: Fact, key: str) -> DossierState:
        """The dossier after one more fact."""
        del key
        said: Any = fact.data
        kind = said.event_type
        if state is None:
            state = DossierState(said.agency_code, DeadlineState())
        if kind == "dossier.received.v1":
            state.agency, state.procedure = said.agency_code, said.procedure_code
        elif kind == "dossier.transferred.v1":
            state.agency = said.to_agency_code
        deadline_step(state.clock, fact, calendar=self.calendar, limits=self._limits)
        return state

    def contribution(self, key: str, state: DossierState, now: int) -> Contribution:
        """One in (open, agency, stage), while it is open."""
        del key
        stage = stage_at(state.clock, now, calendar=self.calendar)
        return () if stage is None else (((OPEN, state.agency, stage.value), 1),)

    def next_change_at(self, key: str, state: DossierState, now: int) -> int | None:
        """When time alone moves it to the next stage."""
        del key
        due = state.clock.due
        stage = stage_at(state.clock, now, calendar=self.calendar)
        if due is None or stage in (None, DossierStage.PAUSED, DossierStage.OVERDUE):
            return None
        if stage is DossierStage.DUE_SOON:
            return due + 1
        return soon_from(due, calendar=self.calendar)

    def is_hot(self, state: DossierState) -> bool:
        """Whether it is open."""
        return is_open(state.clock)


def _version(calendar: WorkingCalendar, limits: Limits) -> str:
    """A name for all that the states hang on besides the facts; another one builds them anew."""
    worked = "".join("01"[calendar.is_working_day(on)] for on in map(day_of_number, _DAYS))
    sessions = [(str(session.start), str(session.end)) for session in calendar.sessions]
    judged_by = repr((_ARITHMETIC, worked, sessions, sorted(limits.items())))
    return hashlib.sha256(judged_by.encode()).hexdigest()[:16]
