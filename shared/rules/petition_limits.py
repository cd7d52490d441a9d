"""How long each step of a petition (phản ánh, kiến nghị) may take, as dated data.

Source: [PORTAL-2026] indicator 5.2; starting anew with a transfer is [D19].
"""

from datetime import date
from enum import StrEnum, unique
from importlib.resources import files
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import day_of_epoch


@unique
class PetitionStep(StrEnum):
    """What an agency must do within a limit."""

    REFUSE = "refuse"
    SUPPLEMENT = "supplement"
    ANSWER = "answer"
    PUBLISH = "publish"


class PetitionLimit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row; `effective_to` is the first day it no longer counts."""

    step: PetitionStep
    working_days: Annotated[float, Meta(gt=0, le=250)]
    effective_from: date
    effective_to: date | None = None
    source: str


class PetitionLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: Literal[1]
    limit: tuple[PetitionLimit, ...]

    def last_second(self, step: PetitionStep, since: int, *, calendar: WorkingCalendar) -> int:
        """The last epoch second within the limit of `step` that starts at `since`.

        Raises:
            LookupError: the file has no row for the step.
        """
        on = day_of_epoch(since)
        rows = sorted((r for r in self.limit if r.step is step), key=lambda r: r.effective_from)
        if not rows:
            raise LookupError(f"no limit for {step}")
        known = [r for r in rows if r.effective_from <= on] or rows[:1]
        seconds = round(known[-1].working_days * calendar.working_day_seconds)
        return calendar.add_working_epoch(since, seconds)


def petition_limits(toml: bytes | None = None) -> PetitionLimits:
    """Read the file that is shipped, or another.

    Raises:
        msgspec.ValidationError: a row is wrong; the message names the place.
    """
    if toml is None:
        toml = (files("shared.rules") / "petition_limits.toml").read_bytes()
    return msgspec.toml.decode(toml, type=PetitionLimits)
