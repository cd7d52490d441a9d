"""What one dossier or petition adds to the counters at an instant: the one place of counting.

A counter's key is a kind and its labels. `received` is counted for the agency that received the
dossier (a dossier keeps it); everything after that for the one that handles it.
Indicators add kinds here; nothing else changes.
"""

from .dossier import DossierState, end_of
from .petition import PetitionState
from .petition import is_open as is_petition_open
from .petition import stage_of as petition_stage
from .rules import CHANNELS, DAY_SECONDS, MONTHS, OFFSET_SECONDS, SECOND_US, Rules
from .stages import APOLOGY, EXPLANATION, LATE, age_band, duties_owed, stage_of, timeliness_of
from .stages import OVERDUE as STAGE_OVERDUE

CounterKey = tuple[str, ...]
Contribution = tuple[tuple[CounterKey, int], ...]

OPEN = "open"  # agency, field, stage
OVERDUE = "overdue"  # agency, age band
OVERDUE_DUE = "overdue_due"  # agency, due time in epoch seconds: the least is the oldest
RECEIVED = "received"  # agency, field, channel, month
CLOSED = "closed"  # agency, field, month, timeliness
DUTY = "duty"  # agency, duty
PETITION = "petition"  # agency, stage


def dossier_contribution(state: DossierState, now: int, rules: Rules) -> Contribution:
    """What a dossier counts as at an epoch second; nothing before it was received."""
    received = state.received
    if not received or state.is_void:
        return ()
    agency, field = state.agency, state.field
    received_part = (
        (
            RECEIVED, state.received_agency or agency, field, CHANNELS[state.channel],
            MONTHS[(received // SECOND_US + OFFSET_SECONDS) // DAY_SECONDS],
        ),
        1,
    )  # fmt: skip
    end = state.resolved or end_of(state)
    if end:
        timeliness = timeliness_of(state, end, rules)
        month = MONTHS[(end // SECOND_US + OFFSET_SECONDS) // DAY_SECONDS]
        closed_part = ((CLOSED, agency, field, month, timeliness), 1)
        if timeliness != LATE and not state.late_since:
            return (received_part, closed_part)
        return (received_part, closed_part, *_duties(state))
    stage = stage_of(state, now)
    open_part = ((OPEN, agency, field, stage), 1)
    if stage == STAGE_OVERDUE:
        due = state.due // SECOND_US
        return (
            received_part,
            open_part,
            ((OVERDUE, agency, age_band(due, now, rules)), 1),
            ((OVERDUE_DUE, agency, str(due)), 1),
            *_duties(state),
        )
    return (received_part, open_part, *_duties(state)) if state.late_since else (
        received_part, open_part,
    )  # fmt: skip


def _duties(state: DossierState) -> Contribution:
    """What a dossier that is or was late owes."""
    agency = state.agency
    if not state.explained and not state.apologised:
        return (((DUTY, agency, EXPLANATION), 1), ((DUTY, agency, APOLOGY), 1))
    since = state.late_since or state.due // SECOND_US + 1
    return tuple([((DUTY, agency, duty), 1) for duty in duties_owed(state, since)])


def petition_contribution(state: PetitionState, now: int) -> Contribution:
    """What a petition counts as at an epoch second; nothing once it is answered."""
    if not is_petition_open(state):
        return ()
    return (((PETITION, state.agency, petition_stage(state, now)), 1),)
