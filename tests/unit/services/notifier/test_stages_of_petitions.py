"""Petitions at each of their limits. Counted by hand."""

import pytest

from services.notifier.domain.endings import Because, because
from services.notifier.domain.petitions import PetitionState
from shared.calendar.civil_time import epoch_of
from shared.events import petition as p
from tests.support.dossiers import said
from tests.unit.services.notifier.builders import CALENDAR, petition, record
from tests.unit.services.notifier.shipped import SHIPPED, begins, civil, never, owed

AGENCY, FAR = "H44.01", "31/12/2026 12:00"


def complaint(*facts: tuple[p.PetitionEvent, str]) -> PetitionState:
    return petition(*(said(event, "PAKN-1", civil(at)) for event, at in facts))


SENT = p.PetitionReceived(agency_code=AGENCY)
MONDAY = "02/03/2026 09:00"


@pytest.mark.parametrize(
    ("sent_at", "stage", "begin"),
    [
        (MONDAY, "petition_refusal", "03/03/2026 14:30"),  # 2 days less 4 hours
        (MONDAY, "petition_supplement", "06/03/2026 09:00"),  # 5 days less one
        (MONDAY, "petition_due_soon", "19/03/2026 09:00"),  # 15 days less two
        (MONDAY, "petition_overdue", "23/03/2026 09:00:01"),
        ("06/03/2026 09:00", "petition_refusal", "09/03/2026 14:30"),  # over a weekend
        ("06/03/2026 09:00", "petition_overdue", "27/03/2026 09:00:01"),
        ("12/02/2026 09:00", "petition_refusal", "13/02/2026 14:30"),  # the day before Tet
        ("13/02/2026 09:00", "petition_refusal", "23/02/2026 14:30"),  # over Tet
        ("13/02/2026 09:00", "petition_overdue", "13/03/2026 09:00:01"),
        ("24/04/2026 09:00", "petition_supplement", "05/05/2026 09:00"),  # 27/4, 30/4, 1/5
        ("21/08/2026 09:00", "petition_refusal", "22/08/2026 14:30"),  # a worked Saturday
        ("21/08/2026 09:00", "petition_overdue", "15/09/2026 09:00:01"),
    ],
)
def test_a_petition_is_watched_at_each_of_its_limits(sent_at: str, stage: str, begin: str) -> None:
    assert begins(complaint((SENT, sent_at)), stage, begin)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (p.PetitionAnswered(agency_code=AGENCY, refused=True), Because.ANSWERED),
        (p.PetitionSupplementRequested(agency_code=AGENCY), Because.PAUSED),
        (p.PetitionPublished(agency_code=AGENCY), Because.PUBLISHED),
        (p.PetitionTransferred(agency_code=AGENCY, to_agency_code="H44.02"), Because.TRANSFERRED),
    ],
)
def test_a_step_taken_ends_the_alert_of_a_petition(event: p.PetitionEvent, why: Because) -> None:
    state = complaint((SENT, MONDAY), (event, "24/03/2026 09:00"))

    now = epoch_of(civil("24/03/2026 10:00"))
    assert owed(state, now) == []
    known = record(stage="petition_overdue")
    assert because(known, state, now, SHIPPED, calendar=CALENDAR) is why


def test_a_transfer_starts_every_limit_anew_at_the_other_agency() -> None:
    moved = p.PetitionTransferred(agency_code=AGENCY, to_agency_code="H44.02")
    state = complaint((SENT, MONDAY), (moved, "16/03/2026 09:00"))

    assert never(state, "petition_overdue", "23/03/2026 09:00:01")
    assert begins(state, "petition_overdue", "06/04/2026 09:00:01")
    assert state.agency == "H44.02"


def test_an_answer_is_to_be_public_in_two_working_days_unless_it_refuses() -> None:
    answer = (p.PetitionAnswered(agency_code=AGENCY), "06/03/2026 10:00")
    refusal = (p.PetitionAnswered(agency_code=AGENCY, refused=True), "06/03/2026 10:00")

    assert begins(complaint((SENT, MONDAY), answer), "petition_unpublished", "10/03/2026 10:00:01")
    assert never(complaint((SENT, MONDAY), refusal), "petition_unpublished", FAR)
