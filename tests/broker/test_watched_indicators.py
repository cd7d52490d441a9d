"""Indicators without points: shown beside the others, part of no sum."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.catalogue.model import encoded_catalogue
from shared.events import dossier as d
from shared.events import petition as p
from shared.events.fields import PetitionAbout
from tests.support.dossiers import code_of, publish, said
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.unit.services.scoring.builders import AGENCY, CATALOGUE, PROCEDURE

pytestmark = pytest.mark.broker

NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(minutes=30)
RECEIPT = d.DossierReceived(agency_code=AGENCY, procedure_code=PROCEDURE)
PATHS = {
    "unit": f"/diem/{AGENCY}",
    "scores": f"/v1/scores?agency={AGENCY}",
    "times": f"/thoi-gian/{AGENCY}",
    "none": f"/thoi-gian/{AGENCY}?ky=2025-01",
    "file": f"/thoi-gian/{AGENCY}/danh-sach.csv",
    "api": f"/v1/handling-times?agency={AGENCY}",
    "period": "/v1/handling-times?period=2026-13",
    "list": "/v1/indicators/2.2/dossiers",
    "staff": f"/v1/indicators/5.1/dossiers?agency={AGENCY}",
    "metrics": "/metrics",
}


@pytest.fixture
async def pages(server: TestServer, tmp_path: Path) -> dict[str, httpx.Response]:
    """Two dossiers with a result and one without; three petitions, one of them about staff."""
    client = await server.client("intake")
    result = d.DossierResolved(agency_code=AGENCY)
    facts = [said(RECEIPT, code_of(n), START) for n in range(3)]
    facts += [said(result, code_of(n), START + timedelta(minutes=10)) for n in range(2)]
    for n, about in enumerate((PetitionAbout.STAFF, PetitionAbout.PROCEDURE, PetitionAbout.OTHER)):
        told = p.PetitionReceived(agency_code=AGENCY, about=about)
        facts.append(said(told, f"PAKN-{n}", START))
    await publish(client, facts)
    await client.close()
    catalogue = tmp_path / "catalogue.json"
    catalogue.write_bytes(encoded_catalogue(CATALOGUE))
    scoring = ServiceProcess(
        "scoring", server, tmp_path / "data", {"MOTCUA_CATALOGUE": str(catalogue)}
    )
    try:
        await (await scoring.start()).ready()
        async with httpx.AsyncClient(base_url=scoring.url, timeout=30) as http:
            return {name: await http.get(path) for name, path in PATHS.items()}
    finally:
        await scoring.stop()


async def test_they_stand_beside_the_others_and_bring_no_points(
    pages: dict[str, httpx.Response],
) -> None:
    (unit,) = pages["scores"].json()["units"]
    watched: dict[str, Any] = {one["id"]: one for one in unit["watched"]}

    assert sorted(watched) == ["2.2", "5.1"]
    assert (watched["5.1"]["numerator"], watched["5.1"]["denominator"]) == (1, 3)
    assert watched["2.2"]["numerator"] is None
    assert not {"2.2", "5.1"} & {one["id"] for one in unit["components"]}
    assert pages["unit"].text.count("chỉ theo dõi") == 2
    assert f'href="/thoi-gian/{AGENCY}?ky=' in pages["unit"].text
    assert 'indicator="5.1",period="year"} 1\n' in pages["metrics"].text


async def test_petitions_about_staff_open_into_a_list(pages: dict[str, httpx.Response]) -> None:
    listed = pages["staff"].json()

    assert [one["code"] for one in listed["dossiers"]] == ["PAKN-0"]
    assert listed["left_out"] == {"staff": 2}


async def test_handling_times_are_shown_for_each_procedure_and_never_summed(
    pages: dict[str, httpx.Response],
) -> None:
    said_times = pages["api"].json()
    (row,) = said_times["procedures"]

    assert (row["procedure"], row["dossier_count"], row["limit_days"]) == (PROCEDURE, 2, 2.0)
    assert 0 <= row["mean_days"] == row["shortest_days"] == row["longest_days"] <= 10 / 480
    assert PROCEDURE in pages["times"].text
    assert "không cộng gộp" in pages["times"].text
    assert pages["file"].text.count(PROCEDURE) == 1
    assert PROCEDURE not in pages["none"].text
    assert pages["period"].status_code == 422
    assert pages["list"].status_code == 404
    assert "/v1/handling-times" in pages["list"].text
