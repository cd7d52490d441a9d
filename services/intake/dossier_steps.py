"""Where the dossiers of a batch stand, and what is to be said of the steps its facts take."""

from collections.abc import Iterable

from shared.events.envelope import Fact
from shared.ledger.subject import microseconds

from .domain.steps import STATUS_AFTER, Step, step


def codes_of(facts: Iterable[Fact]) -> list[str]:
    """Return the dossiers that these facts move, each once."""
    return list({fact.subject for fact in facts if fact.data.event_type in STATUS_AFTER})


def judged_step(fact: Fact, steps: dict[str, tuple[int, int]]) -> Step:
    """Judge the step from where the dossier stands in `steps`, and move it there."""
    status = STATUS_AFTER.get(fact.data.event_type)
    if status is None:
        return Step.LISTED
    here = (microseconds(fact.time), status)
    last = steps.setdefault(fact.subject, here)
    if here[0] <= last[0]:
        return Step.LISTED  # an earlier fact that arrives late steps from nothing we know
    steps[fact.subject] = here
    return step(last[1], status)
