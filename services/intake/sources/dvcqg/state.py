"""DongBoHoSoMC: the whole state of a dossier, told again at every change."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from services.intake.sources.identity import revision_text
from services.intake.sources.instants import Moment
from shared.calendar.civil_time import civil_day
from shared.errors import RejectReason
from shared.events import dossier as d
from shared.events.fields import Channel

from . import codes
from .codes import Status
from .reading import DossierPayload


class _Supplement(NamedTuple):
    requested: Moment
    completed: Moment | None
    due_before: Moment | None
    due_after: Moment | None


def say_state(payload: DossierPayload) -> None:
    """Add every fact that the state of one dossier proves."""
    status = payload.status("TrangThaiHoSo")
    if status is Status.UNKNOWN:
        return
    submitted = payload.moment("NgayNopHoSo")
    received = payload.moment("NgayTiepNhan")
    if status is Status.SUBMITTED and not submitted:
        submitted = received
    if submitted:
        _say_submitted(payload, submitted)
    if status in codes.NOT_YET_RECEIVED:
        _say_not_received(payload, status, submitted, received)
        return
    if received is None:
        payload.refuse(RejectReason.INVALID_FIELD, "a received dossier has a date", "NgayTiepNhan")
        return
    supplements = _supplements(payload)
    _say_received(payload, received, supplements)
    _say_supplements(payload, supplements, received.at)
    _say_fees(payload, received.at)
    _say_papers(payload, received.at)
    if status in (Status.RESOLVED, Status.RETURNED):
        _say_result(payload, status, received.at)
    elif status in (Status.WITHDRAWN, Status.STOPPED):
        _say_end(payload, status, received.at)
    if status is Status.FINANCIAL_DUTY or (
        status is Status.SUPPLEMENT_REQUESTED
        and not any(item.completed is None for item in supplements)
    ):
        payload.leave_untold("TrangThaiHoSo", status)


def _channel(payload: DossierPayload) -> Channel:
    # The portal counts null as 1; an unknown code is counted and read like null.
    return payload.coded("KenhThucHien", codes.CHANNELS) or Channel.DIRECT


def _say_submitted(payload: DossierPayload, at: Moment) -> None:
    event = d.DossierSubmitted(
        agency_code=payload.agency_code,
        procedure_code=payload.text("MaTTHC") or None,
        channel=_channel(payload),
    )
    payload.say(event, at.at)


def _say_not_received(
    payload: DossierPayload, status: Status, submitted: Moment | None, received: Moment | None
) -> None:
    if status is Status.SUBMITTED:
        if not submitted:
            detail = "a dossier handed in has a date"
            payload.refuse(RejectReason.INVALID_FIELD, detail, "NgayNopHoSo")
        return
    names = ("NgayTuChoi", "NgayKetThucXuLy", "NgayTra")
    refused = next(filter(None, map(payload.moment, names)), received)
    if refused is None:
        payload.refuse(RejectReason.INVALID_FIELD, "a refusal has a date", "NgayTuChoi")
        return
    payload.say(d.DossierRejected(agency_code=payload.agency_code), refused.at)


def _say_received(payload: DossierPayload, at: Moment, supplements: list[_Supplement]) -> None:
    promised = payload.moment("NgayHenTra")
    # After a supplement the field carries the new promise; the first one stands in the list.
    first = supplements[0].due_before if supplements else None
    due = first or promised
    event = d.DossierReceived(
        agency_code=payload.agency_code,
        procedure_code=payload.text("MaTTHC"),
        field_code=payload.field_code(),
        channel=_channel(payload),
        due_at=_due_at(due),
        due_on=_due_on(due),
        applicant_kind=payload.coded("LoaiDoiTuong", codes.APPLICANTS),
        identified=payload.flag("TaiKhoanDuocXacThucVoiVNeID"),
        result_delivery=payload.coded("HinhThuc", codes.DELIVERIES),
    )
    payload.say(event, at.at, revision=revision_text(due))


def _supplements(payload: DossierPayload) -> list[_Supplement]:
    found: list[_Supplement] = []
    for item in payload.items("DanhSachHoSoBoSung"):
        requested = payload.moment("NgayBoSung", of=item)
        if requested is None:
            detail = "a supplement request has a date"
            payload.refuse(RejectReason.INVALID_FIELD, detail, "DanhSachHoSoBoSung.NgayBoSung")
            continue
        times = (
            payload.moment(name, of=item)
            for name in ("NgayTiepNhanBoSung", "NgayHenTraTruoc", "NgayHenTraMoi")
        )
        found.append(_Supplement(requested, *times))
    return sorted(found, key=lambda item: item.requested.at)


def _say_supplements(
    payload: DossierPayload, supplements: list[_Supplement], received_at: datetime
) -> None:
    for item in supplements:
        asked = d.DossierSupplementRequested(agency_code=payload.agency_code)
        requested_at = _not_before(item.requested, received_at)
        payload.say(asked, requested_at)
        if item.completed is None:
            continue
        due = item.due_after
        completed = d.DossierSupplemented(
            agency_code=payload.agency_code, due_at=_due_at(due), due_on=_due_on(due)
        )
        completed_at = _not_before(item.completed, requested_at)
        payload.say(completed, completed_at, revision=revision_text(due))


def _say_fees(payload: DossierPayload, at: datetime) -> None:
    total = payload.fees_vnd()
    revision = revision_text(total)
    if total is not None:
        assessed = d.DossierFeeAssessed(agency_code=payload.agency_code, amount_vnd=total)
        payload.say(assessed, at, revision=revision)
    way = payload.text("DuocThanhToanTrucTuyen")
    online = way in (codes.PAID_NATIONAL, codes.PAID_OWN_PORTAL)
    if way and not online and way != codes.NOT_PAID_ONLINE:
        payload.count_unknown("DuocThanhToanTrucTuyen")
    settled = payload.flag("TrangThaiThanhToan")
    # The payload carries no instant of payment: the day of receipt stands for it.
    if settled or (online and settled is None):
        paid = d.DossierPaid(
            agency_code=payload.agency_code,
            amount_vnd=total or 0,
            online=online,
            national_gateway=way == codes.PAID_NATIONAL,
        )
        payload.say(paid, at, revision=f"{revision}.{way or codes.NOT_PAID_ONLINE}")


def _is_digitised(item: Mapping[str, Any]) -> bool:
    # Indicator 4.2 asks for a file among the components; the link itself is never kept.
    if codes.flag_of(item.get("IsDeleted")):
        return False
    return bool(
        codes.flag_of(item.get("DuocSoHoa")) or codes.text_of(item.get("DuongDanTaiTepTin"))
    )


def _say_papers(payload: DossierPayload, at: datetime) -> None:
    papers = list(payload.items("TaiLieuNop"))
    if any(_is_digitised(item) for item in papers):
        payload.say(d.DossierDigitised(agency_code=payload.agency_code, components=True), at)
    # HoSoCoThanhPhanSoHoa is the portal's numerator of 4.3, DuocLayTuKhoDMQG that of 4.4.
    reused = bool(payload.flag("HoSoCoThanhPhanSoHoa"))
    stored = any(codes.flag_of(item.get("DuocLayTuKhoDMQG")) for item in papers)
    if reused or stored:
        event = d.DossierReused(
            agency_code=payload.agency_code, digitised_data=reused, personal_storage=stored
        )
        payload.say(event, at, revision=revision_text(reused) + revision_text(stored))


def _say_end(payload: DossierPayload, status: Status, received_at: datetime) -> None:
    end = payload.moment("NgayKetThucXuLy") or payload.moment("NgayTra")
    if end is None:
        detail = "a dossier withdrawn or stopped has an end"
        payload.refuse(RejectReason.INVALID_FIELD, detail, "NgayKetThucXuLy")
        return
    kind = d.DossierWithdrawn if status is Status.WITHDRAWN else d.DossierStopped
    payload.say(kind(agency_code=payload.agency_code), _not_before(end, received_at))


def _say_result(payload: DossierPayload, status: Status, received_at: datetime) -> None:
    agency = payload.agency_code
    ended, given = payload.moment("NgayKetThucXuLy"), payload.moment("NgayTra")
    if status is Status.RESOLVED:
        ended, given = ended or given, None
    if ended is None and given is None:
        payload.refuse(RejectReason.INVALID_FIELD, "a result has a date", "NgayKetThucXuLy")
        return
    results = list(payload.items("DanhSachGiayToKetQua"))
    filed = any(codes.text_of(item.get("DuongDanTepTinKetQua")) for item in results)
    electronic = filed if results else None
    revision = revision_text(electronic)
    if ended:
        resolved = d.DossierResolved(agency_code=agency, electronic_result=electronic)
        payload.say(resolved, _not_before(ended, received_at), revision=revision)
    if given:
        delivery = codes.DELIVERIES.get(payload.text("HinhThuc"))
        returned = d.DossierReturned(
            agency_code=agency, delivery=delivery, electronic_result=electronic
        )
        payload.say(returned, _not_before(given, received_at), revision=revision)
    elif status is Status.RETURNED:
        payload.leave_untold("TrangThaiHoSo", status)
    first = ended or given
    if filed and first:
        components = any(map(_is_digitised, payload.items("TaiLieuNop")))
        event = d.DossierDigitised(agency_code=agency, components=components, result=True)
        payload.say(event, _not_before(first, received_at), revision=revision_text(components))


def _not_before(end: Moment, received_at: datetime) -> datetime:
    # A bare day means some time on it: never before the receipt of the same day.
    return (
        max(end.at, received_at) if end.whole_day and end.on >= civil_day(received_at) else end.at
    )


def _due_at(due: Moment | None) -> datetime | None:
    return due.at if due and not due.whole_day else None


def _due_on(due: Moment | None) -> date | None:
    return due.on if due and due.whole_day else None
