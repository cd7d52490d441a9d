"""`motcua doctor` on an installation that is in use: ages, versions, the log's disk."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from motcua import publishers
from motcua.doctor import look
from motcua.doctor_upkeep import log_disk, token_ages, version_of, versions
from motcua.finding import Finding, Grade
from motcua.home import Home, Ports
from tests.support.server import free_base

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
GIB = 1024**3


def with_token_of(home: Home, name: str, days: int) -> None:
    publishers.add(home, name)
    issued_at = (NOW - timedelta(days=days)).timestamp()
    os.utime(home.publisher_secret(name, "token"), (issued_at, issued_at))


@pytest.mark.parametrize(("days", "grade"), [(365, Grade.GOOD), (366, Grade.WARN)])
def test_a_token_is_too_old_after_a_year(tmp_path: Path, days: int, grade: Grade) -> None:
    home = Home(tmp_path)
    with_token_of(home, "so-tu-phap", days)

    (found,) = token_ages(home, publishers.load(home).publishers, NOW)

    assert found.grade is grade
    assert str(days) in found.text
    assert ("motcua publishers rotate so-tu-phap" in found.text) is (grade is Grade.WARN)


def test_a_rotation_makes_a_token_young_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with_token_of(home, "so-tu-phap", 800)
    publishers.rotate(home, "so-tu-phap")

    (found,) = token_ages(home, publishers.load(home).publishers, datetime.now(UTC))

    assert found == Finding("tuổi khóa", Grade.GOOD, "khóa cũ nhất 0 ngày")


def test_without_publishers_there_is_no_age_to_tell(tmp_path: Path) -> None:
    assert list(token_ages(Home(tmp_path), [], NOW)) == []


def test_the_ages_are_among_what_the_doctor_tells(tmp_path: Path) -> None:
    home = Home(tmp_path)
    publishers.add(home, "so-tu-phap")

    assert "tuổi khóa" in {one.what for one in look(home.root, Ports(free_base()))}


def test_services_of_another_release_are_named(tmp_path: Path) -> None:
    page = 'dvc_build_info{service="intake",version="0.1.0"} 1\n'

    mixed = versions({"intake": version_of(page), "scoring": "0.2.0", "notifier": ""}, "0.2.0")

    assert mixed.grade is Grade.BAD
    assert "intake 0.1.0" in mixed.text
    assert "scoring" not in mixed.text
    assert versions({"scoring": "0.2.0"}, "0.2.0") == Finding("phiên bản", Grade.GOOD, "0.2.0")


@pytest.mark.parametrize(
    ("used", "grade"), [(79, Grade.GOOD), (81, Grade.WARN), (95, Grade.WARN), (96, Grade.BAD)]
)
def test_the_log_has_a_share_of_the_disk_and_may_fill_it(used: int, grade: Grade) -> None:
    server = {"jetstream": {"config": {"max_storage": 100 * GIB}, "stats": {"storage": used * GIB}}}

    found = log_disk(server)

    assert found is not None
    assert found.grade is grade
    assert ("stream-filling.md" in found.text) is (grade is not Grade.GOOD)


def test_a_broker_without_a_limit_has_no_share_to_judge() -> None:
    assert log_disk({"jetstream": {"config": {"max_storage": -1}}}) is None
