"""Mean handling times, procedure by procedure: indicator 2.2."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.dossier import DossierState
from services.scoring.domain.handling import HandlingTime, handling_seconds, handling_times
from services.scoring.domain.rules import SECOND_US
from shared.events import dossier as d
from shared.events.fields import Event

from .builders import AGENCY, PROCEDURE, SHORT, epoch, rules, state_after

HOUR = 3600
RECEIPT = d.DossierReceived(agency_code=AGENCY, procedure_code=PROCEDURE)
RESULT = d.DossierResolved(agency_code=AGENCY)
ASKED = d.DossierSupplementRequested(agency_code=AGENCY)
BROUGHT = d.DossierSupplemented(agency_code=AGENCY)
HELD = d.DossierSuspended(agency_code=AGENCY)
RESUMED = d.DossierResumed(agency_code=AGENCY)


def hours(*happened: tuple[Event, str]) -> float | None:
    seconds = handling_seconds(state_after(*happened), rules())
    return None if seconds is None else seconds / HOUR


def test_only_working_time_between_receipt_and_result_counts() -> None:
    # Friday afternoon to Monday morning: an hour, a weekend, an hour and a half.
    assert hours((RECEIPT, "2026-03-06 16:00"), (RESULT, "2026-03-09 09:00")) == 2.5


def test_a_result_before_opening_hours_of_the_same_day_took_no_time() -> None:
    assert hours((RECEIPT, "2026-03-07 09:00"), (RESULT, "2026-03-08 09:00")) == 0


def test_time_that_the_clock_stood_still_is_left_out_once_however_many_reasons_there_were() -> None:
    found = hours(
        (RECEIPT, "2026-03-02 08:00"),
        (ASKED, "2026-03-02 09:00"),
        (HELD, "2026-03-02 10:00"),
        (BROUGHT, "2026-03-02 10:30"),
        (RESUMED, "2026-03-02 11:00"),
        (RESULT, "2026-03-02 11:30"),
    )

    assert found == 1.5


@pytest.mark.parametrize(
    "end",
    [
        d.DossierStopped(agency_code=AGENCY),
        d.DossierWithdrawn(agency_code=AGENCY),
        d.DossierRejected(agency_code=AGENCY),
        d.DossierCorrected(agency_code=AGENCY, void=True),
        ASKED,
    ],
    ids=lambda event: event.event_type,
)
def test_what_has_no_result_was_not_handled_to_its_end(end: Event) -> None:
    assert hours((RECEIPT, "2026-03-02 08:00"), (end, "2026-03-03 08:00")) is None


def test_what_was_recorded_by_mistake_counts_nowhere() -> None:
    void = d.DossierCorrected(agency_code=AGENCY, void=True)

    assert hours(
        (RECEIPT, "2026-03-02 08:00"), (RESULT, "2026-03-03 08:00"), (void, "2026-03-03 09:00")
    ) is None  # fmt: skip


def test_a_return_without_a_told_result_ends_it() -> None:
    returned = d.DossierReturned(agency_code=AGENCY)

    assert hours((RECEIPT, "2026-03-02 08:00"), (returned, "2026-03-02 10:00")) == 2


def test_every_procedure_has_its_own_mean_over_what_got_its_result_in_the_period() -> None:
    other = d.DossierReceived(agency_code=AGENCY, procedure_code=SHORT)
    states = [
        state_after((RECEIPT, "2026-02-27 08:00"), (RESULT, "2026-03-02 08:30")),
        state_after((RECEIPT, "2026-03-02 08:00"), (RESULT, "2026-03-02 09:00")),
        state_after((RECEIPT, "2026-03-02 08:00"), (RESULT, "2026-04-01 08:00")),
        state_after((other, "2026-03-02 08:00"), (RESULT, "2026-03-02 08:30")),
    ]

    found = handling_times(states, ("2026-03",), rules())

    assert [(one.procedure, one.dossier_count) for one in found] == [(PROCEDURE, 2), (SHORT, 1)]
    # 8.5 hours of a Friday and a Monday's first hour, and one hour.
    first = handling_seconds(states[0], rules())
    assert first is not None
    assert found[0] == HandlingTime(
        procedure=PROCEDURE, dossier_count=2, total_seconds=first + HOUR, shortest_seconds=HOUR,
        longest_seconds=first,
    )  # fmt: skip
    assert found[0].mean_seconds == (first + HOUR) / 2
    assert found[1].mean_seconds == HOUR / 2


def test_with_no_result_in_the_period_there_is_no_row() -> None:
    assert handling_times([state_after((RECEIPT, "2026-03-02 08:00"))], ("2026-03",), rules()) == []


MINUTES = st.integers(0, 4000)


@given(st.lists(st.tuples(MINUTES, MINUTES), max_size=4), st.integers(1, 4000))
def test_it_is_as_many_working_minutes_as_somebody_counts_one_by_one(
    spans: list[tuple[int, int]], took: int
) -> None:
    start = epoch("2026-04-29 08:00")  # the holidays of 30/4 and 1/5 lie within
    pauses = [(1, start + 60 * a, start + 60 * b) for a, b in spans if a < b]
    state = DossierState(
        agency=AGENCY, procedure=PROCEDURE, received=start * SECOND_US,
        resolved=(start + 60 * took) * SECOND_US, pauses=tuple(n for one in pauses for n in one),
    )  # fmt: skip
    first = datetime.fromtimestamp(start).astimezone()
    instants = (first + timedelta(minutes=n) for n in range(took))
    counted = sum(
        rules().calendar.is_working_instant(at)
        and not any(a <= int(at.timestamp()) < b for _, a, b in pauses)
        for at in instants
    )

    assert handling_seconds(state, rules()) == 60 * counted
