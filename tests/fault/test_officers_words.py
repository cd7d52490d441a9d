"""Words that an officer wrote into a dossier: on its page, and in no metric, log line or alert."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from shared.bus.streams import ALERTS
from shared.events.dossier import DossierApologised, DossierExplained
from tests.fault.test_postal_canaries import everything_in
from tests.support.dossiers import AGENCIES, code_of, publish, received, said
from tests.support.notifying import OVERDUE_ONLY
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.slow]

CANARY = "CANARY7391"


async def tell(server: TestServer) -> None:
    """Three late dossiers with an explanation and an apology that name somebody."""
    client, now = await server.client(), datetime.now(UTC)
    facts = []
    for number in range(3):
        code, agency = code_of(number), AGENCIES[0]
        facts += [
            received(code, now - timedelta(days=9), agency, due_at=now - timedelta(days=2)),
            said(
                DossierExplained(agency_code=agency, explanation=f"{CANARY} vắng", by=CANARY),
                code, now - timedelta(hours=1),
            ),
            said(DossierApologised(agency_code=agency, by=CANARY), code, now),
        ]  # fmt: skip
    await publish(client, facts)
    await client.close()


async def test_an_officers_words_stay_in_the_log_and_on_the_page(
    server: TestServer, tmp_path: Path
) -> None:
    await tell(server)
    homes = {"scoring": tmp_path / "s", "notifier": tmp_path / "n"}
    rules = {"MOTCUA_NOTIFIER_RULES": str(OVERDUE_ONLY)}
    running = [ServiceProcess(name, server, home, rules) for name, home in homes.items()]
    places: dict[str, bytes] = {}
    async with httpx.AsyncClient(timeout=20) as http:
        for one in running:
            await (await one.start()).ready()
        notifier = running[1]

        async def is_raised() -> bool:
            return bool((await http.get(f"{notifier.url}/v1/alerts")).json()["count"] == 3)

        await until(is_raised, within=60, what="three alerts")
        for one in running:
            places[f"{one.name} metrics"] = (await http.get(f"{one.url}/metrics")).content
            places[f"{one.name} first page"] = (await http.get(f"{one.url}/")).content
    for one in running:
        await one.stop()
    for name, home in homes.items():
        places[f"{name} log"] = (home / f"{name}.log").read_bytes()
    client = await server.client()
    places["ALERTS"] = await everything_in(client, ALERTS)
    await client.close()

    assert all(len(content) > 100 for content in places.values())
    assert [name for name, content in places.items() if CANARY.encode() in content] == []
