"""An agency falls under a plan's target and reaches it: said once, alerted once, and resolved."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from shared.bus.streams import FACTS
from shared.catalogue.model import encoded_catalogue
from shared.events import dossier as d
from shared.events.alert import IndicatorTargetCrossed
from shared.events.envelope import LOG_DECODER, Fact
from tests.support.dossiers import publish, received, said
from tests.support.notifying import Copy, clock_at, said_of
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until
from tests.unit.services.scoring.builders import AGENCY, CATALOGUE, OTHER

pytestmark = pytest.mark.broker

NOW = datetime.now(UTC).replace(microsecond=0)
MET, UNMET = "met", "unmet"
ON_TIME, PLAN = "dossiers_on_time", "bac-giang-2024"
RULES = Path(__file__).parents[2] / "shared" / "rules" / "alerts.toml"


def finished(agency: str, count: int, *, is_late: bool) -> Iterator[Fact]:
    """So many dossiers of a few seconds each, all late or all on time."""
    for n in range(count):
        code = f"{agency}-{NOW:%y%m%d}-{n + 1000 * is_late:05d}"
        due = NOW - timedelta(seconds=20 if is_late else 5)
        yield received(code, NOW - timedelta(seconds=30), agency, due_at=due)
        end = NOW - timedelta(seconds=10)
        yield said(d.DossierResolved(agency_code=agency), code, end)


def scoring(server: TestServer, folder: Path) -> ServiceProcess:
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = folder / "catalogue.json"
    catalogue.write_bytes(encoded_catalogue(CATALOGUE))
    return ServiceProcess(
        "scoring", server, folder,
        {
            "MOTCUA_CATALOGUE": str(catalogue), "MOTCUA_CORRECT_EVERY_SECONDS": "0.5",
            "MOTCUA_PLANS": PLAN, "MOTCUA_PLANS_ON": "2024-05-06",
        },
    )  # fmt: skip


@asynccontextmanager
async def running(*services: ServiceProcess) -> AsyncIterator[None]:
    for one in services:
        await (await one.start()).ready()
    try:
        yield
    finally:
        for one in services:
            await one.stop()


async def crossings(client: Client, agency: str) -> list[IndicatorTargetCrossed]:
    """What the log says of an agency's share on time, in order."""
    js = client.jetstream()
    found = []
    for sequence in range(1, (await js.stream_info(FACTS)).state.last_seq + 1):
        data = LOG_DECODER.decode((await js.get_msg(FACTS, sequence)).data or b"").data
        if isinstance(data, IndicatorTargetCrossed) and data.indicator_id == ON_TIME:
            found += [data] if data.agency_code == agency else []
    return found


async def until_said(client: Client, agency: str, *directions: str) -> None:
    async def is_so() -> bool:
        said = await crossings(client, agency)
        return [MET if one.met else UNMET for one in said] == list(directions)

    await until(is_so, within=60, what=f"{agency} crossed {directions}")


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    connected = await server.client()
    yield connected
    await connected.close()


async def test_a_target_is_crossed_once_for_two_copies_and_the_notifier_raises_and_resolves(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await publish(client, list(finished(AGENCY, 4, is_late=True)))
    subject = f"{AGENCY}:{ON_TIME}:{PLAN}"
    async with (
        running(scoring(server, tmp_path / "a"), scoring(server, tmp_path / "b")),
        Copy(
            server, tmp_path / "notifier", clock_at(NOW + timedelta(hours=1)), rules=RULES
        ) as notifier,
    ):
        await until_said(client, AGENCY, UNMET)
        await notifier.tick()
        raised = (await said_of(client, "alert.raised.v1"))[subject]

        await publish(client, list(finished(AGENCY, 60, is_late=False)))
        await until_said(client, AGENCY, UNMET, MET)
        await notifier.tick()
        resolved = (await said_of(client, "alert.resolved.v1"))[subject]

    assert [one.data.stage for one in raised] == ["indicator_under_target"]  # type: ignore[attr-defined] # by its type
    assert len(resolved) == 1
    under, reached = await crossings(client, AGENCY)
    assert (under.numerator, under.denominator, under.plan) == (0, 4, PLAN)
    assert (reached.numerator, reached.denominator) == (60, 64)
    assert under.demanded
    assert reached.demanded


async def test_a_copy_that_reads_the_log_anew_says_nothing_twice(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await publish(client, list(finished(AGENCY, 4, is_late=True)))
    async with running(scoring(server, tmp_path / "first")):
        await until_said(client, AGENCY, UNMET)
    await publish(client, list(finished(OTHER, 4, is_late=True)))

    async with running(scoring(server, tmp_path / "anew")):
        # Both agencies are looked at together: what is said of the one shows that it looked.
        await until_said(client, OTHER, UNMET)

    assert [one.met for one in await crossings(client, AGENCY)] == [False]


async def test_once_a_day_each_way_and_what_ended_unmet_is_told(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    await publish(client, list(finished(AGENCY, 4, is_late=True)))
    service = scoring(server, tmp_path / "a")
    async with running(service):
        await until_said(client, AGENCY, UNMET)
    service.add({"MOTCUA_PLANS_ON": "2026-05-06"})  # the plan is over

    async with running(service):
        await until_said(client, AGENCY, UNMET, MET)

    under, over = await crossings(client, AGENCY)
    assert under.demanded
    assert not over.demanded
    assert over.denominator is None
