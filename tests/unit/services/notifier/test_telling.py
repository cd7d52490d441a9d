"""When an alert is told, and in which words."""

import pytest

from services.notifier.domain.records import AlertRecord, Delivery
from services.notifier.domain.telling import Outcome, Telling, Timing, digest, telling, worst
from tests.support.dossiers import AGENCIES, code_of
from tests.unit.services.notifier.builders import epoch, record, row, rules

TIMING = Timing(stale=300, repeat_after=900)
NOW = epoch(10)


def told(outcome: str, seconds_ago: int, attempt: int = 1) -> AlertRecord:
    return record(deliveries=(Delivery("apprise", outcome, attempt, NOW - seconds_ago, 5),))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (record(), Telling.FIRST),
        (told(Outcome.SENT, 10**6), Telling.ALREADY_TOLD),
        (told(Outcome.FAILED, 29), Telling.BACKING_OFF),
        (told(Outcome.FAILED, 30), Telling.RETRY),
        (told(Outcome.FAILED, 59, attempt=2), Telling.BACKING_OFF),
        (told(Outcome.FAILED, 60, attempt=2), Telling.RETRY),
        (told(Outcome.FAILED, 3600, attempt=40), Telling.RETRY),
        (told(Outcome.UNKNOWN, 899), Telling.BACKING_OFF),
        (told(Outcome.UNKNOWN, 900), Telling.REPEAT),
        (told(Outcome.CLAIMED, 299), Telling.UNDER_WAY),
        (told(Outcome.CLAIMED, 300), Telling.REPEAT),
    ],
)
def test_what_is_known_of_a_telling_decides_the_next(known: AlertRecord, expected: Telling) -> None:
    assert telling(known, "apprise", NOW, TIMING) is expected


def test_a_telling_on_one_channel_says_nothing_about_another() -> None:
    assert telling(told(Outcome.SENT, 10), "webhook", NOW, TIMING) is Telling.FIRST


def test_a_burst_is_one_message_with_counts_and_the_worst_ten() -> None:
    burst = [
        record(f"a{n}", dossier=code_of(n), agency=AGENCIES[n % 2], since=epoch(2) + n)
        for n in range(5000)
    ]

    message = digest(burst, NOW, rules(), agencies={AGENCIES[0]: "Sở Xây dựng"})

    assert message.title == "Một Cửa: 5000 hồ sơ quá hạn"
    assert "Sở Xây dựng: 2500" in message.body
    assert message.body.count("- H44.01-260302-") == 10
    assert "… và 4990 cảnh báo khác" in message.body
    assert len(message.body) < 2000


def test_the_worst_are_the_most_severe_and_then_the_oldest() -> None:
    by = rules(row("overdue", 0), row("overdue_5", 40, severity="critical"))
    old, new = record("old", since=epoch(2)), record("new", since=epoch(3))
    grave = record("grave", stage="overdue_5", since=epoch(9))

    assert [one.alert_id for one in worst([new, old, grave], by)] == ["grave", "old", "new"]


def test_what_may_have_been_told_before_is_labelled() -> None:
    message = digest([record()], NOW, rules(), agencies={}, is_repeat=True)

    assert message.title.startswith("[Nhắc lại] ")
    assert "Nhắc lại: không rõ lần báo trước đã tới nơi chưa." in message.body


def test_a_line_names_dossier_agency_and_delay_and_no_person() -> None:
    message = digest([record()], epoch(4, 19), rules(), agencies={})

    line = next(line for line in message.body.splitlines() if line.startswith("- "))
    expected = "- H44.01-260302-00001 (H44.01), hẹn trả 02/03/2026 17:00, đã quá 2 ngày 2 giờ"
    assert line == expected
