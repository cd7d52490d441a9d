"""One fold for everything that facts are about: dossiers with their parcels, and petitions."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.notifier.domain.clocks import About, Running, key_of
from services.notifier.domain.dossiers import (
    DossierState,
    dossier_clocks,
    dossier_step,
    is_dossier_hot,
)
from services.notifier.domain.hearing import (
    ChannelState,
    SourceState,
    channel_clocks,
    heard,
    source_clocks,
)
from services.notifier.domain.indicators import (
    IndicatorState,
    indicator_clocks,
    indicator_keys,
    indicator_step,
)
from services.notifier.domain.petitions import (
    PetitionState,
    is_petition_open,
    petition_clocks,
    petition_step,
)
from services.notifier.domain.refused import RefusedState, refused_clocks
from shared.calendar import WorkingCalendar, calendar_version
from shared.calendar.civil_time import epoch_of
from shared.deadlines import DeadlineState, DossierStage, Limits, soon_from, stage_at
from shared.events.envelope import Fact
from shared.events.history import is_backdated
from shared.rules.petition_limits import PetitionLimits, petition_limits

CounterKey = tuple[str, ...]
Contribution = tuple[tuple[CounterKey, int], ...]
FoldedState = DossierState | PetitionState | IndicatorState
WatchedState = FoldedState | SourceState | ChannelState | RefusedState

OPEN: Final = "open"
# What our own services write says nothing of a publisher.
_OUR_NOUNS: Final = frozenset({"postal", "indicator", "alert"})
_OF_BUNDLES: Final = frozenset({"postal.bundle_listed.v1", "postal.bundle_confirmed.v1"})
# Raise it when a state means something else.
_ARITHMETIC: Final = "6"


def clocks_of(state: WatchedState) -> Iterator[Running]:
    """Every limit that runs for a subject, whatever it is."""
    match state:
        case DossierState():
            return dossier_clocks(state)
        case PetitionState():
            return petition_clocks(state)
        case IndicatorState():
            return indicator_clocks(state)
        case SourceState():
            return source_clocks(state)
        case ChannelState():
            return channel_clocks(state)
        case RefusedState():
            return refused_clocks(state)


class SubjectProjection:
    """Folds dossiers, parcels, petitions and targets; counts open dossiers by agency and stage.

    `sources` is what is known of each publisher; `sources_heard` are those that spoke since the
    ledger last took note and emptied it.
    """

    state_type: Any = FoldedState

    def __init__(
        self,
        calendar: WorkingCalendar,
        limits: Limits,
        *,
        fields: Mapping[str, str] | None = None,
        petitions: PetitionLimits | None = None,
    ) -> None:
        """`limits` and `fields` by procedure code, where the receipt says nothing."""
        self.calendar = calendar
        self._limits = limits
        self._fields = fields or {}
        self._petitions = petitions or petition_limits()
        self.version = _version(calendar, limits, self._fields, self._petitions)
        self.backdated_count = 0  # of all facts seen so far; tells of imports, judges nothing
        self.sources: dict[str, SourceState] = {}
        self.sources_heard: set[str] = set()

    def keys_of(self, fact: Fact) -> tuple[str, ...]:
        """The dossier or petition, for facts about one."""
        noun = fact.noun
        if noun not in _OUR_NOUNS:
            self._note_source(fact)
        if fact.data.event_type in _OF_BUNDLES:
            return ()  # a list of papers; what becomes of each is said of each
        if noun in ("dossier", "postal"):
            self.backdated_count += is_backdated(fact)
            return (fact.subject,)
        if noun == "petition":
            self.backdated_count += is_backdated(fact)
            return (key_of(About.PETITION, fact.subject),)
        return indicator_keys(fact)

    def _note_source(self, fact: Fact) -> None:
        # Noting the same fact again changes nothing, so a batch may come twice.
        at = epoch_of(fact.recordedtime or fact.time)
        state = self.sources.get(fact.source) or SourceState()
        self.sources[fact.source] = heard(state, at, getattr(fact.data, "agency_code", ""))
        self.sources_heard.add(fact.source)

    def step(self, state: FoldedState | None, fact: Fact, key: str) -> FoldedState:
        """The subject after one more fact."""
        del key
        said: Any = fact.data
        if fact.noun == "petition":
            known = state if isinstance(state, PetitionState) else PetitionState(said.agency_code)
            return petition_step(known, fact, calendar=self.calendar, limits=self._petitions)
        if fact.noun == "indicator":
            return indicator_step(
                state if isinstance(state, IndicatorState) else IndicatorState(), fact
            )
        if not isinstance(state, DossierState):
            state = DossierState(said.agency_code, DeadlineState())
        dossier_step(state, fact, calendar=self.calendar, limits=self._limits)
        if not state.field:
            state.field = self._fields.get(state.procedure, "")
        return state

    def contribution(self, key: str, state: FoldedState, now: int) -> Contribution:
        """One in (open, agency, stage), while it is an open dossier."""
        del key
        if not isinstance(state, DossierState):
            return ()
        stage = stage_at(state.clock, now, calendar=self.calendar)
        return () if stage is None else (((OPEN, state.agency, stage.value), 1),)

    def next_change_at(self, key: str, state: FoldedState, now: int) -> int | None:
        """When time alone moves a dossier to the next stage."""
        del key
        if not isinstance(state, DossierState):
            return None
        due = state.clock.due
        stage = stage_at(state.clock, now, calendar=self.calendar)
        if due is None or stage in (None, DossierStage.PAUSED, DossierStage.OVERDUE):
            return None
        if stage is DossierStage.DUE_SOON:
            return due + 1
        return soon_from(due, calendar=self.calendar)

    def is_hot(self, state: FoldedState) -> bool:
        """Whether it may still owe something."""
        if isinstance(state, DossierState):
            return is_dossier_hot(state)
        if isinstance(state, IndicatorState):
            return state.unmet_since is not None
        return is_petition_open(state)


def _version(
    calendar: WorkingCalendar,
    limits: Limits,
    fields: Mapping[str, str],
    petitions: PetitionLimits,
) -> str:
    """A name for all that the states hang on besides the facts; another one builds them anew."""
    judged_by = repr((
        _ARITHMETIC, calendar_version(calendar), sorted(limits.hours.items()), limits.cutoff,
        sorted(fields.items()), petitions,
    ))  # fmt: skip
    return hashlib.sha256(judged_by.encode()).hexdigest()[:16]
