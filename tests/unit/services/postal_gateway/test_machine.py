"""Nothing about a parcel goes backwards, and it is always known who holds the paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.postal_gateway.domain.machine import FINAL, Hand, LegStatus, holder, may_follow

S = LegStatus


@pytest.mark.parametrize(
    ("now", "then", "moves"),
    [
        (S.REQUESTED, S.ORDERED, True),
        (S.REQUESTED, S.DELIVERED, True),  # the pages between were lost
        (S.ORDERED, S.HANDED, True),
        (S.HANDED, S.ORDERED, False),
        (S.IN_TRANSIT, S.HANDED, False),
        (S.IN_TRANSIT, S.DELIVERY_FAILED, True),
        (S.DELIVERY_FAILED, S.IN_TRANSIT, True),  # on its way to the next attempt
        (S.DELIVERY_FAILED, S.DELIVERED, True),
        (S.DELIVERED, S.RETURNED, False),
        (S.DELIVERED, S.IN_TRANSIT, False),
        (S.RETURNED, S.DELIVERED, False),
        (S.LOST, S.DELIVERED, False),
        (S.IN_TRANSIT, S.IN_TRANSIT, False),
    ],
)
def test_a_status_moves_a_parcel_only_forwards(now: S, then: S, *, moves: bool) -> None:
    assert may_follow(now, then) is moves


@given(st.lists(st.sampled_from(list(LegStatus)), max_size=12))
def test_whatever_a_carrier_says_the_first_end_stays(said: list[LegStatus]) -> None:
    now = S.REQUESTED
    ends = []
    for then in said:
        if may_follow(now, then):
            now = then
            ends += [then] if then in FINAL else []

    assert len(ends) <= 1
    assert now is (ends[0] if ends else now)


def test_every_state_has_a_holder() -> None:
    hands = {status: holder(status) for status in LegStatus}

    assert hands[S.ORDERED] is Hand.AGENCY  # an order is no hand-over
    assert hands[S.HANDED] is hands[S.IN_TRANSIT] is hands[S.DELIVERY_FAILED] is Hand.CARRIER
    assert hands[S.DELIVERED] is Hand.APPLICANT
    assert hands[S.RETURNED] is Hand.AGENCY
    assert hands[S.LOST] is Hand.NOBODY
