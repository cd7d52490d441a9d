"""Questions about points and indicators: the live book answers for now, the file for the past."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.rules.indicator_sets import IndicatorSet, Per, load_set, set_ids
from shared.rules.measures import Measured, load_measures
from shared.rules.points import Measure
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
THEN: Final = "then"
NOW: Final = "now"
"""By which tree a period is read: its own, or today's."""
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
    is_by_today: bool = False


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
        self._before: dict[tuple[str, bool], tuple[float, Scored]] = {}
        self._trends: dict[str, tuple[float, list[tuple[str, Unit | None]]]] = {}
        self._trending: asyncio.Task[None] | None = None

    async def scored(self, period: str, *, map_by: str = "") -> Scored:
        """Return the scores of a period by its own map ("" and THEN), or by today's (NOW).

        Raises:
            Refusal: 422 for what is no period or map, 503 while there are no numbers.
        """
        months_or_refusal(period)
        is_by_today = _is_by_today(map_by)
        self.reading.require_current()
        numbers = self.reading.scoring.numbers
        book = numbers.book
        name = book.name_of(period) if book is not None and not is_by_today else None
        if book is None or name is None:
            return await self._past(period, is_by_today=is_by_today)
        await numbers.refresh_gently(self.reading.scoring.fold.as_of)
        position = self.reading.scoring.position.sequence
        return _scored(book, name, period, self.reading.as_of, position)

    async def _past(self, period: str, *, is_by_today: bool = False) -> Scored:
        place = self.place(is_by_today=is_by_today)
        found = await self.reading.walk(past.scores(place, period))
        at = instant_of(found.as_of)
        return _scored(found.book, ASKED, period, at, found.position, is_by_today=is_by_today)

    def place(self, *, is_by_today: bool = False) -> past.Place:
        """Return where past numbers are read from."""
        reading = self.reading
        return past.Place(
            path=reading.path, catalogue=reading.catalogue, rules=reading.rules,
            map_day=reading.today if is_by_today else None,
        )  # fmt: skip

    async def listed(
        self, indicator: str, agency: str, period: str, *, level: str = "", map_by: str = ""
    ) -> past.Listed:
        """Return what an indicator counts for an agency with everything below, and what not.

        With a `level`, for all agencies of it, or for the one of them that is named.

        Raises:
            Refusal: 404 for an indicator that no fact feeds, 422 for what is no period or map.
        """
        measure = MEASURES.get(indicator)
        if measure is None:
            raise _no_list(indicator, self.names)
        months_or_refusal(period)
        place = self.place(is_by_today=_is_by_today(map_by))
        self.reading.require_current()
        of_level = [a.code for a in self.reading.catalogue.agencies if a.level.value == level]
        nodes = [one for one in of_level if one == (agency or one)] if level else [agency]
        return await self.reading.walk(past.listed(place, measure, nodes, period))

    async def before(self, found: Scored) -> Scored | None:
        """Return the scores of the period before, as of a few minutes ago at most.

        None where points were given by another set: those are not compared (D1).
        """
        period = period_before(found.period)
        key, now = (period, found.is_by_today), asyncio.get_running_loop().time()
        kept = self._before.get(key)
        if kept is None or now - kept[0] > _KEPT_SECONDS:
            earlier = await self._past(period, is_by_today=found.is_by_today)
            kept = self._before[key] = (now, earlier)
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

    async def trend(
        self, agency: str, month: str, *, map_by: str = ""
    ) -> list[tuple[str, Unit | None]]:
        """Return the unit in each of the twelve months up to `month`, oldest first.

        Raises:
            Refusal: 422 for what is no month or map, 503 while there are no numbers.
        """
        if len(months_or_refusal(month)) > 1:
            raise Refusal(422, "Cần một tháng.", fields=[FieldFault("month", "2026-09")])
        place = self.place(is_by_today=_is_by_today(map_by))
        self.reading.require_current()
        months = months_before(month, TREND_MONTHS)
        return await self.reading.walk(past.trend(place, agency, months))

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


def _is_by_today(map_by: str) -> bool:
    if map_by in {"", THEN, NOW}:
        return map_by == NOW
    fault = FieldFault("map_by", f"{THEN} or {NOW}")
    raise Refusal(422, f"Cây đơn vị là {THEN} (của kỳ đó) hoặc {NOW} (hôm nay).", fields=[fault])


def _no_list(indicator: str, names: Mapping[str, str]) -> Refusal:
    if indicator not in names:
        return Refusal(404, "Không có chỉ số này.", "There is no such indicator.")
    if is_per_procedure(indicator):
        return Refusal(
            404,
            f"Chỉ số {indicator} ({names[indicator]}) chỉ có nghĩa trong từng thủ tục: xem trang "
            "/thoi-gian của đơn vị.",
            "It means something within one procedure only: ask /v1/handling-times.",
        )
    return Refusal(
        404,
        f"Chỉ số {indicator} ({names[indicator]}) lấy số do hệ thống khác báo cáo, không đếm từ "
        "sự kiện, nên không có danh sách hồ sơ.",
        "Another system reports this indicator; no fact feeds it, so it has no list.",
    )


def is_per_procedure(indicator: str) -> bool:
    """Whether it has a number for each procedure, and none for a unit."""
    watched = (one for name in set_ids() for one in load_set(name).watched)
    return any(one.id == indicator and one.per is Per.PROCEDURE for one in watched)


def _scored(
    book: Scorebook, name: str, period: str, as_of: datetime, position: int, *,
    is_by_today: bool = False,
) -> Scored:  # fmt: skip
    return Scored(
        period=period, as_of=as_of, position=position, rules=book.sets[name],
        units={node: unit for (node, one), unit in book.units.items() if one == name},
        ranks=book.ranks.get(name, {}), is_by_today=is_by_today,
    )  # fmt: skip
