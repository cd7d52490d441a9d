"""What the gateway keeps of a dossier, and how a fact changes it."""

from typing import Any, Final

from msgspec import Struct

from services.postal_gateway.domain.machine import FINAL, LegStatus, may_follow
from shared.calendar.civil_time import epoch_of
from shared.events.envelope import Fact
from shared.events.fields import Leg, ResultDelivery
from shared.events.history import is_backdated

CounterKey = tuple[str, ...]
Contribution = tuple[tuple[CounterKey, int], ...]

PARCELS: Final = "parcels"
NO_CARRIER: Final = "none"
# A result older than this when it is first seen was sent long ago, by other means.
REQUEST_AGE_MAX_SECONDS: Final = 30 * 86_400


class Step(Struct, array_like=True, gc=False):
    """One hand-over or scan: what it was, when, and the carrier's own code for it."""

    status: str
    at: int
    code: str = ""


class LegState(Struct, array_like=True, gc=False):
    """One way of the paper; instants are epoch seconds. `steps` is the line of hands."""

    leg: str
    attempt: int
    status: str
    since: int
    carrier: str = ""
    tracking_number: str = ""
    contact_ref: str = ""
    steps: tuple[Step, ...] = ()
    ignored_count: int = 0  # statuses that came later and would have gone backwards

    @property
    def is_final(self) -> bool:
        """Whether its way has ended."""
        return LegStatus(self.status) in FINAL


class PostState(Struct, array_like=True, gc=False):
    """One dossier as the post sees it. No code: that is its key."""

    agency: str = ""
    by_post: bool = False
    contact_ref: str = ""
    resolved: int | None = None
    is_over: bool = False  # returned by other means, withdrawn, stopped, refused or void
    legs: tuple[LegState, ...] = ()

    def leg(self, leg: str, attempt: int) -> LegState | None:
        """That attempt of that leg; None if it was never asked for."""
        return next((o for o in self.legs if o.leg == leg and o.attempt == attempt), None)


def needs_return(state: PostState, now: int) -> bool:
    """Whether a return must be requested: resolved lately, by post, and not on its way yet."""
    return (
        state.by_post
        and state.resolved is not None
        and not state.is_over
        and now - state.resolved <= REQUEST_AGE_MAX_SECONDS
        and state.leg(Leg.RETURN.value, 1) is None
    )


def to_be_ordered(state: PostState) -> list[LegState]:
    """The legs that no carrier has an order for yet."""
    return [leg for leg in state.legs if leg.status == LegStatus.REQUESTED]


class PostProjection:
    """Folds `dossier.*` and `postal.*` by dossier code; counts legs by where they stand."""

    version = "1"
    state_type: Any = PostState

    def __init__(self) -> None:
        self.backdated_count = 0  # of all facts seen so far; tells of imports, judges nothing

    def keys_of(self, fact: Fact) -> tuple[str, ...]:
        """The dossier, for the facts that move paper."""
        if fact.data.event_type not in _KINDS:
            return ()
        self.backdated_count += is_backdated(fact)
        return (fact.subject,)

    def step(self, state: PostState | None, fact: Fact, key: str) -> PostState:
        """The dossier after one more fact."""
        del key
        state = state or PostState()
        kind = fact.data.event_type
        if kind.startswith("postal."):
            _on_postal(state, fact)
        else:
            _on_dossier(state, kind, fact)
        return state

    def contribution(self, key: str, state: PostState, now: int) -> Contribution:
        """One in (parcels, agency, carrier, leg, state) for each leg."""
        del key, now
        return tuple(
            ((PARCELS, state.agency, leg.carrier or NO_CARRIER, leg.leg, leg.status), 1)
            for leg in state.legs
        )

    def next_change_at(self, key: str, state: PostState, now: int) -> None:
        """Time alone moves no paper."""
        del key, state, now

    def is_hot(self, state: PostState) -> bool:
        """Whether it is on its way, or about to be."""
        waits = state.by_post and state.resolved is not None and not state.is_over
        return any(not leg.is_final for leg in state.legs) or (waits and not state.legs)


def _on_dossier(state: PostState, kind: str, fact: Fact) -> None:
    said: Any = fact.data
    match kind:
        case "dossier.received.v1":
            state.agency = said.agency_code
            state.by_post = said.result_delivery == ResultDelivery.POSTAL
            state.contact_ref = said.contact_ref or state.contact_ref
        case "dossier.submitted.v1":
            state.contact_ref = state.contact_ref or said.contact_ref or ""
        case "dossier.transferred.v1":
            state.agency = said.to_agency_code
        case "dossier.resolved.v1":
            state.resolved = epoch_of(fact.time)
        case "dossier.corrected.v1":
            state.is_over = state.is_over or said.void
        case _:  # returned, withdrawn, stopped, rejected
            state.is_over = True


def _on_postal(state: PostState, fact: Fact) -> None:
    said: Any = fact.data
    at, kind = epoch_of(fact.time), said.event_type
    state.agency = state.agency or said.agency_code
    status = _STATUS[kind]
    if status is LegStatus.HANDED and said.record_ref is None:
        status = LegStatus.ORDERED  # the carrier accepted the order, not yet the paper
    leg = state.leg(said.leg, said.attempt)
    if leg is None:
        leg = LegState(said.leg, said.attempt, LegStatus.REQUESTED, at)
        state.legs = (*state.legs, leg)
        if status is LegStatus.REQUESTED:
            leg.steps = (Step(status, at),)
    leg.carrier = said.carrier or leg.carrier
    leg.tracking_number = said.tracking_number or leg.tracking_number
    leg.contact_ref = getattr(said, "contact_ref", None) or leg.contact_ref
    if may_follow(LegStatus(leg.status), status):
        leg.status, leg.since = status, at
        leg.steps = (*leg.steps, Step(status, at, getattr(said, "status_code", None) or ""))
    elif status is not LegStatus.REQUESTED:
        leg.ignored_count += 1


_STATUS: Final = {
    "postal.pickup_requested.v1": LegStatus.REQUESTED,
    "postal.return_requested.v1": LegStatus.REQUESTED,
    "postal.picked_up.v1": LegStatus.HANDED,
    "postal.handed_to_carrier.v1": LegStatus.HANDED,
    "postal.in_transit.v1": LegStatus.IN_TRANSIT,
    "postal.handed_to_agency.v1": LegStatus.DELIVERED,
    "postal.delivered.v1": LegStatus.DELIVERED,
    "postal.delivery_failed.v1": LegStatus.DELIVERY_FAILED,
    "postal.returned_to_sender.v1": LegStatus.RETURNED,
    "postal.lost.v1": LegStatus.LOST,
}
_KINDS: Final = frozenset(_STATUS) | {
    "dossier.submitted.v1",
    "dossier.received.v1",
    "dossier.transferred.v1",
    "dossier.resolved.v1",
    "dossier.corrected.v1",
    "dossier.returned.v1",
    "dossier.withdrawn.v1",
    "dossier.stopped.v1",
    "dossier.rejected.v1",
}
