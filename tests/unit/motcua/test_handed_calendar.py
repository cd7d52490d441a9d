"""The calendar of a deployment: one file of the home, handed to all four services."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.intake import settings as intake_settings
from services.notifier import settings as notifier_settings
from services.postal_gateway import settings as gateway_settings
from services.scoring import settings as scoring_settings
from shared.catalogue.model import Catalogue, encoded_catalogue
from tests.architecture.tree import REPOSITORY
from tests.unit.motcua.test_handed_settings import handed, init

DAY_OFF = """
[[override]]
date = 2026-03-18
kind = "off"
scope = "H44"
source = "ví dụ"
status = "confirmed"
"""
READS: dict[str, Callable[[dict[str, str]], Any]] = {
    "intake": intake_settings.read,
    "scoring": scoring_settings.read,
    "notifier": notifier_settings.read,
    "postal_gateway": gateway_settings.read,
}


def calendars_of(out: Path) -> dict[str, Path | None]:
    """The file that each service reads where its environment is the compose file's."""
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    found = {}
    for service, read in READS.items():
        environment = compose["services"][service]["environment"]
        mounted = f"{out / service}/"
        given = {
            name: value.replace("/run/motcua/", mounted) for name, value in environment.items()
        }
        found[service] = read(given).calendar
    return found


def home_with(folder: Path, calendar: str, province: str = "H44") -> Path:
    folder.mkdir()
    (folder / "catalogue.json").write_bytes(encoded_catalogue(Catalogue(province=province)))
    (folder / "calendar.toml").write_text(calendar, encoding="utf-8")
    return folder


def test_an_installations_own_calendar_reaches_all_four_services(tmp_path: Path) -> None:
    home = home_with(tmp_path / "home", DAY_OFF)
    (home / "settings.toml").write_text("[scoring]\nclose_grace_working_days = 3\n")

    out = handed(
        home,
        tmp_path / "out",
    )

    assert calendars_of(out) == dict.fromkeys(READS, Path("/run/motcua/calendar.toml"))
    assert {(out / service / "calendar.toml").read_text() for service in READS} == {DAY_OFF}
    found = scoring_settings.read({"MOTCUA_CONFIG": str(out / "scoring" / "settings.toml")})
    assert found.close_grace_working_days == 3


def test_a_calendar_taken_away_again_leaves_the_shipped_one(tmp_path: Path) -> None:
    home = home_with(tmp_path / "home", DAY_OFF)
    out = handed(home, tmp_path / "out")
    (home / "calendar.toml").unlink()

    handed(home, out)

    assert calendars_of(out) == dict.fromkeys(READS, None)
    assert {(out / service / "calendar.toml").read_text() for service in READS} == {""}


def test_a_calendar_that_the_settings_name_themselves_stands(tmp_path: Path) -> None:
    home = home_with(tmp_path / "home", DAY_OFF)
    (home / "settings.toml").write_text('calendar = "/srv/lich.toml"\n')

    out = handed(home, tmp_path / "out")

    assert calendars_of(out) == dict.fromkeys(READS, Path("/srv/lich.toml"))


@pytest.mark.parametrize(
    ("calendar", "province", "why"),
    [
        (DAY_OFF, "H45", "[[override]] thứ 1 (ngày 18/03/2026): scope 'H44' không phải"),
        ("year = 2026\n", "H44", "năm 2026: thiếu swap_days hoặc swap_source"),
    ],
)
def test_a_faulty_calendar_is_refused_before_anything_is_handed_out(
    tmp_path: Path, calendar: str, province: str, why: str
) -> None:
    home = home_with(tmp_path / "home", calendar, province)

    said = init(home, tmp_path / "out")

    assert said.exit_code == 1
    assert why in said.output
    assert "calendar.toml: bảng lịch làm việc không hợp lệ" in said.output
    assert not (tmp_path / "out").exists()


def test_a_calendar_is_judged_by_the_catalogue_that_comes_with_it(tmp_path: Path) -> None:
    home = home_with(tmp_path / "home", DAY_OFF, province="H45")
    catalogue = tmp_path / "moi.json"
    catalogue.write_bytes(encoded_catalogue(Catalogue(province="H44")))

    handed(home, tmp_path / "out", f"--catalogue={catalogue}")
