"""Which alerts a dossier owes, and when they are over."""

from datetime import date

import pytest

from services.notifier.domain.decisions import (
    AlertReason,
    Judge,
    base_id,
    due_alerts,
    judged,
    next_look_at,
)
from services.notifier.domain.dossiers import DossierState
from services.notifier.domain.endings import Because, because
from services.notifier.domain.rules import AlertRules
from shared.events import dossier as d
from tests.support.dossiers import code_of, received, said
from tests.unit.services.notifier.builders import CALENDAR, at, dossier, epoch, record, row, rules

CODE = code_of(1)
AGENCY = "H44.01"
ALL_STAGES = rules(
    row("due_soon", -8, severity="notice"),
    row("overdue", 0),
    row("overdue_1", 8),
    row("overdue_3", 24),
    row("overdue_5", 40, severity="critical"),
)


def stages_of(state: DossierState, now: int, by: AlertRules) -> list[str]:
    return [alert.stage for alert in due_alerts([(CODE, state)], now, by, calendar=CALENDAR)]


@pytest.mark.parametrize(
    ("now", "stages"),
    [
        (epoch(5, 16, 59, 59), []),  # Thursday, one second before due
        (epoch(5, 17), []),  # the due second itself is on time
        (epoch(5, 17, 0, 1), ["overdue"]),
        (epoch(30), ["overdue"]),
    ],
)
def test_an_alert_is_owed_from_the_second_after_the_due_time(now: int, stages: list[str]) -> None:
    state = dossier(received(CODE, at(2), due_on=date(2026, 3, 5)))

    assert stages_of(state, now, rules()) == stages


@pytest.mark.parametrize(
    ("now", "stages"),
    [
        (epoch(5, 7, 29, 59), []),
        (epoch(5, 7, 30), ["due_soon"]),  # eight working hours before Thursday 17:00
        (epoch(5, 17), ["due_soon"]),
        (epoch(5, 17, 0, 1), ["overdue"]),
        (epoch(6, 17), ["overdue"]),
        (epoch(6, 17, 0, 1), ["overdue", "overdue_1"]),  # Friday evening: one working day
        (epoch(10, 17), ["overdue", "overdue_1"]),
        (epoch(10, 17, 0, 1), ["overdue", "overdue_1", "overdue_3"]),  # over a weekend: Tuesday
        (epoch(12, 17, 0, 1), ["overdue", "overdue_1", "overdue_3", "overdue_5"]),
    ],
)
def test_stages_are_counted_in_working_time(now: int, stages: list[str]) -> None:
    state = dossier(received(CODE, at(2), due_on=date(2026, 3, 5)))

    assert stages_of(state, now, ALL_STAGES) == stages


def test_an_alert_that_fell_due_long_ago_says_since_when() -> None:
    state = dossier(received(CODE, at(2), due_on=date(2026, 3, 5)))

    (alert,) = due_alerts([(CODE, state)], epoch(30), rules(), calendar=CALENDAR)

    assert (alert.since, alert.due) == (epoch(5, 17), epoch(5, 17))
    assert alert.base_id == base_id("overdue", CODE, epoch(5, 17))


@pytest.mark.parametrize(
    ("closing", "why"),
    [
        (d.DossierResolved(agency_code=AGENCY), Because.RESOLVED),
        (d.DossierReturned(agency_code=AGENCY), Because.RETURNED),
        (d.DossierWithdrawn(agency_code=AGENCY), Because.WITHDRAWN),
        (d.DossierStopped(agency_code=AGENCY), Because.STOPPED),
        (d.DossierRejected(agency_code=AGENCY), Because.REJECTED),
        (d.DossierCorrected(agency_code=AGENCY, void=True), Because.VOID),
        (d.DossierSuspended(agency_code=AGENCY), Because.PAUSED),
        (d.DossierExtended(agency_code=AGENCY, due_on=date(2026, 4, 1)), Because.DUE_MOVED),
    ],
)
def test_a_fact_that_ends_the_delay_ends_the_alert(closing: d.DossierEvent, why: Because) -> None:
    state = dossier(received(CODE, at(2), due_on=date(2026, 3, 5)), said(closing, CODE, at(10)))

    assert stages_of(state, epoch(10, 10), rules()) == []
    assert because(record(), state, epoch(10, 10), rules(), calendar=CALENDAR) is why


def test_a_dossier_due_soon_passes_to_the_next_stage_when_it_is_overdue() -> None:
    state = dossier(received(CODE, at(2), due_on=date(2026, 3, 5)))

    why = because(record(stage="due_soon"), state, epoch(6), ALL_STAGES, calendar=CALENDAR)

    assert why is Because.NEXT_STAGE


def test_a_new_due_time_and_a_resumption_owe_an_alert_of_their_own() -> None:
    first = received(CODE, at(2), due_on=date(2026, 3, 5))
    paused = said(d.DossierSuspended(agency_code=AGENCY), CODE, at(9))
    again = said(d.DossierResumed(agency_code=AGENCY), CODE, at(10))
    longer = said(d.DossierExtended(agency_code=AGENCY, due_on=date(2026, 3, 6)), CODE, at(9))
    now = epoch(30)

    ids = [
        due_alerts([(CODE, state)], now, rules(), calendar=CALENDAR)[0].base_id
        for state in (dossier(first), dossier(first, paused, again), dossier(first, longer))
    ]

    assert len(set(ids)) == 3


def test_the_next_look_is_when_time_alone_changes_what_is_owed() -> None:
    state = dossier(received(CODE, at(2), due_on=date(2026, 3, 5)))

    looks = [epoch(2)]
    while (following := next_look_at(state, looks[-1], ALL_STAGES, calendar=CALENDAR)) is not None:
        looks.append(following)

    assert looks[1:] == [
        epoch(5, 7, 30),
        epoch(5, 17, 0, 1),
        epoch(6, 17, 0, 1),
        epoch(10, 17, 0, 1),
        epoch(12, 17, 0, 1),
    ]


def test_an_alert_is_said_once_and_reopened_only_by_a_later_fact() -> None:
    state = dossier(received(CODE, at(2), due_on=date(2026, 3, 5)))
    (alert,) = due_alerts([(CODE, state)], epoch(30), rules(), calendar=CALENDAR)
    opened = record(alert.base_id)
    settled = record(alert.base_id, resolved_at=epoch(9), resolved_position=40)

    new = judged(alert, {}, 7)
    told = judged(alert, {1: opened}, 7)
    behind = judged(alert, {1: settled}, 40)
    later = judged(alert, {1: settled}, 41)

    assert (new.alert_id, new.reason) == (alert.base_id, AlertReason.NEW)
    assert told.reason is AlertReason.ALREADY_TOLD
    assert behind.reason is AlertReason.SETTLED
    assert (later.alert_id, later.reason) == (f"{alert.base_id}-2", AlertReason.REOPENED)
    assert [one.is_to_be_said for one in (new, told, behind, later)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("resolved_by", "rules_now", "started_at", "position", "reason"),
    [
        ("new", "old", epoch(10), 40, AlertReason.REOPENED),
        ("old", "old", epoch(10), 40, AlertReason.SETTLED),
        ("", "old", epoch(10), 40, AlertReason.SETTLED),  # said by an older release
        ("new", "old", epoch(9), 40, AlertReason.SETTLED),  # it ran when the other one settled it
        ("new", "old", epoch(10), 39, AlertReason.SETTLED),  # it does not know yet what settled it
    ],
)
def test_a_copy_that_came_with_other_rules_opens_what_was_settled_before_it_came(
    resolved_by: str, rules_now: str, started_at: int, position: int, reason: AlertReason
) -> None:
    state = dossier(received(CODE, at(2), due_on=date(2026, 3, 5)))
    (alert,) = due_alerts([(CODE, state)], epoch(30), rules(), calendar=CALENDAR)
    settled = record(
        alert.base_id, resolved_at=epoch(9), resolved_position=40, resolved_by=resolved_by
    )

    found = judged(
        alert, {1: settled}, 7,
        judge=Judge(rules=rules_now, started_at=started_at, position=position),
    )  # fmt: skip

    assert found.reason is reason


def test_an_alert_is_judged_by_the_row_in_force_on_the_day_it_becomes_true() -> None:
    dated = rules(row("overdue", 0, start="2026-03-06"))
    before = dossier(received(CODE, at(2), due_on=date(2026, 3, 5)))
    after = dossier(received(CODE, at(2), due_on=date(2026, 3, 6)))

    assert stages_of(before, epoch(30), dated) == []
    assert stages_of(after, epoch(30), dated) == ["overdue"]


def test_two_rows_of_one_stage_on_the_same_day_are_refused() -> None:
    with pytest.raises(ValueError, match="two rows in force"):
        rules(row("overdue", 0), row("overdue", 0, start="2026-01-01"))


def test_history_before_a_stage_looks_back_is_not_raised_anew() -> None:
    state = dossier(received(CODE, at(2), due_on=date(2026, 3, 5)))
    (alert,) = due_alerts([(CODE, state)], epoch(30), rules(), calendar=CALENDAR)

    assert judged(alert, {}, 7, looks_back_to=epoch(6)).reason is AlertReason.HISTORY
    assert judged(alert, {}, 7, looks_back_to=epoch(5)).reason is AlertReason.NEW
    told = judged(alert, {1: record(alert.base_id)}, 7, looks_back_to=epoch(6))
    assert told.reason is AlertReason.ALREADY_TOLD
