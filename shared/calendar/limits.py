"""What a procedure promises and what may move it: limits, pauses, extensions, intake cut-off."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Final, TypeAlias

import msgspec

from shared.calendar.civil_time import day_of_epoch, epoch_of, midnight_epoch, seconds_of
from shared.calendar.working_time import WorkingCalendar

# Ten working years: a larger limit is a unit mistake in the source, and the walk stays bounded.
WORKING_DAYS_MAX: Final = 2500
WORKING_HOURS_MAX: Final = WORKING_DAYS_MAX * 8


class WorkingDays(msgspec.Struct, frozen=True, tag="working_days", tag_field="limit"):
    """So many working days (ngày làm việc), each a full day of sessions; halves are allowed.

    Counted as working time from the minute of receipt (8 hours a day).
    """

    working_days: float

    def __post_init__(self) -> None:
        if not 0 < self.working_days <= WORKING_DAYS_MAX:
            raise ValueError(f"a limit is 0 to {WORKING_DAYS_MAX} days, got {self.working_days}")


class WorkingHours(msgspec.Struct, frozen=True, tag="working_hours", tag_field="limit"):
    """So many working hours (giờ làm việc)."""

    working_hours: float

    def __post_init__(self) -> None:
        if not 0 < self.working_hours <= WORKING_HOURS_MAX:
            raise ValueError(f"a limit is 0 to {WORKING_HOURS_MAX} hours, got {self.working_hours}")


class SameDay(msgspec.Struct, frozen=True, tag="same_day", tag_field="limit"):
    """Trong ngày: until the end of the working day in which counting starts."""


Limit: TypeAlias = WorkingDays | WorkingHours | SameDay


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """The clock stands still in [start_at, end_at); an open pause has no end yet (D10).

    An end at or before the start pauses nothing: sources do send such pairs.
    """

    start_at: datetime
    end_at: datetime | None = None
    reason_vi: str = ""


class ExtendedBy(msgspec.Struct, frozen=True, kw_only=True, tag="by", tag_field="extension"):
    """Gia hạn thêm: more working time on top of the limit."""

    limit: WorkingDays | WorkingHours


class ExtendedTo(msgspec.Struct, frozen=True, kw_only=True, tag="to", tag_field="extension"):
    """Gia hạn đến: a new due time, kept as decided.

    Pauses after `granted_at` move it; without that moment nothing does.
    """

    due_at: datetime
    granted_at: datetime | None = None


Extension: TypeAlias = ExtendedBy | ExtendedTo


class IntakeCutoff(msgspec.Struct, frozen=True, kw_only=True):
    """Received after this time of day counts from the next working day (D11).

    For same-day procedures only: those of `SameDay`, and limits up to `up_to_working_days`,
    because registers write "trong ngày" as one working day.
    Source: local rules, e.g. Hà Nội 15:00; none by default.
    """

    received_after: time
    up_to_working_days: float = 1.0


def limit_seconds(limit: Limit, *, calendar: WorkingCalendar, counted_from: int) -> int:
    """Working seconds a limit gives to something counted from that epoch second."""
    match limit:
        case WorkingDays():
            return round(limit.working_days * calendar.working_day_seconds)
        case WorkingHours():
            return round(limit.working_hours * 3600)
        case SameDay():
            return _rest_of_working_day(calendar, counted_from)


def counting_start(
    received: int, limit: Limit, *, calendar: WorkingCalendar, cutoff: IntakeCutoff | None
) -> int:
    """The epoch second from which the limit runs: receipt, or the next opening after a cut-off.

    A cut-off only speaks about working days; any other receipt waits for the opening anyway.
    """
    if cutoff is None or not _is_same_day(limit, calendar=calendar, cutoff=cutoff):
        return received
    day = day_of_epoch(received)
    if not calendar.is_working_day(day):
        return received
    if received <= midnight_epoch(day) + seconds_of(cutoff.received_after):
        return received
    following = calendar.next_working_day(day)
    return midnight_epoch(following) + seconds_of(calendar.sessions[0].start)


def pause_spans(pauses: Iterable[Pause], *, counted_from: int) -> list[tuple[int, int | None]]:
    """Pauses as epoch seconds: clipped to the counting, sorted, overlaps merged.

    None as an end means still open, and swallows everything after it.
    """
    spans: list[tuple[int, int | None]] = []
    for start, end in sorted(map(_span, pauses), key=lambda span: span[0]):
        begun = max(start, counted_from)
        if end is not None and end <= begun:
            continue
        if spans:
            last_start, last_end = spans[-1]
            if last_end is None:
                break
            if begun <= last_end:
                spans[-1] = (last_start, None if end is None else max(last_end, end))
                continue
        spans.append((begun, end))
    return spans


def _span(pause: Pause) -> tuple[int, int | None]:
    return epoch_of(pause.start_at), None if pause.end_at is None else epoch_of(pause.end_at)


def _is_same_day(limit: Limit, *, calendar: WorkingCalendar, cutoff: IntakeCutoff) -> bool:
    """Whether the cut-off speaks about this limit."""
    if isinstance(limit, SameDay):
        return True
    seconds = limit_seconds(limit, calendar=calendar, counted_from=0)
    return seconds <= round(cutoff.up_to_working_days * calendar.working_day_seconds)


def _rest_of_working_day(calendar: WorkingCalendar, epoch: int) -> int:
    """Working seconds from `epoch`, or from the next opening, to that day's closing time."""
    opening = calendar.next_opening_epoch(epoch)
    closing = epoch_of(calendar.end_of_working_day(day_of_epoch(opening)))
    return calendar.working_seconds_between_epoch(opening, closing)
