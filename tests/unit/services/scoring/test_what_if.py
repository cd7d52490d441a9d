"""What-if is a prophecy: resolve the dossier as it says, and the unit has that much more."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from services.scoring.domain.closing import end_of_period
from services.scoring.domain.dossier import DossierState
from services.scoring.domain.what_if import Outlook, outlook
from services.scoring.ledger import DOSSIER
from services.scoring.scorebook import ASKED, Scorebook
from shared.events import dossier as d
from shared.events.envelope import Fact
from shared.rules.indicator_sets import load_set
from shared.rules.measures import load_measures
from shared.rules.points import Measure

from .builders import AGENCY, CATALOGUE, at, epoch, rules, told
from .scored_log import ScoredLog

SET: Final = load_set("portal-2026")
MONTH, NOW, LATER = "2026-03", epoch("2026-03-12 09:00"), epoch("2026-04-06 09:00")
SAFE, LATE, DISLIKED, DIGITISED, DONE = (f"H44.01-260302-{n:04d}" for n in range(1, 6))


def history() -> list[Fact]:
    """Five dossiers of March: due after the month, overdue, disliked, half done, and done."""

    def intake(code: str, due: str) -> Fact:
        event = d.DossierReceived(agency_code=AGENCY, procedure_code="1.000001", due_at=at(due))
        return told(event, "2026-03-02 09:00", code=code)

    return [
        intake(SAFE, "2026-04-20 17:00"),
        intake(LATE, "2026-03-06 17:00"),
        intake(DISLIKED, "2026-03-20 17:00"),
        told(d.DossierRated(agency_code=AGENCY, satisfied=False), "2026-03-03 09:00",
             number=1, code=DISLIKED),
        intake(DIGITISED, "2026-03-20 17:00"),
        told(d.DossierDigitised(agency_code=AGENCY, components=True), "2026-03-04 09:00",
             number=1, code=DIGITISED),
        intake(DONE, "2026-03-20 17:00"),
        told(d.DossierResolved(agency_code=AGENCY), "2026-03-05 09:00", number=1, code=DONE),
    ]  # fmt: skip


def resolved_now(code: str) -> list[Fact]:
    """What "resolve it today" means: on the network, with its papers digitised."""
    done = d.DossierResolved(agency_code=AGENCY, electronic_result=True)
    digitised = d.DossierDigitised(agency_code=AGENCY, components=True, result=True)
    return [
        told(done, "2026-03-12 09:00", number=8, code=code),
        told(digitised, "2026-03-12 09:00", number=9, code=code),
    ]


async def measures_after(facts: Sequence[Fact], now: int) -> tuple[ScoredLog, dict[str, Measure]]:
    log = ScoredLog(CATALOGUE, rules())
    await log.take(facts, now)
    log.fold.advance(now)
    index = log.index()
    book = Scorebook(CATALOGUE, {ASKED: MONTH}, date(2026, 3, 31))
    book.put_all(index)
    book.work_all(index)
    known = book.units[AGENCY, ASKED].measures
    return log, {one: each.measure for one, each in known.items()}


def exact(measures: dict[str, Measure]) -> Fraction:
    """A unit's points before rounding, of what counts its own dossiers."""
    total = Fraction(0)
    for one in SET.component:
        measure = measures.get(one.id)
        if measure is not None and measure.numerator is not None and measure.denominator:
            ratio = Fraction(measure.numerator, measure.denominator)
            slope = Fraction(one.max) / Fraction(one.full_at)
            total += min(Fraction(one.max), slope * ratio)
    return total


async def foretold() -> Outlook:
    log, known = await measures_after(history(), NOW)
    states = [
        (key.removeprefix(DOSSIER), state)
        for key, state in log.fold.hot_items()
        if isinstance(state, DossierState) and not state.resolved
    ]
    return outlook(
        states, known, SET, load_measures().measure, now=NOW,
        period_end=end_of_period(MONTH) - 1, judged=rules(),
    )  # fmt: skip


async def test_what_a_dossier_is_said_to_bring_is_what_it_brings() -> None:
    said = {one.code: one for one in (await foretold()).gains}
    _, left = await measures_after(history(), LATER)

    assert said.keys() == {SAFE, LATE, DISLIKED, DIGITISED}
    for code, gain in said.items():
        _, done = await measures_after([*history(), *resolved_now(code)], LATER)
        assert gain.points == exact(done) - exact(left) > 0, code


async def test_the_best_comes_first_and_a_tie_goes_by_what_is_due_first() -> None:
    gains = (await foretold()).gains

    assert [one.points for one in gains] == sorted((one.points for one in gains), reverse=True)
    assert gains[0].code in {DISLIKED, DIGITISED}  # they would be late at the month's end
    assert "2.1" in gains[0].brings
    by_code = {one.code: one for one in gains}
    assert "2.1" not in by_code[LATE].brings  # too late for that
    assert by_code[LATE].points == by_code[SAFE].points
    assert [one.code for one in gains].index(LATE) < [one.code for one in gains].index(SAFE)


async def test_all_left_and_all_resolved_move_the_numerators_as_time_does() -> None:
    ahead = await foretold()
    _, now = await measures_after(history(), NOW)
    _, left = await measures_after(history(), LATER)
    everything = [fact for code in (SAFE, LATE, DISLIKED, DIGITISED) for fact in resolved_now(code)]
    _, done = await measures_after([*history(), *everything], LATER)

    for moves, then in ((ahead.left, left), (ahead.resolved, done)):
        for one, by in moves.items():
            assert (now[one].numerator or 0) + by == then[one].numerator, one
