"""The report of a period that ended says what `/v1/scores` says of it: every agency and measure."""

from pathlib import Path

import pytest

from services.scoring import past
from services.scoring.drawing import draw
from services.scoring.scorebook import ASKED

from .test_lists_equal_ratios import NOW, province

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ENDED = ("2026-01", "2026-02", "2026-03", "2026-Q1")


async def test_a_report_of_a_period_that_ended_equals_its_scores(tmp_path: Path) -> None:
    path = tmp_path / "scoring.db"
    catalogue, rules = await province(path)
    place = past.Place(path=path, catalogue=catalogue, rules=rules)
    compared = 0

    for period in ENDED:
        report = draw(place, period, (), NOW).report
        scored = await past.scores(place, period)
        for (code, _), unit in scored.book.units.items():
            row = report.total if code == catalogue.province else report.agencies.get(code)
            for one, known in unit.measures.items():
                told = row.indicators[one] if row is not None else None
                ours = (known.measure.numerator, known.measure.denominator)
                if told is None:
                    assert not known.measure.denominator, (period, code, one)
                    continue
                assert (told.numerator, told.denominator) == ours, (period, code, one)
                compared += bool(ours[1])
            score = scored.book.units[code, ASKED].score
            total = row.total_points if row is not None else None
            assert total == (str(score.total) if score is not None else None), (period, code)

    assert compared > 1000
