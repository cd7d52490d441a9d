"""What one dossier or petition adds to the counters at an instant: the one place of counting.

A counter's key is a kind and its labels. `received` is counted for the agency that received the
dossier (a dossier keeps it); everything after that for the one that handles it.
Indicators need no kind of their own: they are asked of the facets (`facets.py`).
"""

from typing import Final

from . import petition
from .dossier import DossierState, end_of
from .facets import DOSSIER, TEXTS
from .facets import PETITION as PETITION_FACETS
from .facets import SEAT as SEAT_FACETS
from .judging import facets_of
from .petition import PetitionState
from .procedure import ProcedureState, overdue_instances, spans_of
from .reported import NOT_SAID, DocumentState, MeasureState
from .rules import (
    CHANNELS,
    DAY_SECONDS,
    MONTHS,
    OFFSET_SECONDS,
    SECOND_US,
    SHORT_CODE,
    Rules,
    month_of,
)
from .seats import seats
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
FACETS = "facets"  # agency, subject, month, facets, month of the due time where that is why
USE = "use"  # agency, procedure, month, facets of the dossier that a procedure takes on
OFFER = "offer"  # agency, procedure, standing facets, from month, until before month
SEAT = "seat"  # agency, desk or officer, month, facets
ANNOUNCED = "announced"  # agency, procedure, month, "!" where late
PUBLISHED = "published"  # agency, procedure, month, "!" where late
MEASURE = "measure"  # agency, indicator, period, part; its value and one

DISTINCT: Final = frozenset({USE, OFFER, ANNOUNCED, PUBLISHED, SEAT})
"""What counts things once however often they are named: procedures, desks and officers."""
FEEDING: Final = DISTINCT | {FACETS, CLOSED}
"""What measures are made of; reports of other systems come beside them."""
PARTS: Final = ("numerator", "denominator", "points")
USE_FACETS: Final = {
    "online": "used_online", "paid_online": "used_paid_online", "by_post": "used_by_post",
    "result_digitised": "used_result_digitised",
}  # fmt: skip
"""Facets of a dossier that its procedure takes on in the month of receipt."""
USED_BITS: Final = sum(DOSSIER[name] for name in USE_FACETS)
_ON_TIME: Final = DOSSIER["on_time"]
_OVERDUE, _RATED, _SATISFIED = DOSSIER["overdue"], DOSSIER["rated"], DOSSIER["satisfied"]
_SECOND_SUPPLEMENT: Final = DOSSIER["second_supplement"]
_PETITION_ON_TIME: Final = PETITION_FACETS["on_time"]
_SERVED, _SEAT_ENDED, _SEAT_LATE = (SEAT_FACETS[one] for one in ("served", "ended", "late"))
_SEAT_RATED, _SEAT_SATISFIED = SEAT_FACETS["rated"], SEAT_FACETS["satisfied"]


def dossier_contribution(state: DossierState, now: int, rules: Rules) -> Contribution:
    """What a dossier counts as at an epoch second; nothing before it was received."""
    received = state.received
    if not received or state.is_void:
        return ()
    agency, field = state.agency, state.field
    received_month = MONTHS[(received // SECOND_US + OFFSET_SECONDS) // DAY_SECONDS]
    channel = CHANNELS[state.channel]
    receiver = state.received_agency or agency
    facets = facets_of(state, now, rules)
    end = state.resolved or end_of(state)
    because = "" if end or facets & _ON_TIME else _due_month(state, facets)
    code = state.procedure[:SHORT_CODE]
    always: Contribution = (
        ((RECEIVED, receiver, field, channel, received_month), 1),
        ((FACETS, agency, "dossier", received_month, TEXTS[facets], because), 1),
        ((USE, agency, code, received_month, TEXTS[facets & USED_BITS]), 1),
    )
    if state.served_by or state.rated_who:
        always += _served(state, receiver, received_month, facets)
    if end:
        timeliness = timeliness_of(state, end, rules)
        month = MONTHS[(end // SECOND_US + OFFSET_SECONDS) // DAY_SECONDS]
        closed_part = ((CLOSED, agency, field, month, timeliness), 1)
        if timeliness != LATE and not state.late_since:
            return (*always, closed_part)
        return (*always, closed_part, *_duties(state))
    stage = stage_of(state, now)
    open_part = ((OPEN, agency, field, stage), 1)
    if stage == STAGE_OVERDUE:
        due = state.due // SECOND_US
        return (
            *always,
            open_part,
            ((OVERDUE, agency, age_band(due, now, rules)), 1),
            ((OVERDUE_DUE, agency, str(due)), 1),
            *_duties(state),
        )
    return (*always, open_part, *_duties(state)) if state.late_since else (*always, open_part)


def _duties(state: DossierState) -> Contribution:
    """What a dossier that is or was late owes."""
    agency = state.agency
    if not state.explained and not state.apologised:
        return (((DUTY, agency, EXPLANATION), 1), ((DUTY, agency, APOLOGY), 1))
    since = state.late_since or state.due // SECOND_US + 1
    return tuple([((DUTY, agency, duty), 1) for duty in duties_owed(state, since)])


def contribution_of(state: object, now: int, rules: Rules) -> Contribution:
    """What a subject of any kind counts as at an epoch second; other kinds count as nothing."""
    if isinstance(state, DossierState):
        return dossier_contribution(state, now, rules)
    if isinstance(state, PetitionState):
        return petition_contribution(state, now)
    if isinstance(state, ProcedureState):
        return procedure_contribution(state, now)
    if isinstance(state, DocumentState | MeasureState):
        return reported_contribution(state)
    return ()


def _due_month(state: DossierState, facets: int) -> str:
    """Why an open dossier is not on time, as a month: for a period that ended before, it still is.

    Source: [PORTAL-2026] 2.1: what has not ended by the period's end is judged by that end.
    """
    is_by_time = facets & _OVERDUE or not facets & _SECOND_SUPPLEMENT
    return month_of(state.due) if state.due and is_by_time else ""


def _served(state: DossierState, receiver: str, month: str, facets: int) -> Contribution:
    """Whom it was served by at the one-stop desk, and how that was rated."""
    end = end_of(state)
    seen = _SERVED | (_SEAT_ENDED if end else 0)
    seen |= _SEAT_LATE if end and state.due and end > state.due else 0
    rated = 0
    if facets & _RATED:
        rated = _SEAT_RATED | (_SEAT_SATISFIED if facets & _SATISFIED else 0)
    return tuple([
        ((SEAT, receiver, code, month, TEXTS[bits]), 1)
        for code, bits in seats(state.served_by, state.rated_who, seen, rated)
    ])  # fmt: skip


def petition_contribution(state: PetitionState, now: int) -> Contribution:
    """What a petition counts as at an epoch second; nothing before it was received."""
    if not state.received:
        return ()
    facets = petition.facets_of(state, now)
    is_open = petition.is_open(state)
    is_by_time = is_open and not facets & _PETITION_ON_TIME and not state.asked
    because = month_of(state.due * SECOND_US) if is_by_time else ""
    month = month_of(state.received * SECOND_US)
    counted = ((FACETS, state.agency, "petition", month, TEXTS[facets], because), 1)
    if not is_open:
        return (counted,)
    return (counted, ((PETITION, state.agency, petition.stage_of(state, now)), 1))


def procedure_contribution(state: ProcedureState, now: int) -> Contribution:
    """What a procedure counts as at its agency, at an epoch second."""
    agency, code = state.agency, state.code
    found: list[tuple[CounterKey, int]] = []
    for since, until, held in spans_of(state):
        found.append(((OFFER, agency, code, TEXTS[held], since, until), 1))
    published = state.published
    if state.must_be_public:
        published += overdue_instances(state, now)
    for kind, instances in ((ANNOUNCED, state.announced), (PUBLISHED, published)):
        # Twice in a month is once; one late instance makes the month late.
        for month in sorted({one.rstrip("!") for one in instances}):
            late = "!" if month + "!" in instances else ""
            found.append(((kind, agency, code, month, late), 1))
    return tuple(found)


def reported_contribution(state: DocumentState | MeasureState) -> Contribution:
    """What a letter, a copy, or another system's measure counts as."""
    if isinstance(state, DocumentState):
        subject = "copy" if state.is_copy else "document"
        key = (FACETS, state.agency, subject, state.month, TEXTS[state.facets], "")
        return ((key, 1),) if state.agency else ()
    parts = (state.numerator, state.denominator, state.points_hundredths)
    where = (MEASURE, state.agency, state.indicator, state.period)
    # One more than said: a counter at 0 does not exist, and 0 is not "not said".
    return tuple(
        ((*where, part), value + 1)
        for part, value in zip(PARTS, parts, strict=True)
        if value != NOT_SAID
    )
