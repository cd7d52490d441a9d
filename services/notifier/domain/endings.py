"""Why an alert that is no longer owed is over. Pure."""

from enum import StrEnum, unique
from typing import Final

from services.notifier.domain.clocks import Clock
from services.notifier.domain.dossiers import DossierState
from services.notifier.domain.hearing import ChannelState, SourceState
from services.notifier.domain.indicators import IndicatorState
from services.notifier.domain.petitions import PetitionState
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.refused import RefusedState
from services.notifier.domain.rules import AlertRules, Stage
from services.notifier.domain.subjects import WatchedState, clocks_of
from shared.calendar import WorkingCalendar
from shared.deadlines import end_of, is_paused


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
    EXPLAINED = "explained"
    APOLOGISED = "apologised"
    SUPPLEMENTED = "supplemented"
    ANSWERED = "answered"
    PUBLISHED = "published"
    TRANSFERRED = "transferred"
    POST_MOVED = "post_moved"
    REMITTED = "remitted"
    CLAIM_SETTLED = "claim_settled"
    TARGET_MET = "target_met"
    HEARD = "heard"
    WORKS_AGAIN = "works_again"
    REJECTS_SETTLED = "rejects_settled"
    REJECTS_EXPIRED = "rejects_expired"


_POSTAL: Final = {
    Clock.POSTAL_COLLECTION: Because.POST_MOVED,
    Clock.POSTAL_DELIVERY: Because.POST_MOVED,
    Clock.POSTAL_SCAN: Because.POST_MOVED,
    Clock.POSTAL_FEE: Because.REMITTED,
    Clock.POSTAL_LOSS: Because.CLAIM_SETTLED,
    Clock.POSTAL_CLAIM: Because.CLAIM_SETTLED,
    Clock.POSTAL_PAYMENT: Because.CLAIM_SETTLED,
}


# Whatever ends one of these, there is one word for it.
_PLAIN: Final[dict[type, Because]] = {
    SourceState: Because.HEARD,
    ChannelState: Because.WORKS_AGAIN,
    IndicatorState: Because.TARGET_MET,
}


def because(
    record: AlertRecord,
    state: WatchedState,
    now: int,
    rules: AlertRules,
    *,
    calendar: WorkingCalendar,
) -> Because:
    """Why an alert that is no longer owed is over."""
    stage = rules.by_code.get(record.stage)
    if stage is None:
        return Because.RULE_ENDED
    if type(state) in _PLAIN:
        return _PLAIN[type(state)]
    if isinstance(state, RefusedState):
        return _refused(record, stage, state, calendar)
    if _is_past(stage, state, now, calendar):
        return Because.NEXT_STAGE
    if isinstance(state, PetitionState):
        return _petition(state)
    assert isinstance(state, DossierState)  # noqa: S101 - the only kind left
    return _dossier(stage, state)


def _refused(
    record: AlertRecord, stage: Stage, state: RefusedState, calendar: WorkingCalendar
) -> Because:
    """Settled by people; not where a piece of that day reached the age at which it goes."""
    expired = {stage.moment(began, calendar) for began in state.expired}
    return Because.REJECTS_EXPIRED if record.since in expired else Because.REJECTS_SETTLED


def _is_past(stage: Stage, state: WatchedState, now: int, calendar: WorkingCalendar) -> bool:
    for running in clocks_of(state):
        last = stage.last_second(running.start, calendar)
        if running.clock is stage.clock and last is not None and now > last:
            return True
    return False


def _petition(state: PetitionState) -> Because:
    if state.published is not None:
        return Because.PUBLISHED
    if state.answered is not None:
        return Because.ANSWERED
    return Because.PAUSED if state.is_waiting else Because.TRANSFERRED


def _dossier(stage: Stage, state: DossierState) -> Because:
    if state.clock.is_void:
        return Because.VOID
    if stage.clock in _POSTAL:
        return _POSTAL[stage.clock]
    if stage.clock in (Clock.EXPLANATION, Clock.APOLOGY):
        return _duty(stage.clock, state)
    end = end_of(state.clock)
    if end is not None:
        return Because(end[0].value)
    if stage.clock in (Clock.SUPPLEMENT, Clock.SUPPLEMENT_ANSWER):
        return Because.SUPPLEMENTED
    return Because.PAUSED if is_paused(state.clock) else Because.DUE_MOVED


def _duty(clock: Clock, state: DossierState) -> Because:
    if clock is Clock.EXPLANATION and state.explained is not None:
        return Because.EXPLAINED
    if clock is Clock.APOLOGY and state.apologised is not None:
        return Because.APOLOGISED
    return Because.DUE_MOVED  # it was not late after all
