"""Which facts belong to which subject, and the version of the arithmetic that folds them."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, get_args

import msgspec

from shared.calendar import WorkingCalendar, calendar_version
from shared.catalogue.model import Catalogue
from shared.events.catalogue import DocumentCertifiedCopyIssued
from shared.events.envelope import EVENT_TYPES, Fact
from shared.events.petition import PetitionReceived
from shared.ledger.subject import Contribution
from shared.rules.measures import load_measures
from shared.rules.petition_limits import petition_limits

from .domain import closing, crossings, dossier, petition, procedure, reported
from .domain.closing import PeriodState
from .domain.contribution import contribution_of
from .domain.crossings import TargetState
from .domain.dossier import DossierState
from .domain.marks import MARKING, named_in_petition
from .domain.petition import PetitionState
from .domain.procedure import ProcedureState
from .domain.reported import DocumentState, MeasureState
from .domain.rules import SHORT_CODE, Rules, microseconds, read_limits, rules_of
from .domain.stages import is_open as is_dossier_open
from .domain.stages import next_change_at as dossier_change_at

# Raise it when a field or a contribution means something else: the file is then built anew.
ARITHMETIC = "6"
DOSSIER, PETITION = "dossier/", "petition/"
PROCEDURE, DOCUMENT, COPY = "procedure/", "document/", "copy/"
MEASURE, PERIOD, TARGET = "measure/", "indicator/", "target/"

State = (
    DossierState
    | PetitionState
    | ProcedureState
    | DocumentState
    | MeasureState
    | PeriodState
    | TargetState
)
FOLDED_TYPES: tuple[str, ...] = tuple(
    name
    for name in EVENT_TYPES
    if name.startswith(("dossier.", "petition.", "procedure.", "document.", "measure."))
    or name in closing.CHANGES
    or name in crossings.CHANGES
)


def load_rules(calendar: WorkingCalendar, catalogue: Catalogue) -> Rules:
    """Return what dossiers are judged by: the shipped limits, this calendar, this catalogue."""
    text = files("services.scoring").joinpath("limits.toml").read_bytes()
    limits, measures = read_limits(text), load_measures()
    return rules_of(limits, calendar, catalogue, measures, petition_limits())


def version_of(rules: Rules, subjects: Sequence[str] = ()) -> str:
    """A name for everything the numbers hang on besides the facts.

    A changed catalogue, calendar or shard gives another name, and the fold starts anew: what was
    counted by the old rules is never mixed with the new.
    """
    procedures = sorted(
        (code, one.field, one.limit_working_hours, one.has_fee)
        for code, one in rules.procedures.items()
    )
    limits = (
        rules.petition_limits, rules.soon_seconds, rules.bands, rules.publishing, rules.supplements,
        rules.cutoff,
    )  # fmt: skip
    fields = sorted(rules.sensitive_fields)
    calendar = calendar_version(rules.calendar)
    shapes = [one.__struct_fields__ for one in get_args(State)]
    judged_by = (
        ARITHMETIC, shapes, calendar, procedures, limits, fields, sorted(subjects),
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(judged_by)).hexdigest()[:16]


_PREFIXES = {name: name.partition(".")[0] + "/" for name in FOLDED_TYPES}
# A letter and a copy may bear the same number, and are two things.
_PREFIXES[DocumentCertifiedCopyIssued.event_type] = COPY
_PREFIXES |= dict.fromkeys(crossings.CHANGES, TARGET)
# The key's noun and the type's noun are the same, so each change meets its own kind of state.
_CHANGES: dict[str, Callable[[Any, Any, int, Rules], None]] = {
    **dossier.CHANGES,
    **petition.CHANGES,
    **procedure.CHANGES,
    **reported.CHANGES,
    **closing.CHANGES,
    **crossings.CHANGES,
}
_STATES: dict[str, type[State]] = {
    DOSSIER: DossierState,
    PETITION: PetitionState,
    PROCEDURE: ProcedureState,
    DOCUMENT: DocumentState,
    COPY: DocumentState,
    MEASURE: MeasureState,
    PERIOD: PeriodState,
    TARGET: TargetState,
}
KINDS = tuple(_STATES)
"""How the keys of each kind of subject begin: whoever walks over all of them goes by this."""


class ScoringProjection:
    """What scoring makes of the facts about a dossier or a petition.

    A source is not a subject: its facts have no end, and its last event is only a maximum, which
    needs no history. `last_event_at` collects it while facts are sorted out.
    """

    state_type = State

    def __init__(self, rules: Rules, version: str) -> None:
        self.rules = rules
        self.version = version
        self.last_event_at: dict[str, datetime] = {}

    def keys_of(self, fact: Fact) -> tuple[str, ...]:
        """Return the dossier or petition that the fact is about."""
        last = self.last_event_at.get(fact.source)
        if last is None or fact.time > last:
            self.last_event_at[fact.source] = fact.time
        prefix = _PREFIXES.get(fact.data.event_type)
        if prefix is None:
            return ()
        if prefix in {DOSSIER, DOCUMENT, COPY}:
            return (prefix + fact.subject,)
        return _other_keys(prefix, fact)

    def step(self, state: State | None, fact: Fact, key: str) -> State:
        """Return the state after one more fact."""
        if state is None:
            state = _STATES[key[: key.index("/") + 1]]()
        data: Any = fact.data
        kind = data.event_type
        if isinstance(state, DossierState):
            mark = MARKING.get(kind)
            if mark is not None:
                state.marks = mark(state.marks, data)
            elif kind == PetitionReceived.event_type:
                state.marks = named_in_petition(state.marks)
                return state
        change = _CHANGES.get(kind)
        if change is not None:
            if isinstance(state, ProcedureState):
                state.agency, state.code = data.agency_code, fact.subject[:SHORT_CODE]
            change(state, data, microseconds(fact.time), self.rules)
        return state

    def contribution(self, key: str, state: State, now: int) -> Contribution:
        """Return what the subject adds to the counters at `now`."""
        del key
        return contribution_of(state, now, self.rules)

    def next_change_at(self, key: str, state: State, now: int) -> int | None:
        """Return when time alone will change the contribution."""
        del key
        if isinstance(state, DossierState):
            return dossier_change_at(state, now, self.rules)
        if isinstance(state, PetitionState):
            return petition.next_change_at(state, now)
        return procedure.next_change_at(state, now) if isinstance(state, ProcedureState) else None

    def is_hot(self, state: State) -> bool:
        """Say whether it stays in memory: while it is open, or waits for its receipt."""
        if isinstance(state, DossierState):
            return is_dossier_open(state) or not (state.received or dossier.is_settled(state))
        if isinstance(state, ProcedureState):
            return procedure.is_awaited(state)
        return isinstance(state, PetitionState) and petition.is_open(state)


def _other_keys(prefix: str, fact: Fact) -> tuple[str, ...]:
    """The subjects of a fact whose own subject does not name it alone.

    A procedure is one thing per agency; a measure is an indicator of a unit in a period; so is
    what was closed, and a plan's target; a petition may name a dossier, complained of from then.
    """
    data: Any = fact.data
    if prefix == PETITION:
        complained_of = getattr(data, "dossier_code", None)
        own = PETITION + fact.subject
        return (own, DOSSIER + complained_of) if complained_of else (own,)
    if prefix == PROCEDURE:
        return (f"{PROCEDURE}{data.agency_code}/{fact.subject[:SHORT_CODE]}",)
    if prefix == PERIOD:
        return (f"{PERIOD}{data.agency_code}/{data.period}",)
    if prefix == TARGET:
        return (f"{TARGET}{data.agency_code}/{data.indicator_id}/{data.plan}",)
    return (f"{MEASURE}{data.agency_code}/{data.indicator_id}/{data.period}",)
