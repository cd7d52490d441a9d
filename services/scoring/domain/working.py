"""Why a dossier is due when it is due, step by step: what a clerk prints to end the argument."""

from typing import Final

from msgspec import Struct

from shared.calendar import DueTime, Step, WorkingHours, due_time, given_due_time, working_lines
from shared.calendar.civil_time import instant_of

from .dossier import (
    BY_CORRECTION,
    BY_EXTENSION,
    BY_RECEIPT,
    BY_RESUMPTION,
    FINANCIAL_DUTY,
    SUPPLEMENT,
    SUSPENSION,
    DossierState,
    pauses_of,
)
from .rules import SECOND_US, Rules, instant_of_us

PAUSE_VI: Final = {
    SUPPLEMENT: "yêu cầu bổ sung",
    FINANCIAL_DUTY: "nghĩa vụ tài chính",
    SUSPENSION: "tạm dừng",
}
_DECIDED_VI: Final = {
    BY_RECEIPT: "Ngày hẹn trả do nguồn ấn định khi tiếp nhận, giữ nguyên như đã cho.",
    BY_EXTENSION: "Ngày hẹn trả được gia hạn; hạn mới thay hạn cũ.",
    BY_RESUMPTION: "Ngày hẹn trả do nguồn ấn định lại khi tiếp tục sau tạm dừng.",
    BY_CORRECTION: "Ngày hẹn trả được đính chính.",
}


class Working(Struct, frozen=True, kw_only=True):
    """The due time explained. `steps` are plain values, `lines` the same in Vietnamese."""

    basis: str  # decided, computed or unknown
    summary: str
    limit_working_hours: float | None = None
    provisional: bool = False
    falls_on_working_day: bool = True
    steps: tuple[Step, ...] = ()
    lines: tuple[str, ...] = ()


def working_of(state: DossierState, rules: Rules) -> Working | None:
    """The working of the due time in force; None before the dossier was received."""
    if not state.received:
        return None
    received = instant_of(state.received // SECOND_US)
    decided = instant_of_us(state.decided)
    if decided is not None:
        found = given_due_time(received, decided, calendar=rules.calendar)
        return _said("decided", _DECIDED_VI[state.decided_by], found)
    if not state.limit:
        summary = "Nguồn không cho ngày hẹn trả và danh mục không có thời hạn của thủ tục này."
        return Working(basis="unknown", summary=summary)
    hours = state.limit / 3600
    found = due_time(
        received,
        WorkingHours(hours),
        calendar=rules.calendar,
        pauses=pauses_of(state, PAUSE_VI),
    )
    days = f"{hours / 8:g}".replace(".", ",")
    whose = "do nguồn cho" if state.is_limit_given else "theo danh mục"
    summary = (
        f"Thời hạn {days} ngày làm việc ({f'{hours:g}'.replace('.', ',')} giờ) {whose}, tính từ"
        " lúc tiếp nhận theo giờ làm việc, trừ thời gian tạm dừng."
    )
    return _said("computed", summary, found, hours)


def _said(basis: str, summary: str, found: DueTime, hours: float | None = None) -> Working:
    return Working(
        basis=basis,
        summary=summary,
        limit_working_hours=hours,
        provisional=found.provisional,
        falls_on_working_day=found.falls_on_working_day,
        steps=found.working,
        lines=working_lines(found.working),
    )
