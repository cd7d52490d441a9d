"""What a period's report says, and the bytes under its hash. Pure.

The hash covers everything here as canonical JSON (UTF-8, keys sorted, no spaces), and nothing
here hangs on the instant of asking once the period has ended: what is open stands as of its end.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from .contribution import CLOSED, FACETS, RECEIVED
from .facets import DOSSIER
from .index import Index
from .report import Flow, zeros
from .stages import DUTIES, LATE, OVERDUE, STAGES

POSTAL: Final = {
    "received": "received_by_post", "returned": "returned_by_post", "either": "by_post",
}  # fmt: skip


class Told(Struct, kw_only=True):
    """One indicator: what was counted, its points where the set gives any, and who counted."""

    numerator: int | None
    denominator: int | None
    points: str | None = None
    origin: str = ""


class Row(Flow, kw_only=True):
    """One agency, or the total; every label of the closed sets is there, also with 0.

    Dossiers and post are the agency's own; indicators and points count all that is below it.
    """

    open_at_end: dict[str, int] = field(default_factory=lambda: zeros(STAGES))
    postal: dict[str, int] = field(default_factory=lambda: zeros(POSTAL))
    owed: dict[str, int] = field(default_factory=lambda: zeros(DUTIES))
    indicators: dict[str, Told] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    total_points: str | None = None

    @property
    def open_count(self) -> int:
        """All stages, at the period's end."""
        return sum(self.open_at_end.values())

    @property
    def postal_ratio(self) -> float | None:
        """Received or returned by post, of those received; None when there is nothing."""
        return self.postal["either"] / self.received_count if self.received_count else None


class TargetResult(Struct, kw_only=True):
    """One target of a plan beside what an agency reached; `met` is null where nothing was."""

    agency: str
    plan: str
    indicator: str
    vi: str
    comparison: str
    threshold: float
    numerator: int | None
    denominator: int | None
    met: bool | None
    source: str


class TargetSummary(Struct, kw_only=True):
    """One target of a plan over all agencies that it binds."""

    plan: str
    vi: str
    comparison: str
    threshold: float
    source: str
    met: int = 0
    missed: int = 0
    unmeasured: int = 0
    numerator: int | None = None  # of the province, where the plan binds it
    denominator: int | None = None


class LateUnit(Struct, kw_only=True):
    """An agency that closed dossiers late, or had overdue ones at the period's end."""

    agency: str
    late: int
    judged: int
    overdue: int
    explanation: int
    apology: int


class LateRow(Struct, kw_only=True):
    """A late dossier: by its code alone, never by a person."""

    code: str
    agency: str
    procedure: str
    state: str
    due_at: str
    ended_at: str | None
    late_working_days: int
    owes: list[str]


class PeriodReport(Struct, kw_only=True):
    """A whole report; `agency` is null for the province."""

    period: str
    agency: str | None
    rules: str | None
    total: Row
    agencies: dict[str, Row]
    targets: list[TargetResult]
    late_units: list[LateUnit]
    late_dossiers: list[LateRow]

    def canonical(self) -> bytes:
        """The bytes under the hash."""
        said = msgspec.to_builtins(self)
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode()

    def of(self, agency: str, among: Collection[str], *, is_province: bool) -> "PeriodReport":
        """The part about one agency: dossiers of all `among`, indicators of the agency alone."""
        agencies = {code: row for code, row in self.agencies.items() if code in among}
        own = self.total if is_province else self.agencies.get(agency, Row())
        total = summed(agencies.values())
        total.indicators, total.groups = own.indicators, own.groups
        total.total_points = own.total_points
        return PeriodReport(
            period=self.period, agency=agency, rules=self.rules, total=total, agencies=agencies,
            targets=[one for one in self.targets if one.agency in among],
            late_units=[one for one in self.late_units if one.agency in among],
            late_dossiers=[one for one in self.late_dossiers if one.agency in among],
        )  # fmt: skip


def digest_of(canonical: bytes) -> str:
    """The SHA-256 that a closing names, in hexadecimal."""
    return hashlib.sha256(canonical).hexdigest()


def summed(rows: Iterable[Row]) -> Row:
    """The sum of the counts of some rows; indicators are no sums and stay empty."""
    total = Row()
    for row in rows:
        for name in ("received", "closed", "open_at_end", "postal", "owed"):
            into = getattr(total, name)
            for label, value in getattr(row, name).items():
                into[label] += value
    return total


def counted_rows(
    index: Index,
    months: tuple[str, ...],
    stock: Mapping[str, Mapping[str, int]],
    owed: Mapping[str, Mapping[str, int]],
) -> dict[str, Row]:
    """The counts of every agency: flow from the counters, stock and duties as they were found."""
    rows: dict[str, Row] = {}
    for kind in (RECEIVED, CLOSED):
        for code, rest, value in index.rows(kind, months):
            getattr(rows.setdefault(code, Row()), kind)[rest[1]] += value
    for code, (subject, text, _), value in index.rows(FACETS, months):
        if subject == "dossier":
            row = rows.setdefault(code, Row())
            for name, facet in POSTAL.items():
                row.postal[name] += value if int(text) & DOSSIER[facet] else 0
    for code, stages in stock.items():
        rows.setdefault(code, Row()).open_at_end.update(stages)
    for code, duties in owed.items():
        rows.setdefault(code, Row()).owed.update(duties)
    return rows


def late_units(rows: Mapping[str, Row]) -> list[LateUnit]:
    """The agencies with anything late or overdue, the most late ones first."""
    found = [
        LateUnit(
            agency=code, late=row.closed[LATE], judged=row.judged_count,
            overdue=row.open_at_end[OVERDUE], explanation=row.owed["explanation"],
            apology=row.owed["apology"],
        )
        for code, row in rows.items()
        if row.closed[LATE] or row.open_at_end[OVERDUE]
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.late, -one.overdue, one.agency))


def without_post(report: PeriodReport) -> list[str]:
    """Agencies that received dossiers and had none by post, in or out. Source: [S4] 1.c."""
    return [code for code, row in report.agencies.items() if is_without_post(row)]


def is_without_post(row: Row) -> bool:
    """Whether dossiers were received and none went by post, in or out."""
    return bool(row.received_count) and not row.postal["either"]


def target_summaries(results: Iterable[TargetResult], province: str) -> list[TargetSummary]:
    """The targets in the order of their plans, each once; the province's own result beside it."""
    found: dict[tuple[str, str, float], TargetSummary] = {}
    for one in results:
        summary = found.setdefault(
            (one.plan, one.vi, one.threshold),
            TargetSummary(
                plan=one.plan, vi=one.vi, comparison=one.comparison, threshold=one.threshold,
                source=one.source,
            ),
        )  # fmt: skip
        if one.agency == province:
            summary.numerator, summary.denominator = one.numerator, one.denominator
        elif one.met is None:
            summary.unmeasured += 1
        elif one.met:
            summary.met += 1
        else:
            summary.missed += 1
    return sorted(found.values(), key=lambda one: (one.plan, one.vi))


def plain(value: object) -> Any:
    """A part of a report as JSON says it."""
    return msgspec.to_builtins(value)
