"""The wall's organisation, kept in a small fake of Grafana's HTTP API: no real one can be had."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from motcua import wall
from tests.architecture.tree import REPOSITORY
from tests.support.fake_grafana import FakeGrafana, Organisation, fake_grafana

PLAYLIST = REPOSITORY / "deploy/grafana/playlist.json"
BOARDS = REPOSITORY / "deploy/grafana/boards"
PROVISIONED = REPOSITORY / "deploy/grafana/provisioning/datasources/prometheus.yml"
PASSWORD = "mật khẩu".encode().hex()
ON_THE_WALL = [one["value"] for one in json.loads(PLAYLIST.read_bytes())["items"]]


@pytest.fixture
def grafana(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGrafana]:
    """One that has read its files: sources and all boards stand in the main organisation."""
    (tmp_path / "admin.password").write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("GRAFANA_PASSWORD_FILE", str(tmp_path / "admin.password"))
    with fake_grafana(PASSWORD, anonymous=wall.ORGANISATION) as running:
        main = running.organisations[1]
        for source in yaml.safe_load(PROVISIONED.read_text(encoding="utf-8"))["datasources"]:
            main.sources[source["uid"]] = {**source, "id": 7, "orgId": 1, "readOnly": True}
        for path in BOARDS.glob("*.json"):
            board = json.loads(path.read_bytes())
            main.boards[board["uid"]] = board
        yield running


def kept(grafana: FakeGrafana, *more: str) -> int:
    files = ("--playlist", str(PLAYLIST), "--boards", str(BOARDS))
    return wall.main(["--grafana", grafana.url, *files, *more], pause_seconds=0)


def room(grafana: FakeGrafana) -> Organisation:
    found = grafana.named(wall.ORGANISATION)
    assert found is not None
    return found


def seen_by_anybody(grafana: FakeGrafana) -> list[str]:
    found: list[dict[str, Any]] = httpx.get(f"{grafana.url}/api/search").raise_for_status().json()
    return sorted(one["uid"] for one in found)


def test_whoever_does_not_log_in_sees_the_boards_of_the_wall_and_no_other(
    grafana: FakeGrafana,
) -> None:
    before = httpx.get(f"{grafana.url}/api/search").status_code

    assert kept(grafana) == 0
    assert before == httpx.codes.UNAUTHORIZED
    assert seen_by_anybody(grafana) == sorted(ON_THE_WALL)
    assert (
        httpx.get(f"{grafana.url}/api/dashboards/uid/mc-van-hanh").status_code
        == httpx.codes.NOT_FOUND
    )
    assert len(grafana.organisations[1].boards) == len(list(BOARDS.glob("*.json")))


def test_the_wall_plays_its_boards_in_the_order_of_the_file(grafana: FakeGrafana) -> None:
    kept(grafana)

    [playlist] = room(grafana).playlists.values()
    assert [one["value"] for one in playlist["spec"]["items"]] == ON_THE_WALL
    assert playlist["spec"]["title"] == "Màn hình lớn"
    assert playlist["metadata"]["name"] == "mc-man-hinh-lon"


def test_the_walls_boards_ask_the_same_prometheus_as_everybody_elses(grafana: FakeGrafana) -> None:
    kept(grafana)

    main = grafana.organisations[1].sources["prometheus"]
    assert room(grafana).sources.keys() == {"prometheus"}
    assert room(grafana).sources["prometheus"] == {
        key: main[key] for key in ("uid", "name", "type", "access", "url", "isDefault", "jsonData")
    }


def test_doing_it_again_makes_nothing_twice(grafana: FakeGrafana) -> None:
    kept(grafana)
    first = deepcopy(vars(room(grafana)))
    del first["playlists"]  # its version counts the changes

    assert kept(grafana) == 0
    assert first.items() <= vars(room(grafana)).items()
    assert len(grafana.organisations) == len(["main", "wall"])
    assert len(room(grafana).playlists) == 1
    assert seen_by_anybody(grafana) == sorted(ON_THE_WALL)


def test_what_was_changed_by_hand_is_put_right(grafana: FakeGrafana) -> None:
    kept(grafana)
    room(grafana).sources["prometheus"]["url"] = "http://elsewhere:9090"
    room(grafana).boards["mc-qua-han"] = {"uid": "mc-qua-han", "title": "?"}
    room(grafana).playlists["mc-man-hinh-lon"]["spec"]["items"] = []

    assert kept(grafana) == 0
    assert room(grafana).sources["prometheus"]["url"] == "http://prometheus:9090"
    assert room(grafana).boards["mc-qua-han"]["title"] != "?"
    assert len(room(grafana).playlists["mc-man-hinh-lon"]["spec"]["items"]) == len(ON_THE_WALL)


def test_a_board_that_the_wall_shows_no_longer_is_taken_away_and_a_foreign_one_stays(
    grafana: FakeGrafana,
) -> None:
    kept(grafana)
    room(grafana).boards |= {"mc-cu": {"uid": "mc-cu"}, "cua-tinh": {"uid": "cua-tinh"}}

    assert kept(grafana) == 0
    assert seen_by_anybody(grafana) == sorted([*ON_THE_WALL, "cua-tinh"])


def test_nothing_is_changed_in_the_main_organisation(grafana: FakeGrafana) -> None:
    kept(grafana)

    assert grafana.changes
    assert [one for one in grafana.changes if one.startswith("1 ")] == []


def test_a_grafana_that_is_still_starting_is_asked_again(
    grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]
) -> None:
    grafana.refused = [503, 404, 500]

    assert kept(grafana) == 0
    assert "4 boards" in capsys.readouterr().out


def test_a_wrong_password_is_said_at_once(
    grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kept(grafana, "--user", "someone") == 1
    assert "GET /api/orgs/name/Màn hình lớn: HTTP 401" in capsys.readouterr().err
    assert len(grafana.organisations) == 1


def test_a_playlist_with_a_board_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "playlist.json").write_text('{"items": [{"value": "mc-mat"}]}')

    with pytest.raises(LookupError, match="mc-mat"):
        wall.wall_in(tmp_path / "playlist.json", BOARDS)
