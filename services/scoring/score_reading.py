"""Questions about points and indicators: the live book answers for now, the file for the past."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.rules.indicator_sets import IndicatorSet, Measure
from shared.rules.measures import Measured, load_measures
from shared.rules.targets import Plan, Target
from shared.runtime import FieldFault, Refusal

from . import past
from .domain.indicator_words import names_vi
from .domain.periods import last_day_of, months_before, months_of, period_before
from .domain.scores import Known, Unit
from .questions import months_or_refusal
from .reading import Reading
from .scorebook import ASKED, Scorebook

TREND_MONTHS: Final = 12
NOW: Final = "now"
_KEPT_SECONDS: Final = 600.0
_KEPT_MAX: Final = 12
MEASURES: Final[Mapping[str, Measured]] = {one.id: one for one in load_measures().measure}


class Scored(Struct, frozen=True, kw_only=True):
    """Every unit's scores in one period, as of one instant."""

    period: str
    as_of: datetime
    position: int
    rules: IndicatorSet | None
    units: Mapping[str, Unit]
    ranks: Mapping[tuple[str, str], int]


class TargetLine(Struct, frozen=True, kw_only=True):
    """A plan's target that binds a unit in a period; `is_met` is None where nothing is measured."""

    plan: str
    vi: str
    comparison: str
    threshold: float
    source: str
    is_met: bool | None


class ScoreReading:
    """Answers about indicators; `plans` are those whose targets are shown."""

    def __init__(self, reading: Reading, plans: tuple[Plan, ...], plans_on: date | None) -> None:
        self.reading = reading
        self._plans = plans
        self._plans_on = plans_on
        self.names: Mapping[str, str] = names_vi()
        self._before: dict[str, tuple[float, Scored]] = {}
        self._trends: dict[str, tuple[float, list[tuple[str, Unit | None]]]] = {}
        self._trending: asyncio.Task[None] | None = None

    async def scored(self, period: str, *, map_: str = "") -> Scored:
        """Return the scores of a period, by its own map, or by today's for `map_` "now".

        Raises:
            Refusal: 422 for what is no period or map, 503 while there are no numbers.
        """
        months_or_refusal(period)
        if map_ not in {"", NOW}:
            raise Refusal(422, "Bản đồ đơn vị không hợp lệ.", fields=[FieldFault("map", "now")])
        self.reading.require_current()
        numbers = self.reading.scoring.numbers
        book = numbers.book
        name = book.name_of(period) if book is not None and not map_ else None
        if book is None or name is None:
            return await self._past(period, is_by_today=bool(map_))
        await numbers.refresh_gently(self.reading.scoring.fold.as_of)
        position = self.reading.scoring.position.sequence
        return _scored(book, name, period, self.reading.as_of, position)

    async def _past(self, period: str, *, is_by_today: bool = False) -> Scored:
        place = self.place(self.reading.today if is_by_today else None)
        found = await self.reading.walk(past.scores(place, period))
        return _scored(found.book, ASKED, period, instant_of(found.as_of), found.position)

    def place(self, map_day: date | None = None) -> past.Place:
        """Return where past numbers are read from."""
        reading = self.reading
        return past.Place(
            path=reading.path, catalogue=reading.catalogue, rules=reading.rules, map_day=map_day
        )

    async def listed(
        self, indicator: str, agency: str, period: str, *, level: str = ""
    ) -> past.Listed:
        """Return what an indicator counts for an agency with everything below, and what not.

        With a `level`, for all agencies of it, or for the one of them that is named.

        Raises:
            Refusal: 404 for an indicator that no fact feeds, 422 for what is no period.
        """
        measure = MEASURES.get(indicator)
        if measure is None:
            raise Refusal(404, "Chỉ số này không tính từ sự kiện.", "No fact feeds this indicator.")
        months_or_refusal(period)
        self.reading.require_current()
        of_level = [a.code for a in self.reading.catalogue.agencies if a.level.value == level]
        nodes = [one for one in of_level if one == (agency or one)] if level else [agency]
        return await self.reading.walk(past.listed(self.place(), measure, nodes, period))

    async def before(self, found: Scored) -> Scored | None:
        """Return the scores of the period before, as of a few minutes ago at most.

        None where points were given by another set: those are not compared (D1).
        """
        period = period_before(found.period)
        kept, now = self._before.get(period), asyncio.get_running_loop().time()
        if kept is None or now - kept[0] > _KEPT_SECONDS:
            kept = self._before[period] = (now, await self._past(period))
            while len(self._before) > _KEPT_MAX:
                del self._before[next(iter(self._before))]
        rules = kept[1].rules
        is_same = rules is not None and found.rules is not None and rules.id == found.rules.id
        return kept[1] if is_same else None

    def trend_lately(self, agency: str) -> list[tuple[str, Unit | None]]:
        """Return a unit's twelve months as of a few minutes ago at most, without waiting.

        Empty until they are worked out for the first time, beside whoever asked.
        """
        now = asyncio.get_running_loop().time()
        made_at, trend = self._trends.get(agency, (None, []))
        is_old = made_at is None or now - made_at > _KEPT_SECONDS
        if is_old and (self._trending is None or self._trending.done()):
            self._trending = asyncio.create_task(self._keep_trend(agency))
        return trend

    async def _keep_trend(self, agency: str) -> None:
        trend = await self.trend(agency, self.reading.month)
        self._trends[agency] = (asyncio.get_running_loop().time(), trend)

    async def trend(self, agency: str, month: str) -> list[tuple[str, Unit | None]]:
        """Return the unit in each of the twelve months up to `month`, oldest first.

        Raises:
            Refusal: 422 for what is no month, 503 while there are no numbers.
        """
        if len(months_or_refusal(month)) > 1:
            raise Refusal(422, "Cần một tháng.", fields=[FieldFault("month", "2026-09")])
        self.reading.require_current()
        months = months_before(month, TREND_MONTHS)
        return await self.reading.walk(past.trend(self.place(), agency, months))

    def targets(
        self, agency: str, indicator: str, period: str, known: Known | None
    ) -> list[TargetLine]:
        """Return the targets that bind an agency's level in a period, with what became of them."""
        return [
            _line(plan, target, known)
            for plan, target in self.binding(agency, period)
            if target.measure == indicator
        ]

    def plan_rows(self, agency: str, found: Scored) -> list[tuple[str, TargetLine, Known | None]]:
        """Return every target that binds an agency in a period: what measures it, and how far."""
        unit = found.units.get(agency)
        known = unit.measures if unit is not None else {}
        binding = self.binding(agency, found.period)
        return [
            (one, _line(plan, target, known.get(one)), known.get(one))
            for one in self.names
            for plan, target in binding
            if target.measure == one
        ]

    def target_counts(self, agency: str) -> dict[bool | None, int]:
        """Return how many targets of this year an agency meets, misses, or nothing measures."""
        book = self.reading.scoring.numbers.book
        unit = book.units.get((agency, "year")) if book is not None else None
        lines = [
            _line(plan, target, unit.measures.get(target.measure) if unit else None)
            for plan, target in self.binding(agency, self.reading.year)
        ]
        return Counter(line.is_met for line in lines)

    def binding(self, agency: str, period: str) -> list[tuple[Plan, Target]]:
        """Return the targets that bind an agency's level in a period; none for a stranger."""
        level = self.reading.level_of(agency)
        if level is None:
            return []
        first = self._plans_on or date.fromisoformat(months_of(period)[0] + "-01")
        last = self._plans_on or last_day_of(period)
        return [(plan, one) for plan in self._plans for one in plan.in_force(level, first, last)]


def _line(plan: Plan, target: Target, known: Known | None) -> TargetLine:
    measure = known.measure if known is not None else Measure()
    return TargetLine(
        plan=plan.id, vi=target.vi, comparison=target.comparison.value,
        threshold=target.threshold, source=target.source,
        is_met=target.is_met(measure.numerator, measure.denominator),
    )  # fmt: skip


def _scored(book: Scorebook, name: str, period: str, as_of: datetime, position: int) -> Scored:
    return Scored(
        period=period, as_of=as_of, position=position, rules=book.sets[name],
        units={node: unit for (node, one), unit in book.units.items() if one == name},
        ranks=book.ranks.get(name, {}),
    )  # fmt: skip


def component_rows(rules: IndicatorSet | None, unit: Unit) -> list[dict[str, Any]]:
    """Every component of the set with what the unit has of it, as plain values."""
    rows: list[dict[str, Any]] = []
    for component in rules.component if rules is not None else ():
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


def plain_ratio(ratio: Fraction | None) -> float | None:
    """A ratio for JSON: six digits after the point are more than a page ever shows."""
    return None if ratio is None else round(float(ratio), 6)
