"""Nothing about a parcel goes backwards, and it is always known who holds the paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.postal_gateway.domain.machine import (
    Hand,
    LegStatus,
    TimeOf,
    ends,
    holder,
    is_end,
    may_follow,
    time_of,
)
from shared.events.fields import Leg

S = LegStatus
LEGS = st.sampled_from(list(Leg))
TO_AGENCY = (Leg.PICKUP, Leg.TRANSFER)


@pytest.mark.parametrize(
    ("now", "then", "moves"),
    [
        (S.REQUESTED, S.ORDERED, True),
        (S.REQUESTED, S.DELIVERED, True),  # the pages between were lost
        (S.REQUESTED, S.CANCELLED, True),
        (S.ORDERED, S.HANDED, True),
        (S.ORDERED, S.CANCELLED, True),
        (S.HANDED, S.CANCELLED, False),  # the paper is on its way
        (S.HANDED, S.ORDERED, False),
        (S.IN_TRANSIT, S.HANDED, False),
        (S.IN_TRANSIT, S.DELIVERY_FAILED, True),
        (S.DELIVERY_FAILED, S.IN_TRANSIT, True),  # on its way to the next attempt
        (S.DELIVERY_FAILED, S.DELIVERED, True),
        (S.DELIVERED, S.RETURNED, False),
        (S.DELIVERED, S.IN_TRANSIT, False),
        (S.RETURNED, S.DELIVERED, False),
        (S.LOST, S.DELIVERED, False),
        (S.CANCELLED, S.ORDERED, False),
        (S.IN_TRANSIT, S.IN_TRANSIT, False),
    ],
)
@pytest.mark.parametrize("leg", list(Leg))
def test_a_status_moves_a_parcel_only_forwards(leg: Leg, now: S, then: S, *, moves: bool) -> None:
    assert may_follow(leg, now, then) is moves


@pytest.mark.parametrize("leg", TO_AGENCY)
def test_what_goes_to_an_agency_ends_with_two_signatures(leg: Leg) -> None:
    assert not is_end(leg, S.DELIVERED)
    assert may_follow(leg, S.DELIVERED, S.HANDED_TO_AGENCY)
    assert may_follow(leg, S.DELIVERED, S.LOST)  # not found at the joint count
    assert not may_follow(leg, S.DELIVERED, S.RETURNED)
    assert may_follow(leg, S.IN_TRANSIT, S.HANDED_TO_AGENCY)  # signed before the scan came
    assert not may_follow(leg, S.HANDED_TO_AGENCY, S.DELIVERED)


def test_a_result_that_went_home_is_signed_for_by_nobody_of_an_agency() -> None:
    assert is_end(Leg.RETURN, S.DELIVERED)
    assert all(not may_follow(Leg.RETURN, now, S.HANDED_TO_AGENCY) for now in S)


@given(LEGS, st.lists(st.sampled_from(list(LegStatus)), max_size=12))
def test_whatever_a_carrier_says_the_first_end_stays(leg: Leg, said: list[LegStatus]) -> None:
    now, found = S.REQUESTED, []
    for then in said:
        if may_follow(leg, now, then):
            now = then
            found += [then] if is_end(leg, then) else []

    assert len(found) <= 1
    assert now is (found[0] if found else now)


@given(LEGS, st.lists(st.sampled_from(list(LegStatus)), max_size=20))
def test_no_paper_comes_back_into_a_hand_that_gave_it_away(leg: Leg, said: list[S]) -> None:
    now, hands = S.REQUESTED, [holder(leg, S.REQUESTED)]
    for then in said:
        if may_follow(leg, now, then):
            now = then
            if holder(leg, now) is not hands[-1]:
                hands.append(holder(leg, now))

    middle = [hand for hand in hands if hand is Hand.CARRIER]
    assert len(middle) <= 1
    if hands.count(hands[0]) > 1:
        assert now is S.RETURNED


@given(LEGS, st.sampled_from(list(LegStatus)))
def test_every_state_has_a_holder_and_somebodys_time(leg: Leg, status: S) -> None:
    assert holder(leg, status) in Hand
    assert time_of(leg, status) in TimeOf
    if holder(leg, status) is Hand.CARRIER:
        assert time_of(leg, status) is TimeOf.POST
    if status in ends(leg) and status is not S.LOST:
        assert time_of(leg, status) is not TimeOf.POST


@pytest.mark.parametrize(
    ("leg", "status", "hand", "clock"),
    [
        (Leg.PICKUP, S.REQUESTED, Hand.APPLICANT, TimeOf.AGENCY),
        (Leg.PICKUP, S.ORDERED, Hand.APPLICANT, TimeOf.POST),
        (Leg.PICKUP, S.HANDED, Hand.CARRIER, TimeOf.POST),
        (Leg.PICKUP, S.DELIVERED, Hand.CARRIER, TimeOf.POST),  # a scan is no signature
        (Leg.PICKUP, S.HANDED_TO_AGENCY, Hand.AGENCY, TimeOf.AGENCY),
        (Leg.PICKUP, S.RETURNED, Hand.APPLICANT, TimeOf.NOBODY),
        (Leg.RETURN, S.ORDERED, Hand.AGENCY, TimeOf.POST),  # an order is no hand-over
        (Leg.RETURN, S.DELIVERY_FAILED, Hand.CARRIER, TimeOf.POST),
        (Leg.RETURN, S.DELIVERED, Hand.APPLICANT, TimeOf.NOBODY),
        (Leg.RETURN, S.RETURNED, Hand.AGENCY, TimeOf.AGENCY),
        (Leg.RETURN, S.LOST, Hand.NOBODY, TimeOf.POST),
        (Leg.TRANSFER, S.ORDERED, Hand.AGENCY, TimeOf.POST),
        (Leg.TRANSFER, S.HANDED_TO_AGENCY, Hand.OTHER_AGENCY, TimeOf.AGENCY),
        (Leg.TRANSFER, S.CANCELLED, Hand.AGENCY, TimeOf.AGENCY),
    ],
)
def test_who_holds_the_paper_and_whose_clock_runs(
    leg: Leg, status: S, hand: Hand, clock: TimeOf
) -> None:
    assert holder(leg, status) is hand
    assert time_of(leg, status) is clock
