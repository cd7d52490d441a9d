"""Draws up the report of a period from the service's file, as of one commit.

The walk runs in a thread on its own connection: it sees one commit and nothing after it, and the
fold goes on meanwhile. The same code draws it up from a file that `motcua replay` folded anew.
"""

import asyncio
import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.catalogue.model import Catalogue
from shared.rules.indicator_sets import IndicatorSet
from shared.rules.targets import Plan, Target

from .domain.closing import end_of_period
from .domain.contribution import OFFER
from .domain.index import month_in
from .domain.period_report import (
    LateRow,
    PeriodReport,
    Row,
    TargetResult,
    Told,
    counted_rows,
    digest_of,
    late_units,
    summed,
)
from .domain.periods import last_day_of, months_of
from .domain.scores import Unit
from .domain.walk import OF_A_PERIOD, LateDossier, Walk
from .ledger import KINDS
from .past import Place
from .scorebook import ASKED, book_of
from .snapshot import commit_of, opened, states_of


class Drawn(Struct, frozen=True, kw_only=True):
    """A report with its bytes, and what it was drawn from."""

    report: PeriodReport
    canonical: bytes
    sha256: str
    position: int
    as_of: int  # the instant asked about, in epoch seconds
    fingerprint: str  # of the counters of its months: another one may mean another report


async def drawn(place: Place, period: str, plans: Sequence[Plan], at: int | None = None) -> Drawn:
    """Return the report of a period as of the file's last commit; `at` stands for its instant.

    Raises:
        UnknownPeriodError: it is not written like a period.
    """
    return await asyncio.to_thread(draw, place, period, plans, at)


def draw(place: Place, period: str, plans: Sequence[Plan], at: int | None = None) -> Drawn:
    """As `drawn`, on this thread."""
    months = months_of(period)
    with opened(place.path) as db:
        committed, position = commit_of(db)
        last, now = end_of_period(period) - 1, committed if at is None else at
        as_of = min(last, now)
        walk = Walk(months, as_of, place.rules, is_over=last < now)
        for prefix in KINDS:
            for code, state in states_of(db, prefix):
                walk.take(code, state)
        mark = _fingerprints(db)
    report = _report(place, period, walk, as_of, plans)
    canonical = report.canonical()
    return Drawn(
        report=report, canonical=canonical, sha256=digest_of(canonical), position=position,
        as_of=as_of, fingerprint=fingerprint_of(mark, period),
    )  # fmt: skip


async def fingerprints(place: Place) -> dict[str, str]:
    """Return a hash of the counters of every month, as of the last commit."""

    def read() -> dict[str, str]:
        with opened(place.path) as db:
            return _fingerprints(db)

    return await asyncio.to_thread(read)


def fingerprint_of(by_month: Mapping[str, str], period: str) -> str:
    """The fingerprint of a period: of its months, and of what was reported for it."""
    return " ".join(by_month.get(one, "-") for one in dict.fromkeys((*months_of(period), period)))


def _fingerprints(db: sqlite3.Connection) -> dict[str, str]:
    found: defaultdict[str, hashlib.blake2b] = defaultdict(_fresh)
    spans: defaultdict[tuple[str, str], hashlib.blake2b] = defaultdict(_fresh)
    for key, value in db.execute("select key, value from counter order by key"):
        parts = tuple(key.split("\x1f"))
        month = month_in(parts) if parts[0] in OF_A_PERIOD else ""
        if month:
            found[month].update(f"{key} {value}\n".encode())
        elif parts[0] == OFFER:
            spans[parts[4], parts[5]].update(f"{key} {value}\n".encode())
    # What a procedure was holds in every month of its span, and in no other.
    for (since, until), one in sorted(spans.items()):
        for month, so_far in found.items():
            if since <= month and (not until or month < until):
                so_far.update(one.digest())
    return {month: one.hexdigest() for month, one in found.items()}


def _fresh() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=8)


def _report(
    place: Place, period: str, walk: Walk, as_of: int, plans: Sequence[Plan]
) -> PeriodReport:
    months = months_of(period)
    index = walk.index(frozenset({period, *months}))
    rows = counted_rows(index, months, walk.open, walk.owed)
    total = summed(rows.values())
    book = book_of(index, place.catalogue, period, place.day_of(period, as_of))
    book.work_all(index)
    rules = book.sets[ASKED]
    root = place.catalogue.province or ""
    for (code, _), unit in book.units.items():
        if code == root:
            _put(total, unit, rules)
        if code in rows or (code != root and _says_anything(unit)):
            _put(rows.setdefault(code, Row()), unit, rules)
    agencies = {code: rows[code] for code in sorted(rows)}
    return PeriodReport(
        period=period, agency=None, rules=rules.id if rules is not None else None, total=total,
        agencies=agencies, late_units=late_units(agencies),
        targets=target_results(plans, place.catalogue, {root: total, **agencies}, period),
        late_dossiers=[
            _late(one) for one in sorted(walk.late, key=lambda one: (one.agency, one.code))
        ],
    )  # fmt: skip


def _says_anything(unit: Unit) -> bool:
    return unit.score is not None or any(
        known.measure.denominator for known in unit.measures.values()
    )


def _put(row: Row, unit: Unit, rules: IndicatorSet | None) -> None:
    score = unit.score
    for one in sorted(unit.measures):
        known = unit.measures[one]
        row.indicators[one] = Told(
            numerator=known.measure.numerator, denominator=known.measure.denominator,
            origin=known.origin,
        )  # fmt: skip
    if score is None or rules is None:
        return
    for component, got in score.components.items():
        told = row.indicators.setdefault(component, Told(numerator=None, denominator=None))
        told.points = str(got.points)
        told.origin = told.origin or (got.flag.value if got.flag else "")
    row.groups = {code: str(points) for code, points in score.groups.items()}
    row.total_points = str(score.total)


def target_results(
    plans: Sequence[Plan],
    catalogue: Catalogue,
    rows: Mapping[str, Row],
    period: str,
    on: date | None = None,
) -> list[TargetResult]:
    """Compare every agency with the targets that bind its level in a period, or on one day."""
    first = on or date.fromisoformat(months_of(period)[0] + "-01")
    last = on or last_day_of(period)
    found: list[TargetResult] = []
    for code in sorted(rows):
        agency = catalogue.agency_by_code.get(code)
        if agency is not None:
            found += [
                _result(code, plan.id, target, rows[code])
                for plan in plans
                for target in plan.in_force(agency.level, first, last)
            ]
    return found


def _result(code: str, plan: str, target: Target, row: Row) -> TargetResult:
    told = row.indicators.get(target.measure)
    numerator = told.numerator if told is not None else None
    denominator = told.denominator if told is not None else None
    met = target.is_met(numerator, denominator)
    return TargetResult(
        agency=code, plan=plan, indicator=target.measure, vi=target.vi,
        comparison=target.comparison.value, threshold=target.threshold, numerator=numerator,
        denominator=denominator, met=met, source=target.source,
    )  # fmt: skip


def _late(one: LateDossier) -> LateRow:
    return LateRow(
        code=one.code, agency=one.agency, procedure=one.procedure, state=one.state,
        due_at=instant_of(one.due_at).isoformat(),
        ended_at=instant_of(one.ended_at).isoformat() if one.ended_at else None,
        late_working_days=one.late_working_days, owes=list(one.owes),
    )  # fmt: skip
