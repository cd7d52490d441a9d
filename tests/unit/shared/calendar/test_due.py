from datetime import date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.calendar import (
    DueTime,
    ExtendedBy,
    ExtendedTo,
    Pause,
    WorkingDays,
    WorkingHours,
    due_time,
    given_due_at,
    given_due_time,
)
from shared.calendar.working_steps import DaySkipped, DueSet, PauseDeducted, SessionCounted
from tests.unit.shared.calendar.builders import at, national, pauses, text_of

CALENDAR = national()
RECEIVED = at("Mon 2024-01-01 00:00")
moments = st.integers(0, 1000 * 1440).map(lambda count: RECEIVED + timedelta(minutes=count))
pause_lists = st.lists(
    st.builds(
        lambda start, minutes: Pause(
            start_at=start, end_at=None if minutes == 0 else start + timedelta(minutes=minutes)
        ),
        moments,
        st.integers(0, 20_000),
    ),
    max_size=4,
)


@settings(max_examples=200)
@given(moments, st.integers(1, 400), pause_lists)
def test_the_sessions_of_the_working_add_up_to_the_limit(
    start: datetime, quarters: int, paused: list[Pause]
) -> None:
    limit = WorkingHours(quarters / 4)

    answer = due_time(start, limit, calendar=CALENDAR, pauses=paused)

    counted = sum(
        step.counted_seconds for step in answer.working if isinstance(step, SessionCounted)
    )
    assert counted + (answer.remaining_seconds or 0) == quarters * 900
    assert (answer.due_at is None) is (answer.remaining_seconds is not None)


@settings(max_examples=100)
@given(moments, st.integers(1, 100), pause_lists)
def test_the_order_in_which_pauses_are_told_changes_nothing(
    start: datetime, days: int, paused: list[Pause]
) -> None:
    told_twice_backwards = [*reversed(paused), *paused]

    first = due_time(start, WorkingDays(days), calendar=CALENDAR, pauses=paused)
    second = due_time(start, WorkingDays(days), calendar=CALENDAR, pauses=told_twice_backwards)

    assert first.due_at == second.due_at


def test_the_working_names_every_day_off_with_its_source() -> None:
    answer = due_time(at("Tue 2025-12-30 09:00"), WorkingDays(3), calendar=CALENDAR)

    skipped = [
        (f"{step.on:%a %d/%m}", step.name_vi, step.source)
        for step in answer.working
        if isinstance(step, DaySkipped)
    ]

    assert text_of(answer.due_at) == "Tue 2026-01-06 09:00"
    assert [day for day, _, _ in skipped] == ["Thu 01/01", "Fri 02/01", "Sat 03/01", "Sun 04/01"]
    assert skipped[0][1] == "Tết Dương lịch"
    assert skipped[1][2] == "12729/VPCP-KGVX, 25/12/2025"


def test_a_pause_appears_in_the_working_where_it_happened() -> None:
    waited = Pause(
        start_at=at("Tue 2025-03-11 16:00"),
        end_at=at("Wed 2025-03-12 08:30"),
        reason_vi="Chờ bổ sung hồ sơ",
    )

    answer = due_time(
        at("Tue 2025-03-11 15:00"), WorkingHours(8), calendar=CALENDAR, pauses=[waited]
    )

    kinds = [type(step) for step in answer.working]
    pause = answer.working[1]
    assert kinds == [SessionCounted, PauseDeducted, SessionCounted, SessionCounted]
    assert isinstance(pause, PauseDeducted)
    assert pause.deducted_seconds == 2 * 3600
    assert pause.reason_vi == "Chờ bổ sung hồ sơ"


def test_a_paused_dossier_has_no_due_time_but_knows_what_is_left() -> None:
    answer = due_time(
        at("Tue 2025-03-11 10:00"),
        WorkingDays(2),
        calendar=CALENDAR,
        pauses=pauses("Wed 2025-03-12 10:00 > ?"),
    )

    assert answer.due_at is None
    assert answer.due_on is None
    assert answer.remaining_seconds == 8 * 3600
    assert answer.provisional is False


def test_the_working_survives_json() -> None:
    answer = due_time(
        at("Thu 2025-04-24 09:00"),
        WorkingDays(3),
        calendar=CALENDAR,
        pauses=pauses("Fri 2025-04-25 08:00 > Sat 2025-04-26 09:00"),
        extension=ExtendedTo(due_at=at("Fri 2025-05-09 17:00")),
    )

    assert msgspec.json.decode(msgspec.json.encode(answer), type=DueTime) == answer


def test_an_extension_by_days_continues_the_count() -> None:
    answer = due_time(
        at("Fri 2025-01-24 15:00"),
        WorkingDays(1),
        calendar=CALENDAR,
        extension=ExtendedBy(limit=WorkingDays(2)),
    )

    assert text_of(answer.due_at) == "Wed 2025-02-05 15:00"


def test_an_extension_to_a_date_replaces_the_count_and_shows_what_it_replaced() -> None:
    granted = ExtendedTo(due_at=at("Fri 2025-03-21 17:00"))

    answer = due_time(
        at("Mon 2025-03-10 09:00"), WorkingDays(3), calendar=CALENDAR, extension=granted
    )

    last = answer.working[-1]
    assert answer.due_at == granted.due_at
    assert isinstance(last, DueSet)
    assert last.is_extension
    assert text_of(last.replaces_at) == "Thu 2025-03-13 09:00"


def test_a_pause_after_the_extension_moves_the_extended_due_time() -> None:
    granted = ExtendedTo(due_at=at("Fri 2025-03-21 17:00"), granted_at=at("Thu 2025-03-13 08:00"))
    paused = pauses(
        "Tue 2025-03-11 08:00 > Tue 2025-03-11 10:00; Mon 2025-03-17 08:00 > Mon 2025-03-17 10:00"
    )

    answer = due_time(
        at("Mon 2025-03-10 09:00"),
        WorkingDays(3),
        calendar=CALENDAR,
        pauses=paused,
        extension=granted,
    )

    deducted = [step for step in answer.working if isinstance(step, PauseDeducted)]
    assert text_of(answer.due_at) == "Mon 2025-03-24 09:30"
    assert [text_of(step.from_at) for step in deducted] == [
        "Tue 2025-03-11 08:00",
        "Mon 2025-03-17 08:00",
    ]


def test_an_extension_granted_during_a_pause_waits_for_the_pause_to_end() -> None:
    granted = ExtendedTo(due_at=at("Fri 2025-03-21 17:00"), granted_at=at("Thu 2025-03-13 08:00"))

    answer = due_time(
        at("Mon 2025-03-10 09:00"),
        WorkingDays(10),
        calendar=CALENDAR,
        pauses=pauses("Tue 2025-03-11 08:00 > ?"),
        extension=granted,
    )

    assert answer.due_at is None


GIVEN = [
    (date(2025, 3, 12), "Wed 2025-03-12 17:00", True),  # a bare working day
    (date(2025, 1, 29), "Wed 2025-01-29 17:00", False),  # the first day of Tết: kept
    (date(2025, 3, 15), "Sat 2025-03-15 17:00", False),  # a Saturday: kept
    (date(2025, 4, 26), "Sat 2025-04-26 17:00", True),  # a made-up Saturday
    (at("Wed 2025-03-12 00:00"), "Wed 2025-03-12 17:00", True),  # midnight means the date
    (at("Wed 2025-03-12 00:01"), "Wed 2025-03-12 00:01", True),  # a minute later is a time
    (at("Wed 2025-03-12 20:00"), "Wed 2025-03-12 20:00", True),  # after hours: kept
]


@pytest.mark.parametrize(("due", "expected", "is_worked"), GIVEN)
def test_a_due_date_from_the_source_is_kept_and_reported_when_nobody_works(
    due: date,
    expected: str,
    is_worked: bool,  # noqa: FBT001 - a column of the table
) -> None:
    answer = given_due_time(at("Mon 2025-01-06 09:00"), due, calendar=CALENDAR)

    assert text_of(answer.due_at) == expected
    assert answer.due_at == given_due_at(due, calendar=CALENDAR)
    assert answer.falls_on_working_day is is_worked
    assert answer.provisional is False


def test_a_given_due_time_moves_by_the_working_time_of_a_pause() -> None:
    answer = given_due_time(
        at("Mon 2025-03-10 09:00"),
        at("Fri 2025-03-14 16:00"),
        calendar=CALENDAR,
        pauses=pauses("Wed 2025-03-12 10:00 > Thu 2025-03-13 10:00"),
    )

    assert text_of(answer.due_at) == "Mon 2025-03-17 16:00"


def test_a_given_due_time_already_past_at_receipt_is_kept() -> None:
    answer = given_due_time(
        at("Mon 2025-03-10 09:00"),
        at("Fri 2025-03-07 16:00"),
        calendar=CALENDAR,
        pauses=pauses("Wed 2025-03-12 10:00 > Thu 2025-03-13 10:00"),
    )

    assert text_of(answer.due_at) == "Fri 2025-03-07 16:00"


PROVISIONAL = [
    ("Thu 2026-11-19 09:00", 2, False),  # due Monday 23/11, before the assumed day
    ("Thu 2026-11-19 09:00", 3, True),  # due Wednesday 25/11, over the assumed Tuesday
    ("Tue 2026-11-24 09:00", 1, True),  # received on it
    ("Wed 2026-11-25 09:00", 1, False),  # the day after
    ("Wed 2026-12-30 09:00", 1, False),  # due Thursday 31/12/2026
    ("Thu 2026-12-31 09:00", 1, True),  # due in 2027, whose swap days are not decided
    ("Mon 2025-03-10 09:00", 5, False),
]


@pytest.mark.parametrize(("received", "days", "is_provisional"), PROVISIONAL)
def test_a_due_time_over_an_undecided_day_is_provisional(
    received: str,
    days: int,
    is_provisional: bool,  # noqa: FBT001 - a column of the table
) -> None:
    answer = due_time(at(received), WorkingDays(days), calendar=CALENDAR)

    assert answer.provisional is is_provisional
