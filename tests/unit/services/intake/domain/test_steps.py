"""Steps between the portal's status codes."""

import pytest

from services.intake.domain import steps
from services.intake.domain.steps import STATUS_AFTER, Step, step
from shared.events.envelope import EVENT_TYPES


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (None, steps.RETURNED, Step.LISTED),
        (steps.SUBMITTED, steps.RECEIVED, Step.LISTED),
        (steps.SUBMITTED, steps.REJECTED, Step.LISTED),
        (steps.PROCESSING, steps.SUPPLEMENT, Step.LISTED),
        (steps.SUPPLEMENT, steps.PROCESSING, Step.LISTED),
        (steps.DUTY, steps.PROCESSING, Step.LISTED),
        (steps.PROCESSING, steps.PROCESSING, Step.LISTED),
        (steps.RESOLVED, steps.RETURNED, Step.LISTED),
        (steps.WITHDRAWN, steps.STOPPED, Step.LISTED),
        (steps.RECEIVED, steps.RESOLVED, Step.NATURAL),
        (steps.SUPPLEMENT, steps.WITHDRAWN, Step.NATURAL),
        (steps.RESOLVED, steps.WITHDRAWN, Step.ILLEGAL),
        (steps.RETURNED, steps.WITHDRAWN, Step.ILLEGAL),
        (steps.RETURNED, steps.RESOLVED, Step.ILLEGAL),
        (steps.REJECTED, steps.RECEIVED, Step.ILLEGAL),
        (steps.STOPPED, steps.PROCESSING, Step.ILLEGAL),
        (steps.PROCESSING, steps.RECEIVED, Step.ILLEGAL),
        (steps.RECEIVED, steps.REJECTED, Step.ILLEGAL),
    ],
)
def test_a_step_is_listed_natural_or_illegal(before: int | None, after: int, verdict: Step) -> None:
    assert step(before, after) is verdict


def test_only_known_events_move_a_status() -> None:
    assert set(STATUS_AFTER) <= set(EVENT_TYPES)
