"""Supplements, duties of a late dossier, petitions, post and publishers. Counted by hand."""

from datetime import datetime

import pytest

from services.notifier.domain.decisions import due_alerts
from services.notifier.domain.dossiers import DossierState
from services.notifier.domain.endings import Because, because
from shared.calendar.civil_time import epoch_of
from shared.events import dossier as d
from shared.events.fields import Event
from tests.support.dossiers import code_of, received, said
from tests.unit.services.notifier.builders import CALENDAR, VN, dossier, record
from tests.unit.services.notifier.shipped import SHIPPED, begins, civil, never, owed

CODE, AGENCY, FAR = code_of(1), "H44.01", "31/12/2026 12:00"


def told(*facts: tuple[Event, str]) -> DossierState:
    """Fold a dossier due on Friday 06/03/2026 at five."""
    taken_in = received(
        CODE, datetime(2026, 2, 2, 9, tzinfo=VN), due_on=civil("06/03/2026 00:00").date()
    )
    return dossier(taken_in, *(said(event, CODE, civil(at)) for event, at in facts))


def asked(*, answer_by: str = "") -> d.DossierSupplementRequested:
    on = civil(f"{answer_by} 00:00").date() if answer_by else None
    return d.DossierSupplementRequested(agency_code=AGENCY, answer_by_on=on)


SUPPLEMENTED = d.DossierSupplemented(agency_code=AGENCY)
RESOLVED = d.DossierResolved(agency_code=AGENCY)


@pytest.mark.parametrize(
    ("request_at", "begin"),
    [
        ("02/03/2026 09:00", "16/03/2026 09:00:01"),  # ten working days from a Monday
        ("06/03/2026 16:00", "20/03/2026 16:00:01"),
        ("10/02/2026 09:00", "03/03/2026 09:00:01"),  # over Tet
        ("20/04/2026 09:00", "07/05/2026 09:00:01"),  # over 27/4, 30/4 and 1/5
    ],
)
def test_a_supplement_is_waited_for_ten_working_days(request_at: str, begin: str) -> None:
    state = told((asked(), request_at))

    assert begins(state, "supplement_waiting", begin)


def test_a_supplement_that_came_is_not_waited_for() -> None:
    state = told((asked(), "02/03/2026 09:00"), (SUPPLEMENTED, "16/03/2026 09:00"))

    assert never(state, "supplement_waiting", "16/03/2026 09:00:01", FAR)
    over = record(stage="supplement_waiting")
    now = epoch_of(civil("16/03/2026 10:00"))
    assert because(over, state, now, SHIPPED, calendar=CALENDAR) is Because.SUPPLEMENTED


def test_a_day_named_for_the_supplement_is_held_to() -> None:
    state = told((asked(answer_by="13/03/2026"), "02/03/2026 09:00"))

    assert begins(state, "supplement_overdue", "13/03/2026 17:00:01")


def test_the_second_request_for_a_supplement_is_told_at_once_and_the_first_is_not() -> None:
    once = told((asked(), "02/03/2026 09:00"), (SUPPLEMENTED, "03/03/2026 09:00"))
    twice = told(
        (asked(), "02/03/2026 09:00"), (SUPPLEMENTED, "03/03/2026 09:00"),
        (asked(), "04/03/2026 10:00"),
    )  # fmt: skip

    assert never(once, "second_supplement", "04/03/2026 10:00:01", FAR)
    assert begins(twice, "second_supplement", "04/03/2026 10:00:01")


def test_the_second_extension_is_told_and_the_first_is_not() -> None:
    later = [
        (d.DossierExtended(agency_code=AGENCY, due_on=civil(f"{on}/03/2026 00:00").date()), at)
        for on, at in ((12, "05/03/2026 10:00"), (19, "11/03/2026 10:00"))
    ]

    assert never(told(later[0]), "second_extension", "05/03/2026 10:00:01", FAR)
    assert begins(told(*later), "second_extension", "11/03/2026 10:00:01")


DUTIES = ("apology_owed", "explanation_owed")


@pytest.mark.parametrize("duty", DUTIES)
@pytest.mark.parametrize(
    ("end", "is_late"),
    [
        ("", True),
        ("06/03/2026 17:00:00", False),
        ("06/03/2026 17:00:01", True),
        ("09/03/2026 09:00", True),
    ],
    ids=["still open", "resolved in the last second", "a second late", "resolved on Monday"],
)
def test_every_late_dossier_owes_explanation_and_apology_also_when_it_is_done(
    duty: str, end: str, *, is_late: bool
) -> None:
    state = told((RESOLVED, end)) if end else told()

    assert (duty in owed(state, "20/03/2026 09:00")) is is_late
    if not end:
        assert begins(state, duty, "06/03/2026 17:00:01")


@pytest.mark.parametrize(
    ("duty", "settling", "why"),
    [
        ("apology_owed", d.DossierApologised(agency_code=AGENCY), Because.APOLOGISED),
        ("explanation_owed", d.DossierExplained(agency_code=AGENCY), Because.EXPLAINED),
    ],
)
def test_each_duty_is_settled_by_its_own_fact(
    duty: str, settling: d.DossierEvent, why: Because
) -> None:
    state = told((settling, "09/03/2026 10:00"))

    left = set(owed(state, "20/03/2026 09:00")) & set(DUTIES)
    now = epoch_of(civil("09/03/2026 11:00"))
    assert left == set(DUTIES) - {duty}
    assert because(record(stage=duty), state, now, SHIPPED, calendar=CALENDAR) is why


def test_each_duty_has_a_deadline_of_its_own() -> None:
    now = epoch_of(civil("09/03/2026 09:00"))
    due = {
        one.stage: one.due for one in due_alerts([(CODE, told())], now, SHIPPED, calendar=CALENDAR)
    }

    assert due["apology_owed"] == epoch_of(civil("09/03/2026 17:00"))
    assert due["explanation_owed"] == epoch_of(civil("11/03/2026 17:00"))


def test_a_duty_outlives_a_new_due_day_and_a_mistaken_one_does_not() -> None:
    on = civil("01/04/2026 00:00").date()
    extended = told((d.DossierExtended(agency_code=AGENCY, due_on=on), "09/03/2026 09:00"))
    corrected = told((d.DossierCorrected(agency_code=AGENCY, due_on=on), "09/03/2026 09:00"))

    assert "apology_owed" in owed(extended, "10/03/2026 09:00")
    assert "overdue" not in owed(extended, "10/03/2026 09:00")
    assert owed(corrected, "10/03/2026 09:00") == []
