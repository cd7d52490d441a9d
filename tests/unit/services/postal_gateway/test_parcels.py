"""A dossier as the post sees it, told in facts."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.postal_gateway.domain.facts import order_accepted, return_requested, status_fact
from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.orders import Accepted, LegName, Meaning, Status, leg_of
from services.postal_gateway.domain.parcels import (
    REQUEST_AGE_MAX_SECONDS,
    PostProjection,
    needs_return,
    to_be_ordered,
)
from services.postal_gateway.domain.states import PostState, State
from shared.calendar.civil_time import epoch_of
from shared.events import dossier as d
from shared.events import postal
from shared.events.envelope import Fact
from shared.events.fields import Leg, ResultDelivery
from tests.support.dossiers import AGENCIES, code_of, received, said

CODE, AGENCY = code_of(1), AGENCIES[0]
NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
NOW = epoch_of(NOON) + 60
PROJECTION = PostProjection()
NAME = LegName(CODE)


def after(*facts: Fact) -> PostState:
    state: State | None = None
    for fact in sorted(facts, key=lambda fact: fact.order):
        state = PROJECTION.step(state, fact, CODE)
    assert isinstance(state, PostState)
    return state


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def by_post(**more: Any) -> Fact:
    return received(
        CODE, NOON - timedelta(days=9), AGENCY, result_delivery=ResultDelivery.POSTAL, **more
    )


def tracked(row: int, meaning: Meaning, minutes: float) -> Fact:
    status = Status(row, CODE, "BC1VN", "2", meaning, at(minutes))
    fact = status_fact(NAME, AGENCY, "vnpost", status)
    assert fact is not None
    return fact


RESOLVED = said(d.DossierResolved(agency_code=AGENCY), CODE, NOON)
REQUESTED = return_requested(CODE, after(by_post(contact_ref="c-1"), RESOLVED))
ORDERED = order_accepted(NAME, AGENCY, "vnpost", Accepted("BC1VN", at(1)))
JOURNEY = (
    by_post(contact_ref="c-1"), RESOLVED, REQUESTED, ORDERED,
    tracked(2, Meaning.HANDED, 20), tracked(3, Meaning.IN_TRANSIT, 60),
    tracked(4, Meaning.DELIVERY_FAILED, 300), tracked(5, Meaning.IN_TRANSIT, 480),
    tracked(6, Meaning.DELIVERED, 720),
)  # fmt: skip


def test_a_result_that_goes_by_post_asks_for_its_return_once() -> None:
    waiting, asked = after(by_post(), RESOLVED), after(by_post(), RESOLVED, REQUESTED)

    assert needs_return(waiting, NOW)
    assert not needs_return(asked, NOW)
    assert [leg.status for leg in to_be_ordered(asked)] == [LegStatus.REQUESTED]


def test_nothing_is_asked_for_where_the_post_has_no_part() -> None:
    counter = received(CODE, NOON - timedelta(days=9), AGENCY)
    returned = said(d.DossierReturned(agency_code=AGENCY), CODE, at(1))
    void = said(d.DossierCorrected(agency_code=AGENCY, void=True), CODE, at(1))

    assert not needs_return(after(counter, RESOLVED), NOW)
    assert not needs_return(after(by_post()), NOW)
    assert not needs_return(after(by_post(), RESOLVED, returned), NOW)
    assert not needs_return(after(by_post(), RESOLVED, void), NOW)


def test_what_was_asked_for_before_the_dossier_was_over_is_ordered_no_more() -> None:
    withdrawn = said(d.DossierWithdrawn(agency_code=AGENCY), CODE, at(2))
    again = said(
        postal.PostalReturnRequested(agency_code=AGENCY, leg=Leg.RETURN, attempt=2), CODE, at(9)
    )

    assert to_be_ordered(after(by_post(), RESOLVED, REQUESTED, withdrawn)) == []
    (leg,) = to_be_ordered(after(by_post(), RESOLVED, REQUESTED, withdrawn, again))
    assert leg.attempt == 2


def test_a_result_of_long_ago_is_not_sent_anew_by_an_import() -> None:
    state = after(by_post(), RESOLVED)

    assert needs_return(state, epoch_of(NOON) + REQUEST_AGE_MAX_SECONDS)
    assert not needs_return(state, epoch_of(NOON) + REQUEST_AGE_MAX_SECONDS + 1)


def test_the_way_of_a_parcel_is_a_line_of_hands() -> None:
    (leg,) = after(*JOURNEY).legs

    assert [step.status for step in leg.steps] == [
        "requested", "ordered", "handed_to_carrier", "in_transit", "delivery_failed",
        "in_transit", "delivered",
    ]  # fmt: skip
    assert (leg.carrier, leg.tracking_number, leg.contact_ref) == ("vnpost", "BC1VN", "c-1")
    assert leg.is_final
    assert not PROJECTION.is_hot(after(*JOURNEY))


def test_a_status_after_the_end_is_kept_in_the_log_and_moves_nothing() -> None:
    (leg,) = after(*JOURNEY, tracked(7, Meaning.RETURNED, 900)).legs

    assert leg.status == LegStatus.DELIVERED
    assert leg.ignored_count == 1


@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(random: Random) -> None:
    disturbed = list(JOURNEY)
    random.shuffle(disturbed)

    assert after(*disturbed) == after(*JOURNEY)


def test_each_leg_is_counted_where_it_stands() -> None:
    counted = [PROJECTION.contribution(CODE, after(*JOURNEY[:n]), NOW) for n in (2, 3, 5, 9)]
    way = [[key for key, _ in one if key[0] == "parcels"] for one in counted]

    assert way == [
        [],
        [("parcels", AGENCY, "none", "return", "requested")],
        [("parcels", AGENCY, "vnpost", "return", "handed_to_carrier")],
        [("parcels", AGENCY, "vnpost", "return", "delivered")],
    ]


def test_the_time_from_the_hand_over_to_the_delivery_and_the_failure_are_counted() -> None:
    counted = dict(PROJECTION.contribution(CODE, after(*JOURNEY), NOW))

    assert counted["took_sum", "vnpost", "return"] == 700 * 60
    assert counted["took", "vnpost", "return", "1"] == 1  # more than six hours, within twelve
    assert counted["failed", "vnpost", "return", "2"] == 1


def test_a_status_that_says_the_same_again_is_not_called_backwards() -> None:
    (leg,) = after(*JOURNEY[:5], tracked(9, Meaning.HANDED, 25)).legs

    assert leg.ignored_count == 0


def test_the_same_row_of_tracking_is_the_same_fact() -> None:
    assert tracked(4, Meaning.DELIVERED, 9).id == tracked(4, Meaning.DELIVERED, 9).id
    assert tracked(4, Meaning.DELIVERED, 9).id != tracked(5, Meaning.DELIVERED, 9).id
    registered = tracked(1, Meaning.REGISTERED, 1)
    assert (registered.id, registered.data) == (ORDERED.id, ORDERED.data)


def test_an_order_number_names_its_leg_both_ways() -> None:
    names = [
        LegName(CODE), LegName(CODE, Leg.RETURN, 2), LegName(CODE, Leg.PICKUP),
        LegName(CODE, Leg.TRANSFER, 12),
    ]  # fmt: skip

    assert names[0].order_number == CODE
    assert [leg_of(name.order_number) for name in names] == names
    assert len({name.key for name in names}) == 4


def test_a_lost_parcel_is_final_and_held_by_nobody() -> None:
    lost = said(postal.PostalLost(agency_code=AGENCY, leg=Leg.RETURN), CODE, at(500))

    (leg,) = after(*JOURNEY[:6], lost).legs

    assert leg.status == LegStatus.LOST
    assert leg.is_final
