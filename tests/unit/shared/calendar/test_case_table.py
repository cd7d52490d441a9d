"""Due times against a table that was counted minute by minute, and a few counted by hand."""

from typing import Final

import pytest

from shared.calendar import WorkingHours, due_time
from tests.unit.shared.calendar import builders, case_table
from tests.unit.shared.calendar.builders import at, limit_of, national, text_of

CASES: Final = case_table.cases()

# Counted by a person with a wall calendar, never by a program: the words say how.
COUNTED_BY_HAND = [
    # An ordinary week: a day is eight hours and ends at the same clock time.
    ("Mon 2025-03-10 09:00", "1 working days", "Tue 2025-03-11 09:00"),
    ("Fri 2025-03-14 09:00", "1 working days", "Mon 2025-03-17 09:00"),
    # From opening to closing; never "due at the next opening".
    ("Mon 2025-03-10 07:30", "1 working days", "Mon 2025-03-10 17:00"),
    ("Mon 2025-03-10 06:00", "1 working days", "Mon 2025-03-10 17:00"),
    ("Mon 2025-03-10 17:00", "1 working days", "Tue 2025-03-11 17:00"),
    # The morning session ends at 11:30, so four hours from 07:30 do too.
    ("Mon 2025-03-10 07:30", "4 working hours", "Mon 2025-03-10 11:30"),
    ("Mon 2025-03-10 12:00", "4 working hours", "Mon 2025-03-10 17:00"),
    ("Mon 2025-03-10 11:00", "1 working hours", "Mon 2025-03-10 13:30"),
    # Tết 2024: Thursday 8 to Wednesday 14 February off.
    ("Wed 2024-02-07 15:00", "4 working hours", "Thu 2024-02-15 09:30"),
    ("Wed 2024-02-07 08:00", "1 working days", "Thu 2024-02-15 08:00"),
    # Tết 2025: Monday 27 to Friday 31 January off.
    ("Fri 2025-01-24 16:00", "2 working hours", "Mon 2025-02-03 08:30"),
    ("Thu 2025-01-23 10:00", "3 working days", "Tue 2025-02-04 10:00"),
    # Tết 2026: Monday 16 to Friday 20 February off.
    ("Fri 2026-02-13 10:00", "1 working days", "Mon 2026-02-23 10:00"),
    ("Fri 2026-02-13 16:30", "1 working hours", "Mon 2026-02-23 08:00"),
    # Hùng Kings: Thursday 18/4/2024, Monday 7/4/2025, and Monday 27/4/2026 for a Sunday.
    ("Wed 2024-04-17 14:00", "1 working days", "Fri 2024-04-19 14:00"),
    ("Fri 2025-04-04 14:00", "1 working days", "Tue 2025-04-08 14:00"),
    ("Fri 2026-04-24 14:00", "1 working days", "Tue 2026-04-28 14:00"),
    # 30/4 and 1/5: five days off in 2024 and 2025, both repaid on a Saturday.
    ("Fri 2024-04-26 14:00", "1 working days", "Thu 2024-05-02 14:00"),
    ("Fri 2024-05-03 14:00", "1 working days", "Sat 2024-05-04 14:00"),
    ("Tue 2025-04-29 14:00", "1 working days", "Mon 2025-05-05 14:00"),
    ("Fri 2025-04-25 14:00", "1 working days", "Sat 2025-04-26 14:00"),
    ("Sat 2025-04-26 14:00", "1 working days", "Mon 2025-04-28 14:00"),
    ("Wed 2026-04-29 14:00", "1 working days", "Mon 2026-05-04 14:00"),
    # National Day 2026 with Monday 31/8 off, repaid on Saturday 22/8.
    ("Fri 2026-08-21 14:00", "1 working days", "Sat 2026-08-22 14:00"),
    ("Fri 2026-08-28 14:00", "1 working days", "Thu 2026-09-03 14:00"),
    # Friday 2/1/2026 off and Saturday 10/1/2026 worked: what the library misses.
    ("Wed 2025-12-31 14:00", "1 working days", "Mon 2026-01-05 14:00"),
    ("Fri 2026-01-09 14:00", "1 working days", "Sat 2026-01-10 14:00"),
    # An ordinary Saturday is not worked.
    ("Sat 2026-01-17 10:00", "1 working days", "Mon 2026-01-19 17:00"),
    # A leap day is a day like any other.
    ("Wed 2024-02-28 14:00", "1 working days", "Thu 2024-02-29 14:00"),
    ("Fri 2025-02-28 14:00", "1 working days", "Mon 2025-03-03 14:00"),
    # 24 November 2026 is off, assumed.
    ("Mon 2026-11-23 14:00", "1 working days", "Wed 2026-11-25 14:00"),
]


@pytest.mark.parametrize(("received", "limit", "due"), COUNTED_BY_HAND)
def test_a_due_time_is_what_a_person_counts_on_a_wall_calendar(
    received: str, limit: str, due: str
) -> None:
    answer = due_time(at(received), limit_of(limit), calendar=national())

    assert text_of(answer.due_at) == due


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.name}, {case.received:%a %d %H:%M}"
)
def test_a_due_time_is_what_the_table_says(case: case_table.Case) -> None:
    answer = builders.explained(case)

    assert text_of(answer.due_at) == (f"{case.due:%a %Y-%m-%d %H:%M}" if case.due else "paused")


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.name}, {case.received:%a %d %H:%M}"
)
def test_the_fold_gets_the_due_time_that_is_explained_to_the_clerk(case: case_table.Case) -> None:
    explained = builders.explained(case).due_at

    assert builders.folded(case) == (None if explained is None else explained.timestamp())


def test_the_table_is_what_a_minute_by_minute_recount_gives() -> None:
    different = [case for case in CASES if case_table.recounted(case) != case.due]

    assert different == []


def test_the_table_has_five_hundred_cases_and_none_twice() -> None:
    questions = {case._replace(name="", due=None) for case in CASES}

    assert len(questions) == len(CASES) >= 500


def test_a_wrong_weekday_in_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="that day is a Fri"):
        case_table.moment("Sat 2025-04-25 16:00")


def test_an_hour_counted_over_lunch_ends_after_lunch() -> None:
    one_minute_to_lunch = at("Mon 2025-03-10 11:29")

    answer = due_time(one_minute_to_lunch, WorkingHours(1), calendar=national())

    assert text_of(answer.due_at) == "Mon 2025-03-10 13:59"
