"""What resolving today would bring: the open dossiers of a unit, ordered by their worth."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from shared.rules.indicator_sets import IndicatorSet
from shared.rules.measures import load_measures
from shared.rules.points import Measure, score
from shared.runtime import Refusal

from .domain.closing import end_of_period
from .domain.dossier import DossierState
from .domain.stages import is_open
from .domain.what_if import Gain, outlook
from .score_reading import MEASURES, ScoreReading

_RECEIVED = "3.3"  # its denominator is every dossier received in the period


class WhatIf(Struct, frozen=True, kw_only=True):
    """The unit's total when all open dossiers are left or resolved, and each one's worth."""

    period: str
    as_of: datetime
    total: Decimal
    total_if_left: Decimal
    total_if_resolved: Decimal
    open_count: int
    gains: list[Gain]


async def what_if(scores: ScoreReading, agency: str, period: str) -> WhatIf:
    """Work it out for an agency with everything below it.

    Raises:
        Refusal: 404 for an agency without numbers, 422 for what is no period or has no points.
    """
    found = await scores.scored(period)
    unit = found.units.get(agency)
    if unit is None or unit.score is None or found.rules is None:
        raise Refusal(404, "Đơn vị chưa có điểm trong kỳ này.", "No points for this unit.")
    rules = found.rules.of_level(scores.reading.level_of(agency))
    known = {one: each.measure for one, each in unit.measures.items()}
    states = list(await _open_states(scores, agency, period))
    end = end_of_period(period) - 1
    ahead = await asyncio.to_thread(
        outlook, states, known, rules, load_measures().measure,
        now=int(found.as_of.timestamp()), period_end=end,
        judged=scores.reading.rules,
    )  # fmt: skip
    total = _moved(rules, known, {})
    return WhatIf(
        period=period, as_of=found.as_of, total=unit.score.total,
        total_if_left=unit.score.total + _moved(rules, known, ahead.left) - total,
        total_if_resolved=unit.score.total + _moved(rules, known, ahead.resolved) - total,
        open_count=len(states), gains=ahead.gains,
    )  # fmt: skip


async def _open_states(
    scores: ScoreReading, agency: str, period: str
) -> Iterable[tuple[str, DossierState]]:
    """The open dossiers that the unit's indicators of the period count."""
    measure = MEASURES[_RECEIVED]
    listed = await scores.listed(measure.id, agency, period)
    return (
        (item.code, item.state)
        for item in (*listed.counted, *listed.left_out)
        if isinstance(item.state, DossierState) and is_open(item.state)
    )


def _moved(rules: IndicatorSet, known: Mapping[str, Measure], moves: Mapping[str, int]) -> Decimal:
    """The unit's total with some numerators moved; what it inherits does not move."""
    moved = dict(known)
    for one, by in moves.items():
        measure = known[one]
        moved[one] = Measure((measure.numerator or 0) + by, measure.denominator)
    return score(rules, moved).total
