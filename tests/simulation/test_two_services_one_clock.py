"""Scoring and notifier fold the same facts with code of their own: they must agree.

A wallboard that says 45 overdue beside a desk that lists 44 would be the end of trust in both.
"""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.dossier import DossierState
from services.scoring.domain.stages import is_open as is_open_in_scoring
from services.scoring.domain.stages import stage_of
from services.scoring.ledger import ScoringProjection, load_rules
from shared.calendar import load_calendar
from shared.catalogue.model import Catalogue
from shared.deadlines import DeadlineState, deadline_step, stage_at
from shared.events import dossier as d
from shared.events.envelope import Fact, fact
from shared.events.fields import Event

CALENDAR = load_calendar()
RULES = load_rules(CALENDAR, Catalogue())
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 08:00 in Việt Nam
AGENCY = "H99.01"


def _events(random: Random) -> list[Event]:
    day = (MONDAY + timedelta(days=random.randint(-2, 25))).date()
    at = MONDAY + timedelta(hours=random.randint(1, 400))
    hours = random.choice([4.0, 8.0, 24.0, 40.0])
    receipt = random.choice([{"due_at": at}, {"due_on": day}, {"limit_working_hours": hours}, {}])
    later: list[Event] = [
        d.DossierSupplementRequested(agency_code=AGENCY),
        d.DossierSupplemented(agency_code=AGENCY, due_at=random.choice([None, at])),
        d.DossierFinancialDutyRequested(agency_code=AGENCY),
        d.DossierSuspended(agency_code=AGENCY),
        d.DossierResumed(agency_code=AGENCY, due_on=random.choice([None, day])),
        d.DossierExtended(agency_code=AGENCY, due_on=day),
        d.DossierCorrected(agency_code=AGENCY, due_at=at),
        d.DossierAssigned(agency_code=AGENCY),
        d.DossierResolved(agency_code=AGENCY),
        d.DossierReturned(agency_code=AGENCY),
        d.DossierWithdrawn(agency_code=AGENCY),
    ]
    first = d.DossierReceived(agency_code=AGENCY, procedure_code="1.004194", **receipt)  # type: ignore[arg-type]  # one of the four ways to say when it is due
    return [first, *random.sample(later, k=random.randint(0, 6))]


def _history(random: Random) -> list[Fact]:
    moment = MONDAY
    facts = []
    for number, event in enumerate(_events(random)):
        facts.append(
            fact(event, id=f"f{number}", source="so", subject="H99.01-260302-0001", time=moment)
        )
        moment += timedelta(seconds=random.randint(1, 5 * 86_400))
    return facts


@given(st.integers(0, 2**32))
@settings(max_examples=2000, deadline=None)
def test_scoring_and_notifier_name_the_same_stage_at_every_moment(seed: int) -> None:
    random = Random(seed)
    facts = _history(random)
    scored = None
    projection = ScoringProjection(RULES, "test")
    watched = DeadlineState()
    for one in facts:
        scored = projection.step(scored, one, f"dossier/{one.subject}")
        deadline_step(watched, one, calendar=CALENDAR, limits={})

    assert isinstance(scored, DossierState)
    for _ in range(8):
        now = int(MONDAY.timestamp()) + random.randint(0, 60 * 86_400)
        by_scoring = stage_of(scored, now) if is_open_in_scoring(scored) else None
        by_notifier = stage_at(watched, now, calendar=CALENDAR)
        assert by_scoring == (by_notifier.value if by_notifier else None), (now, facts)
