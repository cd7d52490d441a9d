"""The counts of a month or more as they stand now, off the live counters: what the board shows.

The report that is published is another: `period_report.py`.
"""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct, field

from .contribution import CLOSED, OPEN, RECEIVED
from .index import Index
from .periods import months_of
from .rules import CHANNELS
from .stages import EARLY, LATE, ON_TIME, STAGES, TIMELINESS


def zeros(names: Iterable[str]) -> dict[str, int]:
    """A count of nothing for each name."""
    return dict.fromkeys(names, 0)


class Flow(Struct, kw_only=True):
    """What came in and what ended; every label of the closed sets is there, also with 0."""

    received: dict[str, int] = field(default_factory=lambda: zeros(CHANNELS))
    closed: dict[str, int] = field(default_factory=lambda: zeros(TIMELINESS))

    @property
    def received_count(self) -> int:
        """All channels."""
        return sum(self.received.values())

    @property
    def closed_count(self) -> int:
        """Early, on time, late, and those nobody can judge."""
        return sum(self.closed.values())

    @property
    def judged_count(self) -> int:
        """Closed, with a due time to judge by."""
        return self.closed[EARLY] + self.closed[ON_TIME] + self.closed[LATE]

    @property
    def on_time_ratio(self) -> float | None:
        """Closed early or on time, of all that can be judged; None when there is nothing."""
        judged = self.judged_count
        return (judged - self.closed[LATE]) / judged if judged else None


class Numbers(Flow, kw_only=True):
    """One row of the board: the flow of a period, and what is open now."""

    open: dict[str, int] = field(default_factory=lambda: zeros(STAGES))

    @property
    def open_count(self) -> int:
        """All stages."""
        return sum(self.open.values())


class Report(Struct, kw_only=True):
    """The numbers of one period, in total and by agency."""

    period: str
    total: Numbers
    agencies: dict[str, Numbers]


def report_of(index: Index, period: str, agencies: frozenset[str] | None = None) -> Report:
    """The counts of a period for some agencies, or for all of them.

    Raises:
        UnknownPeriodError: it is not written like a period.
    """
    rows: defaultdict[str, Numbers] = defaultdict(Numbers)
    total = Numbers()
    months = months_of(period)
    for kind, at in ((RECEIVED, months), (CLOSED, months), (OPEN, ("",))):
        for code, rest, value in index.rows(kind, at, agencies):
            getattr(rows[code], kind)[rest[1]] += value
            getattr(total, kind)[rest[1]] += value
    return Report(period=period, total=total, agencies={c: rows[c] for c in sorted(rows)})
