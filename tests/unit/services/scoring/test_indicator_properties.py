"""Every indicator of every unit, held against an independent recount of the same bytes.

Histories are repeated, shuffled and cut into batches, with time passing in between; at each
instant what is shown must be what a recount of the log so far gives. MOTCUA_EXAMPLES sets how
many are tried.
"""

import asyncio
import os
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shared.events import dossier as d
from shared.events.envelope import Fact
from tests.support.recount_indicators import Recount

from .builders import told
from .indicator_cases import asked_of
from .indicator_histories import CATALOGUE, NOWS, START, histories, province_of
from .scored_log import ScoredLog, differences, judged_by, measured

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
EXAMPLES = int(os.environ.get("MOTCUA_EXAMPLES", "2000"))
CHEAP = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
PROVINCE = province_of(CATALOGUE)
BEGIN = int(START.timestamp())
PERIODS = ("2026-02", "2026-03", "2026-04", "2026-Q1", "2026-Q2", "2026-H1", "2026-H2", "2026")


async def _checked(facts: list[Fact], nows: list[int], random: Random) -> None:
    log = ScoredLog(CATALOGUE, judged_by())
    waiting, last = list(facts), max([nows[0], *map(_after, facts)])
    # Nothing is told before it happens, and by the last instant all of it is. Every other time it
    # is told within the same second as before: what is shown must move with it.
    for now in sorted([*nows, *nows, last, last]):
        known = [fact for fact in waiting if _after(fact) <= now]
        size = random.randint(0, len(known))
        await _checked_batch(log, known[:size], BEGIN + now)
        waiting = [fact for fact in waiting if not any(fact is one for one in known[:size])]
    await _checked_batch(log, waiting, BEGIN + max(last, *nows))


async def _checked_batch(log: ScoredLog, batch: list[Fact], now: int) -> None:
    await log.take(batch, now)

    book = log.shown_at(now)

    recount = Recount(log.bodies, now, PROVINCE)
    assert differences(measured(book), recount, list(book.periods.values())) == {}


def _after(fact: Fact) -> int:
    """The second after it happened, counted from the beginning."""
    return int(fact.time.timestamp()) - BEGIN + 1


@CHEAP
@given(histories(), NOWS, st.randoms(use_true_random=False))
def test_what_is_shown_equals_a_recount_of_the_bytes_however_they_arrive(
    facts: list[Fact], nows: list[int], random: Random
) -> None:
    disturbed = facts + random.sample(facts, k=len(facts) // 2)
    random.shuffle(disturbed)

    asyncio.run(_checked(disturbed, nows, random))


@settings(CHEAP, max_examples=max(1, EXAMPLES // 2))
@given(histories(), st.integers(0, 90 * 86_400), st.sampled_from(PERIODS))
def test_any_period_asked_for_later_equals_a_recount(
    facts: list[Fact], later: int, period: str
) -> None:
    log, now = ScoredLog(CATALOGUE, judged_by()), BEGIN + max([later, *map(_after, facts)])
    asyncio.run(log.take(facts, now))

    shown = asked_of(log.index(), CATALOGUE, period)

    assert differences(shown, Recount(log.bodies, now, PROVINCE), [period]) == {}


async def test_a_corrected_procedure_is_used_at_once_though_nothing_else_moves() -> None:
    log, now = ScoredLog(CATALOGUE, judged_by()), BEGIN + 86_400
    one, other = ("H44.01-260316-0001", "H44.01-260316-0002")
    receipt = d.DossierReceived(
        agency_code="H44.01", procedure_code="1.000001", field_code="la", due_on=date(2026, 3, 20)
    )
    mistake = d.DossierCorrected(agency_code="H44.01", procedure_code="1.000002")
    await log.take([told(receipt, START, code=code) for code in (one, other)], now)
    used = "bcci_procedures_with_dossiers"
    assert measured(log.shown_at(now))["H44.01", "2026-03"][used] == (0, 1)

    await log.take([told(mistake, START + timedelta(hours=1), number=1, code=one)], now)

    assert measured(log.shown_at(now))["H44.01", "2026-03"][used] == (0, 2)
