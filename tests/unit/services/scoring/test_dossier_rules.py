"""The rules of due, early, on time and late, as a clerk would check them.

2/3/2026 is a Monday. Offices are open 7:30-11:30 and 13:00-17:00.
"""

from datetime import date
from typing import Any

import pytest

from services.scoring.domain.dossier import BY_EXTENSION, end_of
from services.scoring.domain.rules import instant_of_us
from services.scoring.domain.stages import stage_of, timeliness_of
from shared.events import dossier as d

from .builders import (
    AGENCY,
    OTHER,
    PROCEDURE,
    SHORT,
    UNKNOWN_PROCEDURE,
    at,
    epoch,
    kinds,
    rules,
    state_after,
)  # fmt: skip


def received(when: str = "2026-03-02 09:00", **said: Any) -> tuple[d.DossierReceived, str]:
    procedure = said.pop("procedure_code", PROCEDURE)
    return d.DossierReceived(agency_code=AGENCY, procedure_code=procedure, **said), when


def happened(kind: type[d.DossierEvent], when: str, **said: Any) -> tuple[d.DossierEvent, str]:
    return kind(agency_code=AGENCY, **said), when


DUE = [
    # what the receipt says, when it is due
    ({"due_at": at("2026-03-07 20:15")}, "2026-03-07 20:15"),  # kept, though a Saturday night
    ({"due_on": date(2026, 3, 5)}, "2026-03-05 17:00"),  # D8: until that working day ends
    ({"due_at": at("2026-03-05 00:00")}, "2026-03-05 17:00"),  # a date in disguise
    ({"due_on": date(2026, 3, 7)}, "2026-03-07 17:00"),  # a Saturday is kept
    ({}, "2026-03-04 09:00"),  # the catalogue: 16 working hours
    ({"limit_working_hours": 4}, "2026-03-02 14:30"),  # its own limit goes first
    ({"procedure_code": SHORT + ".000.00.00.H44"}, "2026-03-02 14:30"),  # local suffix
    ({"procedure_code": UNKNOWN_PROCEDURE}, None),
]


@pytest.mark.parametrize(("said", "due"), DUE)
def test_a_dossier_is_due_when_the_source_or_the_limit_says(said: Any, due: str | None) -> None:
    state = state_after(received(**said))

    assert instant_of_us(state.due) == (at(due) if due else None)


TIMELINESS = [
    # due, ended, judged
    ("2026-03-06 10:00", "2026-03-05 23:59:59", "early"),
    ("2026-03-06 10:00", "2026-03-06 00:00:00", "on_time"),
    ("2026-03-06 10:00", "2026-03-06 10:00:00", "on_time"),
    ("2026-03-06 10:00", "2026-03-06 10:00:00.000001", "late"),
    ("2026-03-06 10:00:00.788", "2026-03-06 10:00:00.788", "on_time"),
    ("2026-03-06 10:00:00.788", "2026-03-06 10:00:00.789", "late"),
    ("2026-03-06 10:00", "2026-03-06 10:00:01", "late"),
    # Less than a working day was promised (Monday 09:00 to Tuesday 08:00): no early (D9).
    ("2026-03-03 08:00", "2026-03-02 09:30", "on_time"),
    # A full one was.
    ("2026-03-03 09:00", "2026-03-02 09:30", "early"),
]


@pytest.mark.parametrize(("due", "ended", "judged"), TIMELINESS)
def test_a_closed_dossier_is_early_on_time_or_late(due: str, ended: str, judged: str) -> None:
    state = state_after(received(due_at=at(due)), happened(d.DossierResolved, ended))

    assert timeliness_of(state, end_of(state), rules()) == judged


def test_a_limit_of_half_a_day_is_never_early() -> None:
    first = state_after(
        received("2026-03-02 16:00", procedure_code=SHORT),  # due Tuesday 10:30
        happened(d.DossierResolved, "2026-03-02 16:20"),
    )

    assert kinds(first, "2026-03-09 09:00")["closed"] == [("xay-dung", "2026-03", "on_time")]


def test_nobody_can_judge_a_dossier_without_a_due_time() -> None:
    state = state_after(
        received(procedure_code=UNKNOWN_PROCEDURE), happened(d.DossierResolved, "2026-03-09 09:00")
    )

    assert kinds(state, "2026-03-10 09:00")["closed"] == [("unknown", "2026-03", "unknown")]


STAGES = [
    # due on Friday 6/3 at 10:00; eight working hours before is Thursday 10:00
    ("2026-03-05 09:59:59", "not_due"),
    ("2026-03-05 10:00:00", "due_soon"),
    ("2026-03-06 10:00:00", "due_soon"),
    ("2026-03-06 10:00:01", "overdue"),
]


@pytest.mark.parametrize(("now", "stage"), STAGES)
def test_an_open_dossier_stands_at_its_stage(now: str, stage: str) -> None:
    state = state_after(received(due_at=at("2026-03-06 10:00")))

    assert stage_of(state, epoch(now)) == stage


BANDS = [
    ("2026-03-06 10:00:01", "le1"),
    ("2026-03-09 10:00:00", "le1"),  # over a weekend: one working day
    ("2026-03-09 10:00:01", "le3"),
    ("2026-03-11 10:00:01", "le5"),
    ("2026-03-13 10:00:01", "le10"),
    ("2026-03-20 10:00:00", "le10"),
    ("2026-03-20 10:00:01", "gt10"),
    ("2027-03-20 10:00:01", "gt10"),
]


@pytest.mark.parametrize(("now", "band"), BANDS)
def test_overdue_is_told_by_working_days(now: str, band: str) -> None:
    state = state_after(received(due_at=at("2026-03-06 10:00")))

    assert kinds(state, now)["overdue"] == [(band,)]


ENDS = [
    (("resolved", "returned"), "resolved"),
    (("returned",), "returned"),
    (("stopped", "withdrawn"), "stopped"),
    (("withdrawn",), "withdrawn"),
    (("rejected",), "rejected"),
    (("withdrawn", "stopped", "returned"), "returned"),
]


@pytest.mark.parametrize(("facts", "which"), ENDS)
def test_the_end_is_the_first_there_is_of_result_return_and_the_rest(
    facts: tuple[str, ...], which: str
) -> None:
    days = {name: f"2026-03-{3 + n:02d} 10:00" for n, name in enumerate(reversed(facts))}
    events = [happened(getattr(d, f"Dossier{n.capitalize()}"), days[n]) for n in facts]

    state = state_after(received(), *events)

    assert instant_of_us(end_of(state)) == at(days[which])


def test_a_refusal_at_the_desk_counts_nowhere() -> None:
    state = state_after(
        happened(d.DossierSubmitted, "2026-03-02 08:00"),
        happened(d.DossierRejected, "2026-03-02 09:00"),
    )

    assert kinds(state, "2026-03-09 09:00") == {}


def test_what_was_refused_and_then_accepted_is_open() -> None:
    state = state_after(
        happened(d.DossierRejected, "2026-03-01 09:00"), received("2026-03-02 09:00")
    )

    assert kinds(state, "2026-03-02 10:00")["open"] == [("dat-dai", "not_due")]


def test_a_result_that_came_before_its_receipt_waits_for_it() -> None:
    alone = state_after(happened(d.DossierResolved, "2026-03-02 08:59"))
    both = state_after(happened(d.DossierResolved, "2026-03-02 08:59"), received())

    assert kinds(alone, "2026-03-09 09:00") == {}
    assert kinds(both, "2026-03-09 09:00")["closed"] == [("dat-dai", "2026-03", "early")]


def test_a_dossier_recorded_by_mistake_counts_nowhere() -> None:
    state = state_after(received(), happened(d.DossierCorrected, "2026-03-03 09:00", void=True))

    assert kinds(state, "2026-03-09 09:00") == {}


def test_a_correction_changes_only_what_it_names() -> None:
    state = state_after(
        received(channel="online"),
        happened(d.DossierCorrected, "2026-03-05 09:00", received_at=at("2026-02-27 09:00"),
                 procedure_code=SHORT),
    )  # fmt: skip
    found = kinds(state, "2026-03-05 10:00")

    assert found["received"] == [("xay-dung", "online", "2026-02")]
    assert instant_of_us(state.due) == at("2026-02-27 14:30")


def test_a_transferred_dossier_is_worked_on_there_and_stays_received_here() -> None:
    state = state_after(
        received(), happened(d.DossierTransferred, "2026-03-02 10:00", to_agency_code=OTHER)
    )

    assert state.agency == OTHER
    assert state.received_agency == AGENCY


def test_an_extension_sets_a_new_due_time_that_is_kept() -> None:
    state = state_after(
        received(), happened(d.DossierExtended, "2026-03-03 09:00", due_on=date(2026, 3, 10))
    )

    assert instant_of_us(state.due) == at("2026-03-10 17:00")
    assert state.decided_by == BY_EXTENSION


def test_an_extension_written_after_the_end_does_not_make_it_punctual() -> None:
    state = state_after(
        received(),
        happened(d.DossierResolved, "2026-03-09 09:00"),
        happened(d.DossierExtended, "2026-03-10 09:00", due_on=date(2026, 3, 20)),
    )

    assert kinds(state, "2026-03-12 09:00")["closed"] == [("dat-dai", "2026-03", "late")]
