"""The clock of a dossier, told in facts. 2/3/2026 is a Monday; office hours are 7:30-17:00."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from shared.calendar import WorkingCalendar, load_calendar
from shared.calendar.civil_time import epoch_of
from shared.deadlines import (
    DeadlineState,
    DossierStage,
    Ending,
    Limits,
    deadline_step,
    end_of,
    is_open,
    is_paused,
    overdue_from,
    stage_at,
)
from shared.events import dossier
from shared.events.envelope import fact

Said = tuple[type, datetime, dict[str, Any]]
VN = timezone(timedelta(hours=7))
AGENCY = "H44.01"
PROCEDURE = "1.000123.000.00.00.H44"


def at(day: int, hour: int = 9, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=VN).astimezone(UTC)


@pytest.fixture(scope="session")
def calendar() -> WorkingCalendar:
    return load_calendar(first_year=2025, last_year=2027)


def after(calendar: WorkingCalendar, *facts: Said) -> DeadlineState:
    state = DeadlineState()
    for number, (kind, time, said) in enumerate(facts):
        made = fact(
            kind(agency_code=AGENCY, **said), id=f"f{number}", source="so", subject="D1", time=time
        )
        deadline_step(state, made, calendar=calendar, limits=Limits({"1.000123": 24.0}))
    return state


def received(when: datetime, **said: Any) -> Said:
    return dossier.DossierReceived, when, {"procedure_code": PROCEDURE, **said}


def test_a_given_due_time_is_kept_as_given(calendar: WorkingCalendar) -> None:
    state = after(calendar, received(at(2), due_at=at(7, 20)))  # a Saturday evening

    assert state.due == epoch_of(at(7, 20))


def test_a_due_date_lasts_until_the_working_day_ends(calendar: WorkingCalendar) -> None:
    state = after(calendar, received(at(2), due_on=date(2026, 3, 5)))

    assert state.due == epoch_of(at(5, 17))


def test_midnight_means_that_only_the_date_is_known(calendar: WorkingCalendar) -> None:
    state = after(calendar, received(at(2), due_at=at(5, 0)))

    assert state.due == epoch_of(at(5, 17))


def test_without_a_due_time_the_limit_is_counted(calendar: WorkingCalendar) -> None:
    own = after(calendar, received(at(2), limit_working_hours=8))
    promised = after(calendar, received(at(2)))

    assert own.due == epoch_of(at(3, 9))
    assert promised.due == epoch_of(at(5, 9))  # 24 working hours of the catalogue


def test_with_neither_nothing_is_ever_overdue(calendar: WorkingCalendar) -> None:
    state = after(calendar, (dossier.DossierReceived, at(2), {"procedure_code": "2.000001"}))

    assert state.due is None
    assert stage_at(state, epoch_of(at(20)), calendar=calendar) is DossierStage.NOT_DUE


def test_a_pause_moves_the_due_time_by_its_working_time(calendar: WorkingCalendar) -> None:
    begun: Said = (dossier.DossierSupplementRequested, at(3), {})
    state = after(calendar, received(at(2)), begun)
    moved = after(calendar, received(at(2)), begun, (dossier.DossierSupplemented, at(4), {}))

    assert state.due is None
    assert stage_at(state, epoch_of(at(30)), calendar=calendar) is DossierStage.PAUSED
    assert moved.due == epoch_of(at(6, 9))


def test_a_given_due_time_is_not_moved_by_a_pause(calendar: WorkingCalendar) -> None:
    state = after(
        calendar,
        received(at(2), due_on=date(2026, 3, 5)),
        (dossier.DossierFinancialDutyRequested, at(3), {}),
        (dossier.DossierResumed, at(4), {}),
    )

    assert state.due == epoch_of(at(5, 17))


def test_a_new_date_with_the_supplement_is_kept(calendar: WorkingCalendar) -> None:
    state = after(
        calendar,
        received(at(2), due_on=date(2026, 3, 5)),
        (dossier.DossierSupplementRequested, at(3), {}),
        (dossier.DossierSupplemented, at(10), {"due_on": date(2026, 3, 12)}),
    )

    assert state.due == epoch_of(at(12, 17))
    assert state.supplement_count == 1


def test_two_reasons_to_wait_end_only_when_both_ended(calendar: WorkingCalendar) -> None:
    both: tuple[Said, ...] = (
        received(at(2)),
        (dossier.DossierSupplementRequested, at(3), {}),
        (dossier.DossierSuspended, at(3, 10), {}),
        (dossier.DossierSupplemented, at(4), {}),
    )
    state = after(calendar, *both)
    over = after(calendar, *both, (dossier.DossierResumed, at(5), {}))

    assert is_paused(state)
    assert over.due == epoch_of(at(9, 9))


def test_work_going_on_ends_whatever_kept_it_waiting(calendar: WorkingCalendar) -> None:
    state = after(
        calendar,
        received(at(2)),
        (dossier.DossierSupplementRequested, at(3), {}),
        (dossier.DossierResumed, at(4), {}),
    )

    assert state.due == epoch_of(at(6, 9))


def test_an_extension_sets_a_new_due_time(
    calendar: WorkingCalendar,
) -> None:
    state = after(
        calendar,
        received(at(2)),
        (dossier.DossierExtended, at(4), {"due_on": date(2026, 3, 10)}),
        (dossier.DossierSuspended, at(9, 9), {}),
        (dossier.DossierResumed, at(10, 9), {}),
    )

    assert state.due == epoch_of(at(10, 17))
    assert state.extension_count == 1


def test_a_paused_dossier_is_never_overdue_and_is_again_when_work_goes_on(
    calendar: WorkingCalendar,
) -> None:
    late: tuple[Said, ...] = (
        received(at(2), due_on=date(2026, 3, 3)),
        (dossier.DossierSuspended, at(5), {}),
    )
    paused = after(calendar, *late)
    again = after(calendar, *late, (dossier.DossierResumed, at(6), {}))

    assert overdue_from(paused) is None
    assert paused.due == epoch_of(at(3, 17))
    assert overdue_from(again) == epoch_of(at(6))
    assert again.due == epoch_of(at(3, 17))


@pytest.mark.parametrize(
    ("moment", "stage"),
    [
        (at(4, 8, 59), DossierStage.NOT_DUE),
        (at(4, 9, 0), DossierStage.DUE_SOON),
        (at(5, 9, 0), DossierStage.DUE_SOON),
        (at(5, 9, 0) + timedelta(seconds=1), DossierStage.OVERDUE),
    ],
)
def test_the_due_second_itself_is_on_time(
    calendar: WorkingCalendar, moment: datetime, stage: DossierStage
) -> None:
    state = after(calendar, received(at(2)))

    assert stage_at(state, epoch_of(moment), calendar=calendar) is stage


def test_resolved_is_the_end_before_returned_in_any_order(calendar: WorkingCalendar) -> None:
    state = after(
        calendar,
        received(at(2)),
        (dossier.DossierReturned, at(3), {}),
        (dossier.DossierResolved, at(4), {}),
        (dossier.DossierReturned, at(5), {}),
        (dossier.DossierWithdrawn, at(6), {}),
    )

    assert end_of(state) == (Ending.RESOLVED, epoch_of(at(4)))
    assert not is_open(state)


def test_an_end_within_a_pause_is_judged_by_what_was_left(calendar: WorkingCalendar) -> None:
    state = after(
        calendar,
        received(at(2)),
        (dossier.DossierSupplementRequested, at(3), {}),
        (dossier.DossierResolved, at(30), {}),
    )

    assert state.due is not None
    assert state.due > epoch_of(at(30))


def test_a_resolved_without_a_receipt_waits_for_it(calendar: WorkingCalendar) -> None:
    state = after(calendar, (dossier.DossierResolved, at(2), {}))

    assert not is_open(state)
    assert state.due is None


def test_a_dossier_refused_and_then_received_is_open(calendar: WorkingCalendar) -> None:
    state = after(calendar, (dossier.DossierRejected, at(2), {}), received(at(3)))

    assert is_open(state)


def test_a_correction_counts_anew_from_the_right_receipt(calendar: WorkingCalendar) -> None:
    state = after(
        calendar,
        received(at(3)),
        (dossier.DossierSupplementRequested, at(4), {}),
        (dossier.DossierSupplemented, at(5), {}),
        (dossier.DossierCorrected, at(6), {"received_at": at(2)}),
    )
    void = after(calendar, received(at(3)), (dossier.DossierCorrected, at(4), {"void": True}))

    assert state.due == epoch_of(at(6, 9))
    assert not is_open(void)
