"""`/v1/scores` and the indicators behind them. Read only."""

from collections.abc import Mapping
from typing import Any

from litestar import get
from litestar.handlers import HTTPRouteHandler

from shared.rules.points import Scored
from shared.runtime import Refusal

from .changes import change_of
from .domain.scores import ALL_LEVELS, Unit
from .domain.what_if import Gain
from .score_reading import NOW, THEN, ScoreReading
from .score_reading import Scored as ScoredPeriod
from .score_rows import component_rows, plain_ratio, watched_rows
from .what_if import what_if


def make_score_api(scores: ScoreReading) -> list[HTTPRouteHandler]:
    """The handlers of `/v1/scores`, `/v1/trend` and `/v1/what-if`."""
    return [_scores_handler(scores), _trend_handler(scores), _what_if_handler(scores)]


def _scores_handler(scores: ScoreReading) -> HTTPRouteHandler:
    @get("/v1/scores")
    async def all_scores(
        *, period: str = "", agency: str = "", level: str = "", map_by: str = "",
        compare: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """Score every unit of a period: points, groups, total, rank, and every component.

        map_by=now reads the period by today's tree, map_by=then (the default) by its own.
        With compare=true also the change of total and rank (above 0: climbed) against the period
        before, as it was known within the last ten minutes.
        """
        found = await scores.scored(period or scores.reading.year, map_by=map_by)
        before = await scores.before(found) if compare else None
        return {
            "period": found.period,
            "set": found.rules.id if found.rules else None,
            "map_by": NOW if found.is_by_today else THEN,
            "as_of": found.as_of,
            "position": found.position,
            "units": [
                score_row(scores, found, code)
                | (_changes(scores, found, before, code) if compare else {})
                for code in sorted(found.units)
                if (not agency or code == agency)
                and (not level or scores.reading.level_name(code) == level)
            ],
        }

    return all_scores


def _changes(
    scores: ScoreReading, found: ScoredPeriod, before: ScoredPeriod | None, code: str
) -> dict[str, Any]:
    change = change_of(code, scores.reading.level_name(code), found, before)
    points = change.points
    return {
        "total_change": str(points) if points is not None else None, "rank_change": change.places,
    }  # fmt: skip


def score_row(scores: ScoreReading, found: ScoredPeriod, code: str) -> dict[str, Any]:
    """One unit with its components, as plain values."""
    unit, level = found.units[code], scores.reading.level_name(code)
    score = unit.score
    return {
        "code": code,
        "name": scores.reading.name_of(code),
        "level": level,
        "total": str(score.total) if score else None,
        "band": score.band if score else None,
        "rank": found.ranks.get((code, level)),
        "rank_of_all": found.ranks.get((code, ALL_LEVELS)),
        "groups": {one: str(points) for one, points in score.groups.items()} if score else {},
        "components": component_rows(found.rules, unit),
        "watched": watched_rows(found.rules, unit),
    }


def _trend_handler(scores: ScoreReading) -> HTTPRouteHandler:
    @get("/v1/trend")
    async def trend(*, agency: str = "", month: str = "", map_by: str = "") -> dict[str, Any]:
        """Show a unit's total and ratios in each of twelve months.

        Totals of two sets are not comparable: `set` names the one that judged.
        """
        code = agency or scores.reading.catalogue.province or ""
        months = await scores.trend(code, month or scores.reading.month, map_by=map_by)
        return {
            "agency": code,
            "months": [
                {
                    "month": one,
                    "set": (unit.rules or None) if unit else None,
                    "total": str(unit.score.total) if unit and unit.score else None,
                    "ratios": {
                        key: plain_ratio(scored.ratio)
                        for key, scored in components_of(unit).items()
                    },
                }
                for one, unit in months
            ],
        }

    return trend


def components_of(unit: Unit | None) -> Mapping[str, Scored]:
    """A unit's components; none where it has no points."""
    return unit.score.components if unit is not None and unit.score is not None else {}


def _what_if_handler(scores: ScoreReading) -> HTTPRouteHandler:
    @get("/v1/what-if")
    async def ask(*, agency: str = "", period: str = "", limit: int = 100) -> dict[str, Any]:
        """Say which open dossiers, resolved today, bring how many points; the best first."""
        if not agency:
            raise Refusal(422, "Cần nêu cơ quan.", "Name an agency.")
        found = await what_if(scores, agency, period or scores.reading.year)
        return {
            "agency": agency, "period": found.period, "as_of": found.as_of,
            "total": str(found.total), "total_if_left": str(found.total_if_left),
            "total_if_resolved": str(found.total_if_resolved), "open_count": found.open_count,
            "dossiers": [_gain_row(one) for one in found.gains[: max(0, limit)]],
        }  # fmt: skip

    return ask


def _gain_row(gain: Gain) -> dict[str, Any]:
    return {
        "code": gain.code, "points": f"{float(gain.points):.4f}", "due_at": gain.due_at,
        "brings": list(gain.brings),
    }  # fmt: skip
