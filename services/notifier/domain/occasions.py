"""Why, on what level and since when an open alert is to be told. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from services.notifier.domain.lifecycle import is_quiet
from services.notifier.domain.records import RAISED, AlertRecord
from services.notifier.domain.rules import Grouping, Role, Stage
from shared.calendar import WorkingCalendar

_ABOVE = (Role.HEAD, Role.CENTRE)


class Occasion(Struct, frozen=True):
    """One reason to tell; `name` is part of the telling's identity: each is told once a person."""

    name: str
    level: int
    roles: tuple[Role, ...]
    at: int

    @property
    def is_again(self) -> bool:
        """Whether people heard of the alert before."""
        return self.name.startswith(("reminded", "repeat"))


def occasions(
    record: AlertRecord, stage: Stage, grouping: Grouping, now: int, *, calendar: WorkingCalendar
) -> Iterator[Occasion]:
    """Every occasion so far; none while somebody has the alert in hand, or asked for quiet.

    What was said before an alert came back is over: whoever was not told then is told of the
    coming back.
    """
    if not record.is_open or record.is_acknowledged or is_quiet(record, now):
        return
    if not record.reminded:
        yield Occasion(RAISED, stage.level, stage.to, record.raised_at)
    else:
        number = len(record.reminded)
        yield Occasion(f"reminded-{number}", stage.level, stage.to, record.reminded[-1])
    for level, at in record.escalated:
        yield Occasion(f"level-{level}", level, _ABOVE, at)
    every = round(grouping.repeat_working_hours * 3600)
    if every:
        waited = calendar.working_seconds_between_epoch(record.waiting_since, now)
        number = waited // every
        if number:
            at = calendar.add_working_epoch(record.waiting_since, number * every)
            name = f"repeat-{len(record.reminded)}-{number}"
            yield Occasion(name, stage.level, stage.to, at)
