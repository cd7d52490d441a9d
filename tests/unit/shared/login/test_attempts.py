"""Whoever fails waits, longer each time."""

from shared.login.attempts import Attempts


def failing(count: int, *, name: str = "lan", address: str = "192.0.2.1") -> Attempts:
    attempts = Attempts()
    for _ in range(count):
        attempts.failed(name, address, 0.0)
    return attempts


def test_five_failures_are_free_and_then_each_wait_is_twice_the_last() -> None:
    waits = [failing(count).wait_seconds("lan", "192.0.2.1", 0.0) for count in (4, 5, 6, 7, 8)]

    assert waits == [0, 1, 2, 4, 8]


def test_a_wait_is_never_longer_than_five_minutes() -> None:
    assert failing(29).wait_seconds("lan", "192.0.2.1", 0.0) == 300


def test_a_colleague_elsewhere_waits_seconds_and_no_longer() -> None:
    assert failing(19).wait_seconds("lan", "192.0.2.9", 0.0) == 0
    assert failing(1000).wait_seconds("lan", "192.0.2.9", 0.0) == 15


def test_an_address_that_tries_many_names_waits_whatever_the_name() -> None:
    attempts = Attempts()
    for number in range(40):
        attempts.failed(f"ten-{number}", "192.0.2.1", 0.0)

    assert attempts.wait_seconds("ten-moi", "192.0.2.1", 0.0) == 60
    assert attempts.wait_seconds("ten-moi", "192.0.2.2", 0.0) == 0


def test_a_quarter_of_an_hour_without_a_failure_is_a_new_start() -> None:
    assert failing(10).wait_seconds("lan", "192.0.2.1", 901.0) == 0


def test_a_million_names_do_not_fill_the_memory() -> None:
    attempts = Attempts()
    for number in range(20_000):
        attempts.failed(f"ten-{number}", f"192.0.2.{number % 200}", 0.0)

    assert len(attempts._failures) == 10_000
