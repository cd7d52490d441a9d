"""The dated stages of `shared/rules/alerts.toml`."""

from collections import defaultdict
from datetime import date
from enum import IntEnum, StrEnum, unique
from functools import cached_property
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from services.notifier.domain.clocks import Clock
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import day_of_epoch
from shared.events.fields import Code

Hours = Annotated[float, Meta(ge=-2000, le=2000)]
Wait = Annotated[float, Meta(ge=0, le=2000)]
Count = Annotated[int, Meta(ge=0, le=100)]
Seconds = Annotated[int, Meta(ge=0, le=86_400)]


@unique
class Severity(StrEnum):
    """How bad it is, as the rules write it."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class SeverityOrder(IntEnum):
    """The order of lists: the greater comes first."""

    NOTICE = 1
    WARNING = 2
    CRITICAL = 3


@unique
class Role(StrEnum):
    """What a person is at an agency; the values stand in people.toml."""

    DESK = "desk"  # bộ phận một cửa
    HEAD = "head"  # lãnh đạo
    CENTRE = "centre"  # trung tâm điều hành: every alert of the agencies below
    ADMIN = "admin"  # who keeps the system running


class Stage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: from when a subject owes an alert. A negative offset is before the limit."""

    code: Code
    clock: Clock = Clock.DUE
    offset_working_hours: Hours = 0
    until_working_hours: Hours | None = None
    deadline_working_hours: Wait | None = None
    severity: Severity
    level: Annotated[int, Meta(ge=0, le=5)] = 0
    to: tuple[Role, ...] = (Role.DESK,)
    urgent: bool = False
    escalate_after_working_hours: Wait = 0
    level_max: Annotated[int, Meta(ge=0, le=5)] = 0
    remind_after_working_days: Wait = 0
    raise_within_working_days: Wait = 0
    effective_from: date
    effective_to: date | None = None
    source: str
    name_vi: str
    do_vi: str

    @property
    def offset_seconds(self) -> int:
        """The offset in working seconds."""
        return round(self.offset_working_hours * 3600)

    @property
    def is_early(self) -> bool:
        """Whether it warns before the limit is over."""
        return self.offset_working_hours < 0

    @property
    def order(self) -> int:
        """The stage's place among severities."""
        return SeverityOrder[self.severity.name].value

    def is_in_force(self, on: date) -> bool:
        """Whether the row counts on that civil day."""
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)

    def moment(self, start: int, calendar: WorkingCalendar) -> int:
        """The epoch second after which (from which, for a stage before due) the alert is owed."""
        return calendar.add_working_epoch(start, self.offset_seconds)

    def last_second(self, start: int, calendar: WorkingCalendar) -> int | None:
        """The last second of the stage; None: it has no end of its own."""
        until = (
            0 if self.is_early and self.until_working_hours is None else self.until_working_hours
        )
        return None if until is None else calendar.add_working_epoch(start, round(until * 3600))

    def deadline(self, moment: int, calendar: WorkingCalendar) -> int | None:
        """By when people must have done what the stage asks for; None: no time is set."""
        if self.deadline_working_hours is None:
            return None
        return calendar.add_working_epoch(moment, round(self.deadline_working_hours * 3600))


class Grouping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When one person's alerts go into one message. `repeat_working_hours` 0: never again."""

    first_wait_seconds: Seconds = 30
    interval_seconds: Seconds = 300
    repeat_working_hours: Wait = 0


class AlertRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The whole file."""

    schema: Literal[1]
    stage: tuple[Stage, ...]
    grouping: Grouping = Grouping()

    @cached_property
    def by_code(self) -> dict[str, Stage]:
        """The newest row of each code, for names and texts."""
        return {stage.code: stage for stage in sorted(self.stage, key=lambda s: s.effective_from)}

    @cached_property
    def by_clock(self) -> dict[Clock, tuple[Stage, ...]]:
        """The rows that each clock drives, in the order of the file."""
        found: defaultdict[Clock, list[Stage]] = defaultdict(list)
        for stage in self.stage:
            found[stage.clock].append(stage)
        return {clock: tuple(stages) for clock, stages in found.items()}

    def name_vi(self, code: str) -> str:
        """What people call the stage; its code where the rules no longer know it."""
        known = self.by_code.get(code)
        return known.name_vi if known else code

    def in_force(self, moment: int, code: str) -> Stage | None:
        """The row of `code` on the civil day of an epoch second; None where there is none."""
        on = day_of_epoch(moment)
        return next((s for s in self.stage if s.code == code and s.is_in_force(on)), None)


def alert_rules(toml: bytes) -> AlertRules:
    """Read the rules.

    Raises:
        msgspec.ValidationError: a row is wrong; the message names the place.
        ValueError: two rows of one code are in force on the same day, or it is no TOML.
    """
    rules = msgspec.toml.decode(toml, type=AlertRules)
    for stage in rules.stage:
        same = [
            s for s in rules.stage if s.code == stage.code and s.is_in_force(stage.effective_from)
        ]
        if len(same) != 1:
            raise ValueError(f"stage {stage.code}: two rows in force on {stage.effective_from}")
    return rules
