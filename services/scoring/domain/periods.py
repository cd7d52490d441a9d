"""Months, quarters, halves and years by civil day in Asia/Ho_Chi_Minh."""

import re
from datetime import date, timedelta

_PERIOD = re.compile(r"(20\d{2})(?:-(0[1-9]|1[0-2])|-Q([1-4])|-H([12]))?")


class UnknownPeriodError(ValueError):
    """A period is `2026`, `2026-H1`, `2026-Q3` or `2026-09`."""


def months_of(period: str) -> tuple[str, ...]:
    """The months of a period, in order.

    Raises:
        UnknownPeriodError: it is not written like one.
    """
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise UnknownPeriodError(period)
    year, month, quarter, half = found.groups()
    if month:
        return (period,)
    first, count = 1, 12
    if quarter:
        first, count = 3 * int(quarter) - 2, 3
    elif half:
        first, count = 6 * int(half) - 5, 6
    return tuple(f"{year}-{number:02d}" for number in range(first, first + count))


def last_day_of(period: str) -> date:
    """The last civil day of a period.

    Raises:
        UnknownPeriodError: it is not written like one.
    """
    year, month = (int(part) for part in months_of(period)[-1].split("-"))
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def quarter_of(month: str) -> str:
    """`2026-Q3` for `2026-09`."""
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def current_periods(month: str) -> dict[str, str]:
    """The current month, quarter and year, by what the metrics call them."""
    return {"month": month, "quarter": quarter_of(month), "year": month[:4]}


def months_before(month: str, count: int) -> list[str]:
    """So many months up to `month`, oldest first."""
    last = int(month[:4]) * 12 + int(month[5:]) - 1
    return [f"{one // 12}-{one % 12 + 1:02d}" for one in range(last - count + 1, last + 1)]


def period_name_vi(period: str) -> str:
    """As a report's title says it: `tháng 9/2026`, `quý III/2026`, `năm 2026`."""
    months = months_of(period)
    year = period[:4]
    if len(months) == 1:
        return f"tháng {int(period[5:])}/{year}"
    if "Q" in period:
        return f"quý {('I', 'II', 'III', 'IV')[int(period[-1]) - 1]}/{year}"
    if "H" in period:
        return f"6 tháng {'đầu' if period.endswith('1') else 'cuối'} năm {year}"
    return f"năm {year}"
