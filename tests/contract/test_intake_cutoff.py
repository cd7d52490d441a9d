"""A province's intake cut-off (D11): the same for numbers and alerts, and told in the working."""

from datetime import datetime, time, timedelta, timezone

import pytest

from services.scoring.domain.dossier import DossierState
from services.scoring.domain.working import working_of
from services.scoring.ledger import DOSSIER, ScoringProjection, load_rules, version_of
from shared.calendar import load_calendar
from shared.catalogue.model import Catalogue, Procedure
from shared.deadlines import DeadlineState, deadline_step, limits_of
from shared.events.dossier import DossierReceived
from tests.support.dossiers import code_of, said

VN = timezone(timedelta(hours=7))
CALENDAR = load_calendar()
PROCEDURES = (
    Procedure(code="1.000001", name="Trong ngày", field="TP", limit_working_hours=8),
    Procedure(code="1.000002", name="Ba ngày", field="TP", limit_working_hours=24),
)
WITHOUT = Catalogue(procedures=PROCEDURES)
WITH = Catalogue(procedures=PROCEDURES, received_after=time(15))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=VN)


def judged(catalogue: Catalogue, procedure: str, received: str) -> tuple[datetime, DossierState]:
    """When it is due, by both services alike."""
    event = DossierReceived(agency_code="H44.01", procedure_code=procedure)
    fact = said(event, code_of(1), at(received))
    rules, clock = load_rules(CALENDAR, catalogue), DeadlineState()
    state = ScoringProjection(rules, "test").step(None, fact, DOSSIER + code_of(1))
    deadline_step(clock, fact, calendar=CALENDAR, limits=limits_of(catalogue))
    assert isinstance(state, DossierState)
    assert clock.due == state.due // 1_000_000
    return datetime.fromtimestamp(clock.due, VN), state


@pytest.mark.parametrize(
    ("catalogue", "procedure", "received", "due"),
    [  # 2/3/2026 is a Monday, 6/3 a Friday
        (WITH, "1.000001", "02 15:00", "03 15:00"),  # the minute itself is not after it
        (WITH, "1.000001", "02 15:01", "03 17:00"),  # counts from the opening on Tuesday
        (WITH, "1.000001", "06 16:00", "09 17:00"),  # from the opening on Monday
        (WITH, "1.000001", "07 16:00", "09 17:00"),  # a Saturday waits for the opening anyway
        (WITHOUT, "1.000001", "02 16:00", "03 16:00"),
        (WITH, "1.000002", "02 16:00", "05 16:00"),  # three days: the cut-off says nothing
    ],
)
def test_what_is_due_the_same_day_counts_from_the_next_day_after_the_cut_off(
    catalogue: Catalogue, procedure: str, received: str, due: str
) -> None:
    assert judged(catalogue, procedure, received)[0] == at(due)


def test_the_working_says_that_counting_began_with_the_next_day() -> None:
    _, state = judged(WITH, "1.000001", "02 16:00")

    working = working_of(state, load_rules(CALENDAR, WITH))

    assert working is not None
    assert "03/03/2026" in " ".join(working.lines)
    assert working.lines != getattr(working_of(state, load_rules(CALENDAR, WITHOUT)), "lines", ())


def test_another_cut_off_builds_the_numbers_anew() -> None:
    assert version_of(load_rules(CALENDAR, WITH)) != version_of(load_rules(CALENDAR, WITHOUT))
