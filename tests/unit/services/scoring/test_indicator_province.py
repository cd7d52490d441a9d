"""A simulated province of 5,000 dossiers: every unit, measure and period against the recount.

Facts come shuffled and doubled, some a good while late. MOTCUA_SEED replays another province.
"""

import os
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from motcua.simulate import simulate
from motcua.simulate.tree import catalogue_for
from services.scoring.ledger import load_rules
from shared.calendar import load_calendar
from shared.events.envelope import STRICT_DECODER, Fact, stamped
from tests.support.recount_indicators import Recount

from .indicator_cases import asked_of
from .indicator_histories import province_of
from .scored_log import ScoredLog, differences, measured

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SEED = int(os.environ.get("MOTCUA_SEED", "20260326"))
FIRST, LAST = datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 7, 20, tzinfo=UTC)
PAST = ("2026-01", "2026-02", "2026-03", "2026-05", "2026-Q1", "2026-Q2", "2026-H1")
LATE_SHARE = 0.03


def _told(random: Random) -> list[tuple[datetime, Fact]]:
    """Every fact with the instant at which it reaches the log."""
    found = []
    for body in simulate("demo", 5000, SEED):
        said: Fact = STRICT_DECODER.decode(body)
        late = (
            timedelta(hours=random.expovariate(1 / 200)) if random.random() < LATE_SHARE else None
        )
        arrives = said.time + (late or timedelta(seconds=2))
        found.append((arrives, stamped(said, source=said.source, recorded_at=arrives)))
    return sorted(found, key=lambda one: one[0])


async def test_a_simulated_province_equals_its_recount_at_five_random_instants() -> None:
    random = Random(SEED)
    catalogue = catalogue_for("demo")
    log = ScoredLog(catalogue, load_rules(load_calendar(), catalogue))
    province, waiting = province_of(catalogue), _told(random)
    instants = sorted(FIRST + random.random() * (LAST - FIRST) for _ in range(5))
    shown_count = 0

    for instant in instants:
        now = int(instant.timestamp())
        batch = [fact for arrives, fact in waiting if arrives <= instant]
        waiting = [one for one in waiting if one[0] > instant]
        batch += random.sample(batch, k=len(batch) // 10)
        random.shuffle(batch)
        await log.take(batch, now)
        book = log.shown_at(now)
        shown, period = measured(book), random.choice(PAST)
        later = asked_of(log.index(), catalogue, period)
        recount = Recount(log.bodies, now, province)

        assert differences(shown, recount, list(book.periods.values())) == {}, instant
        assert differences(later, recount, [period]) == {}, (instant, period)
        shown_count += sum(map(len, shown.values()))

    # The test itself must see something: units, measures, and all three current periods.
    assert shown_count > 5000
