"""Stage by weekday, holiday, make-up day, pause and close. Every instant was counted by hand.

2026: Tết is off from 14/2 to 22/2; 27/4, 30/4, 1/5, 31/8, 1/9, 2/9 and 24/11 are off; Saturdays
10/1 (for 2/1) and 22/8 are worked. A working day is 7:30 to 11:30 and 13:00 to 17:00.
"""

from datetime import datetime

import pytest

from services.notifier.domain.dossiers import DossierState
from shared.events import dossier as d
from tests.support.dossiers import code_of, received, said
from tests.unit.services.notifier.builders import VN, dossier
from tests.unit.services.notifier.shipped import begins, civil, never, owed

CODE, AGENCY = code_of(1), "H44.01"
STAGES = ("due_soon", "overdue", "overdue_1", "overdue_3", "overdue_5")
FAR = "31/12/2026 12:00"

# The due day, and the days on whose evening one, three and five working days have passed.
DAYS = {
    "02/03/2026": ("a Monday", "03/03/2026", "05/03/2026", "09/03/2026"),
    "03/03/2026": ("a Tuesday", "04/03/2026", "06/03/2026", "10/03/2026"),
    "04/03/2026": ("a Wednesday", "05/03/2026", "09/03/2026", "11/03/2026"),
    "05/03/2026": ("a Thursday", "06/03/2026", "10/03/2026", "12/03/2026"),
    "06/03/2026": ("a Friday", "09/03/2026", "11/03/2026", "13/03/2026"),
    "12/02/2026": ("two days before Tet", "13/02/2026", "24/02/2026", "26/02/2026"),
    "13/02/2026": ("the eve of Tet", "23/02/2026", "25/02/2026", "27/02/2026"),
    "24/04/2026": ("the Friday before the Hung Kings", "28/04/2026", "04/05/2026", "06/05/2026"),
    "29/04/2026": ("the eve of 30 April", "04/05/2026", "06/05/2026", "08/05/2026"),
    "21/08/2026": ("the eve of a worked Saturday", "22/08/2026", "25/08/2026", "27/08/2026"),
    "28/08/2026": ("the Friday before 2 September", "03/09/2026", "07/09/2026", "09/09/2026"),
    "31/12/2025": ("the last day of the year", "05/01/2026", "07/01/2026", "09/01/2026"),
    "09/01/2026": ("a Friday, Saturday made up", "10/01/2026", "13/01/2026", "15/01/2026"),
    "23/11/2026": ("the eve of 24 November", "25/11/2026", "27/11/2026", "01/12/2026"),
}


def moments(day: str) -> dict[str, str]:
    """When each stage begins for a dossier due on that day."""
    _, one, three, five = DAYS[day]
    return {
        "due_soon": f"{day} 07:30:00",  # eight working hours before closing
        "overdue": f"{day} 17:00:01",
        "overdue_1": f"{one} 17:00:01",
        "overdue_3": f"{three} 17:00:01",
        "overdue_5": f"{five} 17:00:01",
    }


def due_on(day: str, *more: tuple[d.DossierEvent, str]) -> DossierState:
    """Fold a dossier due on that day, received long before, with what happened to it."""
    on = civil(f"{day} 00:00").date()
    taken_in = received(CODE, datetime(2025, 12, 1, 9, tzinfo=VN), due_on=on)
    return dossier(taken_in, *(said(event, CODE, civil(at)) for event, at in more))


CASES = [(day, stage) for day in DAYS for stage in STAGES]


def sentence(how: str) -> list[str]:
    return [f"{stage} of a dossier due on {DAYS[day][0]} {day}, {how}" for day, stage in CASES]


@pytest.mark.parametrize(("day", "stage"), CASES, ids=sentence("still open"))
def test_an_open_dossier_owes_each_stage_from_its_own_second(day: str, stage: str) -> None:
    assert begins(due_on(day), stage, moments(day)[stage])


@pytest.mark.parametrize(("day", "stage"), CASES, ids=sentence("resolved in its last second"))
def test_a_dossier_resolved_in_its_last_second_owes_nothing_after_it(day: str, stage: str) -> None:
    state = due_on(day, (d.DossierResolved(agency_code=AGENCY), f"{day} 17:00:00"))

    assert never(state, stage, f"{day} 17:00:00", moments(day)[stage], FAR)
    assert owed(state, FAR) == []


@pytest.mark.parametrize(("day", "stage"), CASES, ids=sentence("suspended at noon of that day"))
def test_a_paused_dossier_is_never_overdue(day: str, stage: str) -> None:
    state = due_on(day, (d.DossierSuspended(agency_code=AGENCY), f"{day} 12:00"))

    assert never(state, stage, f"{day} 12:00:01", moments(day)[stage], FAR)


@pytest.mark.parametrize(("day", "stage"), CASES, ids=sentence("put off to 18/12/2026"))
def test_a_new_due_day_moves_every_stage(day: str, stage: str) -> None:
    later = d.DossierExtended(agency_code=AGENCY, due_on=civil("18/12/2026 00:00").date())
    state = due_on(day, (later, f"{day} 07:00"))
    moved = {
        "due_soon": "18/12/2026 07:30:00",
        "overdue": "18/12/2026 17:00:01",
        "overdue_1": "21/12/2026 17:00:01",
        "overdue_3": "23/12/2026 17:00:01",
        "overdue_5": "25/12/2026 17:00:01",
    }

    assert never(state, stage, moments(day)[stage])
    assert begins(state, stage, moved[stage])


@pytest.mark.parametrize(
    ("resumed", "stage", "begin"),
    [
        ("09/03/2026 09:00", "overdue", "09/03/2026 09:00:01"),  # Monday morning
        ("09/03/2026 09:00", "overdue_1", "10/03/2026 09:00:01"),
        ("09/03/2026 09:00", "overdue_3", "12/03/2026 09:00:01"),
        ("09/03/2026 09:00", "overdue_5", "16/03/2026 09:00:01"),  # over a weekend
        ("13/03/2026 16:00", "overdue_1", "16/03/2026 16:00:01"),  # Friday afternoon
        ("24/04/2026 10:00", "overdue_1", "28/04/2026 10:00:01"),  # over the Hung Kings
        ("29/04/2026 15:00", "overdue_3", "06/05/2026 15:00:01"),  # over 30 April and 1 May
    ],
)
def test_a_dossier_paused_after_its_due_time_is_late_anew_from_its_resumption(
    resumed: str, stage: str, begin: str
) -> None:
    state = due_on(
        "05/03/2026",
        (d.DossierSuspended(agency_code=AGENCY), "06/03/2026 07:29"),
        (d.DossierResumed(agency_code=AGENCY), resumed),
    )

    assert begins(state, stage, begin)
