"""Parcels, publishers and channels: what goes quiet. Counted by hand."""

from typing import Any

import pytest

from services.notifier.domain.decisions import next_look_at
from services.notifier.domain.dossiers import DossierState
from services.notifier.domain.hearing import ChannelState, SourceState, channel_step, heard
from services.notifier.domain.refused import RefusedState
from shared.calendar.civil_time import epoch_of
from shared.events import alert as a
from shared.events import dossier as d
from shared.events import postal as b
from shared.events.fields import Event, Leg
from tests.support.dossiers import code_of, received, said
from tests.unit.services.notifier.builders import CALENDAR, dossier
from tests.unit.services.notifier.shipped import SHIPPED, begins, civil, never, owed

CODE, AGENCY, FAR = code_of(1), "H44.01", "31/12/2026 12:00"
RESOLVED = d.DossierResolved(agency_code=AGENCY)


def told(*facts: tuple[Event, str]) -> DossierState:
    """Fold a dossier due on Friday 06/03/2026 at five."""
    taken_in = received(CODE, civil("02/02/2026 09:00"), due_on=civil("06/03/2026 00:00").date())
    return dossier(taken_in, *(said(event, CODE, civil(at)) for event, at in facts))


def leg(event: type[b.PostalEvent], /, **more: Any) -> b.PostalEvent:
    return event(agency_code=AGENCY, leg=Leg.RETURN, carrier="vnpost", **more)


WANTED = (leg(b.PostalReturnRequested), "06/03/2026 10:00")
HANDED = (leg(b.PostalHandedToCarrier, record_ref="BB-1"), "09/03/2026 09:00")
SCANNED = (leg(b.PostalInTransit), "10/03/2026 14:00")


@pytest.mark.parametrize(
    ("facts", "stage", "begin"),
    [
        ([WANTED], "postal_collection", "09/03/2026 10:00:01"),  # Friday: Monday
        ([WANTED, HANDED], "postal_delivery", "12/03/2026 09:00:01"),
        ([WANTED, HANDED], "postal_quiet", "11/03/2026 09:00:01"),
        ([WANTED, HANDED, SCANNED], "postal_quiet", "12/03/2026 14:00:01"),
        ([WANTED, HANDED, SCANNED], "postal_delivery", "12/03/2026 09:00:01"),
        ([(leg(b.PostalFeeCollected, amount_vnd=1), "06/03/2026 10:00")], "postal_fee",
         "13/03/2026 10:00:01"),
        ([WANTED, HANDED, (leg(b.PostalLost), "11/03/2026 08:00")], "postal_loss",
         "11/03/2026 08:00:01"),
    ],
)  # fmt: skip
def test_each_leg_of_the_post_is_held_to_its_limit(
    facts: list[tuple[Event, str]], stage: str, begin: str
) -> None:
    closed = told((RESOLVED, "06/03/2026 09:00"), *facts)

    assert begins(closed, stage, begin)


@pytest.mark.parametrize(
    ("ending", "stage"),
    [
        (leg(b.PostalDelivered), "postal_delivery"),
        (leg(b.PostalDelivered), "postal_quiet"),
        (leg(b.PostalReturnedToSender), "postal_quiet"),
    ],
)
def test_a_parcel_that_arrived_is_quiet_in_good_order(ending: b.PostalEvent, stage: str) -> None:
    state = told((RESOLVED, "06/03/2026 09:00"), WANTED, HANDED, (ending, "10/03/2026 09:00"))

    assert never(state, stage, "20/03/2026 09:00", FAR)


CLAIMED = (leg(b.PostalClaimOpened, kind="loss", charge_vnd=30_000), "16/03/2026 09:00")


@pytest.mark.parametrize(
    ("facts", "stage", "begin"),
    [
        ([CLAIMED], "postal_claim", "17/05/2026 00:00:00"),
        ([CLAIMED, (leg(b.PostalClaimSettled, paid_vnd=119_999), "01/04/2026 15:00")],
         "postal_payment", "02/05/2026 00:00:00"),
    ],
)  # fmt: skip
def test_the_post_is_held_to_the_days_of_the_law_for_a_claim(
    facts: list[tuple[Event, str]], stage: str, begin: str
) -> None:
    state = told((RESOLVED, "06/03/2026 09:00"), WANTED, HANDED, *facts)

    assert begins(state, stage, begin)


@pytest.mark.parametrize(
    "settled",
    [leg(b.PostalClaimSettled, paid_vnd=120_000), leg(b.PostalClaimSettled, refused=True)],
    ids=["four times the charge", "refused"],
)
def test_a_claim_that_was_settled_as_the_law_asks_owes_nothing(settled: b.PostalEvent) -> None:
    state = told((RESOLVED, "06/03/2026 09:00"), HANDED, CLAIMED, (settled, "01/04/2026 15:00"))

    assert never(state, "postal_claim", "01/06/2026 09:00", FAR)
    assert never(state, "postal_payment", "01/06/2026 09:00", FAR)


def test_an_order_that_was_taken_back_waits_for_nobody() -> None:
    back = (leg(b.PostalOrderCancelled), "06/03/2026 11:00")

    state = told((RESOLVED, "06/03/2026 09:00"), WANTED, back)

    assert never(state, "postal_collection", "20/03/2026 09:00", FAR)


def test_what_goes_to_an_agency_has_arrived_when_both_signed_and_not_when_it_was_scanned() -> None:
    def pickup(kind: type[b.PostalEvent], **more: Any) -> b.PostalEvent:
        return kind(agency_code=AGENCY, leg=Leg.PICKUP, carrier="vnpost", **more)

    way = (
        (pickup(b.PostalPickupRequested), "06/03/2026 10:00"),
        (pickup(b.PostalPickedUp), "09/03/2026 09:00"),
        (pickup(b.PostalDelivered), "10/03/2026 09:00"),
    )
    signed = (pickup(b.PostalHandedToAgency, record_ref="BB-1"), "11/03/2026 09:00")

    assert begins(told(*way), "postal_delivery", "12/03/2026 09:00:01")
    assert never(told(*way, signed), "postal_delivery", "20/03/2026 09:00", FAR)


def test_an_order_that_the_carrier_accepted_is_not_yet_the_paper() -> None:
    order = (leg(b.PostalHandedToCarrier), "06/03/2026 10:05")

    state = told((RESOLVED, "06/03/2026 09:00"), WANTED, order)

    assert begins(state, "postal_collection", "09/03/2026 10:00:01")


def source(*moments: str) -> SourceState:
    state = SourceState()
    for at in moments:
        state = heard(state, epoch_of(civil(at)), "H44.01")
    return state


@pytest.mark.parametrize(
    ("last", "begin"),
    [
        ("04/03/2026 08:00", "04/03/2026 13:30:01"),  # four working hours, over noon
        ("04/03/2026 15:00", "05/03/2026 09:30:01"),  # over night
        ("06/03/2026 16:30", "09/03/2026 11:00:01"),  # over a weekend
        ("13/02/2026 16:00", "23/02/2026 10:30:01"),  # over Tet
    ],
)
def test_a_publisher_is_silent_only_in_working_hours(last: str, begin: str) -> None:
    state = source("02/02/2026 09:00", "03/02/2026 09:00", last)

    assert begins(state, "source_silent", begin)


def test_a_publisher_heard_on_two_days_only_was_an_import_and_is_not_missed() -> None:
    once = source("02/03/2026 09:00", "02/03/2026 16:00", "03/03/2026 09:00")

    assert never(once, "source_silent", FAR)
    assert next_look_at(once, 0, SHIPPED, calendar=CALENDAR) is None


def test_the_same_word_of_a_publisher_twice_changes_nothing() -> None:
    words = ["02/03/2026 09:00", "03/03/2026 09:00", "04/03/2026 09:00"]

    assert source(*words, *words) == source(*words)


def outcomes(*named: str) -> ChannelState:
    state = ChannelState()
    for minute, outcome in enumerate(named):
        event = a.AlertDelivered(
            alert_id="a", stage="overdue", agency_code=AGENCY, channel="mail", recipient="p-01",
            outcome=outcome,
        )  # fmt: skip
        state = channel_step(state, event, epoch_of(civil("04/03/2026 09:00")) + 60 * minute)
    return state


@pytest.mark.parametrize(
    ("named", "is_failing"),
    [
        (["failed", "failed"], False),
        (["failed", "failed", "failed"], True),
        (["failed", "claimed", "failed", "unknown", "failed"], True),
        (["failed", "failed", "failed", "sent"], False),
        (["failed", "failed", "failed", "confirmed"], False),
    ],
)
def test_a_channel_that_refuses_three_times_running_is_itself_an_alert(
    named: list[str], *, is_failing: bool
) -> None:
    assert ("channel_failing" in owed(outcomes(*named), "04/03/2026 10:00")) is is_failing


@pytest.mark.parametrize(
    ("since", "begin"),
    [
        ("04/03/2026 07:30", "04/03/2026 17:00:01"),  # a working day
        ("06/03/2026 14:00", "09/03/2026 14:00:01"),  # over a weekend
        ("07/03/2026 10:00", "09/03/2026 17:00:01"),  # a Saturday's counts from Monday
    ],
)
def test_a_refused_event_that_nobody_settled_for_a_working_day_is_an_alert(
    since: str, begin: str
) -> None:
    assert begins(RefusedState("", epoch_of(civil(since))), "rejects_waiting", begin)
    assert never(RefusedState(""), "rejects_waiting", FAR)
