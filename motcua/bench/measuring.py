"""Rounds into figures: medians, paired ratios, and whether a goal is met. Pure.

A round measures ours and the yardstick one right after the other, so that whatever else the
machine does weighs on both: the ratio of a row is the median of its rounds' ratios, not the ratio
of two medians.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from msgspec import Struct

OURS, YARDSTICK = "ours", "yardstick"


class Spread(Struct, frozen=True):
    """One figure over several rounds, in the row's unit."""

    median: float
    least: float
    greatest: float
    rounds: int


class Goal(Struct, frozen=True):
    """A bound on a row's ratio, or on our own figure where there is no yardstick.

    Exactly one of the two is set.
    """

    at_least: float | None = None
    at_most: float | None = None

    def is_met_by(self, value: float) -> bool:
        """Say whether the value keeps the bound; the bound itself does."""
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is not None and value <= self.at_most


class Row(Struct, frozen=True, kw_only=True):
    """One line of the table.

    `met` is None where there is no goal or nothing was measured; then `note` says why. `ratio`
    is ours over the yardstick's, None without a yardstick.
    """

    name: str
    work: str
    unit: str
    yardstick_name: str = ""
    ours: Spread | None = None
    yardstick: Spread | None = None
    ratio: Spread | None = None
    goal: Goal | None = None
    met: bool | None = None
    note: str = ""
    details: Mapping[str, Any] = {}


def spread(values: Sequence[float]) -> Spread | None:
    """Median, least and greatest; None of nothing."""
    if not values:
        return None
    return Spread(median(values), min(values), max(values), len(values))


def row(
    name: str,
    work: str,
    unit: str,
    *,
    ours: Sequence[float],
    yardstick: Sequence[float] = (),
    yardstick_name: str = "",
    goal: Goal | None = None,
    note: str = "",
    details: Mapping[str, Any] | None = None,
) -> Row:
    """Judge the rounds of one row; `yardstick` has as many rounds as `ours`, or none.

    A round whose yardstick is zero has no ratio.
    """
    pairs = zip(ours, yardstick, strict=True) if yardstick else ()
    ratio = spread([mine / other for mine, other in pairs if other])
    own = spread(ours)
    judged = ratio if yardstick else own
    met = goal.is_met_by(judged.median) if goal is not None and judged is not None else None
    return Row(
        name=name,
        work=work,
        unit=unit,
        yardstick_name=yardstick_name,
        ours=own,
        yardstick=spread(yardstick),
        ratio=ratio,
        goal=goal,
        met=met,
        note=note,
        details=details or {},
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of all values do not exceed; 0.0 of nothing."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
