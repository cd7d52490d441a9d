"""Desks and officers of the one-stop office: whom a dossier was served by, and who was rated.

Officers are known by a pseudonym that only their agency can resolve. Pure.
"""

from collections import defaultdict
from functools import lru_cache
from typing import Final

from shared.events.dossier import DossierRated, DossierReceived

from .facets import SEAT

_OFFICER: Final = SEAT["officer"]
_KINDS: Final = (0, _OFFICER)  # a desk, an officer: in the order that `named` names them


def named(data: DossierReceived | DossierRated) -> str:
    """`desk/officer` as a fact names them, either may be missing; empty where both are."""
    if not data.desk_code and not data.officer_code:
        return ""
    return f"{data.desk_code or ''}/{data.officer_code or ''}"


# Asked for each fact of a dossier; a province has some hundred desks and officers.
@lru_cache(maxsize=16_384)
def seats(served_by: str, rated_who: str, seen: int, rated: int) -> tuple[tuple[str, int], ...]:
    """Each desk and officer of a dossier with its facets.

    `seen` is true of who served it, `rated` (0: nobody rated it) of who was rated: whom the
    rating names, else who served it.
    """
    found: defaultdict[tuple[str, int], int] = defaultdict(int)
    served, chosen = (served_by or "/").split("/"), (rated_who or "/").split("/")
    for kind, by, other in zip(_KINDS, served, chosen, strict=True):
        if by:
            found[by, kind] |= seen
        if rated and (other or by):
            found[other or by, kind] |= rated
    return tuple((code, facets | kind) for (code, kind), facets in found.items())


def seat_name(agency: str, code: str, facets: int) -> str:
    """What tells it from every other: its agency, what it is, and its code there."""
    return f"{agency}/{'officer' if facets & _OFFICER else 'desk'}/{code}"


def without_pseudonym(name: str) -> str:
    """The same for whoever is not at the desk of the agency: an officer has no code."""
    agency, _, rest = name.partition("/")
    return f"{agency}/officer" if rest.startswith("officer/") else name
