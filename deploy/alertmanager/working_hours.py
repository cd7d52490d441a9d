"""Alertmanager's idea of working time, written from our own calendar between two marker lines.

Alertmanager knows weekdays and dates, not Tết. `python -m deploy.alertmanager.working_hours`
rewrites the block; a test says when it no longer equals the calendar (a new override, a new year).
A province with a calendar of its own: `… working_hours --calendar calendar.toml --province H44`.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from shared.calendar import WorkingCalendar, province_calendar

CONFIG = Path(__file__).with_name("alertmanager.yml")
YEARS = (2026, 2027)
_BEGIN, _END = "# working hours: begin", "# working hours: end"
_SATURDAY = 5


def block(calendar: WorkingCalendar, years: tuple[int, ...]) -> str:
    """Return the YAML of three intervals: office hours, make-up days, weekdays that are free."""
    days = list(_days(years))
    free = [day for day in days if day.weekday() < _SATURDAY and not calendar.is_working_day(day)]
    worked = [day for day in days if day.weekday() >= _SATURDAY and calendar.is_working_day(day)]
    sessions = ", ".join(
        f'{{ start_time: "{one.start:%H:%M}", end_time: "{one.end:%H:%M}" }}'
        for one in calendar.sessions
    )
    lines = [
        "  - name: office-hours",
        "    time_intervals:",
        "      - location: Asia/Ho_Chi_Minh",
        '        weekdays: ["monday:friday"]',
        f"        times: [{sessions}]",
        *_dates(worked, f"        times: [{sessions}]"),
        "  - name: free-weekdays",
        "    time_intervals:",
        *_dates(free),
    ]
    return "\n".join(lines) + "\n"


def rewritten(text: str, fresh: str) -> str:
    """Return the configuration with the block between the markers replaced.

    Raises:
        ValueError: a marker is missing.
    """
    head, rest = text.split(_BEGIN, 1)
    note, rest = rest.split("\n", 1)
    _, tail = rest.split(f"  {_END}", 1)
    return f"{head}{_BEGIN}{note}\n{fresh}  {_END}{tail}"


def _dates(days: list[date], more: str = "") -> Iterator[str]:
    months: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for day in days:
        months[day.year, day.month].append(f'"{day.day}"')
    for (year, month), numbers in sorted(months.items()):
        yield "      - location: Asia/Ho_Chi_Minh"
        yield f'        years: ["{year}"]'
        yield f'        months: ["{month}"]'
        yield f"        days_of_month: [{', '.join(numbers)}]"
        if more:
            yield more


def _days(years: tuple[int, ...]) -> Iterator[date]:
    day = date(years[0], 1, 1)
    while day.year <= years[-1]:
        yield day
        day += timedelta(days=1)


def main(arguments: Sequence[str], config: Path = CONFIG) -> None:
    """Rewrite the block of `config`.

    Raises:
        OverrideTableError: the calendar file cannot be read or contradicts itself.
    """
    reader = argparse.ArgumentParser()
    reader.add_argument("--calendar", type=Path)
    reader.add_argument("--province")
    asked = reader.parse_args(arguments)
    calendar = province_calendar(asked.calendar, scope=asked.province)
    text = rewritten(config.read_text(encoding="utf-8"), block(calendar, YEARS))
    config.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
