"""Whether an agency is under a plan's target, and when that is said: once, and once a day. Pure.

What was said stands in the log, as `indicator.target_crossed`, and is folded like any fact: after
a restart, a replay or in another copy nothing is said again.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum, unique
from typing import Any, Final

from msgspec import Struct

from shared.events.alert import IndicatorTargetCrossed

from .rules import SECOND_US, Rules, day_number


class TargetState(Struct, array_like=True, gc=False, tag="x"):
    """What was said last of one indicator, agency and plan; days by number, 0 is never."""

    agency: str = ""
    indicator: str = ""
    plan: str = ""
    is_met: bool = True
    met_on: int = 0
    unmet_on: int = 0


@unique
class Why(StrEnum):
    """Why a crossing is said now, or is not."""

    CROSSED = "crossed"
    NO_LONGER_DEMANDED = "no_longer_demanded"  # the target ended while it was not met
    AS_SAID = "as_said"  # nothing changed since it was said, or there is nothing to say yet
    SAID_TODAY = "said_today"  # it goes up and down: once a day each way
    NOT_MEASURED = "not_measured"


def crossing(said: TargetState | None, today: int, *, is_met: bool | None) -> Why:
    """Decide whether to say that a target is met, or is not; None: nothing is measured.

    An agency that meets a target of which nothing was ever said has crossed nothing.
    """
    if is_met is None:
        return Why.NOT_MEASURED
    state = said or TargetState()
    if state.is_met == is_met:
        return Why.AS_SAID
    said_on = state.met_on if is_met else state.unmet_on
    return Why.SAID_TODAY if said_on == today else Why.CROSSED


def ending(said: TargetState, today: int) -> Why:
    """Decide whether to say that what was not met is demanded no longer."""
    if said.is_met:
        return Why.AS_SAID
    return Why.SAID_TODAY if said.met_on == today else Why.NO_LONGER_DEMANDED


def all_met(verdicts: Iterable[bool | None]) -> bool | None:
    """Several targets of one plan for one indicator: met where all that are measured are."""
    known = [one for one in verdicts if one is not None]
    return all(known) if known else None


def _crossed(state: TargetState, data: IndicatorTargetCrossed, at: int, _rules: Rules) -> None:
    state.agency, state.indicator, state.plan = data.agency_code, data.indicator_id, data.plan
    state.is_met = data.met
    if data.met:
        state.met_on = day_number(at // SECOND_US)
    else:
        state.unmet_on = day_number(at // SECOND_US)


CHANGES: Final[Mapping[str, Callable[[Any, Any, int, Rules], None]]] = {
    IndicatorTargetCrossed.event_type: _crossed,
}
"""What each fact changes: called with (state, data, microseconds, rules)."""
