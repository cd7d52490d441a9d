"""Whether an agency is under one of a plan's targets, as scoring says it. Pure."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from services.notifier.domain.clocks import About, Clock, Running, key_of
from shared.calendar.civil_time import epoch_of
from shared.events.envelope import Fact

CROSSED: Final = "indicator.target_crossed.v1"
_SUBJECT_LENGTH_MAX: Final = 80


class IndicatorState(Struct, array_like=True, gc=False, tag="i"):
    """One target of one agency; `unmet_since` is None while it is met. Epoch seconds."""

    agency: str = ""
    unmet_since: int | None = None


def indicator_keys(fact: Fact) -> tuple[str, ...]:
    """The target that the fact is about: `agency:indicator:plan`; none for other facts."""
    said: Any = fact.data
    if said.event_type != CROSSED:
        return ()
    subject = f"{said.agency_code}:{said.indicator_id}:{said.plan}"
    # An alert about it must be able to name it.
    return (key_of(About.INDICATOR, subject),) if len(subject) <= _SUBJECT_LENGTH_MAX else ()


def indicator_step(state: IndicatorState, fact: Fact) -> IndicatorState:
    """The target after one more crossing; saying again that it is unmet changes nothing."""
    said: Any = fact.data
    state.agency = said.agency_code
    if said.met:
        state.unmet_since = None
    elif state.unmet_since is None:
        state.unmet_since = epoch_of(fact.time)
    return state


def indicator_clocks(state: IndicatorState) -> Iterator[Running]:
    """Since when the target is not met."""
    if state.unmet_since is not None:
        yield Running(Clock.INDICATOR_TARGET, state.unmet_since)
