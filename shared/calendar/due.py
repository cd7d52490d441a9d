"""Due times: when the working time promised for a dossier has passed ([D8] to [D14]).

`due_time` explains itself step by step; `due_epoch` gives the same moment alone, for the fold.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from shared.calendar import civil_time
from shared.calendar.civil_time import DAY_SECONDS, day_of_epoch, epoch_of, instant_of
from shared.calendar.limits import (
    ExtendedBy,
    ExtendedTo,
    Extension,
    IntakeCutoff,
    Limit,
    Pause,
    counting_start,
    limit_seconds,
    pause_spans,
)
from shared.calendar.working_steps import (
    DueSet,
    PauseDeducted,
    StartMoved,
    Step,
    counted_steps,
)
from shared.calendar.working_time import WorkingCalendar


class DueTime(msgspec.Struct, frozen=True, kw_only=True):
    """A due time and how it came about.

    `due_at` is the last instant that is still on time; None while a pause is open, because it
    moves with every working second. `remaining_seconds` is the working time left when that pause
    began (None when nothing is paused). `falls_on_working_day` is False for a given date on which
    nobody works: it is kept and only reported (D8). `provisional`: see D13.
    """

    received_at: datetime
    counted_from_at: datetime
    due_at: datetime | None
    remaining_seconds: int | None
    provisional: bool
    falls_on_working_day: bool
    working: tuple[Step, ...]

    @property
    def due_on(self) -> date | None:
        """The civil day of `due_at`; None while a pause is open."""
        return None if self.due_at is None else civil_time.civil_day(self.due_at)


class _Walk(NamedTuple):
    """Where the counting went: stretches that count, pauses met, and where it ended."""

    runs: tuple[tuple[int, int], ...]
    pauses: tuple[tuple[int, int | None], ...]
    due: int | None
    remaining: int

    @property
    def end(self) -> int:
        """The due time, or where an open pause stopped the counting."""
        return self.pauses[-1][0] if self.due is None else self.due


def due_time(
    received_at: datetime,
    limit: Limit,
    *,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    extension: Extension | None = None,
    cutoff: IntakeCutoff | None = None,
) -> DueTime:
    """The due time of something received then, with its working.

    Pauses are cut to the time after receipt; those that begin when the limit is already used up
    change nothing. A closing time ends a limit: 8 hours from 07:30 are due at 17:00, not at the
    next opening.
    """
    received = epoch_of(received_at)
    start = counting_start(received, limit, calendar=calendar, cutoff=cutoff)
    decided = extension if isinstance(extension, ExtendedTo) else None
    known = pauses if decided is None else _pauses_until(decided.granted_at, pauses)
    walk = _promised_walk(start, limit, extension, calendar=calendar, pauses=known)
    steps: list[Step] = []
    if start != received:
        steps.append(StartMoved(from_at=instant_of(received), to_at=instant_of(start)))
    steps.extend(_walk_steps(walk, calendar, known))
    if decided is not None:
        replaced = None if walk.due is None else instant_of(walk.due)
        walk = _decided_walk(decided.due_at, decided.granted_at, calendar=calendar, pauses=pauses)
        steps.append(DueSet(due_at=decided.due_at, is_extension=True, replaces_at=replaced))
        steps.extend(_pause_steps(walk, calendar, pauses))
    return _explained(
        received, start, walk, calendar=calendar, steps=steps, is_decided=decided is not None
    )


def given_due_time(
    received_at: datetime,
    due: date | datetime,
    *,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
) -> DueTime:
    """A due time the source decided, kept as given (D8).

    A bare date, or an instant at civil midnight, is due when that working day ends; on a day
    nobody works, at its usual closing time. `pauses` move it by their working time; pass none to
    keep it exactly.
    """
    received = epoch_of(received_at)
    due_at = given_due_at(due, calendar=calendar)
    walk = _decided_walk(due_at, received_at, calendar=calendar, pauses=pauses)
    steps: list[Step] = [
        DueSet(due_at=due_at, is_extension=False),
        *_pause_steps(walk, calendar, pauses),
    ]
    return _explained(received, received, walk, calendar=calendar, steps=steps, is_decided=True)


def given_due_at(due: date | datetime, *, calendar: WorkingCalendar) -> datetime:
    """A source's due date or instant as an instant: a date lasts until its working day ends."""
    if not isinstance(due, datetime):
        return calendar.end_of_working_day(due)
    epoch = epoch_of(due)
    if (epoch + civil_time.UTC_OFFSET_SECONDS) % DAY_SECONDS == 0:
        return calendar.end_of_working_day(day_of_epoch(epoch))
    return instant_of(epoch)


def due_epoch(
    received: int,
    limit: Limit,
    *,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    extension: Extension | None = None,
    cutoff: IntakeCutoff | None = None,
) -> int | None:
    """`due_time(...).due_at` as an epoch second, without the working. None while paused."""
    if isinstance(extension, ExtendedTo):
        return _decided_walk(
            extension.due_at, extension.granted_at, calendar=calendar, pauses=pauses
        ).due
    start = counting_start(received, limit, calendar=calendar, cutoff=cutoff)
    if not pauses and extension is None:
        seconds = limit_seconds(limit, calendar=calendar, counted_from=start)
        return calendar.add_working_epoch(start, seconds)
    return _promised_walk(start, limit, extension, calendar=calendar, pauses=pauses).due


def _promised_walk(
    start: int,
    limit: Limit,
    extension: Extension | None,
    *,
    calendar: WorkingCalendar,
    pauses: Iterable[Pause],
) -> _Walk:
    """Count the limit, and what an extension adds to it."""
    seconds = limit_seconds(limit, calendar=calendar, counted_from=start)
    if isinstance(extension, ExtendedBy):
        seconds += limit_seconds(extension.limit, calendar=calendar, counted_from=start)
    return _walk(calendar, start, seconds, pause_spans(pauses, counted_from=start))


def _decided_walk(
    due_at: datetime,
    decided_at: datetime | None,
    *,
    calendar: WorkingCalendar,
    pauses: Iterable[Pause],
) -> _Walk:
    """A decided due time, moved by the pauses that began to count after the decision."""
    due = epoch_of(due_at)
    if decided_at is None:
        return _Walk(runs=(), pauses=(), due=due, remaining=0)
    decided = epoch_of(decided_at)
    seconds = calendar.working_seconds_between_epoch(decided, due)
    walk = _walk(calendar, decided, seconds, pause_spans(pauses, counted_from=decided))
    # Not moved means kept to the second, also when it lies outside working hours.
    return walk if walk.pauses else walk._replace(due=due)


def _walk(
    calendar: WorkingCalendar, start: int, seconds: int, spans: Iterable[tuple[int, int | None]]
) -> _Walk:
    """Count `seconds` of working time from `start`, standing still in the spans."""
    runs: list[tuple[int, int]] = []
    met: list[tuple[int, int | None]] = []
    position, remaining = start, seconds
    for paused, resumed in spans:
        worked = calendar.working_seconds_between_epoch(position, paused)
        if worked >= remaining:
            break
        runs.append((position, paused))
        met.append((paused, resumed))
        remaining -= worked
        if resumed is None:
            return _Walk(tuple(runs), tuple(met), None, remaining)
        position = resumed
    due = calendar.add_working_epoch(position, max(remaining, 0))
    runs.append((position, due))
    return _Walk(tuple(runs), tuple(met), due, 0)


def _walk_steps(walk: _Walk, calendar: WorkingCalendar, pauses: Sequence[Pause]) -> Iterator[Step]:
    """Runs and pauses in the order in which they happened."""
    paused = iter(_pause_steps(walk, calendar, pauses))
    for start, end in walk.runs:
        yield from counted_steps(calendar, start, end)
        step = next(paused, None)
        if step is not None:
            yield step


def _pause_steps(
    walk: _Walk, calendar: WorkingCalendar, pauses: Sequence[Pause]
) -> Iterator[PauseDeducted]:
    """The pauses met, each with the reasons of the source pauses merged into it."""
    for start, end in walk.pauses:
        reasons = dict.fromkeys(
            pause.reason_vi
            for pause in sorted(pauses, key=lambda pause: pause.start_at)
            if pause.reason_vi
            and (end is None or epoch_of(pause.start_at) < end)
            and (pause.end_at is None or epoch_of(pause.end_at) > start)
        )
        yield PauseDeducted(
            from_at=instant_of(start),
            to_at=None if end is None else instant_of(end),
            deducted_seconds=None
            if end is None
            else calendar.working_seconds_between_epoch(start, end),
            reason_vi="; ".join(reasons),
        )


def _pauses_until(granted_at: datetime | None, pauses: Sequence[Pause]) -> Sequence[Pause]:
    """The pauses as they stood when an extension was granted: later ones count against the new."""
    if granted_at is None:
        return pauses
    return tuple(
        msgspec.structs.replace(pause, end_at=min(pause.end_at or granted_at, granted_at))
        for pause in pauses
        if pause.start_at < granted_at
    )


def _explained(
    received: int,
    start: int,
    walk: _Walk,
    *,
    calendar: WorkingCalendar,
    steps: Sequence[Step],
    is_decided: bool,
) -> DueTime:
    """The finished answer. What was decided and not moved depends on no calendar."""
    first, last = day_of_epoch(received), day_of_epoch(walk.end)
    is_counted = bool(walk.pauses) or not is_decided
    is_due_known = walk.due is not None
    return DueTime(
        received_at=instant_of(received),
        counted_from_at=instant_of(start),
        due_at=None if walk.due is None else instant_of(walk.due),
        remaining_seconds=None if is_due_known else walk.remaining,
        provisional=is_counted and calendar.is_provisional(first, last),
        falls_on_working_day=not is_due_known or calendar.is_working_day(last),
        working=tuple(steps),
    )
