"""The builder skips what it does not understand; our driver must not. Each fault, planted."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.driver import built, write
from deploy.grafana.faults import BoardError
from deploy.grafana.thresholds import target, written_steps

STAT = {
    "title": "Quá hạn", "help": "What is overdue.", "width": 8, "expr": "sum(x)",
    "link": {"count": "overdue"},
}  # fmt: skip
COLUMN = {"name": "Quá hạn", "expr": "sum by (agency) (x)"}
TABLE = {"title": "Theo cơ quan", "help": "By agency.", "width": 8, "labels": {"agency": "Mã"}}
UNLINKED = {key: value for key, value in STAT.items() if key != "link"}


def project(
    tmp_path: Path, *panels: dict[str, Any], named: tuple[str, ...] = ("qua-han",), **board: Any
) -> Path:
    """A project of one board with these panels in one band."""
    bands = [{"height": 6, "panels": list(panels)}]
    written = {"title": "Quá hạn", "help": "Overdue.", "uid": "qh", "bands": bands} | board
    components = [
        {"name": "motcua", "board-project": {"dashboards": list(named), "top": 10}},
        {"name": "qua-han", "wb-board": written},
    ]
    (tmp_path / "boards.yml").write_text(yaml.safe_dump(components), encoding="utf-8")
    return tmp_path


def refusal(folder: Path) -> str:
    with pytest.raises(BoardError) as refused:
        built(folder)
    return str(refused.value)


def test_a_sound_board_is_built(tmp_path: Path) -> None:
    assert list(built(project(tmp_path, {"wb-stat": STAT}))) == ["qua-han"]


def test_an_unknown_panel_kind_is_refused(tmp_path: Path) -> None:
    assert "wb-pie" in refusal(project(tmp_path, {"wb-pie": STAT}))


def test_a_panel_of_2015_is_refused(tmp_path: Path) -> None:
    assert "no panel kind of ours" in refusal(project(tmp_path, {"graph": {"width": 8}}))


def test_an_unknown_top_level_kind_is_refused_and_not_skipped(tmp_path: Path) -> None:
    folder = project(tmp_path, {"wb-stat": STAT})
    (folder / "more.yml").write_text("- {name: x, wb-bord: {}}")

    assert "more.yml" in refusal(folder)


def test_a_board_that_the_project_does_not_name_is_missed(tmp_path: Path) -> None:
    assert "qua-han" in refusal(project(tmp_path, {"wb-stat": STAT}, named=()))


def test_a_board_that_is_named_and_written_nowhere_is_missed(tmp_path: Path) -> None:
    folder = project(tmp_path, {"wb-stat": STAT}, named=("qua-han", "tin-cay"))

    assert "tin-cay" in refusal(folder)


def test_a_band_wider_than_the_screen_is_refused(tmp_path: Path) -> None:
    wide = {"wb-stat": {**STAT, "width": 13}}

    assert "26 columns" in refusal(project(tmp_path, wide, wide))


def test_a_television_board_taller_than_the_screen_is_refused(tmp_path: Path) -> None:
    bands = [{"height": 10, "panels": [{"wb-stat": STAT}]}] * 3

    assert "30 rows" in refusal(project(tmp_path, tv=True, bands=bands))


def test_a_time_series_on_a_television_is_refused(tmp_path: Path) -> None:
    assert "no time series" in refusal(project(tmp_path, {"wb-time-series": STAT}, tv=True))


def test_thresholds_that_do_not_rise_are_refused(tmp_path: Path) -> None:
    falling = {**STAT, "thresholds": [["green", None], ["amber", 10], ["red", 5]]}

    assert "do not rise" in refusal(project(tmp_path, {"wb-stat": falling}))
    with pytest.raises(BoardError, match="without a value"):
        written_steps([["green", 1]])


def test_a_target_that_no_plan_has_is_refused(tmp_path: Path) -> None:
    assert "is unknown" in refusal(
        project(tmp_path, {"wb-stat": {**STAT, "target": "dossiers_on_tme"}})
    )


def test_a_target_whose_time_is_over_is_refused(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('plan = "bac-giang-2024"\non = 2024-12-20')

    with pytest.raises(BoardError, match="is not in force on 2024-12-20"):
        target("dossiers_on_time", plan)
    assert target("online_payment_transactions", plan).threshold == 0.6


def test_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    assert "tresholds" in refusal(project(tmp_path, {"wb-stat": {**STAT, "tresholds": []}}))


def test_a_panel_without_an_english_description_is_refused(tmp_path: Path) -> None:
    mute = {key: value for key, value in STAT.items() if key != "help"}

    assert "no English description" in refusal(project(tmp_path, {"wb-stat": mute}))


def test_a_panel_without_a_query_is_refused(tmp_path: Path) -> None:
    empty = {key: value for key, value in STAT.items() if key != "expr"}

    assert "expr" in refusal(project(tmp_path, {"wb-stat": empty}))


def test_an_unknown_parameter_is_refused_and_promql_braces_are_left_alone(tmp_path: Path) -> None:
    unknown = {**STAT, "expr": "topk(%(tpo)s, x)"}
    known = {**STAT, "expr": 'topk(%(top)s, x{a!="b",c=~".+"})'}

    assert "%(tpo)s" in refusal(project(tmp_path, {"wb-stat": unknown}))
    assert (
        'topk(10, x{a!=\\"b\\",c=~\\".+\\"})'
        in built(project(tmp_path, {"wb-stat": known}))["qua-han"]
    )


def test_a_link_to_a_count_that_the_desk_does_not_know_is_refused(tmp_path: Path) -> None:
    assert "the desk knows" in refusal(
        project(tmp_path, {"wb-stat": {**STAT, "link": {"count": "overdu"}}})
    )


def test_a_panel_that_opens_nothing_and_does_not_say_why_is_refused(tmp_path: Path) -> None:
    assert "'Quá hạn': either a link, or no-link" in refusal(
        project(tmp_path, {"wb-stat": UNLINKED})
    )


def test_a_panel_that_opens_a_list_and_says_why_it_opens_none_is_refused(tmp_path: Path) -> None:
    both = {**STAT, "no-link": "nothing is counted here"}

    assert "either a link, or no-link" in refusal(project(tmp_path, {"wb-stat": both}))


@pytest.mark.parametrize("reason", ["", "todo", "no list", None, True])
def test_a_reason_of_less_than_a_few_words_is_refused(tmp_path: Path, reason: object) -> None:
    curt = {**UNLINKED, "no-link": reason}

    assert "a reason of a few words" in refusal(project(tmp_path, {"wb-stat": curt}))


def test_the_reason_stands_in_the_panels_description(tmp_path: Path) -> None:
    explained = {**UNLINKED, "no-link": "a course over time"}

    board = json.loads(built(project(tmp_path, {"wb-stat": explained}))["qua-han"])

    (panel,) = board["panels"]
    assert panel["description"] == "What is overdue. No list: a course over time."
    assert panel["fieldConfig"]["defaults"]["links"] == []
    assert board["templating"]["list"] == []


@pytest.mark.parametrize(
    "kind", ["wb-gauge", "wb-bar-gauge", "wb-time-series", "wb-state-timeline"]
)
def test_no_kind_of_panel_may_be_silent_about_its_list(tmp_path: Path, kind: str) -> None:
    assert "either a link" in refusal(project(tmp_path, {kind: UNLINKED}))


def test_every_column_of_a_table_answers_for_itself(tmp_path: Path) -> None:
    linked = {**COLUMN, "link": {"count": "overdue", "agency": "column"}}
    silent = {**TABLE, "columns": [linked, {**COLUMN, "name": "Tất cả"}]}
    explained = {**silent, "no-link": "nobody lists these things"}

    assert "'Theo cơ quan / Tất cả': either a link" in refusal(
        project(tmp_path, {"wb-table": silent})
    )
    with pytest.raises(BoardError, match="both say"):
        built(project(tmp_path, {"wb-table": explained}))
    assert built(project(tmp_path, {"wb-table": {**TABLE, "columns": [linked]}}))
    assert built(project(tmp_path, {"wb-table": {**explained, "columns": [COLUMN]}}))


def test_a_page_that_cannot_be_narrowed_so_is_refused(tmp_path: Path) -> None:
    narrowed = {**UNLINKED, "link": {"petitions": "open", "channel": "online"}}
    two = {**UNLINKED, "link": {"petitions": "open", "count": "open"}}

    assert "cannot be narrowed by channel" in refusal(project(tmp_path, {"wb-stat": narrowed}))
    assert "link: one of" in refusal(project(tmp_path, {"wb-stat": two}))


@pytest.mark.parametrize("page", ["petitions", "parcels", "alerts", "rejects", "page"])
def test_a_list_that_its_desk_does_not_have_is_refused(tmp_path: Path, page: str) -> None:
    assert "the desk knows" in refusal(
        project(tmp_path, {"wb-stat": {**UNLINKED, "link": {page: "opne"}}})
    )


def test_an_unknown_variable_is_refused(tmp_path: Path) -> None:
    assert "no variable" in refusal(project(tmp_path, {"wb-stat": STAT}, variables=["agancy"]))


def test_writing_removes_a_board_that_is_no_more_and_says_what_changed(tmp_path: Path) -> None:
    (tmp_path / "cu.json").write_text("{}")

    assert write({"moi": "{}\n"}, tmp_path) == ["cu.json", "moi.json"]
    assert write({"moi": "{}\n"}, tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["moi.json"]
