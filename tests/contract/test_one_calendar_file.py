"""One calendar file of a province: all four services count by it, and folds build anew from it."""

import base64
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from motcua.home import HTTP_SERVICES
from services.intake import parts as intake
from services.intake import settings as intake_settings
from services.notifier import parts as notifier
from services.notifier import settings as notifier_settings
from services.notifier.domain.subjects import SubjectProjection
from services.postal_gateway import gateway
from services.postal_gateway import settings as gateway_settings
from services.scoring import app as scoring
from services.scoring import settings as scoring_settings
from services.scoring.ledger import load_rules, version_of
from shared.calendar import (
    OverrideTableError,
    WorkingCalendar,
    WorkingHours,
    calendar_version,
    due_time,
    province_calendar,
)
from shared.catalogue.model import Catalogue, encoded_catalogue
from shared.deadlines import limits_of
from shared.observability import Page, get_logger
from tests.support.calendar_texts import SUMMER_HOURS
from tests.support.fake_clock import FakeClock

CATALOGUE = Catalogue(province="H44")
FOUNDING = date(2026, 3, 18)
OFF = (
    SUMMER_HOURS
    + """
[[override]]
date = 2026-03-18
kind = "off"
scope = "H44"
source = "QĐ 1"
status = "{status}"
"""
)


def written(folder: Path, text: str) -> Path:
    file = folder / "calendar.toml"
    file.write_text(text, encoding="utf-8")
    return file


def environ(folder: Path, calendar: Path | None) -> dict[str, str]:
    catalogue = folder / "catalogue.json"
    catalogue.write_bytes(encoded_catalogue(CATALOGUE))
    publishers = folder / "publishers.json"
    publishers.write_text('{"publishers": []}')
    found = {
        "MOTCUA_DATA": str(folder),
        "MOTCUA_CATALOGUE": str(catalogue),
        "MOTCUA_PUBLISHERS": str(publishers),
        "MOTCUA_SEAL_KEY": base64.b64encode(bytes(32)).decode(),
    }
    return {**found, "MOTCUA_CALENDAR": str(calendar)} if calendar else found


def started(service: str, folder: Path, calendar: Path | None) -> tuple[WorkingCalendar, Page]:
    """The calendar and the numbers of a service, built as at its start."""
    given, clock = environ(folder, calendar), FakeClock()
    parts: Any
    match service:
        case "intake":
            settings = intake_settings.read(given)
            parts = intake.Parts(settings, clock=clock, log=get_logger("intake"))
        case "scoring":
            parts = scoring.Parts(scoring_settings.read(given), clock)
            return parts.reading.rules.calendar, parts.page
        case "notifier":
            parts = notifier.Notifier(notifier_settings.read(given), clock)
        case _:
            parts = gateway.PostalGateway(gateway_settings.read(given), clock)
    return parts.calendar, parts.page


async def shown_by(page: Page, service: str) -> str:
    text = (await page.render()).decode()
    found = re.search(
        r'^dvc_calendar_info\{service="(\w+)",version="(\w+)"\} 1$', text, re.MULTILINE
    )
    assert found is not None
    assert found[1] == service
    return found[2]


async def test_all_four_services_count_by_the_same_file_and_show_it(tmp_path: Path) -> None:
    file = written(tmp_path, OFF.format(status="confirmed"))
    wanted = province_calendar(file, scope="H44")
    for service in HTTP_SERVICES:
        calendar, page = started(service, tmp_path, file)
        assert calendar.scope == "H44", service
        assert calendar.sessions == wanted.sessions, service
        assert not calendar.is_working_day(FOUNDING), service
        assert await shown_by(page, service) == calendar_version(wanted), service


async def test_without_a_file_all_four_count_by_the_shipped_table(tmp_path: Path) -> None:
    shown = {await shown_by(started(one, tmp_path, None)[1], one) for one in HTTP_SERVICES}

    assert shown == {calendar_version(province_calendar(None, scope="H44"))}


@pytest.mark.parametrize("service", HTTP_SERVICES)
def test_a_faulty_file_stops_each_service(tmp_path: Path, service: str) -> None:
    file = written(tmp_path, OFF.format(status="confirmed").replace("H44", "H45"))

    with pytest.raises(OverrideTableError, match=r"calendar\.toml.*thứ 1 .*không phải của tỉnh"):
        started(service, tmp_path, file)


def test_a_row_of_the_province_moves_due_times(tmp_path: Path) -> None:
    before = province_calendar(None, scope="H44")
    after = province_calendar(written(tmp_path, OFF.format(status="confirmed")), scope="H44")
    received = datetime(2026, 3, 18, 0, 30, tzinfo=UTC)

    moved = [due_time(received, WorkingHours(8), calendar=one).due_on for one in (before, after)]

    assert moved == [FOUNDING, date(2026, 3, 19)]


@pytest.mark.parametrize("change", ["the day off", "its confirmation", "the hours"])
def test_every_change_of_the_file_builds_both_folds_anew(tmp_path: Path, change: str) -> None:
    confirmed = OFF.format(status="confirmed")
    after = province_calendar(written(tmp_path, confirmed), scope="H44")
    texts = {
        "the day off": confirmed[: confirmed.index("[[override]]")],
        "its confirmation": OFF.format(status="assumed"),
        "the hours": confirmed[confirmed.index("[[override]]") :],
    }
    before = province_calendar(written(tmp_path, texts[change]), scope="H44")

    scored = [version_of(load_rules(one, CATALOGUE)) for one in (before, after)]
    alerted = [SubjectProjection(one, limits_of(CATALOGUE)).version for one in (before, after)]
    assert scored[0] != scored[1]
    assert alerted[0] != alerted[1]
