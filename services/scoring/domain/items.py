"""Which dossiers, petitions or procedures a measure counts, which it leaves out, and why. Pure.

The number comes from the counters, the list from the states; both follow from the same facets, so
on one snapshot they are equal: the length of the list is the numerator, and what is counted and
what is left out are together the denominator.
"""

from collections.abc import Collection
from typing import Final

from msgspec import Struct

from shared.rules.measures import Measured

from . import petition
from .dossier import DossierState, end_of
from .facets import DOSSIER, ENDED, PETITION, SUBJECTS, mask
from .judging import facets_of
from .petition import PetitionState
from .reported import DocumentState
from .rules import SECOND_US, Rules, month_of
from .stages import timeliness_of

COUNTED: Final = ""
ItemState = DossierState | PetitionState | DocumentState


class Asked(Struct, frozen=True, kw_only=True):
    """A measure, the agencies in question (None: all) and the months of the period, in order."""

    measure: Measured
    agencies: Collection[str] | None
    months: tuple[str, ...]


def verdict(state: ItemState, now: int, asked: Asked, rules: Rules) -> str | None:
    """COUNTED, or the facet that keeps it out (`!`: by being there); None: it is no part of it."""
    if asked.agencies is not None and state.agency not in asked.agencies:
        return None
    facets = _facets(state, now, asked, rules)
    if facets is None:
        return None
    return reason_of(facets, asked.measure)


def reason_of(facets: int, measure: Measured) -> str | None:
    """Judge something by its facets; see `verdict`."""
    wanted, barred = mask(measure.subject, measure.of)
    if facets & wanted != wanted or facets & barred:
        return None
    for name in measure.counted:
        is_there = bool(facets & SUBJECTS[measure.subject][name.lstrip("!")])
        if is_there == name.startswith("!"):
            return _why(name, facets, measure.subject)
    return COUNTED


def _why(name: str, facets: int, subject: str) -> str:
    if subject == "dossier" and name == "on_time":
        for cause in ("second_supplement", "no_due_time"):
            if facets & DOSSIER[cause]:
                return cause
    return name


def _facets(state: ItemState, now: int, asked: Asked, rules: Rules) -> int | None:
    """The facets that count in the period; None where it does not belong to the period."""
    if isinstance(state, DossierState):
        if state.is_void or not state.received:
            return None
        if asked.measure.subject == "ended":
            end = end_of(state)
            is_in = bool(end) and month_of(end) in asked.months
            return ENDED[timeliness_of(state, end, rules)] if is_in else None
        return _of_received(state, now, asked, rules)
    if isinstance(state, PetitionState):
        return _of_petition(state, now, asked)
    is_of_kind = state.is_copy == (asked.measure.subject == "copy")
    return state.facets if is_of_kind and state.month in asked.months else None


def _of_received(state: DossierState, now: int, asked: Asked, rules: Rules) -> int | None:
    if month_of(state.received) not in asked.months:
        return None
    facets = facets_of(state, now, rules)
    is_late_by_time = not end_of(state) and not facets & DOSSIER["second_supplement"]
    if is_late_by_time and _is_due_after(state.due, asked):
        facets |= DOSSIER["on_time"]
    return facets


def _of_petition(state: PetitionState, now: int, asked: Asked) -> int | None:
    if not state.received or month_of(state.received * SECOND_US) not in asked.months:
        return None
    facets = petition.facets_of(state, now)
    is_waited_for = petition.is_open(state) and not state.asked
    if is_waited_for and _is_due_after(state.due * SECOND_US, asked):
        facets |= PETITION["on_time"]
    return facets


def _is_due_after(due: int, asked: Asked) -> bool:
    """Whether the period ended before the due time: what is open was on time then."""
    return bool(due) and month_of(due) > asked.months[-1]
