"""Scoring on a real broker: killed, restarted, rebuilt, and asked. The numbers stay the same."""

import hashlib
import json
import re
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from nats.aio.client import Client

from shared.events import dossier as d
from shared.events import petition as p
from shared.events.envelope import Fact, encoded
from tests.support.dossiers import AGENCIES, code_of, publish, received, said
from tests.support.recount import recount
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.broker

FAMILIES = {
    "dvc_dossiers_open": "open", "dvc_dossiers_overdue": "overdue", "dvc_duties_open": "duty",
}  # fmt: skip
_LINE = re.compile(r"(\w+)\{(.*)\} (\S+)")


def history(now: datetime, count: int) -> list[Fact]:
    """Dossiers at every stage; none changes its stage for weeks."""
    facts: list[Fact] = []
    for n in range(count):
        code, agency = code_of(n), AGENCIES[n % 5]
        start = now - timedelta(days=120 - n % 50)
        due = now + timedelta(days=40) if n % 2 else now - timedelta(days=60)
        facts.append(received(code, start, agency, due_at=due))
        if n % 3 == 0:
            facts.append(said(d.DossierResolved(agency_code=agency), code, due - timedelta(days=1)))
        if n % 7 == 1:
            facts.append(said(d.DossierSuspended(agency_code=agency), code, start))
        if n % 4 == 2:
            facts.append(said(d.DossierExplained(agency_code=agency), code, now))
    return facts


def legal_lines(page: str) -> list[str]:
    """The lines with legal numbers, without those that tell the time."""
    wanted = (*FAMILIES, "dvc_period_", "dvc_oldest", "dvc_petitions", "dvc_corrections")
    return [line for line in page.splitlines() if line.startswith(wanted)]


def counters_of(page: str) -> dict[tuple[str, ...], int]:
    """What a page says, keyed like the counters."""
    found: dict[tuple[str, ...], int] = {}
    for line in legal_lines(page):
        match = _LINE.fullmatch(line)
        if match and match[1] in FAMILIES:
            labels = re.findall(r'"([^"]*)"', match[2])
            found[FAMILIES[match[1]], *labels] = int(match[3])
    return found


async def page_of(scoring: ServiceProcess) -> str:
    async with httpx.AsyncClient(base_url=scoring.url, timeout=10) as http:
        return (await http.get("/metrics")).text


def expected(facts: Sequence[Fact]) -> dict[tuple[str, ...], int]:
    """The recount of the same bytes."""
    now = int(datetime.now(UTC).timestamp())
    counted = recount([encoded(one) for one in facts], now, {})
    return {key: n for key, n in counted.items() if key[0] in FAMILIES.values()}


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[Client]:
    made = await server.client()
    yield made
    await made.close()


async def test_kills_restarts_and_rebuilding_change_no_number(
    server: TestServer, client: Client, tmp_path: Path
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    facts, data = history(now, 240), tmp_path / "data"
    await publish(client, facts[:200])
    scoring = await (await ServiceProcess("scoring", server, data).start()).ready()
    assert counters_of(await page_of(scoring)) == expected(facts[:200])

    # The broker dies under it, then scoring itself; more arrives while it is away.
    await server.kill()
    await server.start()
    await scoring.kill()
    await publish(client, facts[200:])
    await (await scoring.start()).ready()
    restarted = await page_of(scoring)
    assert counters_of(restarted) == expected(facts)

    # Every fact again, the same id: nothing changes. Then without the file.
    await publish(client, facts)
    await scoring.stop()
    shutil.rmtree(data)
    anew = await (await ServiceProcess("scoring", server, data).start()).ready()
    assert sorted(legal_lines(await page_of(anew))) == sorted(legal_lines(restarted))
    await anew.stop()


@pytest.fixture
async def scoring(
    server: TestServer, client: Client, tmp_path: Path
) -> AsyncIterator[ServiceProcess]:
    now = datetime.now(UTC).replace(microsecond=0)
    facts = history(now, 60)
    facts.append(said(p.PetitionReceived(agency_code=AGENCIES[0]), "PAKN-1", now))
    await publish(client, facts)
    running = await (await ServiceProcess("scoring", server, tmp_path / "data").start()).ready()
    yield running
    await running.stop()


async def test_every_number_of_the_board_opens_into_its_list(scoring: ServiceProcess) -> None:
    async with httpx.AsyncClient(base_url=scoring.url, timeout=10) as http:
        board = (await http.get("/")).text
        links = re.findall(r'<a href="(/ho-so\?[^"]*)"[^>]*>(.*?)</a>', board)
        seen = 0
        for address, shown in links:
            number = re.sub(r"<[^>]*>|[^\d,%]", "", shown)
            if "%" in number or not number:
                continue
            page = (await http.get(address.replace("&amp;", "&"))).text
            count = re.search(r'<p class="list-count"><b>([\d.]*)</b>', page)
            assert count, address
            assert count[1] == number, address
            seen += 1
        file = (await http.get("/ho-so.csv?chi-so=overdue")).text
        overdue = (await http.get("/v1/indicators/overdue")).json()

    assert seen > 20
    assert len(file.strip().splitlines()) == 1 + overdue["number"]


async def test_a_list_of_what_closed_says_its_share_on_time(scoring: ServiceProcess) -> None:
    async with httpx.AsyncClient(base_url=scoring.url, timeout=10) as http:
        page = (await http.get("/ho-so?chi-so=closed&ky=year")).text
        numbers = [
            (await http.get(f"/v1/indicators/{one}?period={datetime.now(UTC).year}")).json()[
                "number"
            ]
            for one in ("early", "on_time", "late")
        ]
        others = (await http.get("/ho-so?chi-so=late&ky=year")).text

    said = re.search(r"Đúng hạn: <b>([\d,]+)%</b>, tức (\d+) hồ sơ .* trên (\d+) hồ sơ", page)
    assert said
    assert [int(said[2]), int(said[3])] == [sum(numbers[:2]), sum(numbers)]
    assert said[1] == f"{sum(numbers[:2]) / sum(numbers) * 100:.1f}".replace(".", ",")
    assert "Đúng hạn: <b>" not in others


async def test_lists_are_paged_and_tell_what_is_left_out(scoring: ServiceProcess) -> None:
    async with httpx.AsyncClient(base_url=scoring.url, timeout=10) as http:
        url = "/v1/indicators/open/dossiers"
        codes: list[str] = []
        for page in range(1, 20):
            answer = (await http.get(url, params={"page": page, "page_size": 7})).json()
            codes += [one["code"] for one in answer["dossiers"]]
        left = (await http.get("/v1/indicators/overdue/dossiers?counted=false")).json()
        by_stage = defaultdict(int)
        for stage in ("not_due", "due_soon", "overdue", "paused"):
            by_stage[stage] = (await http.get(f"/v1/indicators/{stage}")).json()["number"]

    assert len(codes) == len(set(codes)) == answer["total"] == answer["number"]
    assert sum(by_stage.values()) == answer["number"]
    assert left["left_out_total"] == answer["number"] - by_stage["overdue"]
    assert {one["reason"] for one in left["dossiers"]} == set(left["left_out"])


async def test_a_dossier_tells_every_fact_and_why_it_is_due(scoring: ServiceProcess) -> None:
    async with httpx.AsyncClient(base_url=scoring.url, timeout=10) as http:
        view = (await http.get(f"/v1/dossiers/{code_of(6)}")).json()
        page = (await http.get(f"/ho-so/{code_of(6)}")).text
        found = await http.get("/tim", params={"ma": code_of(6)})
        near = (await http.get("/tim", params={"ma": "H44.01-260302-0000"})).text
        missing = await http.get("/v1/dossiers/H44.01-260302-99999")

    assert [one["type"] for one in view["timeline"]] == [
        "dossier.received.v1", "dossier.resolved.v1", "dossier.explained.v1",
    ]  # fmt: skip
    assert view["working"]["basis"] == "decided"
    assert view["timeliness"] == "early"
    assert "Tiếp nhận, cấp giấy hẹn" in page
    assert found.status_code == 303
    assert found.headers["location"] == f"/ho-so/{code_of(6)}"
    assert f'href="/ho-so/{code_of(3)}"' in near
    assert missing.status_code == 404


async def test_a_report_hashes_what_it_says_in_every_form(scoring: ServiceProcess) -> None:
    year = datetime.now(UTC).year
    async with httpx.AsyncClient(base_url=scoring.url, timeout=10) as http:
        said_json = await http.get(f"/v1/reports/{year}")
        as_html = await http.get(f"/v1/reports/{year}?format=html")
        as_csv = await http.get(f"/v1/reports/{year}?format=csv")
        as_xlsx = await http.get(f"/v1/reports/{year}?format=xlsx")
        said_bytes = await http.get(f"/v1/reports/{year}?format=canonical")
        bad = await http.get("/v1/reports/2026-13")
    body, hashed = said_json.json(), json.loads(said_bytes.content)

    assert body["sha256"] == hashlib.sha256(said_bytes.content).hexdigest()
    for answer in (said_json, as_html, as_csv, as_xlsx, said_bytes):
        assert answer.headers["x-report-sha256"] == body["sha256"]
    assert len(as_csv.text.strip().splitlines()) == 2 + len(hashed["agencies"])
    for one in body["agencies"]:
        said = hashed["agencies"][one["code"]]
        assert {key: one[key] for key in said} == said
        assert one["open"] == said["open_at_end"]
    assert {key: body["total"][key] for key in hashed["total"]} == hashed["total"]
    assert bad.status_code == 422


async def test_the_wall_and_the_stream_follow_a_new_fact(
    scoring: ServiceProcess, client: Client
) -> None:
    now = datetime.now(UTC)
    async with httpx.AsyncClient(base_url=scoring.url, timeout=10) as http:
        before = (await http.get("/v1/indicators/open")).json()["number"]
        async with http.stream("GET", "/live") as stream:
            await publish(client, [received("H44.01-260302-77777", now, due_at=now)])
            async for line in stream.aiter_lines():
                if line == "data: board":
                    break

        async def is_counted() -> bool:
            return bool((await http.get("/v1/indicators/open")).json()["number"] == before + 1)

        await until(is_counted, within=5, what="the new dossier is open")
        wall = (await http.get("/?tv=1")).text

    assert 'class="tv"' in wall
    assert f'<p class="tv-value">{before + 1}</p>' in wall


async def test_an_empty_board_says_how_to_fill_it(server: TestServer, tmp_path: Path) -> None:
    empty = await (await ServiceProcess("scoring", server, tmp_path / "data").start()).ready()
    async with httpx.AsyncClient(base_url=empty.url, timeout=10) as http:
        board = (await http.get("/")).text
        openapi = (await http.get("/openapi.json")).json()
    await empty.stop()

    assert "Chưa có hồ sơ nào được ghi nhận" in board
    assert "/v1/events" in board
    assert "/v1/dossiers/{code}" in openapi["paths"]
