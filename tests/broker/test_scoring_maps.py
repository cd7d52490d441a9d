"""A year before the merger, asked of a running service: by the map of its time, and by today's.

Two old communes of one district, of which one successor took over on 01/07/2025. Received online:
one of two, and one of one; a mean of their shares would be 75 %, their sum is two of three.
"""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.catalogue.model import Agency, Catalogue, Level, encoded_catalogue
from shared.events import dossier as d
from shared.events.catalogue import MeasureReported
from shared.events.envelope import Fact
from shared.events.fields import Channel
from tests.support.dossiers import code_of, publish, received, said
from tests.support.server import TestServer
from tests.support.services import ServiceProcess

pytestmark = pytest.mark.broker

MERGED_ON = date(2025, 7, 1)
DISTRICT, FIRST, SECOND, HEIR = "H44.30", "H44.30.01", "H44.30.02", "H44.101"


def agency(code: str, level: Level, parent: str | None, **more: Any) -> Agency:
    return Agency(
        code=code, name=f"Đơn vị {code}", short_name=code, level=level, parent=parent, **more
    )


CATALOGUE = Catalogue(
    province="H44",
    agencies=(
        agency("H44", Level.PROVINCE, None),
        agency(DISTRICT, Level.DISTRICT, "H44", valid_to=MERGED_ON),
        agency(FIRST, Level.COMMUNE, DISTRICT, valid_to=MERGED_ON, successor=HEIR),
        agency(SECOND, Level.COMMUNE, DISTRICT, valid_to=MERGED_ON, successor=HEIR),
        agency(HEIR, Level.COMMUNE, "H44", valid_from=MERGED_ON),
    ),
    fields=(),
    procedures=(),
)


def of_2024() -> list[Fact]:
    facts: list[Fact] = []
    for number, (where, channel) in enumerate(
        [(FIRST, Channel.ONLINE), (FIRST, Channel.DIRECT), (SECOND, Channel.ONLINE)]
    ):
        start = datetime(2024, 5, 6 + number, 2, tzinfo=UTC)
        due = datetime(2024, 5, 20, 2, tzinfo=UTC)
        facts.append(received(code_of(number), start, where, channel=channel, due_at=due))
        ended = datetime(2024, 5, 15, 2, tzinfo=UTC)
        facts.append(said(d.DossierResolved(agency_code=where), code_of(number), ended))
    told = MeasureReported(
        agency_code="H44", indicator_id="4.5a", period="2024", numerator=3, denominator=8
    )
    apart = MeasureReported(
        agency_code=FIRST, indicator_id="3.3", period="2024", numerator=2, denominator=4
    )
    facts.append(said(apart, "H44.30.01/3.3/2024", datetime(2025, 1, 6, 2, tzinfo=UTC)))
    facts.append(said(told, "H44/4.5a/2024", datetime(2025, 1, 6, 2, tzinfo=UTC)))
    return facts


@pytest.fixture
async def asking(server: TestServer, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    client = await server.client()
    await publish(client, of_2024())
    await client.close()
    catalogue = tmp_path / "catalogue.json"
    catalogue.write_bytes(encoded_catalogue(CATALOGUE))
    said_where = {"MOTCUA_CATALOGUE": str(catalogue)}
    scoring = ServiceProcess("scoring", server, tmp_path / "scoring", said_where)
    await (await scoring.start()).ready()
    async with httpx.AsyncClient(base_url=scoring.url, timeout=30) as http:
        yield http
    await scoring.stop()


async def test_an_old_year_is_read_by_the_map_that_was_asked_for(
    asking: httpx.AsyncClient,
) -> None:
    async def online(agency: str, map_by: str) -> tuple[int | None, int | None]:
        query = {"agency": agency, "period": "2024", "map_by": map_by}
        one = (await asking.get("/v1/indicators/3.3", params=query)).json()
        listed = (await asking.get("/v1/indicators/3.3/dossiers", params=query)).json()
        in_all = listed["total"] + listed["left_out_total"]
        assert (listed["total"], in_all) == (one["numerator"] or 0, one["denominator"] or 0)
        return one["numerator"], one["denominator"]

    assert await online(DISTRICT, "then") == (2, 3)
    assert await online(HEIR, "then") == (None, None)
    assert await online(HEIR, "now") == (2, 3)
    assert await online(DISTRICT, "now") == (None, None)
    for map_by in ("", "then", "now"):
        assert await online("H44", map_by) == (2, 3)
        assert await online(FIRST, map_by) == (1, 2)  # it keeps its own numbers (D22)


async def test_points_of_all_units_and_their_months_say_by_which_map(
    asking: httpx.AsyncClient,
) -> None:
    async def units(query: str) -> tuple[str, set[str]]:
        said = (await asking.get(f"/v1/scores?period=2024{query}")).json()
        return said["map_by"], {one["code"] for one in said["units"]}

    assert await units("") == ("then", {"H44", DISTRICT, FIRST, SECOND})
    assert await units("&map_by=now") == ("now", {"H44", HEIR, FIRST, SECOND})
    wrong = await asking.get("/v1/scores?period=2024&map_by=old")
    assert wrong.status_code == 422
    assert [one["field"] for one in wrong.json()["fields"]] == ["map_by"]


async def test_the_pages_let_a_user_choose_the_map_and_keep_the_choice(
    asking: httpx.AsyncClient,
) -> None:
    then = (await asking.get("/diem?ky=2024")).text
    now = (await asking.get("/diem?ky=2024&cay=nay")).text
    listed = (await asking.get(f"/chi-so/3.3?co-quan={HEIR}&ky=2024&cay=nay")).text
    unit = (await asking.get(f"/diem/{HEIR}?ky=2024&cay=nay")).text
    own = (await asking.get(f"/diem/{DISTRICT}?ky=2024")).text

    assert f'href="/diem/{DISTRICT}?ky=2024"' in then
    assert f"/diem/{HEIR}?" not in then
    assert f'href="/diem/{HEIR}?ky=2024&amp;cay=nay"' in now
    assert "theo cây đơn vị hôm nay" in now
    assert f'href="/chi-so/3.3?co-quan={HEIR}&amp;ky=2024&amp;cay=nay"' in unit
    assert "<b>2</b> trên <b>3</b>" in listed
    assert f'href="/diem/{DISTRICT}?ky=2024&amp;cay=nay"' in own


async def test_a_year_that_no_set_judges_shows_its_ratios_and_as_many_cells_as_headings(
    asking: httpx.AsyncClient,
) -> None:
    page = (await asking.get("/diem?ky=2024")).text
    unit = (await asking.get(f"/diem/{DISTRICT}?ky=2024")).text
    first = (await asking.get(f"/diem/{FIRST}?ky=2024")).text
    said = (await asking.get(f"/v1/scores?period=2024&agency={DISTRICT}")).json()

    table = page[page.index("<table") : page.index("</table>")]
    head, body = table.split("</thead>")
    row = body[body.index("<tr") : body.index("</tr>")]
    assert len(re.findall(r"<th[ >]", head)) == len(re.findall(r"<t[dh][ >]", row))
    ratios = {one["id"]: one["ratio"] for one in said["units"][0]["components"]}
    assert (said["set"], said["units"][0]["total"], ratios["3.3"]) == (None, None, 0.666667)
    assert "chưa có bộ chỉ số nào cho kỳ này" in unit
    assert re.search(r"từ sự kiện; lệch báo cáo [-−]1 / [-−]2", first), first
    assert f'href="/chi-so/3.3?co-quan={DISTRICT}&amp;ky=2024"' in unit


async def test_an_indicator_without_a_list_says_in_vietnamese_why(
    asking: httpx.AsyncClient,
) -> None:
    number = (await asking.get("/v1/indicators/4.5a?period=2024")).json()
    listed = await asking.get("/v1/indicators/4.5a/dossiers?period=2024")
    page = await asking.get("/chi-so/4.5a?ky=2024")
    unknown = await asking.get("/chi-so/9.9")

    assert (number["numerator"], number["denominator"], number["origin"]) == (3, 8, "reported")
    why = "lấy số do hệ thống khác báo cáo, không đếm từ sự kiện, nên không có danh sách"
    for answer in (listed, page):
        assert answer.status_code == 404
        assert "Chỉ số 4.5a (TTHC kết nối cơ sở dữ liệu dân cư)" in answer.text
        assert why in answer.text
    assert unknown.status_code == 404
    assert "Không có chỉ số này." in unknown.text
