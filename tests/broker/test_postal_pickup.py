"""From the tick in the form to the signature at the counter, and from agency to agency."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from services.postal_gateway.domain.filing import FilingBasis, filing
from services.postal_gateway.domain.machine import Hand, TimeOf
from services.postal_gateway.domain.orders import LegName, Meaning, Status
from shared.events import postal
from shared.events.dossier import DossierSubmitted
from shared.events.fields import BundleDirection, BundleSide, Event, Leg
from tests.support.dossiers import AGENCIES, code_of, publish, received, said
from tests.support.fake_clock import FakeClock
from tests.support.gateway import GatewayCopy
from tests.support.posting import postal_facts
from tests.support.scripted_carrier import ScriptedCarrier
from tests.support.server import TestServer

pytestmark = pytest.mark.broker

NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
CODE, HERE, THERE = code_of(0), AGENCIES[0], AGENCIES[1]
PICKUP = LegName(CODE, Leg.PICKUP)
TRANSFER = LegName(CODE, Leg.TRANSFER)


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


def row(number: int, name: LegName, meaning: Meaning, minutes: float) -> Status:
    at = NOON + timedelta(minutes=minutes)
    return Status(number, name.order_number, f"BC-{name.order_number}", "3", meaning, at)


def bundle(number: str, event: Event, minutes: float) -> object:
    return said(event, number, NOON + timedelta(minutes=minutes), f"{number}.{minutes}")


def listed(agency: str, direction: BundleDirection, *items: str) -> postal.PostalBundleListed:
    return postal.PostalBundleListed(
        agency_code=agency, direction=direction, carrier="scripted", items=items, by="Cán bộ 1"
    )


def signed(agency: str, side: BundleSide, **more: object) -> postal.PostalBundleConfirmed:
    return postal.PostalBundleConfirmed(agency_code=agency, side=side, by="Người ký", **more)  # type: ignore[arg-type] # test data


async def test_a_pick_up_is_ordered_fetched_and_filed_when_both_sides_sign(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    clock = FakeClock(NOON)
    carrier = ScriptedCarrier(clock)
    ticked = DossierSubmitted(agency_code=HERE, pickup_wanted=True)
    await publish(client, [said(ticked, CODE, NOON)])
    async with GatewayCopy(server, tmp_path / "a", clock, carrier) as copy:
        await copy.order_everything()
        carrier.rows = [row(1, PICKUP, Meaning.HANDED, 60), row(2, PICKUP, Meaning.DELIVERED, 90)]
        await copy.tracker.poll()
        await copy.tick()
        state = copy.parts.ledger.dossier(CODE)
        assert state is not None
        assert state.legs[0].hand is Hand.CARRIER  # nobody signed yet
        assert filing(state) is None

        number = f"BK-{HERE}-20260310-01"
        for event, minutes in (
            (listed(HERE, BundleDirection.FROM_CARRIER, PICKUP.order_number), 100),
            (signed(HERE, BundleSide.CARRIER), 110),
            (signed(HERE, BundleSide.AGENCY), 120),
        ):
            await publish(client, [bundle(number, event, minutes)])  # type: ignore[list-item] # a fact
        for _ in range(3):
            await copy.tick()

        state = copy.parts.ledger.dossier(CODE)
        assert state is not None
        (leg,) = state.legs
        filed = filing(state)

    assert carrier.orders() == {PICKUP.order_number: 1}
    assert [s.status for s in leg.steps] == [
        "requested", "ordered", "handed_to_carrier", "delivered", "handed_to_agency",
    ]  # fmt: skip
    assert (leg.hand, leg.time_of, leg.record_ref) == (Hand.AGENCY, TimeOf.AGENCY, number)
    assert filed is not None
    assert filed.basis is FilingBasis.RECORD
    assert filed.at == (NOON + timedelta(minutes=120)).timestamp()


async def test_papers_between_agencies_are_handed_over_and_signed_for_on_both_ends(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    asked = postal.PostalTransferRequested(
        agency_code=HERE, leg=Leg.TRANSFER, to_agency_code=THERE, by="Cán bộ 1"
    )
    await publish(client, [
        received(CODE, NOON - timedelta(days=1), HERE),
        said(asked, CODE, NOON - timedelta(minutes=1)),
    ])  # fmt: skip
    clock = FakeClock(NOON)
    carrier = ScriptedCarrier(clock)
    out, into = f"BK-{HERE}-20260310-01", f"BK-{THERE}-20260310-01"
    async with GatewayCopy(server, tmp_path / "a", clock, carrier) as copy:
        await copy.order_everything()
        hands = []
        for number, agency, direction, minutes in (
            (out, HERE, BundleDirection.TO_CARRIER, 30),
            (into, THERE, BundleDirection.FROM_CARRIER, 300),
        ):
            events = (
                listed(agency, direction, TRANSFER.order_number),
                signed(agency, BundleSide.AGENCY), signed(agency, BundleSide.CARRIER),
            )  # fmt: skip
            facts = [bundle(number, one, minutes + n) for n, one in enumerate(events)]
            await publish(client, facts)  # type: ignore[arg-type] # facts
            for _ in range(3):
                await copy.tick()
            state = copy.parts.ledger.dossier(CODE)
            assert state is not None
            hands.append((state.legs[0].hand, state.legs[0].record_ref))

    assert carrier.taken[0][0].to_agency == THERE
    assert carrier.taken[0][0].contact is None
    assert hands == [(Hand.CARRIER, out), (Hand.OTHER_AGENCY, into)]


async def test_what_was_missing_at_the_joint_count_did_not_change_hands(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    asked = [
        said(DossierSubmitted(agency_code=HERE, pickup_wanted=True), code_of(n), NOON)
        for n in range(3)
    ]
    await publish(client, asked)
    clock = FakeClock(NOON)
    items = [LegName(code_of(n), Leg.PICKUP).order_number for n in range(3)]
    number = f"BK-{HERE}-20260310-01"
    async with GatewayCopy(server, tmp_path / "a", clock, ScriptedCarrier(clock)) as copy:
        await copy.order_everything()
        events = (
            listed(HERE, BundleDirection.FROM_CARRIER, items[0], items[1]),
            signed(HERE, BundleSide.AGENCY, missing=(items[1],), extra=(items[2],)),
            signed(HERE, BundleSide.CARRIER, damaged=(items[0],)),
        )
        facts = [bundle(number, one, 60 + n) for n, one in enumerate(events)]
        await publish(client, facts)  # type: ignore[arg-type] # facts
        for _ in range(3):
            await copy.tick()
        count = len(await postal_facts(client))
        states = [copy.parts.ledger.dossier(code_of(n)) for n in range(3)]
        legs = [state.legs[0] for state in states if state]

    assert [leg.hand for leg in legs] == [Hand.AGENCY, Hand.APPLICANT, Hand.AGENCY]
    assert [leg.is_damaged for leg in legs] == [True, False, False]

    async with GatewayCopy(server, tmp_path / "b", clock, ScriptedCarrier(clock)) as anew:
        for _ in range(3):
            await anew.tick()
        assert len(await postal_facts(client)) == count  # a copy that begins anew says no more
