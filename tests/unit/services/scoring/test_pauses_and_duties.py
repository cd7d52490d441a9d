"""Pauses, and what is owed for a late dossier. 2/3/2026 is a Monday."""

from datetime import date
from typing import Any

import pytest

from services.scoring.domain import petition as petitions
from services.scoring.domain.contribution import petition_contribution
from services.scoring.domain.petition import PetitionState
from services.scoring.domain.rules import SECOND_US, instant_of_us
from services.scoring.domain.stages import duties_of, is_open, next_change_at, stage_of
from services.scoring.domain.working import working_of
from shared.events import dossier as d
from shared.events import petition as p

from .builders import AGENCY, OTHER, PROCEDURE, at, epoch, kinds, rules, state_after


def received(when: str = "2026-03-02 09:00", **said: Any) -> tuple[d.DossierReceived, str]:
    return d.DossierReceived(agency_code=AGENCY, procedure_code=PROCEDURE, **said), when


def happened(kind: type[d.DossierEvent], when: str, **said: Any) -> tuple[d.DossierEvent, str]:
    return kind(agency_code=AGENCY, **said), when


PAUSING = [
    (d.DossierSupplementRequested, d.DossierSupplemented),
    (d.DossierFinancialDutyRequested, d.DossierResumed),
    (d.DossierSuspended, d.DossierResumed),
]


@pytest.mark.parametrize(("stops", "goes_on"), PAUSING)
def test_a_pause_stops_a_counted_limit(
    stops: type[d.DossierEvent], goes_on: type[d.DossierEvent]
) -> None:
    # 16 hours from Monday 09:00 would be Wednesday 09:00; a working day is taken out.
    waiting = state_after(received(), happened(stops, "2026-03-03 10:00"))
    after = state_after(
        received(), happened(stops, "2026-03-03 10:00"), happened(goes_on, "2026-03-04 10:00")
    )

    assert stage_of(waiting, epoch("2026-04-30 09:00")) == "paused"
    assert waiting.due == 0
    assert next_change_at(waiting, epoch("2026-03-03 11:00"), rules()) is None
    assert instant_of_us(after.due) == at("2026-03-05 09:00")


def test_a_given_due_time_is_kept_through_a_pause() -> None:
    state = state_after(
        received(due_on=date(2026, 3, 5)),
        happened(d.DossierSupplementRequested, "2026-03-03 10:00"),
        happened(d.DossierSupplemented, "2026-03-09 10:00"),
    )

    assert instant_of_us(state.due) == at("2026-03-05 17:00")
    assert stage_of(state, epoch("2026-03-09 10:00:01")) == "overdue"


def test_a_new_due_time_given_with_the_supplement_counts() -> None:
    state = state_after(
        received(due_on=date(2026, 3, 5)),
        happened(d.DossierSupplementRequested, "2026-03-03 10:00"),
        happened(d.DossierSupplemented, "2026-03-09 10:00", due_on=date(2026, 3, 12)),
    )

    assert instant_of_us(state.due) == at("2026-03-12 17:00")


def test_two_reasons_to_wait_end_when_the_second_does() -> None:
    state = state_after(
        received(),
        happened(d.DossierSupplementRequested, "2026-03-02 10:00"),
        happened(d.DossierSuspended, "2026-03-02 11:00"),
        happened(d.DossierSupplemented, "2026-03-03 10:00"),
    )
    on = state_after(
        received(),
        happened(d.DossierSupplementRequested, "2026-03-02 10:00"),
        happened(d.DossierSuspended, "2026-03-02 11:00"),
        happened(d.DossierSupplemented, "2026-03-03 10:00"),
        happened(d.DossierResumed, "2026-03-04 10:00"),
    )

    assert stage_of(state, epoch("2026-03-03 11:00")) == "paused"
    assert instant_of_us(on.due) == at("2026-03-06 09:00")


def test_a_dossier_that_ends_within_a_pause_is_judged_by_what_was_left() -> None:
    state = state_after(
        received(),
        happened(d.DossierSupplementRequested, "2026-03-03 10:00"),
        happened(d.DossierWithdrawn, "2026-03-20 10:00"),
    )

    # Nine of sixteen hours were used when the clock stopped: seven were left, until Monday 23/3.
    assert kinds(state, "2026-03-21 09:00")["closed"] == [("dat-dai", "2026-03", "early")]
    assert instant_of_us(state.due) == at("2026-03-23 09:00")


def test_receipt_ends_what_was_asked_for_before_it() -> None:
    state = state_after(
        happened(d.DossierSupplementRequested, "2026-02-27 10:00"),
        received(),
    )

    assert stage_of(state, epoch("2026-03-02 10:00")) == "not_due"
    assert state.supplement_count == 0


def test_every_supplement_request_after_receipt_is_remembered() -> None:
    state = state_after(
        received(),
        happened(d.DossierSupplementRequested, "2026-03-02 10:00"),
        happened(d.DossierSupplemented, "2026-03-02 11:00"),
        happened(d.DossierSupplementRequested, "2026-03-03 10:00"),
    )

    assert state.supplement_count == 2


def test_explanation_and_apology_are_owed_from_the_moment_it_is_late() -> None:
    state = state_after(received(due_at=at("2026-03-06 10:00")))

    assert duties_of(state, epoch("2026-03-06 10:00:00")) == ()
    assert duties_of(state, epoch("2026-03-06 10:00:01")) == ("explanation", "apology")


def test_a_letter_discharges_its_own_duty_and_outlives_the_end() -> None:
    state = state_after(
        received(due_at=at("2026-03-06 10:00")),
        happened(d.DossierApologised, "2026-03-06 15:00"),
        happened(d.DossierResolved, "2026-03-09 10:00"),
    )

    assert kinds(state, "2026-04-09 10:00")["duty"] == [("explanation",)]


def test_a_letter_before_it_was_late_discharges_nothing() -> None:
    state = state_after(
        received(due_at=at("2026-03-06 10:00")), happened(d.DossierApologised, "2026-03-05 15:00")
    )

    assert duties_of(state, epoch("2026-03-09 10:00")) == ("explanation", "apology")


def test_being_late_is_not_undone_by_an_extension_or_a_pause() -> None:
    extended = state_after(
        received(due_at=at("2026-03-06 10:00")),
        happened(d.DossierExtended, "2026-03-09 10:00", due_on=date(2026, 3, 20)),
    )
    paused = state_after(
        received(due_at=at("2026-03-06 10:00")),
        happened(d.DossierSuspended, "2026-03-09 10:00"),
    )

    for state in (extended, paused):
        assert kinds(state, "2026-03-10 10:00")["duty"] == [("explanation",), ("apology",)]
        assert "overdue" not in kinds(state, "2026-03-10 10:00")


def test_the_working_ends_at_the_due_time_in_force() -> None:
    counted = state_after(
        received(),
        happened(d.DossierSupplementRequested, "2026-03-03 10:00"),
        happened(d.DossierSupplemented, "2026-03-04 10:00"),
    )
    working = working_of(counted, rules())

    assert working is not None
    assert working.basis == "computed"
    assert "2 ngày làm việc (16 giờ) theo danh mục" in working.summary
    assert any("yêu cầu bổ sung" in line for line in working.lines)
    assert working.lines[-1].startswith("Thứ Năm 05/03/2026")


def test_a_decided_due_time_is_shown_beside_what_its_limit_would_give() -> None:
    working = working_of(state_after(received(due_on=date(2026, 3, 9))), rules())

    assert working is not None
    assert working.basis == "decided"
    assert working.by_limit_due_at == at("2026-03-04 09:00")
    assert len(working.by_limit_lines) == 5


def petition_after(*happened: tuple[Any, str]) -> PetitionState:
    state = PetitionState()
    for event, when in happened:
        change = petitions.CHANGES[event.event_type]
        change(state, event, epoch(when) * SECOND_US, rules())
    return state


def test_a_petition_is_due_fifteen_working_days_after_its_last_transfer() -> None:
    came = p.PetitionReceived(agency_code=AGENCY), "2026-03-02 09:00"
    moved = p.PetitionTransferred(agency_code=AGENCY, to_agency_code=OTHER), "2026-03-03 09:00"
    state = petition_after(came, moved)

    assert state.due == epoch("2026-03-24 09:00")
    assert (("petition", OTHER, "due_soon"), 1) in petition_contribution(
        state, epoch("2026-03-24 09:00")
    )
    assert petitions.next_change_at(state, epoch("2026-03-24 09:00")) == state.due + 1


def test_an_answered_petition_is_no_longer_open_and_a_waiting_one_is_paused() -> None:
    came = p.PetitionReceived(agency_code=AGENCY), "2026-03-02 09:00"
    asked = p.PetitionSupplementRequested(agency_code=AGENCY), "2026-03-03 09:00"
    answered = p.PetitionAnswered(agency_code=AGENCY), "2026-03-04 09:00"

    assert petitions.stage_of(petition_after(came, asked), epoch("2026-06-01 09:00")) == "paused"
    (only,) = petition_contribution(petition_after(came, answered), epoch("2026-06-01 09:00"))
    assert only[0][0] == "facets"
    assert is_open(state_after(received()))
