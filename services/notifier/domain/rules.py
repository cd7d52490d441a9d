"""The dated stages of `shared/rules/alerts.toml`."""

from datetime import date
from enum import IntEnum, StrEnum, unique
from functools import cached_property
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import day_of_epoch
from shared.events.fields import Code


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


class Stage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: from when a dossier owes an alert. A negative offset is before the due time."""

    code: Code
    about: Literal["dossier"] = "dossier"
    offset_working_hours: Annotated[float, Meta(ge=-2000, le=2000)] = 0
    severity: Severity
    level: Annotated[int, Meta(ge=0, le=5)] = 0
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
    def order(self) -> int:
        """The stage's place among severities."""
        return SeverityOrder[self.severity.name].value

    def is_in_force(self, on: date) -> bool:
        """Whether the row counts on that civil day."""
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)

    def moment(self, overdue_from: int, calendar: WorkingCalendar) -> int:
        """The epoch second after which (from which, for a stage before due) the alert is owed."""
        return calendar.add_working_epoch(overdue_from, self.offset_seconds)


class AlertRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The whole file."""

    schema: Literal[1]
    stage: tuple[Stage, ...]

    @cached_property
    def by_code(self) -> dict[str, Stage]:
        """The newest row of each code, for names and texts."""
        return {stage.code: stage for stage in sorted(self.stage, key=lambda s: s.effective_from)}

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
