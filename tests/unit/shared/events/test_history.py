"""A past that is being told owes nothing until it is told; the present does not wait for it."""

from datetime import UTC, datetime, timedelta

from shared.events.dossier import DossierResolved
from shared.events.history import (
    COUNT_MIN,
    HOLD_SECONDS_MAX,
    QUIET_SECONDS,
    History,
    is_backdated,
)
from tests.support.dossiers import code_of, said

NOW = 1_773_000_000
MORNING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LONG_AGO = NOW - 86_400


def telling(seconds: int, *, count: int = 500) -> History:
    """An import under way for so many seconds, up to now."""
    history = History()
    for second in range(NOW - seconds, NOW + 1):
        history.note(count, second)
    return history


def test_what_was_owed_before_the_telling_began_waits_for_quiet() -> None:
    history = telling(30)

    later = history.holds_until(LONG_AGO, NOW)

    assert later == NOW + QUIET_SECONDS + 1
    assert history.holds_until(LONG_AGO, later) is None


def test_what_falls_due_during_the_telling_does_not_wait() -> None:
    assert telling(30).holds_until(NOW - 5, NOW) is None


def test_no_telling_holds_an_alert_for_ever() -> None:
    assert telling(HOLD_SECONDS_MAX).holds_until(LONG_AGO, NOW) is not None
    assert telling(HOLD_SECONDS_MAX + 1).holds_until(LONG_AGO, NOW) is None


def test_a_clerk_who_catches_up_is_no_import() -> None:
    assert telling(0, count=COUNT_MIN - 1).holds_until(LONG_AGO, NOW) is None
    assert telling(0, count=COUNT_MIN).holds_until(LONG_AGO, NOW) is not None


def test_a_fact_is_backdated_when_it_was_recorded_more_than_an_hour_later() -> None:
    event = DossierResolved(agency_code="H44.01")
    hour = timedelta(hours=1)

    prompt = said(event, code_of(1), MORNING, recorded_at=MORNING + hour)
    late = said(event, code_of(1), MORNING, recorded_at=MORNING + hour + timedelta(seconds=1))

    assert not is_backdated(prompt)
    assert is_backdated(late)
