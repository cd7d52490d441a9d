"""Officers stand by pseudonym on the page of their desk: no label, list or report names them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from shared.catalogue.model import encoded_catalogue
from shared.events import dossier as d
from tests.support.dossiers import code_of, publish, received, said
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.unit.services.scoring.builders import AGENCY, CATALOGUE

pytestmark = pytest.mark.broker

NOW = datetime.now(UTC).replace(microsecond=0)
OFFICER, DESK = "CB-4711", "Q9"
RATED = "one_stop_desks_and_officers_rated"


async def test_an_officer_is_rated_on_the_desk_and_only_counted_elsewhere(
    server: TestServer, tmp_path: Path
) -> None:
    client = await server.client("intake")
    receipt = received(
        code_of(1), NOW - timedelta(minutes=2), AGENCY, desk_code=DESK, officer_code=OFFICER
    )
    liked = d.DossierRated(agency_code=AGENCY, satisfied=True, officer_code=OFFICER)
    await publish(client, [receipt, said(liked, code_of(1), NOW - timedelta(minutes=1))])
    await client.close()
    catalogue = tmp_path / "catalogue.json"
    catalogue.write_bytes(encoded_catalogue(CATALOGUE))
    scoring = ServiceProcess(
        "scoring", server, tmp_path / "data", {"MOTCUA_CATALOGUE": str(catalogue)}
    )
    await (await scoring.start()).ready()

    try:
        async with httpx.AsyncClient(base_url=scoring.url, timeout=30) as http:
            page = await http.get(f"/mot-cua/{AGENCY}")
            only_desks = await http.get(f"/mot-cua/{AGENCY}?loai=quay")
            file = await http.get(f"/mot-cua/{AGENCY}/danh-sach.csv")
            number = (await http.get(f"/v1/indicators/{RATED}?agency={AGENCY}")).json()
            listed = await http.get(f"/v1/indicators/{RATED}/dossiers?agency={AGENCY}")
            elsewhere = [
                (await http.get(path)).text
                for path in ("/metrics", f"/v1/reports/{NOW:%Y}", "/v1/scores", "/diem", "/")
            ]
    finally:
        await scoring.stop()

    assert page.status_code == 200
    assert OFFICER in page.text
    assert OFFICER in file.text
    assert DESK in only_desks.text
    assert OFFICER not in only_desks.text
    assert (number["numerator"], number["denominator"]) == (2, 2)
    rows = [one["code"] for one in listed.json()["dossiers"]]
    assert sorted(rows) == [f"{AGENCY}/desk/{DESK}", f"{AGENCY}/officer"]
    assert not any(OFFICER in text for text in [*elsewhere, listed.text])
