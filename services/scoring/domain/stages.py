"""Where a dossier stands at an instant: its stage, how it was closed, what is still owed."""

from .dossier import DossierState, end_of, is_paused
from .rules import SECOND_US, Rules, day_number

# Labels are plain texts: an enumeration's member hashes in Python, twice a fact.
NOT_DUE, DUE_SOON, OVERDUE, PAUSED = "not_due", "due_soon", "overdue", "paused"
STAGES = (NOT_DUE, DUE_SOON, OVERDUE, PAUSED)
"""Of an open dossier or petition. A dossier without any due time is `not_due`."""

EARLY, ON_TIME, LATE, UNJUDGED = "early", "on_time", "late", "unknown"
TIMELINESS = (EARLY, ON_TIME, LATE, UNJUDGED)
"""Of a closed dossier (D9). `unknown`: nobody ever said when it was due."""

EXPLANATION, APOLOGY = "explanation", "apology"
DUTIES = (EXPLANATION, APOLOGY)
"""What an agency owes for a late dossier (D12)."""


def counts(state: DossierState) -> bool:
    """Whether it counts at all: received, and not recorded by mistake."""
    return bool(state.received) and not state.is_void


def is_open(state: DossierState) -> bool:
    """Whether it was received and has not ended."""
    return bool(state.received) and not state.is_void and not end_of(state)


def stage_of(state: DossierState, now: int) -> str:
    """The stage of an open dossier at an epoch second. Still on time at the due second itself."""
    if state.pauses and is_paused(state):
        return PAUSED
    if not state.due or now < state.soon:
        return NOT_DUE
    return OVERDUE if now > state.due // SECOND_US else DUE_SOON


def timeliness_of(state: DossierState, end: int, rules: Rules) -> str:
    """How it was closed. Early is a civil day before the due day, never for less than a day."""
    if not state.due:
        return UNJUDGED
    if end > state.due:
        return LATE
    due = state.due // SECOND_US
    if day_number(end // SECOND_US) >= day_number(due):
        return ON_TIME
    promised = state.limit
    if state.decided:
        calendar = rules.calendar
        promised = calendar.working_seconds_between_epoch(state.received // SECOND_US, due)
    is_short = promised < rules.calendar.working_day_seconds
    return ON_TIME if is_short else EARLY


def age_band(due: int, now: int, rules: Rules) -> str:
    """The band of the working time that something has been overdue."""
    if now - due > rules.old_seconds:
        return rules.last_band
    overdue = rules.calendar.working_seconds_between_epoch(due, now)
    for seconds, name in rules.bands:
        if overdue <= seconds:
            return name
    return rules.last_band


def next_band_at(due: int, now: int, rules: Rules) -> int | None:
    """The first second of the next age band; None in the last one."""
    if now - due > rules.old_seconds:
        return None
    overdue = rules.calendar.working_seconds_between_epoch(due, now)
    for seconds, _ in rules.bands:
        if overdue <= seconds:
            return rules.calendar.add_working_epoch(due, seconds + 1)
    return None


def late_since(state: DossierState, now: int) -> int:
    """The epoch second at which it was late first; 0 if it never was."""
    if state.late_since:
        return state.late_since
    if not state.due:
        return 0
    end = end_of(state)
    due = state.due // SECOND_US
    if end:
        return due + 1 if end > state.due else 0
    return due + 1 if now > due and not is_paused(state) else 0


def duties_of(state: DossierState, now: int) -> tuple[str, ...]:
    """The duties open now: they open when it is late and close by a fact from then on (D12)."""
    since = late_since(state, now)
    return duties_owed(state, since) if since and counts(state) else ()


def duties_owed(state: DossierState, since: int) -> tuple[str, ...]:
    """What is owed for a dossier that has been late since that epoch second."""
    # A letter sent in the same second as the dossier became late answers that lateness.
    opened = (since - 1) * SECOND_US
    if state.explained > opened:
        return () if state.apologised > opened else (APOLOGY,)
    if state.apologised > opened:
        return (EXPLANATION,)
    return (EXPLANATION, APOLOGY)


def next_change_at(state: DossierState, now: int, rules: Rules) -> int | None:
    """When time alone changes the dossier's stage or age band; None if it never will."""
    if not state.due or not is_open(state) or is_paused(state):
        return None
    if now < state.soon:
        return state.soon
    due = state.due // SECOND_US
    return due + 1 if now <= due else next_band_at(due, now, rules)
