"""A bundle changes hands when both sides signed, and only what both found."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.postal_gateway.barcodes import code128
from services.postal_gateway.domain.bundles import (
    BundleStanding,
    changed_hands,
    differences,
    fold_bundle,
    may_join,
    next_number,
    standing,
)
from services.postal_gateway.domain.desk_words import Said, Why, Word, event_of
from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.states import BundleState, Claim, LegState, PostState
from shared.events import postal
from shared.events.envelope import Fact
from shared.events.fields import BundleDirection, BundleSide, Event, Leg
from tests.support.dossiers import AGENCIES, said

NUMBER, AGENCY = "BK-H44.01-20260310-01", AGENCIES[0]
MORNING = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
ITEMS = ("A", "B", "C", "D")


def happened(event: Event, minutes: float) -> Fact:
    return said(event, NUMBER, MORNING + timedelta(minutes=minutes), f"f.{minutes}")


def listed(minutes: float, *items: str) -> Fact:
    return happened(
        postal.PostalBundleListed(
            agency_code=AGENCY, direction=BundleDirection.TO_CARRIER, items=items, by="Cán bộ"
        ),
        minutes,
    )


def signed(minutes: float, side: BundleSide, **found: Any) -> Fact:
    return happened(
        postal.PostalBundleConfirmed(agency_code=AGENCY, side=side, by="Người ký", **found), minutes
    )


def after(*facts: Fact) -> BundleState:
    state = BundleState()
    for fact in sorted(facts, key=lambda fact: fact.order):
        fold_bundle(state, fact)
    return state


def test_nothing_changes_hands_before_the_second_signature() -> None:
    stages = [
        after(listed(0, "A")),
        after(listed(0, "A"), signed(5, BundleSide.CARRIER)),
        after(listed(0, "A"), signed(5, BundleSide.CARRIER), signed(9, BundleSide.AGENCY)),
    ]

    assert [standing(one) for one in stages] == [
        BundleStanding.LISTED, BundleStanding.AWAITS_AGENCY, BundleStanding.SIGNED,
    ]  # fmt: skip
    assert [changed_hands(one) for one in stages] == [(), (), ("A",)]
    assert stages[2].signed == (MORNING + timedelta(minutes=9)).timestamp()


def test_a_signature_closes_the_list_and_a_side_signs_once() -> None:
    state = after(
        listed(0, "A"), listed(1, "A", "B"), signed(2, BundleSide.AGENCY), listed(3, "C"),
        signed(4, BundleSide.AGENCY, missing=("A",)),
    )  # fmt: skip

    assert state.items == ("A", "B")
    assert differences(state).count == 0


def test_an_empty_list_withdraws_what_nobody_signed() -> None:
    assert standing(after(listed(0, "A"), listed(1))) is BundleStanding.WITHDRAWN


@given(
    st.lists(st.sampled_from(ITEMS), unique=True),
    *[st.lists(st.sampled_from(ITEMS), unique=True).map(tuple) for _ in range(4)],
    st.randoms(use_true_random=False),
)
def test_what_either_side_missed_never_changes_hands(
    items: list[str], missing_a: Any, missing_c: Any, extra: Any, damaged: Any, random: Random
) -> None:
    facts = [
        listed(0, *items), signed(1, BundleSide.AGENCY, missing=missing_a, extra=extra),
        signed(2, BundleSide.CARRIER, missing=missing_c, damaged=damaged),
    ]  # fmt: skip
    random.shuffle(facts)
    state = after(*facts)

    moved = set(changed_hands(state))
    assert moved == (set(items) | set(extra)) - set(missing_a) - set(missing_c)


def leg(kind: Leg, status: LegStatus) -> LegState:
    return LegState(kind.value, 1, status, 0, "vnpost", "T1")


@pytest.mark.parametrize(
    ("direction", "kind", "status", "joins"),
    [
        (BundleDirection.TO_CARRIER, Leg.RETURN, LegStatus.ORDERED, True),
        (BundleDirection.TO_CARRIER, Leg.TRANSFER, LegStatus.ORDERED, True),
        (BundleDirection.TO_CARRIER, Leg.RETURN, LegStatus.REQUESTED, False),  # no order yet
        (BundleDirection.TO_CARRIER, Leg.RETURN, LegStatus.HANDED, False),
        (BundleDirection.TO_CARRIER, Leg.PICKUP, LegStatus.ORDERED, False),  # the applicant has it
        (BundleDirection.FROM_CARRIER, Leg.PICKUP, LegStatus.DELIVERED, True),
        (BundleDirection.FROM_CARRIER, Leg.PICKUP, LegStatus.ORDERED, True),  # no scan came yet
        (BundleDirection.FROM_CARRIER, Leg.RETURN, LegStatus.DELIVERY_FAILED, True),  # comes back
        (BundleDirection.FROM_CARRIER, Leg.RETURN, LegStatus.IN_TRANSIT, False),
        (BundleDirection.FROM_CARRIER, Leg.PICKUP, LegStatus.HANDED_TO_AGENCY, False),
    ],
)
def test_only_what_the_giving_side_holds_may_stand_on_a_list(
    direction: BundleDirection, kind: Leg, status: LegStatus, *, joins: bool
) -> None:
    assert may_join(direction, leg(kind, status)) is joins


def test_numbers_of_a_day_follow_each_other() -> None:
    first = next_number("H44.01", "20260310", [])

    assert first == NUMBER
    assert next_number("H44.01", "20260310", [first]) == "BK-H44.01-20260310-02"
    assert next_number("H44.01", "20260310", ["BK-H44.01-20260310-12"]).endswith("-13")
    assert next_number("H44.02", "20260310", [first]).endswith("-01")


def test_a_barcode_says_what_it_holds_to_people_as_well() -> None:
    drawn = code128("H44.01-260302-00001")

    assert 'aria-label="H44.01-260302-00001"' in drawn
    assert drawn.count("<rect") > 40
    assert "style" not in drawn  # the page allows none
    assert "<script" not in code128("<script>")


RETURN_HOME = PostState(agency=AGENCY, legs=(leg(Leg.RETURN, LegStatus.ORDERED),))
CAME_BACK = PostState(agency=AGENCY, legs=(leg(Leg.RETURN, LegStatus.RETURNED),))
CLAIMED = PostState(
    agency=AGENCY, legs=(leg(Leg.RETURN, LegStatus.LOST),),
    claims=(Claim("return", 1, "loss", 0, 30_000),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "word", "outcome"),
    [
        (RETURN_HOME, Word.RETURN, Why.UNDER_WAY),
        (RETURN_HOME, Word.CANCEL, "postal.order_cancelled.v1"),
        (RETURN_HOME, Word.LOST, "postal.lost.v1"),
        (RETURN_HOME, Word.DAMAGED, "postal.damaged.v1"),
        (RETURN_HOME, Word.COLLECTED, "postal.fee_collected.v1"),
        (RETURN_HOME, Word.CLAIM, "postal.claim_opened.v1"),
        (RETURN_HOME, Word.SETTLE, Why.NO_CLAIM),
        (RETURN_HOME, Word.PICKUP, "postal.pickup_requested.v1"),
        (CAME_BACK, Word.RETURN, "postal.return_requested.v1"),
        (CAME_BACK, Word.CANCEL, Why.NOT_NOW),
        (CAME_BACK, Word.LOST, Why.NOT_NOW),
        (CLAIMED, Word.SETTLE, "postal.claim_settled.v1"),
        (PostState(agency=AGENCY), Word.REMITTED, Why.NO_LEG),
    ],
)
def test_what_a_person_may_say_depends_on_where_the_paper_is(
    state: PostState, word: Word, outcome: str | Why
) -> None:
    words = Said(word=word, by="Cán bộ", leg="return", attempt=1, amount=1_000, kind="loss")

    event = event_of(state, words)

    assert (event if isinstance(event, Why) else event.event_type) == outcome


def test_a_new_attempt_counts_on_and_a_transfer_needs_another_agency() -> None:
    again = event_of(CAME_BACK, Said(word=Word.RETURN, by="Cán bộ"))
    nowhere = event_of(CAME_BACK, Said(word=Word.TRANSFER, by="Cán bộ", to_agency=AGENCY))

    assert isinstance(again, postal.PostalReturnRequested)
    assert again.attempt == 2
    assert nowhere is Why.SAME_AGENCY
