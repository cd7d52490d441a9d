"""DongBoHoSoMC and CapNhatTienDoHoSoMC into facts. Pure: the same payload, the same facts.

A sync carries the whole state of a dossier again and again. Every fact's id follows from the
dossier code, what happened and when, so a state told twice adds nothing and an update adds only
what is new. What a source may change about the same happening without a new instant (the due
date, the sum of the fees, whether the result is electronic) is part of the id, ordered so that
the later due date, the greater sum and the fuller result win; any other change is a conflict.

`dossier.synced` is never said: the payload shows that the province sent it to us, not that the
portal took it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.errors import RejectReason

from . import codes
from .outcome import Rejection, Translation
from .progress import say_progress
from .reading import DossierPayload
from .state import say_state

DOSSIERS_MAX = 1_000


def facts_of(
    service: str, payload: Mapping[str, Any], *, source: str, received_at: datetime
) -> Translation:
    """Return what one payload says: facts, rejections, unknown codes and what it left untold.

    `payload` is the body of the service (`isUpdating`, `data`: a list, or one object). `source`
    is the publisher. `received_at` dates nothing: a fact without an instant of its own would get
    another id at every sync, so it is left untold.

    Raises:
        ValueError: `service` is not one of the two.
    """
    del received_at
    if service not in codes.SERVICES:
        raise ValueError(f"no such service; known: {', '.join(codes.SERVICES)}")
    whole = Translation([], [], [], [])
    elements = _elements(payload)
    if elements is None or len(elements) > DOSSIERS_MAX:
        detail = f"data must be an object or a list of at most {DOSSIERS_MAX} objects"
        whole.rejections.append(Rejection(RejectReason.INVALID_FIELD, detail, "data", 0))
        return whole
    dossiers = [
        DossierPayload(element if isinstance(element, dict) else {}, index, source=source)
        for index, element in enumerate(elements)
    ]
    if service == codes.SYNC:
        for dossier in _addressed(dossiers):
            say_state(dossier)
    else:
        say_progress(list(_addressed(dossiers)))
    for dossier in dossiers:
        whole.facts.extend(dossier.out.facts)
        whole.rejections.extend(dossier.out.rejections)
        whole.unknown.extend(dossier.out.unknown)
        whole.untold.extend(dossier.out.untold)
    return whole


def _elements(payload: Mapping[str, Any]) -> Sequence[Any] | None:
    found = payload.get("data")
    if isinstance(found, dict):
        return [found]
    return found if isinstance(found, list) else None


def _addressed(dossiers: Sequence[DossierPayload]) -> Iterator[DossierPayload]:
    return (dossier for dossier in dossiers if dossier.agency_code)
