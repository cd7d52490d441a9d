"""An operator of one agency, at three running desks: nothing of another agency, by any route."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from shared.access import Role
from shared.catalogue.model import Agency, Catalogue, Level, encoded_catalogue
from shared.events.dossier import DossierResolved
from shared.events.envelope import Fact
from shared.events.fields import ResultDelivery
from tests.support.at_rest import addresses, at_rest
from tests.support.dossiers import publish, received, said
from tests.support.logging_in import LIMITED_TOKEN, TOKEN, write_operators
from tests.support.notifying import OVERDUE_ONLY
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker

PARENT, CHILD, STRANGER = "H44.01", "H44.15", "H44.02"
OWN, BELOW, FOREIGN = "H44.01-260302-00001", "H44.15-260302-00002", "H44.02-260302-00003"
POSTED = {PARENT: "H44.01-260302-00011", CHILD: "H44.15-260302-00012"}
FOREIGN_POSTED = "H44.02-260302-00013"
HIDDEN = (FOREIGN, FOREIGN_POSTED)
LIMITED = {"Authorization": f"Bearer {LIMITED_TOKEN}"}
WHOLE = {"Authorization": f"Bearer {TOKEN}"}
COUNTED = {"scoring": 3, "notifier": 3, "postal_gateway": 3}


def history(now: datetime) -> list[Fact]:
    """Of each agency an overdue dossier, and one that goes back by post."""
    start, due = now - timedelta(days=30), now - timedelta(days=2)
    facts = [
        received(code, start, agency, due_at=due)
        for agency, code in ((PARENT, OWN), (CHILD, BELOW), (STRANGER, FOREIGN))
    ]
    for agency, code in {**POSTED, STRANGER: FOREIGN_POSTED}.items():
        by_post = ResultDelivery.POSTAL
        facts.append(received(code, start, agency, result_delivery=by_post))
        facts.append(said(DossierResolved(agency_code=agency), code, now - timedelta(days=3)))
    return facts


def catalogue(folder: Path) -> Path:
    def one(code: str, parent: str | None = None) -> Agency:
        return Agency(code=code, name=code, short_name=code, level=Level.COMMUNE, parent=parent)

    made = Catalogue(agencies=(one(PARENT), one(CHILD, PARENT), one(STRANGER)))
    path = folder / "catalogue.json"
    path.write_bytes(encoded_catalogue(made))
    return path


@pytest.fixture(params=["scoring", "notifier", "postal_gateway"])
async def desk(
    request: pytest.FixtureRequest, server: TestServer, tmp_path: Path
) -> AsyncIterator[ServiceProcess]:
    await server.provisioned()
    client = await server.client()
    await publish(client, history(datetime.now(UTC)))
    await client.close()
    operators = write_operators(
        tmp_path / "operators.json", machine=Role.ADMIN, limited_to=(PARENT,)
    )
    service = ServiceProcess(
        request.param, server, tmp_path / "data",
        {
            "MOTCUA_OPERATORS": str(operators),
            "MOTCUA_CATALOGUE": str(catalogue(tmp_path)),
            "MOTCUA_NOTIFIER_RULES": str(OVERDUE_ONLY),
        },
    )  # fmt: skip
    await (await service.start()).ready()

    async def is_there() -> bool:
        return len(await listed(service, WHOLE)) == COUNTED[service.name]

    await until(is_there, within=30, what="what is looked for is there")
    yield service
    await service.stop()


async def answer(service: ServiceProcess, path: str, headers: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=10) as http:
        return await http.get(path)


async def listed(service: ServiceProcess, headers: dict[str, str]) -> set[str]:
    """The dossiers of the desk's first list, as a file."""
    path = {"scoring": "/ho-so.csv", "notifier": "/alerts.csv", "postal_gateway": "/parcels.csv"}
    text = (await answer(service, path[service.name], headers)).text
    return {code for code in (OWN, BELOW, *POSTED.values(), *HIDDEN) if code in text}


async def foreign_alert(service: ServiceProcess) -> str:
    if service.name != "notifier":
        return "no-alert"
    found = (await answer(service, f"/v1/alerts?agency={STRANGER}", WHOLE)).json()
    return str(found["alerts"][0]["alert_id"])


async def test_lists_hold_the_agency_and_all_below_it_and_nothing_else(
    desk: ServiceProcess,
) -> None:
    everything = await listed(desk, WHOLE)

    assert await listed(desk, LIMITED) == everything - set(HIDDEN)
    assert everything & set(HIDDEN)


async def test_no_route_shows_or_changes_a_dossier_of_another_agency(
    desk: ServiceProcess, tmp_path: Path
) -> None:
    alert = await foreign_alert(desk)
    form = {"by": "Ai Đó", "reason": "thử", "until": "2099-01-04", "agency": STRANGER,
            "stage": "overdue", "word": "lost", "leg": "return:1"}  # fmt: skip
    told = {"by": "Ai Đó", "reason": "thử"}
    quiet = {**told, "until_at": "2099-01-04T00:00:00Z"}
    before = await state_of(desk, alert)
    query = {"agency": STRANGER, "co-quan": STRANGER, "tinh-trang": "requested"}
    asked = 0
    async with httpx.AsyncClient(base_url=desk.url, headers=LIMITED, timeout=10) as http:
        for one in addresses(at_rest(desk.name, tmp_path / "rest")):
            if one.template == "/live" or one.needed in {"anyone", "metrics"}:
                continue
            for code in HIDDEN:
                address = one.template.replace("{code}", code).replace("{alert_id}", alert)
                address = address.replace("{item}", f"{code}.return.1")
                said_so = quiet if address.endswith("silence") else told
                body = {"json": said_so} if address.startswith("/v1") else {"data": form}
                more = {} if one.method in {"GET", "HEAD"} else body
                for params in ({}, query, {"dossier": code, "of": code, "tim": code[:-1]}):
                    got = await http.request(one.method, address, params=params, **more)  # type: ignore[arg-type]  # either kind of body
                    asked += 1

                    assert not any(hidden in got.text for hidden in HIDDEN), (one, params)
                    is_named = code in address or alert in address
                    assert not is_named or got.status_code in {403, 404}, (one, got.text[:500])

    assert asked > 50
    assert await state_of(desk, alert) == before


async def state_of(desk: ServiceProcess, alert: str) -> list[str]:
    """What an act on another agency's dossier would have changed."""
    paths = {
        "notifier": [f"/v1/alerts/{alert}", f"/dossiers/{FOREIGN}"],
        "postal_gateway": [f"/v1/custody?of={FOREIGN_POSTED}"],
        "scoring": [],  # nothing is changed there but periods, which are the province's
    }
    answers = [await answer(desk, path, WHOLE) for path in paths[desk.name]]
    return [one.text for one in answers if one.headers["content-type"] == "application/json"]


async def test_a_dossier_of_ones_own_opens_and_another_agencys_is_not_known(
    desk: ServiceProcess,
) -> None:
    page = {"scoring": "/ho-so/", "notifier": "/dossiers/", "postal_gateway": "/parcels/"}
    is_post = desk.name == "postal_gateway"
    below, foreign = (POSTED[CHILD], FOREIGN_POSTED) if is_post else (BELOW, FOREIGN)

    opened = await answer(desk, page[desk.name] + below, LIMITED)
    refused = await answer(desk, page[desk.name] + foreign, LIMITED)
    unknown = await answer(desk, page[desk.name] + "H44.99-260302-00009", LIMITED)

    assert opened.status_code == 200
    assert below in opened.text
    assert refused.status_code == 404
    assert refused.json() == unknown.json()
