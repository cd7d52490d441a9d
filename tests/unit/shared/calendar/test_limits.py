from datetime import time

import msgspec
import pytest

from shared.calendar import IntakeCutoff, Limit, Pause, SameDay, WorkingDays, WorkingHours, due_time
from shared.calendar.limits import pause_spans
from tests.unit.shared.calendar.builders import at, limit_of, national, pauses, text_of

THREE = IntakeCutoff(received_after=time(15))

CUTOFFS = [
    ("Wed 2025-03-12 15:00", "same day", "Wed 2025-03-12 17:00"),
    ("Wed 2025-03-12 15:01", "same day", "Thu 2025-03-13 17:00"),
    ("Fri 2025-03-14 15:01", "same day", "Mon 2025-03-17 17:00"),
    ("Fri 2025-01-24 15:01", "same day", "Mon 2025-02-03 17:00"),
    ("Sat 2025-03-15 16:00", "same day", "Mon 2025-03-17 17:00"),
    ("Wed 2025-03-12 15:01", "1 working days", "Thu 2025-03-13 17:00"),
    ("Wed 2025-03-12 15:00", "1 working days", "Thu 2025-03-13 15:00"),
    ("Wed 2025-03-12 15:01", "4 working hours", "Thu 2025-03-13 11:30"),
    ("Wed 2025-03-12 15:01", "2 working days", "Fri 2025-03-14 15:01"),
]


@pytest.mark.parametrize(("received", "limit", "due"), CUTOFFS)
def test_after_three_a_same_day_procedure_starts_the_next_working_day(
    received: str, limit: str, due: str
) -> None:
    answer = due_time(at(received), limit_of(limit), calendar=national(), cutoff=THREE)

    assert text_of(answer.due_at) == due


def test_a_province_may_keep_the_cut_off_for_shorter_limits_only() -> None:
    half_days = IntakeCutoff(received_after=time(15), up_to_working_days=0.5)

    whole_day = due_time(
        at("Wed 2025-03-12 16:00"), WorkingDays(1), calendar=national(), cutoff=half_days
    )

    assert text_of(whole_day.due_at) == "Thu 2025-03-13 16:00"


@pytest.mark.parametrize("count", [0, -1, 2_501, float("nan"), float("inf")])
def test_a_limit_of_nothing_or_of_ten_years_is_a_mistake(count: float) -> None:
    with pytest.raises(ValueError, match="a limit is"):
        WorkingDays(count)
    with pytest.raises(ValueError, match="a limit is"):
        WorkingHours(count * 8)


@pytest.mark.parametrize("limit", [WorkingDays(1.5), WorkingHours(4), SameDay()])
def test_a_limit_survives_json(limit: Limit) -> None:
    assert msgspec.json.decode(msgspec.json.encode(limit), type=Limit) == limit


def test_pauses_are_cut_to_the_counting_sorted_and_merged() -> None:
    start = int(at("Tue 2025-03-11 10:00").timestamp())
    told = pauses(
        "Thu 2025-03-13 09:00 > Thu 2025-03-13 10:00; Mon 2025-03-10 08:00 > Tue 2025-03-11 11:00;"
        "Tue 2025-03-11 11:00 > Tue 2025-03-11 12:00; Mon 2025-03-10 08:00 > Mon 2025-03-10 09:00"
    )

    spans = pause_spans(told, counted_from=start)

    assert spans == [
        (start, start + 7200),
        (start + 47 * 3600, start + 48 * 3600),
    ]


def test_an_open_pause_swallows_the_ones_told_after_it() -> None:
    start = int(at("Tue 2025-03-11 10:00").timestamp())
    told = [Pause(start_at=at("Tue 2025-03-11 11:00"))]
    told += pauses("Wed 2025-03-12 11:00 > Wed 2025-03-12 12:00")

    assert pause_spans(told, counted_from=start) == [(start + 3600, None)]
