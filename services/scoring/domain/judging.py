"""How a dossier stands for the indicators: its facets at an instant. Source: [PORTAL-2026] 2.1."""

from typing import Final

from shared.events.fields import Channel

from .dossier import DossierState, end_of
from .facets import DOSSIER
from .marks import FACETS_MASK
from .rules import CHANNELS, SECOND_US, Rules

_ON_TIME: Final = DOSSIER["on_time"]
_NO_DUE_TIME: Final = DOSSIER["no_due_time"]
_SECOND_SUPPLEMENT: Final = DOSSIER["second_supplement"]
_WAS_LATE: Final = DOSSIER["was_late"]
_OVERDUE: Final = DOSSIER["overdue"]
_BY_CHANNEL: Final = tuple(
    {
        Channel.ONLINE.value: DOSSIER["online"],
        Channel.POSTAL.value: DOSSIER["received_by_post"] | DOSSIER["by_post"],
    }.get(name, 0)
    for name in CHANNELS
)


def facets_of(state: DossierState, now: int, rules: Rules) -> int:
    """The facets of a received dossier at an epoch second."""
    facets = (state.marks & FACETS_MASK) | _BY_CHANNEL[state.channel]
    due = state.due
    end = state.resolved or end_of(state)
    asked = state.supplement_count
    if asked and asked > rules.supplements_allowed(state.received):
        facets |= _SECOND_SUPPLEMENT
    elif not due:
        # A limit that a pause holds up has no due time yet, and nothing is late.
        facets |= _ON_TIME if state.limit and not end else _NO_DUE_TIME
    elif (end or judged_at(state, now)) <= due:
        facets |= _ON_TIME
    since = state.late_since or (due and end > due and due // SECOND_US + 1)
    if since:
        facets |= _WAS_LATE | _letters(state, since)
    elif due and not end and overdue_at(state, now):
        facets |= _WAS_LATE | _OVERDUE | _letters(state, due // SECOND_US + 1)
    if state.field in rules.sensitive_fields:
        facets |= DOSSIER["sensitive_field"]
    return facets


def judged_at(state: DossierState, now: int) -> int:
    """The instant by which an open dossier is judged, in microseconds.

    Now; for one that waits, when it began to wait. A second is over at its end: it is still on
    time at the due second itself.
    """
    starts = [
        state.pauses[i + 1] for i in range(0, len(state.pauses), 3) if not state.pauses[i + 2]
    ]
    return min(starts) * SECOND_US if starts else now * SECOND_US


def overdue_at(state: DossierState, now: int) -> bool:
    """Whether an open dossier is overdue at an epoch second; one that waits never is (D10)."""
    return now > state.due // SECOND_US and (not state.pauses or 0 not in state.pauses[2::3])


def _letters(state: DossierState, since: int) -> int:
    opened = (since - 1) * SECOND_US
    explained = DOSSIER["explained"] if state.explained > opened else 0
    return explained | (DOSSIER["apologised"] if state.apologised > opened else 0)
