"""When an alert is told to a person, and by which channel."""

import pytest

from services.notifier.domain.records import AlertRecord, Delivery
from services.notifier.domain.telling import Outcome, Telling, Timing, telling
from tests.unit.services.notifier.builders import epoch, record

TIMING = Timing(stale=300, repeat_after=900)
NOW = epoch(10)


def told(outcome: str, seconds_ago: int, attempt: int = 1) -> AlertRecord:
    return record(deliveries=(Delivery("apprise", outcome, attempt, NOW - seconds_ago, 5),))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (record(), Telling.FIRST),
        (told(Outcome.SENT, 10**6), Telling.ALREADY_TOLD),
        (told(Outcome.CONFIRMED, 10**6), Telling.ALREADY_TOLD),
        (told(Outcome.FAILED, 29), Telling.BACKING_OFF),
        (told(Outcome.FAILED, 30), Telling.RETRY),
        (told(Outcome.FAILED, 59, attempt=2), Telling.BACKING_OFF),
        (told(Outcome.FAILED, 60, attempt=2), Telling.RETRY),
        (told(Outcome.FAILED, 3600, attempt=40), Telling.RETRY),
        (told(Outcome.UNKNOWN, 899), Telling.BACKING_OFF),
        (told(Outcome.UNKNOWN, 900), Telling.REPEAT),
        (told(Outcome.CLAIMED, 299), Telling.UNDER_WAY),
        (told(Outcome.CLAIMED, 10**6), Telling.UNDER_WAY),  # another machine's clock says so
    ],
)
def test_what_is_known_of_a_telling_decides_the_next(known: AlertRecord, expected: Telling) -> None:
    assert telling(known, "apprise", NOW, TIMING).telling is expected


@pytest.mark.parametrize(
    ("known", "seen_seconds", "expected"),
    [
        (told(Outcome.CLAIMED, 10**6), 299, Telling.UNDER_WAY),
        (told(Outcome.CLAIMED, 10**6), 300, Telling.REPEAT),
        (told(Outcome.CLAIMED, -3600), 300, Telling.REPEAT),  # the clock was set back since
        (told(Outcome.FAILED, -3600), 29, Telling.BACKING_OFF),
        (told(Outcome.FAILED, -3600), 30, Telling.RETRY),
        (told(Outcome.UNKNOWN, -3600), 900, Telling.REPEAT),
        (told(Outcome.SENT, -3600), 10**6, Telling.ALREADY_TOLD),
    ],
)
def test_how_long_it_was_seen_decides_where_clocks_differ(
    known: AlertRecord, seen_seconds: float, expected: Telling
) -> None:
    found = telling(known, "apprise", NOW, TIMING, seen_seconds=seen_seconds)

    assert found.telling is expected


def test_a_telling_on_one_channel_says_nothing_about_another() -> None:
    assert telling(told(Outcome.SENT, 10), "webhook", NOW, TIMING).telling is Telling.FIRST


def test_a_telling_for_one_person_or_occasion_says_nothing_about_another() -> None:
    known = told(Outcome.SENT, 10)

    other = telling(known, "apprise", NOW, TIMING, recipient="p-02")
    later = telling(known, "apprise", NOW, TIMING, occasion="level-1")

    assert (other.telling, later.telling) == (Telling.FIRST, Telling.FIRST)


@pytest.mark.parametrize(
    ("attempts", "expected", "channel"),
    [
        (1, Telling.RETRY, "telegram"),
        (2, Telling.RETRY, "telegram"),
        (3, Telling.FIRST, "mail"),  # three refusals: the next channel speaks
    ],
)
def test_a_channel_that_refuses_three_times_lets_the_next_one_speak(
    attempts: int, expected: Telling, channel: str
) -> None:
    known = record(deliveries=(Delivery("telegram", Outcome.FAILED, attempts, NOW - 3600, 5),))

    one = telling(known, ("telegram", "mail"), NOW, TIMING)

    assert (one.telling, one.channel) == (expected, channel)


def test_what_the_second_channel_told_is_told() -> None:
    known = record(
        deliveries=(
            Delivery("telegram", Outcome.FAILED, 3, NOW - 3600, 5),
            Delivery("mail", Outcome.SENT, 1, NOW - 3000, 6),
        )
    )

    assert telling(known, ("telegram", "mail"), NOW, TIMING).telling is Telling.ALREADY_TOLD


def test_the_last_channel_is_tried_for_ever() -> None:
    known = record(
        deliveries=(
            Delivery("telegram", Outcome.FAILED, 3, NOW - 9000, 5),
            Delivery("mail", Outcome.FAILED, 30, NOW - 3600, 6),
        )
    )

    one = telling(known, ("telegram", "mail"), NOW, TIMING)

    assert (one.telling, one.channel, one.attempt, one.sequence) == (Telling.RETRY, "mail", 31, 6)
