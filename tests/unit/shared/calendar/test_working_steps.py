from datetime import time

from shared.calendar import (
    ExtendedTo,
    IntakeCutoff,
    Pause,
    WorkingDays,
    WorkingHours,
    due_time,
    given_due_time,
    working_lines,
)
from tests.unit.shared.calendar.builders import at, national


def test_a_clerk_prints_the_working_of_a_paused_dossier_over_30_april() -> None:
    waited = Pause(
        start_at=at("Tue 2025-04-29 15:00"),
        end_at=at("Mon 2025-05-05 09:00"),
        reason_vi="chờ bổ sung",
    )

    answer = due_time(
        at("Tue 2025-04-29 09:00"), WorkingHours(6), calendar=national(), pauses=[waited]
    )

    assert working_lines(answer.working) == (
        "Thứ Ba 29/04/2025: tính 09:00-11:30 (2 giờ 30 phút)",
        "Thứ Ba 29/04/2025: tính 13:00-15:00 (2 giờ)",
        (
            "Tạm dừng (chờ bổ sung) từ 15:00 Thứ Ba 29/04/2025 đến 09:00 Thứ Hai 05/05/2025:"
            " không tính 3 giờ 30 phút"
        ),
        "Thứ Hai 05/05/2025: tính 09:00-10:30 (1 giờ 30 phút)",
    )


def test_a_made_up_saturday_and_a_plain_sunday_are_named_as_such() -> None:
    answer = due_time(at("Sat 2025-04-26 16:00"), WorkingHours(2), calendar=national())

    assert working_lines(answer.working) == (
        "Thứ Bảy 26/04/2025, ngày làm bù: tính 16:00-17:00 (1 giờ)",
        "Chủ nhật 27/04/2025: nghỉ",
        "Thứ Hai 28/04/2025: tính 07:30-08:30 (1 giờ)",
    )


def test_a_holiday_is_printed_with_its_name_source_and_doubt() -> None:
    answer = due_time(at("Mon 2026-11-23 16:30"), WorkingHours(1), calendar=national())

    line = working_lines(answer.working)[1]

    assert line.startswith("Thứ Ba 24/11/2026: nghỉ, Ngày Văn hóa Việt Nam [NQ 80-NQ/TW")
    assert line.endswith("(tạm tính)")


def test_a_late_receipt_and_an_extension_are_printed_as_decisions() -> None:
    answer = due_time(
        at("Wed 2025-03-12 15:20"),
        WorkingDays(1),
        calendar=national(),
        cutoff=IntakeCutoff(received_after=time(15)),
        extension=ExtendedTo(due_at=at("Mon 2025-03-17 17:00")),
    )

    lines = working_lines(answer.working)

    assert lines[0] == (
        "Tiếp nhận 15:20 Thứ Tư 12/03/2025, sau giờ chốt: bắt đầu tính từ 07:30 Thứ Năm 13/03/2025"
    )
    assert lines[-1] == ("Gia hạn đến 17:00 Thứ Hai 17/03/2025 (trước đó 17:00 Thứ Năm 13/03/2025)")


def test_an_open_pause_and_a_given_date_are_printed_too() -> None:
    answer = given_due_time(
        at("Mon 2025-03-10 09:00"),
        at("Fri 2025-03-14 16:00"),
        calendar=national(),
        pauses=[Pause(start_at=at("Wed 2025-03-12 10:00"))],
    )

    assert working_lines(answer.working) == (
        "Ngày hẹn trả do nguồn ấn định: 16:00 Thứ Sáu 14/03/2025",
        "Tạm dừng từ 10:00 Thứ Tư 12/03/2025, chưa kết thúc",
    )
