"""The table of due times in `cases/*.csv`, read as a clerk wrote it: clock times of Việt Nam.

A moment is `Fri 2025-04-25 16:00`, and its weekday is checked. Columns: case, received, limit,
pauses (`from > to; from > …`, an open end is `?`), cutoff, extension, due (`paused` for none).
"""

import csv
from datetime import datetime, time
from pathlib import Path
from typing import NamedTuple

from tests.unit.shared.calendar import recount

FOLDER = Path(__file__).parent / "cases"


class Case(NamedTuple):
    name: str
    received: datetime
    limit: str
    pauses: tuple[recount.Span, ...]
    cutoff: time | None
    extension: str
    due: datetime | None


def moment(text: str) -> datetime:
    """`Fri 2025-04-25 16:00`; ValueError if that day is no Friday."""
    found = datetime.fromisoformat(text[4:])
    if f"{found:%a}" != text[:3]:
        raise ValueError(f"{text}: that day is a {found:%a}")
    return found


def cases() -> list[Case]:
    found: list[Case] = []
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [_case(row, path.stem) for row in csv.DictReader(file)]
    return found


def pauses(text: str) -> tuple[recount.Span, ...]:
    return tuple(_span(part.strip()) for part in text.split(";") if part.strip())


def minutes(limit: str, start: datetime) -> int:
    """`3 working days`, `1.5 working days`, `4 working hours` or `same day` in open minutes."""
    if limit == "same day":
        return recount.minutes_left_today(start)
    count, _, unit = limit.split(" ")
    return int(float(count) * (480 if unit.startswith("day") else 60))


def recounted(case: Case) -> datetime | None:
    """The case's due time by the minute-by-minute recount."""
    if case.extension.startswith("to "):
        return moment(case.extension.removeprefix("to "))
    start = case.received
    if case.cutoff is not None:
        start = recount.start_after_cutoff(start, case.cutoff)
    total = minutes(case.limit, start)
    if case.extension:
        total += minutes(case.extension.removeprefix("by "), start)
    return recount.due(start, total, case.pauses)


def _span(text: str) -> recount.Span:
    begin, end = text.split(" > ")
    return moment(begin), None if end == "?" else moment(end)


def _case(row: dict[str, str], theme: str) -> Case:
    return Case(
        name=f"{theme}: {row['case']}",
        received=moment(row["received"]),
        limit=row["limit"],
        pauses=pauses(row["pauses"]),
        cutoff=time.fromisoformat(row["cutoff"]) if row["cutoff"] else None,
        extension=row["extension"],
        due=None if row["due"] == "paused" else moment(row["due"]),
    )
