"""What the pages show of parcels. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.postal_gateway.domain.machine import Hand, LegStatus, TimeOf, holder
from services.postal_gateway.domain.rows import ParcelRow
from services.postal_gateway.domain.states import LegState
from shared.calendar.civil_time import instant_of
from shared.desk import Choice, Column, Filter, ListShape
from shared.desk.formats import moment
from shared.events.fields import Leg

STATUS_VI: Final = {
    LegStatus.REQUESTED: ("Chờ đặt đơn", "warn"),
    LegStatus.ORDERED: ("Đã đặt đơn, chờ bưu điện", "idle"),
    LegStatus.HANDED: ("Bưu điện đã nhận", "idle"),
    LegStatus.IN_TRANSIT: ("Đang chuyển", "idle"),
    LegStatus.DELIVERY_FAILED: ("Phát chưa được", "bad"),
    LegStatus.DELIVERED: ("Đã phát", "good"),
    LegStatus.HANDED_TO_AGENCY: ("Cơ quan đã nhận, đã ký", "good"),
    LegStatus.RETURNED: ("Đã chuyển hoàn", "bad"),
    LegStatus.LOST: ("Thất lạc", "bad"),
    LegStatus.CANCELLED: ("Đã huỷ đơn", "idle"),
}
LEG_VI: Final = {
    Leg.RETURN: "Trả kết quả",
    Leg.PICKUP: "Nhận hồ sơ",
    Leg.TRANSFER: "Liên thông",
}
HAND_VI: Final = {
    Hand.AGENCY: "Cơ quan giữ",
    Hand.OTHER_AGENCY: "Cơ quan nhận giữ",
    Hand.CARRIER: "Bưu điện giữ",
    Hand.APPLICANT: "Người nộp giữ",
    Hand.NOBODY: "Không rõ ai giữ",
}
TIME_VI: Final = {
    TimeOf.AGENCY: "giờ của cơ quan",
    TimeOf.POST: "giờ của bưu điện",
    TimeOf.NOBODY: "không tính giờ ai",
}
TROUBLE_VI: Final = {
    "refused": "bưu chính từ chối đơn",
    "unknown": "bưu chính chưa trả lời đơn; chờ trạng thái hoặc bảng đối soát",
    "contact_missing": "không còn địa chỉ người nhận",
    "carrier_gone": "bưu chính đã nhận đơn này không còn trong cấu hình",
}
OPEN_ONLY: Final = "dang-di"


def status_text(status: str) -> str:
    """The state in words."""
    return STATUS_VI[LegStatus(status)][0]


def status_tone(status: str) -> str:
    """Its colour."""
    return STATUS_VI[LegStatus(status)][1]


def parcel_shape(
    agencies: Mapping[str, str], shown_agencies: Sequence[str]
) -> ListShape[ParcelRow]:
    """The list of parcels; agencies are offered that have one."""
    states = [Choice(status.value, text) for status, (text, _) in STATUS_VI.items()]
    return ListShape[ParcelRow](
        columns=[
            Column("ho-so", "Hồ sơ", cell=lambda r: r.dossier, order=lambda r: r.dossier),
            Column("co-quan", "Cơ quan", cell=lambda r: agencies.get(r.agency, r.agency),
                   order=lambda r: agencies.get(r.agency, r.agency)),
            Column("chang", "Chặng", cell=lambda r: LEG_VI[Leg(r.leg)]),
            Column("van-don", "Mã vận đơn", cell=lambda r: r.tracking,
                   order=lambda r: r.tracking or None),
            Column("tinh-trang", "Tình trạng", cell=lambda r: status_text(r.status),
                   order=lambda r: r.status),
            Column("tu-luc", "Từ lúc", cell=lambda r: moment(instant_of(r.since)),
                   order=lambda r: r.since),
        ],
        filters=[
            Filter("tinh-trang", "Tình trạng (để trống: đang đi)", choices=states),
            Filter("chang", "Chặng", choices=[Choice(one.value, LEG_VI[one]) for one in LEG_VI]),
            Filter("co-quan", "Cơ quan",
                   choices=[Choice(code, agencies.get(code, code)) for code in shown_agencies]),
            Filter("tim", "Mã hồ sơ hoặc mã vận đơn"),
        ],
        sort="-tu-luc",
    )  # fmt: skip


def wanted_statuses(filters: Mapping[str, str]) -> tuple[LegStatus, ...]:
    """One state where one is chosen; all of them for a search; none: those on their way."""
    if chosen := filters.get("tinh-trang"):
        return (LegStatus(chosen),)
    return tuple(LegStatus) if filters.get("tim") else ()


def matching(rows: Sequence[ParcelRow], filters: Mapping[str, str]) -> list[ParcelRow]:
    """The rows that every given filter lets through."""
    agency, leg, text = filters.get("co-quan"), filters.get("chang"), filters.get("tim", "").lower()
    return [
        row
        for row in rows
        if (not agency or row.agency == agency)
        and (not leg or row.leg == leg)
        and (text in row.dossier.lower() or text in row.tracking.lower())
    ]


Step = tuple[str, str, str, str]


def custody_steps(leg: LegState) -> list[Step]:
    """The line of hands: (when, what, who holds it, tone), in order."""
    return [
        (
            moment(instant_of(step.at)),
            status_text(step.status),
            HAND_VI[holder(Leg(leg.leg), LegStatus(step.status))]
            + (f" · mã {step.code}" if step.code else "")
            + (f" · biên bản {step.record}" if step.record.startswith("BK-") else ""),
            status_tone(step.status),
        )
        for step in leg.steps
    ]
