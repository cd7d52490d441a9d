"""Procedures (TTHC) as one agency announces and offers them."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from msgspec import Struct

from shared.events import catalogue as c
from shared.events.fields import ServiceLevel

from .facets import PROCEDURE
from .rules import Rules

_RETIRED: Final = 1 << 40  # until it is announced or published anew


class ProcedureState(Struct, array_like=True, gc=False, tag="t"):
    """One procedure at one agency. Instances are `2026-09` or, where late, `2026-09!`."""

    agency: str = ""
    code: str = ""
    standing: int = 0  # facets that hold until a fact says otherwise
    announced: tuple[str, ...] = ()
    published: tuple[str, ...] = ()


def standing_of(state: ProcedureState) -> int:
    """What holds of it now; 0 once it is retired."""
    return state.standing if state.standing & PROCEDURE["in_force"] else 0


def _set(state: ProcedureState, name: str, *, value: bool | None) -> None:
    if value is not None:
        bit = PROCEDURE[name]
        state.standing = state.standing | bit if value else state.standing & ~bit


def _stands(state: ProcedureState) -> None:
    """A public act says that it is in force, also where it was retired before."""
    state.standing = (state.standing & ~_RETIRED) | PROCEDURE["in_force"]


def _offered(state: ProcedureState) -> None:
    """Whoever says how it is offered or paid says that there is one, but revives none."""
    if not state.standing & _RETIRED:
        state.standing |= PROCEDURE["in_force"]


def _announced(state: ProcedureState, data: c.ProcedureAnnounced, _at: int, rules: Rules) -> None:
    _stands(state)
    _set(state, "eligible_full_online", value=data.eligible_full_online)
    limits = rules.publishing
    days = limits.announce_days_before
    if data.provincial:
        days = limits.announce_days_before_provincial
    # Without the law's day nobody can call it late.
    is_late = (
        data.law_effective_on is not None
        and data.decided_on > rules.calendar.shift_working_days(data.law_effective_on, -days)
    )
    state.announced += (_instance(data.decided_on, is_late=is_late),)


def _published(state: ProcedureState, data: c.ProcedurePublished, _at: int, rules: Rules) -> None:
    _stands(state)
    _set(state, "public", value=True)
    _set(state, "content_full", value=data.content_full)
    limits = rules.publishing
    days = limits.public_days_after
    if data.provincial:
        days = limits.public_days_after_provincial
    last = rules.calendar.shift_working_days(data.decided_on, days)
    state.published += (_instance(last, is_late=data.published_on > last),)


def _instance(day: date, *, is_late: bool) -> str:
    return day.isoformat()[:7] + ("!" if is_late else "")


def _updated(state: ProcedureState, data: c.ProcedureUpdated, _at: int, _rules: Rules) -> None:
    _set(state, "content_full", value=data.content_full)


def _level(state: ProcedureState, data: c.ProcedureServiceLevelSet, _at: int, _r: Rules) -> None:
    _offered(state)
    _set(state, "online", value=data.service_level is not ServiceLevel.NONE)
    _set(state, "full_online", value=data.service_level is ServiceLevel.FULL)


def _payment(
    state: ProcedureState, data: c.ProcedurePaymentIntegrated, _at: int, _r: Rules
) -> None:
    _offered(state)
    _set(state, "fee", value=data.has_fee)
    _set(state, "payment_integrated", value=data.has_fee and data.integrated)


def _retired(state: ProcedureState, _data: c.ProcedureRetired, _at: int, _rules: Rules) -> None:
    _set(state, "in_force", value=False)
    state.standing |= _RETIRED


CHANGES: Final[dict[str, Callable[[ProcedureState, Any, int, Rules], None]]] = {
    c.ProcedureAnnounced.event_type: _announced,
    c.ProcedurePublished.event_type: _published,
    c.ProcedureUpdated.event_type: _updated,
    c.ProcedureServiceLevelSet.event_type: _level,
    c.ProcedurePaymentIntegrated.event_type: _payment,
    c.ProcedureRetired.event_type: _retired,
}
"""What each fact changes: called with (state, data, microseconds, rules)."""
