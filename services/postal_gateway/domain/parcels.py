"""The fold of `dossier.*` and `postal.*` by dossier code, and of bundles by their number."""

from bisect import bisect_left
from typing import Any, Final

from services.postal_gateway.domain.bundles import fold_bundle
from services.postal_gateway.domain.folding import (
    BUNDLE_KINDS,
    DOSSIER_KINDS,
    came_by_post,
    fold_dossier,
)
from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.states import BUNDLE, BundleState, LegState, PostState, State
from shared.calendar.civil_time import day_of_epoch
from shared.events.envelope import Fact
from shared.events.fields import Leg
from shared.events.history import is_backdated

CounterKey = tuple[str, ...]
Contribution = tuple[tuple[CounterKey, int], ...]

PARCELS, TOOK, TOOK_SUM = "parcels", "took", "took_sum"
FAILED, BY_AGENCY, BY_PROCEDURE = "failed", "by_agency", "by_procedure"
NO_CARRIER: Final = "none"
# A result older than this when it is first seen was sent long ago, by other means.
REQUEST_AGE_MAX_SECONDS: Final = 30 * 86_400
_DAY: Final = 86_400
# Upper bounds of the way from the hand-over to the delivery, in seconds.
TOOK_BOUNDS: Final = tuple(float(days * _DAY) for days in (0.25, 0.5, 1, 2, 3, 5, 7, 10, 15, 30))


def needs_return(state: PostState, now: int) -> bool:
    """Whether a return must be requested: resolved lately, by post, and not on its way yet."""
    return (
        state.by_post
        and state.resolved is not None
        and not state.is_over
        and now - state.resolved <= REQUEST_AGE_MAX_SECONDS
        and state.leg(Leg.RETURN.value, 1) is None
    )


def needs_pickup(state: PostState, now: int) -> bool:
    """Whether a pick-up must be requested: ticked lately, not received, not asked for yet."""
    return (
        state.pickup_wanted is not None
        and state.received is None
        and not state.is_over
        and now - state.pickup_wanted <= REQUEST_AGE_MAX_SECONDS
        and state.leg(Leg.PICKUP.value, 1) is None
    )


def to_be_ordered(state: PostState) -> list[LegState]:
    """The legs that no carrier has an order for yet.

    What was asked for before the dossier was over is needed no more; what a person asked for
    afterwards is.
    """
    return [leg for leg in state.legs if leg.status == LegStatus.REQUESTED and _counts(state, leg)]


def _counts(state: PostState, leg: LegState) -> bool:
    return not state.is_over or leg.since >= state.over_at


def contacts_done(state: PostState) -> set[str]:
    """The references of addresses that nobody needs any more: to be erased.

    An address that a leg used goes when its ways have ended and no return is to come; all of them
    go when the dossier is over. What nobody used expires with the bucket.
    """
    used = {leg.contact_ref for leg in state.legs}
    if state.is_over:
        used |= {state.contact_ref, state.pickup_contact}
    under_way = [leg for leg in state.legs if not leg.is_final]
    needed = {""} | {
        leg.contact_ref or state.contact_ref
        for leg in under_way
        if leg.status != LegStatus.REQUESTED or _counts(state, leg)
    }
    is_home = any(leg.leg == Leg.RETURN and leg.status == LegStatus.DELIVERED for leg in state.legs)
    may_come = state.by_post or state.received is None
    if may_come and not is_home and not state.is_over:
        needed.add(state.contact_ref)
    return used - needed


class PostProjection:
    """Counts legs by where they stand, ways by how long they took, dossiers by channel."""

    version = "2"
    state_type: Any = State

    def __init__(self) -> None:
        self.backdated_count = 0  # of all facts seen so far; tells of imports, judges nothing

    def keys_of(self, fact: Fact) -> tuple[str, ...]:
        """The dossier or the bundle, for the facts that move paper or money."""
        kind = fact.data.event_type
        if kind in BUNDLE_KINDS:
            return (BUNDLE + fact.subject,)
        if kind not in DOSSIER_KINDS:
            return ()
        # Our own word about a result of weeks ago is no import: it must not hold up the rest.
        self.backdated_count += fact.noun != "postal" and is_backdated(fact)
        return (fact.subject,)

    def step(self, state: State | None, fact: Fact, key: str) -> State:
        """The dossier or bundle after one more fact."""
        if key.startswith(BUNDLE):
            bundle = state if isinstance(state, BundleState) else BundleState()
            fold_bundle(bundle, fact)
            return bundle
        dossier = state if isinstance(state, PostState) else PostState()
        fold_dossier(dossier, fact)
        return dossier

    def contribution(self, key: str, state: State, now: int) -> Contribution:
        """One per leg where it stands, its time and failures, one per dossier and channel."""
        del key, now
        if isinstance(state, BundleState):
            return ()
        legs = tuple(one for leg in state.legs for one in _of_leg(state, leg))
        return legs + _of_intake(state)

    def next_change_at(self, key: str, state: State, now: int) -> None:
        """Time alone moves no paper."""
        del key, state, now

    def is_hot(self, state: State) -> bool:
        """Whether it is on its way, or about to be; a bundle, until both sides signed."""
        if isinstance(state, BundleState):
            return state.signed is None and bool(state.items)
        if any(not leg.is_final for leg in state.legs):
            return True  # also one that is needed no more: there are few
        waits = state.by_post and state.resolved is not None and not state.legs
        wanted = state.pickup_wanted is not None and state.received is None and not state.legs
        return not state.is_over and (waits or wanted)


def _of_leg(state: PostState, leg: LegState) -> Contribution:
    carrier = leg.carrier or NO_CARRIER
    counted: list[tuple[CounterKey, int]] = [
        ((PARCELS, state.agency, carrier, leg.leg, leg.status), 1)
    ]
    failures = [step for step in leg.steps if step.status == LegStatus.DELIVERY_FAILED]
    counted += [((FAILED, carrier, leg.leg, step.code), 1) for step in failures]
    seconds = handed_to_delivered_seconds(leg)
    if seconds is not None:
        place = str(bisect_left(TOOK_BOUNDS, seconds))
        counted += [((TOOK, carrier, leg.leg, place), 1), ((TOOK_SUM, carrier, leg.leg), seconds)]
    return tuple(counted)


def handed_to_delivered_seconds(leg: LegState) -> int | None:
    """Seconds from the carrier's taking the paper to its word of delivery; None while unknown."""
    begun, ended = leg.reached(LegStatus.HANDED), leg.reached(LegStatus.DELIVERED)
    return None if begun is None or ended is None else max(ended - begun, 0)


def _of_intake(state: PostState) -> Contribution:
    """One for the dossier in each share it counts in; nothing before it was received."""
    if state.received is None or state.is_void:
        return ()
    month = f"{day_of_epoch(state.received):%Y-%m}"
    came, goes = came_by_post(state), state.by_post
    ways = ["all"] + ["in"] * came + ["out"] * goes + ["any"] * (came or goes)
    by_agency = tuple(((BY_AGENCY, state.received_by, month, way), 1) for way in ways)
    return by_agency + tuple(((BY_PROCEDURE, state.procedure, month, way), 1) for way in ways)
