"""Whether a service may be sent work."""

from shared.runtime import CAUGHT_UP, CONNECTED, Health


def test_a_service_is_not_ready_until_every_condition_holds() -> None:
    health = Health()

    at_start = health.reasons()
    health.holds(CONNECTED)
    half_way = health.reasons()
    health.holds(CAUGHT_UP)

    assert at_start == ["caught_up: not yet", "connected: not yet"]
    assert half_way == ["caught_up: not yet"]
    assert health.ready()


def test_a_condition_that_stops_holding_says_why() -> None:
    health = Health((CONNECTED,))
    health.holds(CONNECTED)

    health.fails(CONNECTED, "disconnected")

    assert health.report().ready is False
    assert health.report().reasons == ["connected: disconnected"]


def test_a_watched_condition_is_asked_each_time() -> None:
    lag = [3]
    health = Health((CAUGHT_UP,))
    health.watch(CAUGHT_UP, lambda: f"{lag[0]} facts behind" if lag[0] else "")

    behind = health.reasons()
    lag[0] = 0

    assert behind == ["caught_up: 3 facts behind"]
    assert health.ready()
