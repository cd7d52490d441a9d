"""Closing a month on a real broker: once for two replicas, the same bytes elsewhere."""

import asyncio
import hashlib
import random
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner
from nats.aio.client import Client

from motcua import backup
from motcua.cli import cli
from motcua.home import Home
from motcua.replaying import replay
from services.scoring.calendar_draft import shipped_text
from services.scoring.domain.closing import end_of_period
from services.scoring.domain.periods import months_before
from shared.bus.publishing import LogMessage, LogWriter
from shared.bus.streams import FACTS
from shared.calendar import HO_CHI_MINH
from shared.catalogue.model import encoded_catalogue
from shared.events import dossier as d
from shared.events.envelope import Fact
from shared.ledger.reader import PULL_COUNT
from tests.support.dossiers import code_of, publish, received, said
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until
from tests.unit.services.scoring.builders import AGENCY, CATALOGUE, OTHER

pytestmark = pytest.mark.broker

NOW = datetime.now(UTC).replace(microsecond=0)
MONTH = months_before(NOW.astimezone(HO_CHI_MINH).strftime("%Y-%m"), 2)[0]
START = datetime.fromtimestamp(end_of_period(MONTH) - 25 * 86_400, UTC)


def month_of_work() -> list[Fact]:
    """Sixty dossiers of last month: some early, some late, some still open, one of each duty."""
    facts: list[Fact] = []
    for n in range(60):
        code, agency = code_of(n), (AGENCY, OTHER)[n % 2]
        start = START + timedelta(hours=7 * n)
        due = start + timedelta(days=5)
        facts.append(received(code, start, agency, due_at=due))
        if n % 4:
            end = start + timedelta(days=2 + n % 6)
            facts.append(said(d.DossierResolved(agency_code=agency), code, end))
        if n % 10 == 5:
            facts.append(
                said(d.DossierExplained(agency_code=agency), code, due + timedelta(days=3))
            )
    return facts


LATE_FACT = said(
    d.DossierResolved(agency_code=AGENCY), code_of(4), START + timedelta(days=3), recorded_at=NOW
)


class Province:
    """A server with its scoring, all of one catalogue."""

    def __init__(self, server: TestServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.catalogue = folder / "catalogue.json"
        self.catalogue.write_bytes(encoded_catalogue(CATALOGUE))

    def scoring(self, name: str) -> ServiceProcess:
        return ServiceProcess(
            "scoring", self.server, self.folder / name,
            {
                "MOTCUA_CATALOGUE": str(self.catalogue), "MOTCUA_CORRECT_EVERY_SECONDS": "0.5",
                "MOTCUA_CLOSE_GRACE_WORKING_DAYS": "0",
            },
        )  # fmt: skip


async def asked(scoring: ServiceProcess, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=scoring.url, timeout=30) as http:
        return await http.get(path)


async def published(scoring: ServiceProcess) -> list[dict[str, Any]]:
    answer = await asked(scoring, "/v1/periods")
    if answer.status_code != 200:
        return []
    rows = {one["period"]: one["published"] for one in answer.json()["periods"]}
    return list(rows.get(MONTH, []))


async def has_published(scoring: ServiceProcess, count: int) -> list[dict[str, Any]]:
    async def is_so() -> bool:
        return len(await published(scoring)) >= count

    await until(is_so, within=60, what=f"{count} publications")
    return await published(scoring)


async def bytes_of(scoring: ServiceProcess, correction: int) -> bytes:
    path = f"/v1/reports/{MONTH}?format=canonical&correction={correction}"
    answer = await asked(scoring, path)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_a_closed_month_is_the_same_elsewhere_and_late_facts_correct_it(
    server: TestServer, tmp_path: Path
) -> None:
    client = await server.client()
    province = Province(server, tmp_path / "here")
    await publish(client, month_of_work())
    scoring = await (await province.scoring("a").start()).ready()
    closed = (await has_published(scoring, 1))[0]
    before = await bytes_of(scoring, 0)
    assert hashlib.sha256(before).hexdigest() == closed["sha256"]

    # Elsewhere: a copy of the log, and the same facts in another order, some of them twice.
    assert await elsewhere(server, tmp_path / "copy") == closed["sha256"]
    shuffled = month_of_work() * 2
    random.Random(7).shuffle(shuffled)
    assert await refolded_from(shuffled, tmp_path / "other") == closed["sha256"]

    # A result of that month that comes only now: a correction, and the old figures stay.
    await publish(client, [LATE_FACT])
    corrected = (await has_published(scoring, 2))[1]
    report = (await asked(scoring, f"/v1/reports/{MONTH}")).json()
    assert corrected["number"] == report["number"] == 1
    assert report["sha256"] == corrected["sha256"] != closed["sha256"]
    assert await bytes_of(scoring, 0) == before

    # Also without the service's file: the log alone knows what was said when.
    after = await bytes_of(scoring, 1)
    await scoring.stop()
    shutil.rmtree(tmp_path / "here" / "a")
    anew = await (await province.scoring("a").start()).ready()
    assert await bytes_of(anew, 0) == before
    assert await bytes_of(anew, 1) == after
    assert len(await published(anew)) == 2
    await anew.stop()
    await client.close()


async def elsewhere(server: TestServer, folder: Path) -> str:
    """The digest that a restored back-up gives, by the command, with no server running there."""
    operator = await server.client()
    await backup.backup(operator, folder / "kept", taken_at=NOW.isoformat())
    await operator.close()
    home = Home(folder / "data")
    there = await TestServer(home.nats).start()
    client = await there.client()
    await backup.restore(client, folder / "kept")
    await client.close()
    await there.kill()
    home.catalogue_file.write_bytes(encoded_catalogue(CATALOGUE))
    out = folder / "bytes.json"
    words = ("replay", "--period", MONTH, "--correction", "0", "--data", home.root, "--out", out)
    said = await in_thread([str(one) for one in words])
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    assert f"sha256 {digest}" in said
    return digest


async def in_thread(words: Sequence[str]) -> str:
    result = await asyncio.to_thread(CliRunner().invoke, cli, list(words), prog_name="motcua")
    assert result.exit_code == 0, result.output
    return result.output


async def refolded_from(facts: Sequence[Fact], folder: Path) -> str:
    """The digest of the same month in a log that was written otherwise."""
    there = await (await TestServer(folder / "nats").start()).provisioned()
    client = await there.client()
    for one in facts:  # one by one: a batch refuses what it holds twice
        await publish(client, [one])
    found = await replay(client, CATALOGUE, MONTH, now=int(NOW.timestamp()))
    await client.close()
    await there.kill()
    return found.drawn.sha256


async def test_the_operator_replays_a_log_whose_facts_came_in_the_wrong_order(
    server: TestServer,
) -> None:
    hand = await server.client()
    first, then = received(code_of(1), START, AGENCY), said(
        d.DossierResolved(agency_code=AGENCY), code_of(1), START + timedelta(days=2)
    )  # fmt: skip
    await publish(hand, [then])
    # So many lie between them that they are read apart, and the first is asked for again.
    between = [LogMessage("source.heartbeat._", b"-", f"id-{n}") for n in range(2 * PULL_COUNT)]
    await LogWriter(hand, stream=FACTS).append_all(between)
    await publish(hand, [first])
    operator = await server.client("operator")

    found = await replay(operator, CATALOGUE, MONTH, now=int(NOW.timestamp()))

    assert found.drawn.report.total.closed["unknown"] == 1
    await operator.close()
    await hand.close()


async def test_two_replicas_close_a_month_once(server: TestServer, tmp_path: Path) -> None:
    client = await server.client()
    province = Province(server, tmp_path / "here")
    await publish(client, month_of_work())
    both = [await province.scoring(name).start() for name in ("a", "b")]
    for one in both:
        await has_published(await one.ready(), 1)
        answer = await asked(one, f"/v1/reports/{MONTH}")
        assert answer.json()["state"] == "closed"

    assert await count_of(client, "indicator.period_closed.H44") == 1
    first, second = [await bytes_of(one, 0) for one in both]
    assert first == second
    for one in both:
        await one.stop()
    await client.close()


async def count_of(client: Client, subject: str) -> int:
    info = await client.jetstream().stream_info(FACTS, subjects_filter=subject)
    return int((info.state.subjects or {}).get(subject, 0))


async def test_other_rules_correct_nothing_and_keep_what_was_published(
    server: TestServer, tmp_path: Path
) -> None:
    client = await server.client()
    province = Province(server, tmp_path / "here")
    await publish(client, month_of_work())
    scoring = await (await province.scoring("a").start()).ready()
    await has_published(scoring, 1)
    before = await bytes_of(scoring, 0)
    await scoring.stop()

    # A catalogue of another day: other limits, another set of units.
    fewer = msgspec.structs.replace(CATALOGUE, procedures=(), agencies=CATALOGUE.agencies[:2])
    province.catalogue.write_bytes(encoded_catalogue(fewer))
    anew = await (await province.scoring("a").start()).ready()
    live = (await asked(anew, f"/v1/indicators/received?period={MONTH}")).json()
    await publish(client, [received(code_of(900), NOW, AGENCY, due_at=NOW)])

    assert live["number"] == 60
    assert await bytes_of(anew, 0) == before
    page = await asked(anew, "/ky-bao-cao")
    assert len(await published(anew)) == 1
    assert page.status_code == 200
    await anew.stop()
    await client.close()


async def test_a_period_that_runs_is_not_closed_and_the_page_lists_the_others(
    server: TestServer, tmp_path: Path
) -> None:
    client = await server.client()
    province = Province(server, tmp_path / "here")
    await publish(client, month_of_work())
    scoring = await (await province.scoring("a").start()).ready()
    closed = (await has_published(scoring, 1))[0]
    async with httpx.AsyncClient(base_url=scoring.url, timeout=30) as http:
        running = await http.post(f"/v1/periods/{NOW.year + 1}/close")
        again = await http.post(f"/v1/periods/{MONTH}/close")
        page = (await http.get("/ky-bao-cao")).text
        none = await http.get(f"/v1/reports/{MONTH}?correction=7")
        draft = {"year": NOW.year, "text": shipped_text(NOW.year)}
        same = await http.post("/v1/calendar/preview", json=draft)
        form = await http.post("/lich", data={"bang": draft["text"]})
        wrong = await http.post("/v1/calendar/preview", json={"year": 2026, "text": "year = 2027"})

    assert running.status_code == 409
    assert [one["number"] for one in again.json()["published"]] == [0]
    assert closed["sha256"] in page
    assert f"/bao-cao/{MONTH}?correction=0" in page
    assert none.status_code == 404
    assert (same.json()["moved_count"], form.status_code, wrong.status_code) == (0, 200, 422)
    await scoring.stop()
    await client.close()
