"""What resolving an open dossier today would bring its unit, against leaving it. Pure.

Left alone, an open dossier is judged at the period's end; resolved today, with its result issued
electronically and its papers digitised, it keeps what it would lose and gains what it lacks. The
points are exact fractions before rounding: one dossier of ten thousand moves no second decimal.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Final

from msgspec import Struct

from shared.rules.indicator_sets import Component, IndicatorSet
from shared.rules.measures import Measured
from shared.rules.points import Measure

from .dossier import DossierState
from .facets import DOSSIER, Mask, mask
from .judging import facets_of
from .rules import Rules, instant_of_us

_DONE_WELL: Final = (
    DOSSIER["electronic_result"] | DOSSIER["components_digitised"] | DOSSIER["result_digitised"]
    | DOSSIER["digitised"]
)  # fmt: skip


class Gain(Struct, frozen=True, kw_only=True):
    """What one dossier brings: points before rounding, and the components they come from."""

    code: str
    points: Fraction
    due_at: datetime | None
    brings: tuple[str, ...]


class Outlook(Struct, frozen=True):
    """Each dossier's worth, and by how much the numerators move if all are left, or resolved."""

    gains: list[Gain]
    left: Mapping[str, int]
    resolved: Mapping[str, int]


def outlook(
    states: Iterable[tuple[str, DossierState]],
    known: Mapping[str, Measure],
    rules: IndicatorSet,
    measures: Iterable[Measured],
    *,
    now: int,
    period_end: int,
    judged: Rules,
) -> Outlook:
    """Rank open dossiers by what resolving them now brings; those that bring nothing are left out.

    `known` are the unit's measures now; `period_end` in epoch seconds.
    """
    worth = _worths(known, rules, measures)
    left_moves, done_moves = Counter[str](), Counter[str]()
    found: list[Gain] = []
    for code, state in states:
        here = facets_of(state, now, judged)
        left = facets_of(state, max(now, period_end), judged)
        done = here | _DONE_WELL
        brought: dict[str, Fraction] = {}
        for one, (value, counted) in worth.items():
            is_in, stays, comes = (counted.fits(facets) for facets in (here, left, done))
            left_moves[one] += stays - is_in
            done_moves[one] += comes - is_in
            brought[one] = value * (comes - stays)
        points = sum(brought.values(), Fraction(0))
        if points > 0:
            brings = tuple(sorted(one for one, value in brought.items() if value > 0))
            due_at = instant_of_us(state.due)
            found.append(Gain(code=code, points=points, due_at=due_at, brings=brings))
    return Outlook(sorted(found, key=_by_points_then_due), left_moves, done_moves)


def _by_points_then_due(gain: Gain) -> tuple[Fraction, float, str]:
    due = gain.due_at.timestamp() if gain.due_at is not None else float("inf")
    return (-gain.points, due, gain.code)


def _worths(
    known: Mapping[str, Measure], rules: IndicatorSet, measures: Iterable[Measured]
) -> dict[str, tuple[Fraction, Mask]]:
    """Points that one more dossier in the numerator is worth, for each component it can move."""
    subjects = {one.id: one for one in measures if one.subject == "dossier" and not one.of}
    found: dict[str, tuple[Fraction, Mask]] = {}
    for component in rules.component:
        measure, counted = known.get(component.id), subjects.get(component.id)
        if measure is None or counted is None or not measure.denominator:
            continue
        # Above the threshold a dossier moves nothing, unless it is the one that crosses it.
        each = Fraction(component.max) / Fraction(component.full_at) / measure.denominator
        if not _is_safe(component, measure):
            found[component.id] = (each, mask("dossier", counted.counted))
    return found


def _is_safe(component: Component, measure: Measure) -> bool:
    if component.full_at == 1 or measure.numerator is None or not measure.denominator:
        return False
    return Fraction(measure.numerator - 1, measure.denominator) >= Fraction(component.full_at)
