"""Which dossiers, petitions or procedures a measure counts, which it leaves out, and why. Pure.

A thing is judged by what it contributes to the counters, which make the number: so on one snapshot
the length of the list is the numerator, and what is counted and what is left out are together the
denominator.
"""

from collections.abc import Collection
from typing import Final

from msgspec import Struct

from shared.rules.measures import Measured

from .contribution import CLOSED, FACETS, contribution_of
from .dossier import DossierState
from .facets import DOSSIER, ENDED, SUBJECTS, judged_by, mask
from .index import month_in
from .petition import PetitionState
from .reported import DocumentState
from .rules import Rules

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
    subject, months = asked.measure.subject, asked.months
    for key, _ in contribution_of(state, now, rules):
        if key[0] == FACETS and key[2] == subject and month_in(key) in months:
            _, _, _, _, text, due_month = key
            return reason_of(judged_by(months[-1], subject, text, due_month), asked.measure)
        if key[0] == CLOSED and subject == "ended" and month_in(key) in months:
            return reason_of(ENDED[key[-1]], asked.measure)
    return None


def reason_of(facets: int, measure: Measured) -> str | None:
    """Judge something by its facets; see `verdict`."""
    if not mask(measure.subject, measure.of).fits(facets):
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
