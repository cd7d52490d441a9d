"""Filed when both sides sign; without a record, when the desk says so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.postal_gateway.domain.facts import pickup_requested
from services.postal_gateway.domain.filing import FilingBasis, filing, has_filing_gap
from services.postal_gateway.domain.parcels import PostProjection, contacts_done, needs_pickup
from services.postal_gateway.domain.states import PostState
from shared.calendar.civil_time import epoch_of
from shared.events import dossier as d
from shared.events import postal
from shared.events.envelope import Fact
from shared.events.fields import Channel, Event, Leg, ResultDelivery
from tests.support.dossiers import AGENCIES, code_of, received, said

CODE, AGENCY = code_of(1), AGENCIES[0]
MORNING = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)  # Tuesday
PROJECTION = PostProjection()


def at(hours: float) -> datetime:
    return MORNING + timedelta(hours=hours)


def after(*facts: Fact) -> PostState:
    state = PostState()
    for fact in sorted(facts, key=lambda fact: fact.order):
        found = PROJECTION.step(state, fact, CODE)
        assert isinstance(found, PostState)
        state = found
    return state


def happened(event: Event, hours: float) -> Fact:
    return said(event, CODE, at(hours))


TICKED = happened(d.DossierSubmitted(agency_code=AGENCY, pickup_wanted=True, contact_ref="c-1"), 0)
ABOUT: dict[str, Any] = {
    "agency_code": AGENCY,
    "leg": Leg.PICKUP,
    "carrier": "vnpost",
    "tracking_number": "P1",
}
PICKED_UP = happened(postal.PostalPickedUp(**ABOUT, record_ref="P1"), 3)
ARRIVED = happened(postal.PostalDelivered(**ABOUT, status_code="3"), 6)
SIGNED = happened(postal.PostalHandedToAgency(**ABOUT, record_ref="BK-1", signed_by="Cán bộ 1"), 7)
RECEIVED = received(CODE, at(8), AGENCY, channel=Channel.POSTAL)
ASKED = happened(d.DossierSupplementRequested(agency_code=AGENCY), 7.5)
COMPLETED = happened(d.DossierSupplemented(agency_code=AGENCY), 30)


def test_a_tick_in_the_form_asks_for_a_pick_up_once() -> None:
    ticked = after(TICKED)
    asked = after(TICKED, pickup_requested(CODE, ticked))
    now = epoch_of(at(1))

    assert needs_pickup(ticked, now)
    assert not needs_pickup(asked, now)
    assert not needs_pickup(after(TICKED, RECEIVED), now)
    assert not needs_pickup(ticked, now + 31 * 86_400)
    assert asked.legs[0].contact_ref == "c-1"


@pytest.mark.parametrize(
    ("facts", "hours", "basis"),
    [
        ((TICKED, PICKED_UP, SIGNED, RECEIVED), 7, FilingBasis.RECORD),
        ((TICKED, PICKED_UP, ARRIVED, SIGNED), 7, FilingBasis.RECORD),  # not yet received
        ((TICKED, PICKED_UP, SIGNED, ASKED, COMPLETED), 30, FilingBasis.COMPLETION),
        ((TICKED, PICKED_UP, ARRIVED, RECEIVED), 8, FilingBasis.DESK),
        ((RECEIVED,), 8, FilingBasis.DESK),
    ],
)
def test_filed_when_signed_or_completed_and_else_by_the_desks_own_time(
    facts: tuple[Fact, ...], hours: float, basis: FilingBasis
) -> None:
    found = filing(after(*facts))

    assert found is not None
    assert (found.at, found.basis) == (epoch_of(at(hours)), basis)


@pytest.mark.parametrize(
    "facts", [(TICKED,), (TICKED, PICKED_UP, ARRIVED), (TICKED, PICKED_UP, SIGNED, ASKED)]
)
def test_nothing_is_filed_before_a_signature_or_while_papers_are_missing(
    facts: tuple[Fact, ...],
) -> None:
    assert filing(after(*facts)) is None


def test_a_dossier_received_without_a_record_is_a_gap_to_list() -> None:
    assert has_filing_gap(after(TICKED, PICKED_UP, ARRIVED, RECEIVED))
    assert not has_filing_gap(after(TICKED, PICKED_UP, SIGNED, RECEIVED))
    assert not has_filing_gap(after(RECEIVED))


def test_an_address_is_kept_for_the_way_back_and_goes_when_nothing_more_is_to_come() -> None:
    home = received(CODE, at(8), AGENCY, result_delivery=ResultDelivery.POSTAL, contact_ref="c-1")
    asked = pickup_requested(CODE, after(TICKED))
    brought = (TICKED, asked, PICKED_UP, SIGNED)

    assert contacts_done(after(*brought)) == set()  # the result may go home
    assert contacts_done(after(*brought, home)) == set()
    assert contacts_done(after(*brought, RECEIVED)) == {"c-1"}  # the result is at the counter
    withdrawn = happened(d.DossierWithdrawn(agency_code=AGENCY), 40)
    assert contacts_done(after(*brought, home, withdrawn)) == {"c-1"}


def test_what_is_fetched_by_post_counts_as_received_by_post() -> None:
    state = after(TICKED, PICKED_UP, SIGNED, received(CODE, at(8), AGENCY))
    counted = dict(PROJECTION.contribution(CODE, state, 0))

    assert counted["by_agency", AGENCY, "2026-03", "in"] == 1
    assert counted["by_procedure", "1.000123", "2026-03", "any"] == 1
    assert ("by_agency", AGENCY, "2026-03", "out") not in counted
