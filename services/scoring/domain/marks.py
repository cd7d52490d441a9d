"""What facts leave on a dossier besides its course: facets that stay, one bit each.

Order of arrival does not matter: facts come sorted by (time, id), and a bit once set is cleared
only where a later fact says the contrary of the same thing (a rating, a channel).
"""

from collections.abc import Callable
from typing import Any, Final

from shared.events import dossier as d
from shared.events.fields import ResultDelivery

from .facets import DOSSIER

_RATING: Final = DOSSIER["rated"] | DOSSIER["satisfied"]
_DISLIKED: Final = 1 << 40  # the last rating was bad; a petition is another way to complain
_NAMED: Final = 1 << 41  # a petition names it
_DUE_ON_DAY: Final = 1 << 42  # its due time was given as a civil day, so it is as late as work ends
FACETS_MASK: Final = (1 << 40) - 1


def at_receipt(marks: int, data: d.DossierReceived) -> int:
    """Marks of the receipt; what a receipt does not say stays as it was."""
    marks = _said(marks, "identified", value=data.identified)
    return _said(marks, "own_account", value=data.own_account)


def _said(marks: int, name: str, *, value: bool | None) -> int:
    if value is None:
        return marks
    bit = DOSSIER[name]
    return marks | bit if value else marks & ~bit


def _result(marks: int, data: d.DossierResolved) -> int:
    return _said(marks, "electronic_result", value=data.electronic_result)


def _returned(marks: int, data: d.DossierReturned) -> int:
    if data.electronic_result or data.delivery is ResultDelivery.ELECTRONIC:
        marks |= DOSSIER["electronic_result"]
    if data.delivery is ResultDelivery.POSTAL:
        marks |= DOSSIER["returned_by_post"] | DOSSIER["by_post"]
    if data.delivery in {ResultDelivery.POSTAL, ResultDelivery.COUNTER}:
        marks |= DOSSIER["returned_on_paper"]
    return marks


def _digitised(marks: int, data: d.DossierDigitised) -> int:
    if data.components:
        marks |= DOSSIER["components_digitised"]
    if data.result:
        marks |= DOSSIER["result_digitised"]
    both = DOSSIER["components_digitised"] | DOSSIER["result_digitised"]
    return marks | DOSSIER["digitised"] if marks & both == both else marks


def _reused(marks: int, data: d.DossierReused) -> int:
    if data.digitised_data:
        marks |= DOSSIER["reused"]
    if data.personal_storage:
        marks |= DOSSIER["personal_storage"]
    if data.population_data:
        marks |= DOSSIER["population_data"]
    return marks


def _assessed(marks: int, data: d.DossierFeeAssessed) -> int:
    return marks | DOSSIER["fee"] if data.amount_vnd else marks


def _paid(marks: int, data: d.DossierPaid) -> int:
    if not data.amount_vnd:
        return marks
    # Whoever paid something owed something, though nobody said how much.
    marks |= DOSSIER["fee"] | DOSSIER["paid"]
    # A payment through the national gateway is one made online, whether or not that is said.
    is_online = data.online or data.national_gateway
    return marks | DOSSIER["paid_online"] if is_online else marks


def _rated(marks: int, data: d.DossierRated) -> int:
    marks = (marks & ~(_RATING | _DISLIKED)) | DOSSIER["rated"]
    marks |= DOSSIER["satisfied"] if data.satisfied else _DISLIKED
    return complained(marks)


def named_in_petition(marks: int) -> int:
    """Marks after a petition named the dossier."""
    return complained(marks | _NAMED)


def complained(marks: int) -> int:
    """Bring the facet in line with its two reasons."""
    has_reason = marks & (_DISLIKED | _NAMED)
    return marks | DOSSIER["complained"] if has_reason else marks & ~DOSSIER["complained"]


def with_due(marks: int, *, is_on_day: bool) -> int:
    """Marks after a due time was decided, as a civil day or as an instant."""
    return marks | _DUE_ON_DAY if is_on_day else marks & ~_DUE_ON_DAY


def is_due_on_day(marks: int) -> bool:
    """Whether the decided due time was given as a civil day."""
    return bool(marks & _DUE_ON_DAY)


def _synced(marks: int, _data: d.DossierSynced) -> int:
    return marks | DOSSIER["synced"]


MARKING: Final[dict[str, Callable[[int, Any], int]]] = {
    d.DossierReceived.event_type: at_receipt,
    d.DossierResolved.event_type: _result,
    d.DossierReturned.event_type: _returned,
    d.DossierDigitised.event_type: _digitised,
    d.DossierReused.event_type: _reused,
    d.DossierFeeAssessed.event_type: _assessed,
    d.DossierPaid.event_type: _paid,
    d.DossierRated.event_type: _rated,
    d.DossierSynced.event_type: _synced,
}
"""Marks after a fact of each type that leaves some."""
