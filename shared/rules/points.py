"""From measures to points: the arithmetic of an indicator set, exact to the last decimal. Pure.

Source: [QD-766-2022], as [PORTAL-2026] computes it.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum, unique
from fractions import Fraction
from functools import cache

from msgspec import Struct

from shared.catalogue.model import Level

from .indicator_sets import Component, IndicatorSet, Inherit, Ties, Zero


@unique
class Flag(StrEnum):
    """How a component's points came about, where not by its own numbers."""

    INHERITED = "inherited"
    REPORTED = "reported"
    NO_DATA = "no_data"
    OUT_OF_SCOPE = "out_of_scope"


class Measure(Struct, frozen=True):
    """A count of one component, or points where a system shows only those. None: not measured."""

    numerator: int | None = None
    denominator: int | None = None
    points: Decimal | None = None


class Scored(Struct, frozen=True):
    """A component's points, rounded, and the count they were earned with, if there is one."""

    points: Decimal
    counted: tuple[int, int] | None
    flag: Flag | None = None

    @property
    def ratio(self) -> Fraction | None:
        """Numerator over denominator; None where nothing was measured."""
        return None if self.counted is None else Fraction(*self.counted)


class UnitScore(Struct, frozen=True):
    """Components, groups and total of one unit, and the band's name."""

    components: Mapping[str, Scored]
    groups: Mapping[str, Decimal]
    reported_groups: frozenset[str]
    total: Decimal
    band: str


def rounded(value: Fraction, decimals: int) -> Decimal:
    """Round half up, exactly: no binary fraction comes near a point of the score."""
    scale = 10**decimals
    whole = (value * scale * 2 + 1) // 2
    return Decimal(int(whole)).scaleb(-decimals)


def points(component: Component, measure: Measure, decimals: int) -> Scored:
    """Return the points of one component: 0 to its maximum, rounded half up.

    With a zero denominator the component's own rule decides; with nothing measured there are no
    points and the flag says so. Points that a system only reported are kept as they are.
    """
    numerator, denominator = measure.numerator, measure.denominator
    if numerator is None or denominator is None:
        if measure.points is not None:
            return Scored(measure.points, None, Flag.REPORTED)
        return Scored(_whole(Decimal(0), decimals), None, Flag.NO_DATA)
    if denominator == 0:
        earned = component.max if component.zero is Zero.FULL else Decimal(0)
        flag = Flag.NO_DATA if component.zero is Zero.NO_DATA else None
        return Scored(_whole(earned, decimals), None, flag)
    return Scored(_earned(component, numerator, denominator, decimals), (numerator, denominator))


@cache
def _whole(points: Decimal, decimals: int) -> Decimal:
    return rounded(Fraction(points), decimals)


def _earned(component: Component, numerator: int, denominator: int, decimals: int) -> Decimal:
    """`min(max, max * ratio / full_at)`, rounded half up: in whole numbers, so it is exact."""
    over, under, most = _slope(component, decimals)
    over *= numerator
    under *= denominator
    return Decimal(max(min((2 * over + under) // (2 * under), most), 0)).scaleb(-decimals)


@cache
def _slope(component: Component, decimals: int) -> tuple[int, int, int]:
    """Points of a ratio of 1 as a fraction, and the maximum; in units of the last decimal."""
    slope = Fraction(component.max) / Fraction(component.full_at) * 10**decimals
    return slope.numerator, slope.denominator, int(component.max * 10**decimals)


def score(
    rules: IndicatorSet,
    measures: Mapping[str, Measure],
    *,
    province: Mapping[str, Measure] | None = None,
    reported_groups: Mapping[str, Decimal] | None = None,
    level: Level | None = None,
) -> UnitScore:
    """Score one unit; `province` holds the measures that a unit below it inherits.

    A component that is not for units of its `level` earns nothing; an unknown level has them all.

    `reported_groups` stands in for groups of which only the sum is known. Groups are sums of
    rounded components, the total is the sum of the groups.
    """
    reported = reported_groups or {}
    zero = _whole(Decimal(0), rules.decimals)
    components = {
        component.id: _scored(component, measures, province, rules.decimals)
        if level is None or level in component.levels
        else Scored(zero, None, Flag.OUT_OF_SCOPE)
        for component in rules.component
    }
    groups = {
        group.code: reported[group.code]
        if group.code in reported
        else sum((components[c.id].points for c in rules.component if c.group == group.code), zero)
        for group in rules.group
    }
    total = sum(groups.values(), zero)
    band = next((band.name for band in rules.band if total >= band.at_least), "")
    return UnitScore(components, groups, frozenset(reported), total, band)


def _scored(
    component: Component,
    measures: Mapping[str, Measure],
    province: Mapping[str, Measure] | None,
    decimals: int,
) -> Scored:
    own = measures.get(component.id)
    above = province.get(component.id) if province is not None else None
    inherits = component.inherit is Inherit.ALWAYS or (
        component.inherit is Inherit.IF_ABSENT and own is None
    )
    if inherits and above is not None:
        got = points(component, above, decimals)
        return Scored(got.points, got.counted, Flag.INHERITED)
    return points(component, own or Measure(), decimals)


def ranks(totals: Mapping[str, Decimal | None], ties: Ties = Ties.SKIP) -> dict[str, int | None]:
    """Return ranks by descending total: ties share one, and the rule says which comes next (D6).

    A unit without data (None) is unranked.
    """
    measured = [total for total in totals.values() if total is not None]
    known = sorted(set(measured) if ties is Ties.NEXT else measured, reverse=True)
    first: dict[Decimal, int] = {}
    for place, total in enumerate(known, start=1):
        first.setdefault(total, place)
    return {unit: None if total is None else first[total] for unit, total in totals.items()}
