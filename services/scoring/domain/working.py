"""Why a dossier is due when it is due, step by step: what a clerk prints to end the argument."""

from datetime import datetime
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
    by_limit_due_at: datetime | None = None  # beside a decided due time: what its limit would give
    by_limit_lines: tuple[str, ...] = ()


def working_of(state: DossierState, rules: Rules) -> Working | None:
    """The working of the due time in force; None before the dossier was received."""
    if not state.received:
        return None
    decided = instant_of_us(state.decided)
    counted = _by_limit(state, rules) if state.limit else None
    hours = state.limit / 3600 if state.limit else None
    if decided is not None:
        received = instant_of(state.received // SECOND_US)
        found = given_due_time(received, decided, calendar=rules.calendar)
        return _said("decided", _DECIDED_VI[state.decided_by], found, hours, counted)
    if counted is None or hours is None:
        summary = "Nguồn không cho ngày hẹn trả và danh mục không có thời hạn của thủ tục này."
        return Working(basis="unknown", summary=summary)
    whose = "do nguồn cho" if state.is_limit_given else "theo danh mục"
    summary = (
        f"Thời hạn {_vi(hours / 8)} ngày làm việc ({_vi(hours)} giờ) {whose}, tính từ lúc tiếp nhận"
        " theo giờ làm việc, trừ thời gian tạm dừng."
    )
    return _said("computed", summary, counted, hours)


def _by_limit(state: DossierState, rules: Rules) -> DueTime:
    return due_time(
        instant_of(state.received // SECOND_US),
        WorkingHours(state.limit / 3600),
        calendar=rules.calendar,
        pauses=pauses_of(state, PAUSE_VI),
        cutoff=rules.cutoff,
    )


def _vi(number: float) -> str:
    return f"{number:g}".replace(".", ",")


def _said(
    basis: str, summary: str, found: DueTime, hours: float | None, beside: DueTime | None = None
) -> Working:
    return Working(
        basis=basis,
        summary=summary,
        limit_working_hours=hours,
        provisional=found.provisional,
        falls_on_working_day=found.falls_on_working_day,
        steps=found.working,
        lines=working_lines(found.working),
        by_limit_due_at=beside.due_at if beside else None,
        by_limit_lines=working_lines(beside.working) if beside else (),
    )
