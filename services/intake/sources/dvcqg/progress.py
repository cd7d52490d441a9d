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
    """Add the fact of each step. Steps of one dossier in one payload are read in their order.

    Status 2 has no fact here, because the step does not name the procedure: DongBoHoSoMC tells
    it. Status 4 is `assigned`; right after a 6 in the same payload it is also `resumed`.
    """
    before: dict[str, Status] = {}
    dated = [(payload, _moment(payload)) for payload in payloads]
    for payload, at in sorted(
        ((payload, at) for payload, at in dated if at), key=lambda pair: pair[1].at
    ):
        status = payload.status("TrangThai")
        if status is Status.RECEIVED:
            payload.leave_untold("TrangThai", status)
        elif status in _STEPS:
            payload.say(_STEPS[status](agency_code=payload.agency_code), at.at)
            if status is Status.PROCESSING and before.get(payload.code) is Status.FINANCIAL_DUTY:
                payload.say(d.DossierResumed(agency_code=payload.agency_code), at.at)
        before[payload.code] = status


def _moment(payload: DossierPayload) -> Moment | None:
    refused = len(payload.out.rejections)
    at = payload.moment("ThoiDiemXuLy")
    if at is None and len(payload.out.rejections) == refused:
        payload.refuse(RejectReason.INVALID_FIELD, "a step has a time", "ThoiDiemXuLy")
    return at
