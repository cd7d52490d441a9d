"""The national portal's own units, told as `measure.reported` facts, give its own points."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from services.scoring.handlers import Scoring
from services.scoring.metrics import Metrics
from shared.catalogue.model import Agency, Catalogue, Level
from shared.events import catalogue as c
from shared.observability import Page
from shared.observability.fold_series import FoldStanding

from .builders import Log, told
from .test_metrics import Clock, Following

GOLDEN: Final = tomllib.loads(
    (Path(__file__).parents[3] / "golden" / "portal_2026.toml").read_text(encoding="utf-8"),
    parse_float=Decimal,
)
UNITS: Final[dict[str, Any]] = {unit["code"]: unit for unit in GOLDEN["unit"]}
PROVINCE: Final = "H44"
CATALOGUE: Final = Catalogue(
    province=PROVINCE,
    agencies=tuple(
        Agency(
            code=code, name=unit["name"], short_name=unit["name"], level=Level(unit["level"]),
            parent=None if code == PROVINCE else PROVINCE,
        )
        for code, unit in UNITS.items()
    ),
)  # fmt: skip


def reported(unit: dict[str, Any]) -> list[Any]:
    """Every figure that the portal shows of a unit."""
    said: dict[str, dict[str, int]] = {}
    for one, shown in unit["components"].items():
        if shown.get("points_only"):
            said[one] = {"points_hundredths": int(shown["points"] * 100)}
        else:
            said[one] = {"numerator": shown["num"], "denominator": shown["den"]}
    for group, points in unit.get("published_group_points", {}).items():
        said[group] = {"points_hundredths": int(points * 100)}
    return [
        told(
            c.MeasureReported(agency_code=unit["code"], indicator_id=one, period="2026", **counts),
            "2026-09-26 08:00", code=f"{unit['code']}/{one}/2026",
        )
        for one, counts in said.items()
    ]  # fmt: skip


def _not_asked() -> FoldStanding:
    return FoldStanding(0, 0, 0, None)


async def scored() -> tuple[Scoring, Page]:
    log, page = Log(":memory:"), Page(with_process=False)
    metrics = Metrics(page, CATALOGUE, standing=_not_asked)
    scoring = Scoring(
        log.fold, log.store, log.projection, metrics, catalogue=CATALOGUE,
        clock=Clock("2026-09-26 09:00"),
    )  # fmt: skip
    following = Following()
    following.caught_up = True
    scoring.following = following
    facts = [one for unit in UNITS.values() for one in reported(unit)]
    await scoring.apply(log.batch(facts), "created")
    page.before_render(scoring.refresh_metrics)
    await scoring.tick()
    return scoring, page


@pytest.mark.parametrize("code", UNITS)
async def test_every_component_group_and_total_is_the_published_one(code: str) -> None:
    scoring, _ = await scored()
    assert scoring.numbers.book is not None
    unit = scoring.numbers.book.units[code, "year"]
    golden = UNITS[code]

    assert unit.score is not None
    components = {one: unit.score.components[one].points for one in golden["components"]}
    assert components == {one: shown["points"] for one, shown in golden["components"].items()}
    assert dict(unit.score.groups) == golden["groups"]
    assert unit.score.total == golden["total"]


async def test_the_page_shows_totals_groups_and_the_places_of_departments() -> None:
    _, page = await scored()
    text = (await page.render()).decode()

    for code, unit in UNITS.items():
        line = f'dvc_score_total_points{{agency="{code}",period="year"}} {float(unit["total"])}'
        assert line in text
        for group, points in unit["groups"].items():
            labels = f'agency="{code}",group="{group}",period="year"'
            shown = next(
                row for row in text.splitlines() if row.startswith(f"dvc_score_points{{{labels}}}")
            )
            assert Decimal(shown.rpartition(" ")[2]) == points
    departments = sorted(
        (unit["total"], code) for code, unit in UNITS.items() if unit["level"] == "department"
    )
    best = departments[-1][1]
    assert f'dvc_score_rank{{agency="{best}",level="department",period="year"}} 1' in text
