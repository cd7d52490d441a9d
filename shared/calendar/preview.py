"""What a changed override would do, before it is applied (issue: previewed, then applied)."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from shared.calendar.civil_time import epoch_of, instant_of
from shared.calendar.due import due_epoch
from shared.calendar.limits import Extension, IntakeCutoff, Limit, Pause
from shared.calendar.working_time import WorkingCalendar


class OpenDossier(msgspec.Struct, frozen=True, kw_only=True):
    """What the due time of one open dossier depends on: a limit, or the civil day it was given.

    Instants that a source decided never move: leave those out.
    """

    dossier_id: str
    received_at: datetime
    limit: Limit | None = None
    due_on: date | None = None  # due when that day's work ends, whatever a limit says
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None

    @property
    def is_paused(self) -> bool:
        """Whether the clock stands still; what is paused is never overdue (D10)."""
        return any(pause.end_at is None for pause in self.pauses)


class MovedDueTime(msgspec.Struct, frozen=True, kw_only=True):
    """One dossier whose due time is another under the new calendar."""

    dossier_id: str
    due_at: datetime
    new_due_at: datetime
    is_entering_overdue: bool
    is_leaving_overdue: bool


class OverridePreview(msgspec.Struct, frozen=True, kw_only=True):
    """The effect on all dossiers seen. `moved` is ordered by the present due time, then id."""

    dossiers_count: int
    paused_count: int
    moved_count: int
    earlier_count: int
    later_count: int
    entering_overdue_count: int
    leaving_overdue_count: int
    moved: tuple[MovedDueTime, ...]


def override_preview(
    dossiers: Iterable[OpenDossier],
    *,
    before: WorkingCalendar,
    after: WorkingCalendar,
    now: datetime,
    cutoff: IntakeCutoff | None = None,
) -> OverridePreview:
    """Compare the due times of open dossiers under two calendars, as seen at `now`.

    Dossiers that are paused have no counted due time and are only numbered. Overdue means due
    before `now`. With no dossiers every count is zero.
    """
    moment = epoch_of(now)
    total_count = paused_count = 0
    moved: list[MovedDueTime] = []
    for dossier in dossiers:
        total_count += 1
        due, new_due = (_due(dossier, calendar, cutoff) for calendar in (before, after))
        if due is None or new_due is None:
            paused_count += 1
        elif due != new_due:
            moved.append(_moved(dossier, due, new_due, moment))
    moved.sort(key=lambda pair: (pair.due_at, pair.dossier_id))
    return OverridePreview(
        dossiers_count=total_count,
        paused_count=paused_count,
        moved_count=len(moved),
        earlier_count=sum(pair.new_due_at < pair.due_at for pair in moved),
        later_count=sum(pair.new_due_at > pair.due_at for pair in moved),
        entering_overdue_count=sum(pair.is_entering_overdue for pair in moved),
        leaving_overdue_count=sum(pair.is_leaving_overdue for pair in moved),
        moved=tuple(moved),
    )


def _due(
    dossier: OpenDossier, calendar: WorkingCalendar, cutoff: IntakeCutoff | None
) -> int | None:
    if dossier.due_on is not None:
        return epoch_of(calendar.end_of_working_day(dossier.due_on))
    if dossier.limit is None:
        return None
    return due_epoch(
        epoch_of(dossier.received_at),
        dossier.limit,
        calendar=calendar,
        pauses=dossier.pauses,
        extension=dossier.extension,
        cutoff=cutoff,
    )


def _moved(dossier: OpenDossier, due: int, new_due: int, moment: int) -> MovedDueTime:
    runs = not dossier.is_paused
    return MovedDueTime(
        dossier_id=dossier.dossier_id,
        due_at=instant_of(due),
        new_due_at=instant_of(new_due),
        is_entering_overdue=runs and due >= moment > new_due,
        is_leaving_overdue=runs and due < moment <= new_due,
    )
