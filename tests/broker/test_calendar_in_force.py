"""A changed calendar on a real broker: previewed on the page, saved, in force after a restart."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from click.testing import CliRunner

from motcua.cli import cli
from motcua.doctor_calendar import shown_calendar
from shared.calendar import (
    WorkingCalendar,
    WorkingHours,
    calendar_version,
    civil_day,
    due_time,
    province_calendar,
)
from shared.catalogue.model import encoded_catalogue
from shared.events.envelope import Fact
from tests.support.dossiers import code_of, publish, received
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until
from tests.unit.services.scoring.builders import AGENCY, CATALOGUE

pytestmark = pytest.mark.broker

NOW: Final = datetime.now(UTC).replace(microsecond=0)
CALENDAR: Final = province_calendar(None, scope="H44")
TODAY: Final = civil_day(NOW)
# Received four working days ago; from the third one on nobody works for half a month.
RECEIVED: Final = CALENDAR.add_working(
    CALENDAR.end_of_working_day(CALENDAR.shift_working_days(TODAY, -5)), 3600
)
DAYS_OFF: Final = [CALENDAR.shift_working_days(TODAY, n) for n in (-3, -2, -1, *range(1, 12))]
DECIDED: Final = NOW + timedelta(days=1)
LIMITS: Final = {code_of(n): WorkingHours(8.0 * n) for n in range(1, 6)}


def row(day: date) -> str:
    return (
        f'\n[[override]]\ndate = {day}\nkind = "off"\nscope = "H44"\n'
        'source = "ví dụ"\nstatus = "confirmed"\n'
    )


def facts() -> list[Fact]:
    """Five that are counted, by limits of one to five working days, and one decided."""
    counted = [
        received(code, RECEIVED, AGENCY, limit_working_hours=one.working_hours)
        for code, one in LIMITS.items()
    ]
    return [*counted, received(code_of(9), RECEIVED, AGENCY, due_at=DECIDED)]


def recounted(calendar: WorkingCalendar) -> dict[str, datetime | None]:
    counted = {
        code: due_time(RECEIVED, limit, calendar=calendar).due_at for code, limit in LIMITS.items()
    }
    return {**counted, code_of(9): DECIDED}


class Province:
    """Scoring and notifier on one data directory, started with its calendar.toml where it is."""

    def __init__(self, server: TestServer, folder: Path) -> None:
        self.file = folder / "calendar.toml"
        catalogue = folder / "catalogue.json"
        catalogue.write_bytes(encoded_catalogue(CATALOGUE))
        given = {"MOTCUA_CATALOGUE": str(catalogue)}
        self.scoring, self.notifier = self._both = [
            ServiceProcess(name, server, folder, given) for name in ("scoring", "notifier")
        ]

    async def start(self) -> None:
        """Start both; the file counts from now on if it is there."""
        for one in self._both:
            if self.file.exists():
                one.add({"MOTCUA_CALENDAR": str(self.file)})
            await (await one.start()).ready()

    async def stop(self) -> None:
        for one in self._both:
            await one.stop()

    async def due_times(self) -> dict[str, datetime | None]:
        """What scoring says of each dossier."""
        found: dict[str, datetime | None] = {}
        async with httpx.AsyncClient(base_url=self.scoring.url, timeout=30) as http:
            for code in recounted(CALENDAR):
                answer = (await http.get(f"/v1/dossiers/{code}")).json()
                found[code] = datetime.fromisoformat(answer["due_at"])
        return found

    async def overdue(self) -> dict[str, datetime | None]:
        """The due times of all open alerts that a dossier is overdue."""
        async with httpx.AsyncClient(base_url=self.notifier.url, timeout=30) as http:
            found = (await http.get("/v1/alerts", params={"stage": "overdue"})).json()["alerts"]
        return {one["dossier"]: datetime.fromisoformat(one["due_at"]) for one in found}

    async def versions(self) -> set[str]:
        """By which calendars the two say that they count."""
        async with httpx.AsyncClient(timeout=30) as http:
            pages = [(await http.get(f"{one.url}/metrics")).text for one in self._both]
        return {shown_calendar(page) for page in pages}

    async def previewed(self, text: str) -> tuple[dict[str, Any], bytes]:
        """What the interface says of a drafted file, and the file that the page hands out."""
        async with httpx.AsyncClient(base_url=self.scoring.url, timeout=30) as http:
            said = (await http.post("/v1/calendar/preview", json={"text": text})).json()
            page = await http.post("/lich", data={"bang": text})
            assert "Tải tệp lịch" in page.text
            assert said["version"] in page.text
            file = await http.post("/lich", data={"bang": text, "viec": "tai"})
        assert file.headers["content-disposition"] == 'attachment; filename="calendar.toml"'
        return said, file.content


def overdue_by(calendar: WorkingCalendar) -> dict[str, datetime | None]:
    return {code: due for code, due in recounted(calendar).items() if due and due < NOW}


@pytest.fixture
async def province(server: TestServer, tmp_path: Path) -> AsyncIterator[Province]:
    made = Province(server, tmp_path)
    yield made
    await made.stop()


async def test_a_previewed_file_moves_due_times_once_it_is_in_force_and_back_again(
    server: TestServer, province: Province, tmp_path: Path
) -> None:
    client = await server.client()
    await publish(client, facts())
    await province.start()
    assert await province.due_times() == recounted(CALENDAR)
    await shows_overdue(province, overdue_by(CALENDAR))

    said, file = await province.previewed("".join(row(day) for day in DAYS_OFF))
    draft = tmp_path / "draft.toml"
    draft.write_bytes(file)
    words = ["calendar", str(draft), "--url", province.scoring.url]
    told = await asyncio.to_thread(CliRunner().invoke, cli, words)
    assert f"đang dùng {said['version_in_force']}, sẽ là {said['version']}" in told.output
    await province.stop()
    province.file.write_bytes(file)
    await province.start()

    applied = province_calendar(province.file, scope="H44")
    assert await province.versions() == {said["version"]} == {calendar_version(applied)}
    assert await province.due_times() == recounted(applied)
    moved = {one["dossier_id"]: instant(one["new_due_at"]) for one in said["moved"]}
    assert moved == {code: recounted(applied)[code] for code in LIMITS}
    await shows_overdue(province, overdue_by(applied))
    assert len(overdue_by(applied)) < len(overdue_by(CALENDAR))

    await province.stop()
    province.file.write_text("")
    await province.start()

    assert await province.versions() == {said["version_in_force"]} == {calendar_version(CALENDAR)}
    assert await province.due_times() == recounted(CALENDAR)
    await shows_overdue(province, overdue_by(CALENDAR))  # settled by mistake, and open again
    await client.close()


async def shows_overdue(province: Province, wanted: dict[str, datetime | None]) -> None:
    async def is_so() -> bool:
        return await province.overdue() == wanted

    await until(is_so, within=60, what=f"alerts of {sorted(wanted)}")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_faulty_text_stays_on_the_page_with_its_reason_and_is_not_handed_out(
    province: Province,
) -> None:
    own = "# của tỉnh\n" + row(DAYS_OFF[0])
    province.file.write_text(own)
    await province.start()
    wrong = own + row(DAYS_OFF[0])
    async with httpx.AsyncClient(base_url=province.scoring.url, timeout=30) as http:
        opened = await http.get("/lich")
        extended = await http.get("/lich", params={"nam": "2027"})
        shown = await http.post("/lich", data={"bang": wrong})
        file = await http.post("/lich", data={"bang": wrong, "viec": "tai"})

    assert "# của tỉnh" in opened.text
    assert "tệp của tỉnh" in opened.text
    assert "year = 2027" in extended.text
    assert "# của tỉnh" in extended.text
    assert (shown.status_code, file.status_code) == (422, 422)
    assert "[[override]] thứ 2" in shown.text
    assert "có hai dòng" in shown.text
    assert "# của tỉnh" in shown.text
