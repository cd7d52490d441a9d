"""One calendar file of a province: both folds that judge due times build anew from it."""

from datetime import UTC, datetime
from pathlib import Path

from services.notifier.domain.subjects import SubjectProjection
from services.scoring.ledger import load_rules, version_of
from shared.calendar import WorkingHours, due_time, province_calendar
from shared.catalogue.model import Catalogue
from shared.deadlines import limits_of

CATALOGUE = Catalogue(province="H44")
OFF = """
[[override]]
date = 2026-03-18
kind = "off"
scope = "H44"
source = "QĐ 1"
status = "confirmed"
"""


def test_a_row_of_the_province_moves_due_times_and_rebuilds_both_files(tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(OFF, encoding="utf-8")
    before = province_calendar(None, scope=CATALOGUE.province)
    after = province_calendar(file, scope=CATALOGUE.province)
    received = datetime(2026, 3, 18, 0, 30, tzinfo=UTC)
    moved = [due_time(received, WorkingHours(8), calendar=one).due_on for one in (before, after)]
    assert [day.day for day in moved if day] == [18, 19]
    assert version_of(load_rules(before, CATALOGUE)) != version_of(load_rules(after, CATALOGUE))
    limits = limits_of(CATALOGUE)
    assert SubjectProjection(before, limits).version != SubjectProjection(after, limits).version
