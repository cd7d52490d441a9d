"""What time does to an open alert that people have, or have not, taken on. Pure.

Nobody took it on for long enough: the next level is told. Somebody did and it is still not
finished: it waits for a person again. Both are counted in working time, and a silence holds both.
"""

from enum import StrEnum, unique

from msgspec import Struct

from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import Stage
from shared.calendar import WorkingCalendar


@unique
class Turn(StrEnum):
    """What is to be said of an open alert because time passed."""

    ESCALATE = "escalate"
    REMIND = "remind"


class NextTurn(Struct, frozen=True):
    """What comes next, at which epoch second, and for which level or the how-manieth time."""

    turn: Turn
    at: int
    number: int


def next_turn(record: AlertRecord, stage: Stage, calendar: WorkingCalendar) -> NextTurn | None:
    """What time will make of the alert if nobody does anything; None: nothing."""
    if not record.is_open:
        return None
    if record.acknowledged_at is not None:
        if not stage.remind_after_working_days:
            return None
        seconds = round(stage.remind_after_working_days * calendar.working_day_seconds)
        at = calendar.add_working_epoch(record.acknowledged_at, seconds)
        return _after_quiet(NextTurn(Turn.REMIND, at, len(record.reminded) + 1), record)
    level = max((level for level, _ in record.escalated), default=stage.level)
    if not stage.escalate_after_working_hours or level >= stage.level_max:
        return None
    seconds = round(stage.escalate_after_working_hours * 3600)
    at = calendar.add_working_epoch(record.waiting_since, seconds)
    return _after_quiet(NextTurn(Turn.ESCALATE, at, level + 1), record)


def _after_quiet(turn: NextTurn, record: AlertRecord) -> NextTurn:
    if record.quiet is None or record.quiet.until <= turn.at:
        return turn
    return NextTurn(turn.turn, record.quiet.until, turn.number)


def is_quiet(record: AlertRecord, now: int) -> bool:
    """Whether somebody asked for quiet about it, and that is not over."""
    return record.quiet is not None and now < record.quiet.until
