"""What became of a unit since the period before: points won or lost, places climbed or fallen."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from msgspec import Struct

from .domain.scores import Unit
from .score_reading import Scored

_WIDTH, _HEIGHT = 220, 40


class Change(Struct, frozen=True, kw_only=True):
    """Against the period before; None where either has no points, or no place."""

    points: Decimal | None = None
    places: int | None = None  # above 0: climbed


NONE: Final = Change()


def change_of(code: str, level: str, found: Scored, before: Scored | None) -> Change:
    """Compare a unit's total and its place in the list of a level."""
    if before is None:
        return NONE
    points, earlier = _total(found.units.get(code)), _total(before.units.get(code))
    place, was = found.ranks.get((code, level)), before.ranks.get((code, level))
    return Change(
        points=points - earlier if points is not None and earlier is not None else None,
        places=was - place if place is not None and was is not None else None,
    )


def _total(unit: Unit | None) -> Decimal | None:
    return unit.score.total if unit is not None and unit.score is not None else None


class Trend(Struct, frozen=True, kw_only=True):
    """Totals by month, oldest first, and a line through those that are known.

    Only months judged by the set of the last that has points: others are not compared (D1).
    """

    months: tuple[tuple[str, Decimal | None], ...]
    line: str  # points of an SVG polyline within `width` and `height`
    width: int = _WIDTH
    height: int = _HEIGHT

    @property
    def known(self) -> list[tuple[str, Decimal]]:
        """The months that have points."""
        return [(month, total) for month, total in self.months if total is not None]


def trend_of(months: list[tuple[str, Unit | None]]) -> Trend:
    """A unit's totals as a line from 0 to 100 points."""
    judges = [unit.rules for _, unit in months if unit is not None and unit.score is not None]
    totals = tuple(
        (month, _total(unit) if unit is not None and unit.rules == judges[-1] else None)
        for month, unit in months
    )
    step = _WIDTH / max(1, len(totals) - 1)
    line = " ".join(
        f"{place * step:.1f},{_HEIGHT * (1 - float(total) / 100):.1f}"
        for place, (_, total) in enumerate(totals)
        if total is not None
    )
    return Trend(months=totals, line=line)


def said(counts: Mapping[bool | None, int]) -> dict[str, int]:
    """Targets met, missed and not measured, by name."""
    return {
        "met": counts.get(True, 0), "missed": counts.get(False, 0),
        "unmeasured": counts.get(None, 0),
    }  # fmt: skip
