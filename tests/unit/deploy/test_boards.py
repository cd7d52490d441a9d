"""The committed boards: current, complete, legible from five metres, and linked to their lists."""

import json
import re
from typing import Any

import pytest
import yaml

from deploy.grafana.driver import BOARDS, built
from deploy.grafana.queries import FRESH, NO_DATA
from deploy.grafana.variables import VARIABLES
from services.postal_gateway.domain.machine import LegStatus, ends
from shared.events.fields import Leg
from tests.architecture.tree import REPOSITORY

NAMES = [
    "toan-tinh", "xep-hang-so-nganh", "xep-hang-xa-phuong", "qua-han", "bo-chi-so-766",
    "truc-tuyen-so-hoa-thanh-toan", "phan-anh-kien-nghi", "buu-chinh-cong-ich", "mot-co-quan",
    "canh-bao", "nguon-du-lieu", "van-hanh", "tin-cay",
]  # fmt: skip
TEXTS = built()
ALL = {name: json.loads(text) for name, text in TEXTS.items()}
TV = {name: one for name, one in ALL.items() if "tv" in one["tags"]}
RECORDED = {
    rule["record"]
    for path in (REPOSITORY / "deploy/prometheus/rules").glob("*.yml")
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
    if "record" in rule
} | {"dvc:desk:info"}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    return list(board["panels"])


def expressions(board: dict[str, Any]) -> list[str]:
    return [one["expr"] for panel in panels(board) for one in panel["targets"]]


def is_heading(panel: dict[str, Any]) -> bool:
    return bool(panel["options"].get("textMode") == "name")


def test_the_committed_boards_are_what_the_project_says() -> None:
    committed = {path.stem: path.read_text(encoding="utf-8") for path in BOARDS.glob("*.json")}

    assert sorted(ALL) == sorted(NAMES)
    assert committed == TEXTS, "run make boards"


def test_building_twice_gives_the_same_bytes() -> None:
    assert built() == TEXTS


@pytest.mark.parametrize("name", NAMES)
def test_a_board_is_of_the_classic_model_with_panels_that_do_not_overlap(name: str) -> None:
    board = ALL[name]
    cells = [
        (x, y)
        for panel in panels(board)
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert board["schemaVersion"] == 42
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in panels(board)}) == len(panels(board))


@pytest.mark.parametrize("name", NAMES)
def test_every_panel_says_in_english_what_it_shows_and_asks_our_prometheus(name: str) -> None:
    for panel in panels(ALL[name]):
        assert panel["description"].endswith("."), panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "prometheus"}
        assert panel["fieldConfig"]["defaults"]["noValue"] == NO_DATA
        assert [one["refId"] for one in panel["targets"]] == sorted(
            {one["refId"] for one in panel["targets"]}
        )


@pytest.mark.parametrize("name", TV)
def test_the_wall_is_legible_from_five_metres(name: str) -> None:
    board = TV[name]

    assert len(panels(board)) <= 7
    assert max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in panels(board)) <= 28
    assert {panel["type"] for panel in panels(board)} <= {"stat", "gauge", "bargauge"}
    for panel in panels(board):
        if panel["type"] == "stat" and not is_heading(panel):
            # The value fills its place: at a size of its own KHÔNG CÓ DỮ LIỆU is cut off.
            assert panel["options"]["textMode"] == "value_and_name"
            assert panel["options"]["text"] == {"titleSize": 36}
            assert panel["gridPos"]["w"] >= 6
            assert panel["gridPos"]["h"] >= 6
        if panel["type"] == "bargauge":
            assert panel["gridPos"]["w"] >= 12
            assert not panel["options"]["legend"]["showLegend"]
            assert "topk(8," in panel["targets"][0]["expr"]
            assert "titleSize" not in panel["options"]["text"]  # Grafana would cut names off


@pytest.mark.parametrize("name", TV)
def test_nothing_that_must_be_read_on_the_wall_stands_in_a_panels_own_small_title(
    name: str,
) -> None:
    of_kind = {True: 0, False: 0}
    for panel in panels(TV[name]):
        assert panel["title"] == ""
        if panel["type"] == "bargauge":
            of_kind[False] += 1
        of_kind[True] += is_heading(panel)

    assert of_kind[True] == of_kind[False]


@pytest.mark.parametrize("name", TV)
def test_a_hidden_number_of_the_wall_keeps_its_name(name: str) -> None:
    for panel in panels(TV[name]):
        if panel["type"] == "stat" and not is_heading(panel) and len(panel["targets"]) == 1:
            assert panel["targets"][0]["expr"].endswith("or on () vector(NaN)")


@pytest.mark.parametrize("name", TV)
def test_every_number_of_the_wall_vanishes_when_data_is_stale(name: str) -> None:
    for panel in panels(TV[name]):
        freshness = {"Dữ liệu cách đây", "Tính đến"}
        if freshness & {one.get("legendFormat") for one in panel["targets"]}:
            continue
        if is_heading(panel):
            continue
        for one in panel["targets"]:
            assert f"and on () {FRESH}" in one["expr"]


@pytest.mark.parametrize("name", NAMES)
def test_every_board_says_how_old_its_data_is_and_as_of_when(name: str) -> None:
    legends = {one.get("legendFormat") for panel in panels(ALL[name]) for one in panel["targets"]}

    assert {"Dữ liệu cách đây", "Tính đến"} <= legends


@pytest.mark.parametrize("name", NAMES)
def test_a_query_uses_only_rules_and_variables_that_exist(name: str) -> None:
    board = ALL[name]
    declared = {one["name"] for one in board["templating"]["list"]}
    for expression in expressions(board):
        assert set(re.findall(r"\bdvc:[a-z_]+:[a-z_0-9]+\b", expression)) <= RECORDED
        assert set(re.findall(r"\$(\w+)", expression)) <= declared, expression
        assert "%(" not in expression


def test_every_headline_of_the_whole_province_and_of_what_is_overdue_opens_its_list() -> None:
    linked = {
        panel["targets"][0].get("legendFormat") or panel["title"]
        for name in ("toan-tinh", "qua-han")
        for panel in panels(ALL[name])
        if panel["fieldConfig"]["defaults"]["links"]
    }

    assert {"Đang giải quyết", "Sắp đến hạn", "Quá hạn", "Tiếp nhận tháng này"} <= linked


def linked_addresses() -> list[str]:
    every = []
    for board in ALL.values():
        for panel in panels(board):
            every += panel["fieldConfig"]["defaults"]["links"]
            for override in panel["fieldConfig"]["overrides"]:
                every += [link for one in override["properties"] if one["id"] == "links"
                          for link in one["value"]]  # fmt: skip
    return [str(one["url"]) for one in every]


def test_a_number_opens_a_list_or_its_panel_says_why_there_is_none() -> None:
    for name, board in ALL.items():
        for panel in panels(board):
            columns = [
                {one["id"] for one in override["properties"]}
                for override in panel["fieldConfig"]["overrides"]
            ]
            opens = panel["fieldConfig"]["defaults"]["links"] or any("links" in c for c in columns)
            assert opens or "No list: " in panel["description"], (name, panel["title"])


def test_a_board_knows_the_address_of_every_desk_that_its_links_lead_to() -> None:
    for name, board in ALL.items():
        declared = {one["name"] for one in board["templating"]["list"]}
        asked = set(re.findall(r"\$\{(\w+?)(?::raw)?\}", json.dumps(board["panels"])))
        assert {one for one in asked if not one.startswith("__")} <= declared, name


def test_links_lead_to_all_four_desks_and_to_every_kind_of_list() -> None:
    addresses = linked_addresses()

    assert {url.partition("/")[0] for url in addresses} == {
        "${desk:raw}", "${desk_intake:raw}", "${desk_notifier:raw}", "${desk_postal_gateway:raw}",
    }  # fmt: skip
    pages = {re.split(r"[/?]", url.partition("/")[2])[0] for url in addresses}
    assert pages == {"ho-so", "phan-anh", "chi-so", "diem", ""}


def test_the_tile_of_parcels_under_way_leaves_out_where_the_gateway_says_that_ways_end() -> None:
    (query,) = [one for one in expressions(ALL["buu-chinh-cong-ich"]) if "unless" in one]
    ended = re.search(r'state!~"([a-z_|]+)"', query)
    home = re.search(r'leg="(\w+)",state="(\w+)"', query)

    assert ended
    assert home
    for leg in Leg:
        here = {home[2]} if home[1] == leg else set()
        left_out = {one for one in LegStatus if one in {*ended[1].split("|")} | here}
        # A return is never handed to an agency, so there is none to leave out.
        assert left_out - ends(leg) <= {LegStatus.HANDED_TO_AGENCY}, leg
        assert ends(leg) <= left_out, leg


def test_colour_comes_with_its_target_in_words() -> None:
    for board in ALL.values():
        for panel in panels(board):
            steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
            is_ratio_of_plan = len(steps) == 2 and 0 < steps[1]["value"] < 1.01
            if is_ratio_of_plan and "tv" in board["tags"]:
                near = [one for one in panels(board) if one is panel or is_heading(one)]
                said = [target.get("legendFormat", "") for one in near for target in one["targets"]]
                assert "mục tiêu" in "".join(said), panel


def test_the_playlist_shows_the_walls_boards_and_only_them() -> None:
    playlist = json.loads((REPOSITORY / "deploy/grafana/playlist.json").read_bytes())

    assert {one["value"] for one in playlist["items"]} == {one["uid"] for one in TV.values()}


def test_a_variable_asks_the_datasource_that_is_provisioned() -> None:
    path = REPOSITORY / "deploy/grafana/provisioning/datasources/prometheus.yml"
    uids = {one["uid"] for one in yaml.safe_load(path.read_text(encoding="utf-8"))["datasources"]}

    asked = {one["datasource"]["uid"] for one in VARIABLES.values() if "datasource" in one}
    assert asked <= uids
