"""Months, quarters, halves and years by civil day in Asia/Ho_Chi_Minh."""

import re
from datetime import date, timedelta

_MONTHS_OF_YEAR, _MONTHS_OF_HALF = 12, 6
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


def period_before(period: str) -> str:
    """The period of the same length that ended when this one began.

    Raises:
        UnknownPeriodError: it is not written like one.
    """
    months = months_of(period)
    earlier = months_before(months[0], len(months) + 1)
    first = earlier[0]
    if len(months) == _MONTHS_OF_YEAR:
        return first[:4]
    if len(months) == _MONTHS_OF_HALF:
        return f"{first[:4]}-H{1 if first.endswith('01') else 2}"
    return quarter_of(first) if len(months) > 1 else first


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
