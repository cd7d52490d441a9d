"""The counts of a month or more as they stand now, off the live counters: what the board shows.

The report that is published is another: `period_report.py`.
"""

from collections import defaultdict

from msgspec import Struct

from .contribution import CLOSED, OPEN, RECEIVED
from .index import Index
from .periods import months_of
from .rules import CHANNELS
from .stages import EARLY, LATE, ON_TIME, STAGES, TIMELINESS


class Numbers(Struct, kw_only=True):
    """One row: every label of the closed sets is there, also with 0."""

    received: dict[str, int]
    closed: dict[str, int]
    open: dict[str, int]

    @property
    def received_count(self) -> int:
        """All channels."""
        return sum(self.received.values())

    @property
    def closed_count(self) -> int:
        """Early, on time, late, and those nobody can judge."""
        return sum(self.closed.values())

    @property
    def open_count(self) -> int:
        """All stages."""
        return sum(self.open.values())

    @property
    def on_time_ratio(self) -> float | None:
        """Closed early or on time, of all that can be judged; None when there is nothing."""
        good = self.closed[EARLY] + self.closed[ON_TIME]
        judged = good + self.closed[LATE]
        return good / judged if judged else None


class Report(Struct, kw_only=True):
    """The numbers of one period, in total and by agency."""

    period: str
    total: Numbers
    agencies: dict[str, Numbers]


def empty_numbers() -> Numbers:
    """A row of zeros."""
    return Numbers(
        received=dict.fromkeys(CHANNELS, 0),
        closed=dict.fromkeys(TIMELINESS, 0),
        open=dict.fromkeys(STAGES, 0),
    )


def report_of(index: Index, period: str, agencies: frozenset[str] | None = None) -> Report:
    """The counts of a period for some agencies, or for all of them.

    Raises:
        UnknownPeriodError: it is not written like a period.
    """
    rows: defaultdict[str, Numbers] = defaultdict(empty_numbers)
    total = empty_numbers()
    months = months_of(period)
    for kind, at in ((RECEIVED, months), (CLOSED, months), (OPEN, ("",))):
        for code, rest, value in index.rows(kind, at, agencies):
            getattr(rows[code], kind)[rest[1]] += value
            getattr(total, kind)[rest[1]] += value
    return Report(period=period, total=total, agencies={c: rows[c] for c in sorted(rows)})
