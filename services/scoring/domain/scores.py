"""Points, groups, totals and ranks of every unit, from what facts count and others report. Pure."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Final

from msgspec import Struct

from shared.catalogue.model import Level
from shared.rules.indicator_sets import IndicatorSet, Ties
from shared.rules.points import Measure, UnitScore, ranks, score

from .contribution import MEASURE, PARTS
from .index import Index
from .tally import Ratio

Told = Mapping[str, Measure]  # by indicator
FROM_FACTS, FROM_REPORT = "facts", "reported"
ALL_LEVELS: Final = "all"
_DOSSIERS, _PETITIONS = "3.3", "5.2"
# The report system may know of dossiers that were never published to us ([PORTAL-2026] 1.4).
_GREATER_DENOMINATOR: Final = {"1.4"}


class Known(Struct, frozen=True):
    """One measure of a unit and period, and who counted it."""

    measure: Measure
    origin: str

    @property
    def ratio(self) -> float | None:
        """Six digits after the point; None where nothing was measured."""
        numerator, denominator = self.measure.numerator, self.measure.denominator
        if numerator is None or not denominator:
            return None
        return round(numerator / denominator, 6)


Difference = tuple[int | None, int]
"""Of numerators and denominators; None where the other system told no numerator."""


class Unit(Struct, frozen=True):
    """Everything known of a unit in a period; `score` is None where nothing was measured."""

    measures: Mapping[str, Known]
    score: UnitScore | None
    differences: Mapping[str, Difference]  # ours minus reported, where both exist
    rules: str = ""  # the set that gave the points; those of two sets are not compared (D1)


def reported_of(index: Index, period: str) -> dict[str, dict[str, Measure]]:
    """Return what other systems reported for a period, by agency and indicator."""
    said: dict[str, dict[str, dict[str, int]]] = {}
    for agency, (indicator, part), value in index.rows(MEASURE, (period,)):
        said.setdefault(agency, {}).setdefault(indicator, {})[part] = value - 1
    return {
        agency: {one: _measure(parts) for one, parts in by_indicator.items()}
        for agency, by_indicator in said.items()
    }


def _measure(parts: Mapping[str, int]) -> Measure:
    numerator, denominator, points = (parts.get(part) for part in PARTS)
    return Measure(numerator, denominator, None if points is None else Decimal(points) / 100)


def known_of(ratios: Mapping[str, Ratio], reported: Told) -> dict[str, Known]:
    """Choose per measure: facts where they know anything, else the report, else 0 of 0, else none.

    0 of 0 is a measurement only for a unit that received a dossier or a petition in the period:
    nothing seen is not zero (D3).
    """
    seen = any(ratios.get(one, (0, 0))[1] for one in (_DOSSIERS, _PETITIONS))
    found: dict[str, Known] = {}
    for one, (numerator, denominator) in ratios.items():
        theirs = reported.get(one)
        if denominator and one in _GREATER_DENOMINATOR and theirs is not None:
            denominator = max(denominator, theirs.denominator or 0)  # noqa: PLW2901 - the same count
        if denominator:
            found[one] = Known(Measure(numerator, denominator), FROM_FACTS)
        elif theirs is None and seen and one not in _ONLY_WHEN_SEEN:
            found[one] = Known(Measure(0, 0), FROM_FACTS)
    for one, measure in reported.items():
        found.setdefault(one, Known(measure, FROM_REPORT))
    return found


# Nothing of these in a period means that nobody told us, not that there were none.
_ONLY_WHEN_SEEN: Final = {
    "1.1", "1.2", "1.3", "3.1", "3.2", "3.5a", "3.5b", "4.6", "one_stop_desks_and_officers_rated",
}  # fmt: skip


# What a unit offers holds from month to month; alone it is no sign that the unit did anything.
_STANDING: Final = {"1.3", "3.1", "3.2", "3.5a", "3.5b"}


def unit_of(
    rules: IndicatorSet,
    ratios: Mapping[str, Ratio],
    reported: Told,
    province: Told | None,
    level: Level | None = None,
) -> Unit:
    """Score one unit; `province` holds the measures that it inherits, None for the province."""
    known = known_of(ratios, reported)
    # A system may show a group's points only: then they stand for the group.
    groups = {
        group.code: told.points
        for group in rules.group
        if (told := reported.get(group.code)) is not None and told.points is not None
    }
    own = {one: found.measure for one, found in known.items()}
    has_any = bool(groups) or any(
        component.id in own and component.id not in _STANDING for component in rules.component
    )
    return Unit(
        measures=known,
        score=score(rules, own, province=province, reported_groups=groups, level=level)
        if has_any
        else None,
        differences=dict(_differences(ratios, reported)),
        rules=rules.id,
    )


def _differences(ratios: Mapping[str, Ratio], reported: Told) -> Iterable[tuple[str, Difference]]:
    for one, (numerator, denominator) in ratios.items():
        theirs = reported.get(one)
        if denominator and theirs is not None and theirs.denominator is not None:
            told = theirs.numerator
            apart = None if told is None else numerator - told
            yield one, (apart, denominator - theirs.denominator)


def ranks_of(
    totals: Mapping[str, Decimal | None], levels: Mapping[str, Collection[str]], ties: Ties
) -> dict[tuple[str, str], int]:
    """Return rank by (unit, list): one list per level, and one of them all (D6)."""
    lists = {**levels, ALL_LEVELS: {unit for units in levels.values() for unit in units}}
    return {
        (unit, name): place
        for name, units in lists.items()
        for unit, place in ranks({one: totals.get(one) for one in sorted(units)}, ties).items()
        if place is not None
    }
