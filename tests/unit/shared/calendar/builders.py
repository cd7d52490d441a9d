"""Short ways to write moments of Việt Nam and the terms of a case."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from shared.calendar import (
    HO_CHI_MINH,
    DueTime,
    ExtendedBy,
    ExtendedTo,
    Extension,
    IntakeCutoff,
    Limit,
    Pause,
    SameDay,
    WorkingCalendar,
    WorkingDays,
    WorkingHours,
    due_epoch,
    due_time,
    load_calendar,
)
from tests.unit.shared.calendar import case_table, recount


@cache
def national() -> WorkingCalendar:
    return load_calendar()


def at(text: str) -> datetime:
    """`Fri 2025-04-25 16:00` as an aware instant; the weekday is checked."""
    return case_table.moment(text).replace(tzinfo=HO_CHI_MINH)


def text_of(instant: datetime | None) -> str:
    """An instant as the table writes it; `paused` for none."""
    if instant is None:
        return "paused"
    local = instant.astimezone(HO_CHI_MINH)
    assert not local.second
    return f"{local:%a %Y-%m-%d %H:%M}"


def limit_of(text: str) -> Limit:
    if text == "same day":
        return SameDay()
    return span_of(text)


def span_of(text: str) -> WorkingDays | WorkingHours:
    count, _, unit = text.split(" ")
    return WorkingDays(float(count)) if unit == "days" else WorkingHours(float(count))


def pauses_of(spans: Sequence[recount.Span]) -> tuple[Pause, ...]:
    return tuple(
        Pause(
            start_at=start.replace(tzinfo=HO_CHI_MINH),
            end_at=None if end is None else end.replace(tzinfo=HO_CHI_MINH),
        )
        for start, end in spans
    )


def pauses(text: str) -> tuple[Pause, ...]:
    """`Wed 2025-03-12 08:00 > Wed 2025-03-12 10:00; …`, an open end is `?`."""
    return pauses_of(case_table.pauses(text))


def extension_of(text: str) -> Extension | None:
    if not text:
        return None
    kind, _, rest = text.partition(" ")
    return ExtendedTo(due_at=at(rest)) if kind == "to" else ExtendedBy(limit=span_of(rest))


def cutoff_of(case: case_table.Case) -> IntakeCutoff | None:
    return None if case.cutoff is None else IntakeCutoff(received_after=case.cutoff)


def explained(case: case_table.Case) -> DueTime:
    return due_time(
        case.received.replace(tzinfo=HO_CHI_MINH),
        limit_of(case.limit),
        calendar=national(),
        pauses=pauses_of(case.pauses),
        extension=extension_of(case.extension),
        cutoff=cutoff_of(case),
    )


def folded(case: case_table.Case) -> int | None:
    return due_epoch(
        int(case.received.replace(tzinfo=HO_CHI_MINH).timestamp()),
        limit_of(case.limit),
        calendar=national(),
        pauses=pauses_of(case.pauses),
        extension=extension_of(case.extension),
        cutoff=cutoff_of(case),
    )
