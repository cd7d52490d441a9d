"""CapNhatTienDoHoSoMC: one step in the handling of a dossier, with its own instant."""

from collections.abc import Callable, Sequence
from typing import Final

from services.intake.sources.instants import Moment
from shared.errors import RejectReason
from shared.events import dossier as d

from .codes import Status
from .reading import DossierPayload

_STEPS: Final[dict[Status, Callable[..., d.DossierEvent]]] = {
    Status.SUBMITTED: d.DossierSubmitted,
    Status.REJECTED: d.DossierRejected,
    Status.PROCESSING: d.DossierAssigned,
    Status.SUPPLEMENT_REQUESTED: d.DossierSupplementRequested,
    Status.FINANCIAL_DUTY: d.DossierFinancialDutyRequested,
    Status.WITHDRAWN: d.DossierWithdrawn,
    Status.STOPPED: d.DossierStopped,
    Status.RESOLVED: d.DossierResolved,
    Status.RETURNED: d.DossierReturned,
}


def say_progress(payloads: Sequence[DossierPayload]) -> None:
    """Add the facts of each step.

    Status 2 has no fact here, because the step does not name the procedure: DongBoHoSoMC tells
    it. Status 4 means that the clock runs, whatever held it before (5 and 6 stop it, and steps
    come one by one): it is `assigned`, and `resumed`, which changes nothing where nothing waited.
    """
    for payload in payloads:
        at = _moment(payload)
        if at is None:
            continue
        status = payload.status("TrangThai")
        if status is Status.RECEIVED:
            payload.leave_untold("TrangThai", status)
        elif status in _STEPS:
            payload.say(_STEPS[status](agency_code=payload.agency_code), at.at)
            if status is Status.PROCESSING:
                payload.say(d.DossierResumed(agency_code=payload.agency_code), at.at)


def _moment(payload: DossierPayload) -> Moment | None:
    refused = len(payload.out.rejections)
    at = payload.moment("ThoiDiemXuLy")
    if at is None and len(payload.out.rejections) == refused:
        payload.refuse(RejectReason.INVALID_FIELD, "a step has a time", "ThoiDiemXuLy")
    return at
