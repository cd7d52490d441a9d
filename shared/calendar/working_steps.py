"""The working: what a clerk can print to show how a due time came about.

Each step is a plain value; together they are the whole computation, so the counted seconds of all
sessions add up to the limit. `working_lines` says the same in Vietnamese.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TypeAlias

import msgspec

from shared.calendar import civil_time
from shared.calendar.days import DayReason
from shared.calendar.working_time import WorkingCalendar


class SessionCounted(msgspec.Struct, frozen=True, kw_only=True, tag="session", tag_field="step"):
    """Working time that was used up: [from_at, to_at) inside one session of day `on`."""

    on: date
    from_at: datetime
    to_at: datetime
    counted_seconds: int
    day_reason: DayReason
    provisional: bool = False


class DaySkipped(msgspec.Struct, frozen=True, kw_only=True, tag="day_skipped", tag_field="step"):
    """A day on which nobody works, with its name and the source that says so."""

    on: date
    reason: DayReason
    name_vi: str
    source: str = ""
    provisional: bool = False


class PauseDeducted(msgspec.Struct, frozen=True, kw_only=True, tag="pause", tag_field="step"):
    """Time that does not count. `deducted_seconds` is its working time; None while it is open."""

    from_at: datetime
    to_at: datetime | None
    deducted_seconds: int | None
    reason_vi: str = ""


class StartMoved(msgspec.Struct, frozen=True, kw_only=True, tag="start_moved", tag_field="step"):
    """Received after the intake cut-off: counting starts at the next opening (D11)."""

    from_at: datetime
    to_at: datetime


class DueSet(msgspec.Struct, frozen=True, kw_only=True, tag="due_set", tag_field="step"):
    """A due time that was decided, not counted: by the source, or by an extension."""

    due_at: datetime
    is_extension: bool
    replaces_at: datetime | None = None


Step: TypeAlias = SessionCounted | DaySkipped | PauseDeducted | StartMoved | DueSet


def counted_steps(calendar: WorkingCalendar, start: int, end: int) -> Iterator[Step]:
    """Sessions and skipped days of [start, end), epoch seconds; nothing for an empty stretch.

    A day in which the stretch only touches closed hours gives no step.
    """
    if start >= end:
        return
    first, last = civil_time.day_of_epoch(start), civil_time.day_of_epoch(end - 1)
    for number in range(civil_time.epoch_day(first), civil_time.epoch_day(last) + 1):
        day = civil_time.day_of_number(number)
        status = calendar.day_status(day)
        if not status.is_working:
            yield DaySkipped(
                on=day,
                reason=status.reason,
                name_vi=status.name_vi,
                source=status.source,
                provisional=status.provisional,
            )
            continue
        midnight = civil_time.midnight_epoch(day)
        for session in calendar.sessions:
            opened = max(start, midnight + civil_time.seconds_of(session.start))
            closed = min(end, midnight + civil_time.seconds_of(session.end))
            if opened < closed:
                yield SessionCounted(
                    on=day,
                    from_at=civil_time.instant_of(opened),
                    to_at=civil_time.instant_of(closed),
                    counted_seconds=closed - opened,
                    day_reason=status.reason,
                    provisional=status.provisional,
                )


def working_lines(working: tuple[Step, ...]) -> tuple[str, ...]:
    """The working in Vietnamese, one line a step, civil time of Việt Nam, in the same order."""
    return tuple(_line(step) for step in working)


def _line(step: Step) -> str:
    match step:
        case SessionCounted():
            made_up = ", ngày làm bù" if step.day_reason is DayReason.MAKE_UP_DAY else ""
            return (
                f"{_day(step.on)}{made_up}: tính {_clock(step.from_at)}-{_clock(step.to_at)}"
                f" ({_duration(step.counted_seconds)}){_mark(provisional=step.provisional)}"
            )
        case DaySkipped():
            source = f" [{step.source}]" if step.source else ""
            name = "" if step.reason is DayReason.WEEKEND else f", {step.name_vi}"
            mark = _mark(provisional=step.provisional)
            return f"{_day(step.on)}: nghỉ{name}{source}{mark}"
        case PauseDeducted():
            reason = f" ({step.reason_vi})" if step.reason_vi else ""
            if step.to_at is None or step.deducted_seconds is None:
                return f"Tạm dừng{reason} từ {_moment(step.from_at)}, chưa kết thúc"
            return (
                f"Tạm dừng{reason} từ {_moment(step.from_at)} đến {_moment(step.to_at)}:"
                f" không tính {_duration(step.deducted_seconds)}"
            )
        case StartMoved():
            return (
                f"Tiếp nhận {_moment(step.from_at)}, sau giờ chốt:"
                f" bắt đầu tính từ {_moment(step.to_at)}"
            )
        case DueSet():
            before = f" (trước đó {_moment(step.replaces_at)})" if step.replaces_at else ""
            what = "Gia hạn đến" if step.is_extension else "Ngày hẹn trả do nguồn ấn định:"
            return f"{what} {_moment(step.due_at)}{before}"


def _local(instant: datetime) -> datetime:
    return instant.astimezone(civil_time.HO_CHI_MINH)


def _clock(instant: datetime) -> str:
    local = _local(instant)
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def _day(day: date) -> str:
    return f"{civil_time.WEEKDAYS_VI[day.weekday()]} {day:%d/%m/%Y}"


def _moment(instant: datetime) -> str:
    return f"{_clock(instant)} {_day(civil_time.civil_day(instant))}"


def _mark(*, provisional: bool) -> str:
    return " (tạm tính)" if provisional else ""


def _duration(seconds: int) -> str:
    """Hours, minutes and seconds in words; parts that are zero are left out."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((hours, "giờ"), (minutes, "phút"), (left, "giây"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 giờ"
