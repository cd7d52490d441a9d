"""A unit's indicators as plain values, for pages and programs."""

from fractions import Fraction
from typing import Any

from shared.rules.indicator_sets import IndicatorSet

from .domain.indicator_words import names_vi
from .domain.scores import Unit


def component_rows(rules: IndicatorSet | None, unit: Unit) -> list[dict[str, Any]]:
    """Every component of the set with what the unit has of it, as plain values.

    Where no set judges the period: everything that was measured, without points (D1).
    """
    if rules is None:
        return _measured_rows(unit)
    rows: list[dict[str, Any]] = []
    for component in rules.component:
        known = unit.measures.get(component.id)
        scored = unit.score.components[component.id] if unit.score is not None else None
        rows.append({
            "id": component.id, "code": component.code, "group": component.group,
            "name": component.name, "max_points": str(component.max),
            "numerator": known.measure.numerator if known else None,
            "denominator": known.measure.denominator if known else None,
            "ratio": plain_ratio(scored.ratio) if scored else None,
            "points": str(scored.points) if scored else None,
            "flag": scored.flag.value if scored and scored.flag else None,
            "origin": known.origin if known else None,
        })  # fmt: skip
    return rows


def watched_rows(rules: IndicatorSet | None, unit: Unit) -> list[dict[str, Any]]:
    """Every indicator of the set that is watched without points, as plain values."""
    rows: list[dict[str, Any]] = []
    for one in rules.watched if rules is not None else ():
        known = unit.measures.get(one.id)
        rows.append({
            "id": one.id, "group": one.group, "name": one.name, "per": one.per.value,
            "numerator": known.measure.numerator if known else None,
            "denominator": known.measure.denominator if known else None,
            "ratio": known.ratio if known else None, "origin": known.origin if known else None,
        })  # fmt: skip
    return rows


def _measured_rows(unit: Unit) -> list[dict[str, Any]]:
    names = names_vi()
    return [
        {
            "id": one, "code": "", "group": "", "name": names[one], "max_points": None,
            "numerator": known.measure.numerator, "denominator": known.measure.denominator,
            "ratio": known.ratio, "points": None, "flag": None, "origin": known.origin,
        }
        for one in names
        if (known := unit.measures.get(one)) is not None
    ]  # fmt: skip


def plain_ratio(ratio: Fraction | None) -> float | None:
    """A ratio for JSON: six digits after the point are more than a page ever shows."""
    return None if ratio is None else round(float(ratio), 6)
