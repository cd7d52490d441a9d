"""Procedures (TTHC) as one agency announces and offers them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from msgspec import Struct

from shared.events import catalogue as c
from shared.events.fields import ServiceLevel

from .facets import PROCEDURE
from .rules import (
    DAY_SECONDS,
    EPOCH_DAY,
    OFFSET_SECONDS,
    SECOND_US,
    Rules,
    day_number,
    month_of,
)

_RETIRED: Final = 1 << 40  # until it is announced or published anew
_FEE_SAID: Final = 1 << 41  # a fact said whether it has a fee; else the catalogue does
_FACETS_MASK: Final = (1 << 40) - 1


class ProcedureState(Struct, array_like=True, gc=False, tag="t"):
    """One procedure at one agency. Instances are `2026-09` or, where late, `2026-09!`."""

    agency: str = ""
    code: str = ""
    standing: int = 0  # facets that hold until a fact says otherwise
    announced: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    # What it was, month by month: from `since[n]` on it was `held[n]`, 0 where not in force.
    since: tuple[str, ...] = ()
    held: tuple[int, ...] = ()
    # Pairs of civil days by number: a decision that announced it, and by when it must be public.
    must_be_public: tuple[int, ...] = ()
    made_public: tuple[int, ...] = ()  # the decisions that were made public


def spans_of(state: ProcedureState) -> list[tuple[str, str, int]]:
    """(from this month, until before that one, facets) wherever it was in force; "" is no end."""
    since, held = state.since, state.held
    ends = (*since[1:], "")
    return [(since[n], ends[n], held[n]) for n in range(len(since)) if held[n]]


def overdue_instances(state: ProcedureState, now: int) -> tuple[str, ...]:
    """Decisions that should be public by an epoch second and never were, as late instances.

    Source: [PORTAL-2026] 1.2: what must be public counts, whether or not it ever was. The last
    day is over at its last second, so that the end of a month judges as the day after does.
    """
    today = day_number(now + 1)
    return tuple(
        _instance(EPOCH_DAY + timedelta(last), is_late=True)
        for last in _awaited(state)
        if today > last
    )


def is_awaited(state: ProcedureState) -> bool:
    """Whether a decision is not public yet: time alone may make it late."""
    return any(True for _ in _awaited(state))


def next_change_at(state: ProcedureState, now: int) -> int | None:
    """When time alone makes a publication late; None if it never will."""
    ends = [(last + 1) * DAY_SECONDS - OFFSET_SECONDS - 1 for last in _awaited(state)]
    return min((end for end in ends if end > now), default=None)


def _awaited(state: ProcedureState) -> list[int]:
    flat = state.must_be_public
    return [flat[i + 1] for i in range(0, len(flat), 2) if flat[i] not in state.made_public]


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
    limits = rules.publishing_on(data.decided_on)
    days = limits.announce_days_before
    if data.provincial:
        days = limits.announce_days_before_provincial
    # Without the law's day nobody can call it late.
    is_late = (
        data.law_effective_on is not None
        and data.decided_on > rules.calendar.shift_working_days(data.law_effective_on, -days)
    )
    state.announced += (_instance(data.decided_on, is_late=is_late),)
    decided = _number(data.decided_on)
    if decided not in state.must_be_public[::2]:
        last = _public_by(data, rules)
        state.must_be_public += (decided, _number(last))


def _published(state: ProcedureState, data: c.ProcedurePublished, _at: int, rules: Rules) -> None:
    _stands(state)
    _set(state, "public", value=True)
    _set(state, "content_full", value=data.content_full)
    last = _public_by(data, rules)
    state.published += (_instance(last, is_late=data.published_on > last),)
    state.made_public += (_number(data.decided_on),)


def _public_by(data: c.ProcedureAnnounced | c.ProcedurePublished, rules: Rules) -> date:
    """The last day on which what a decision announced is public on time."""
    limits = rules.publishing_on(data.decided_on)
    days = limits.public_days_after
    if data.provincial:
        days = limits.public_days_after_provincial
    return rules.calendar.shift_working_days(data.decided_on, days)


def _number(day: date) -> int:
    return (day - EPOCH_DAY).days


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
    state.standing |= _FEE_SAID
    _set(state, "fee", value=data.has_fee)
    _set(state, "payment_integrated", value=data.has_fee and data.integrated)


def _retired(state: ProcedureState, _data: c.ProcedureRetired, at: int, _rules: Rules) -> None:
    _set(state, "in_force", value=False)
    state.standing |= _RETIRED
    # What ended before its last day need not be public any more.
    ended, flat = day_number(at // SECOND_US), state.must_be_public
    kept = [flat[i : i + 2] for i in range(0, len(flat), 2) if flat[i + 1] < ended]
    state.must_be_public = tuple(number for pair in kept for number in pair)


Change = Callable[[ProcedureState, Any, int, Rules], None]


def _dated(change: Change) -> Change:
    """Keep what it was at the end of each month beside what it is: the past is not rewritten."""

    def changed(state: ProcedureState, data: Any, at: int, rules: Rules) -> None:
        change(state, data, at, rules)
        held = _held(state, rules)
        month = month_of(at)
        if state.since and state.since[-1] == month:
            state.since, state.held = state.since[:-1], state.held[:-1]
        if held != (state.held[-1] if state.held else 0):
            state.since += (month,)
            state.held += (held,)

    return changed


def _held(state: ProcedureState, rules: Rules) -> int:
    """What holds of it now; 0 where it is not in force."""
    standing = state.standing
    if not standing & PROCEDURE["in_force"]:
        return 0
    if not standing & _FEE_SAID and rules.has_fee(state.code):
        standing |= PROCEDURE["fee"]
    return standing & _FACETS_MASK


CHANGES: Final[dict[str, Change]] = {
    c.ProcedureAnnounced.event_type: _dated(_announced),
    c.ProcedurePublished.event_type: _dated(_published),
    c.ProcedureUpdated.event_type: _dated(_updated),
    c.ProcedureServiceLevelSet.event_type: _dated(_level),
    c.ProcedurePaymentIntegrated.event_type: _dated(_payment),
    c.ProcedureRetired.event_type: _dated(_retired),
}
"""What each fact changes: called with (state, data, microseconds, rules)."""
