import json

import pytest
from rich.console import Console

from motcua.bench.measuring import Goal, Spread, row
from motcua.bench.screen import Report, as_json, as_table, bound, figure, number, verdict

ROWS = [
    row("a", "Chấm điểm", "sự kiện/giây", ours=[80.0, 90.0], yardstick=[10.0, 10.0],
        yardstick_name="FastStream", goal=Goal(at_least=8)),
    row("b", "Giữ vòng sự kiện", "ms", ours=[30.0], goal=Goal(at_most=20)),
    row("c", "Mọi chỉ số", "sự kiện/giây", ours=(), goal=Goal(at_least=5), note="chưa có"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown"),
    [(12345.6, "12.346"), (99.96, "100,0"), (12.34, "12,3"), (1.234, "1,23"), (0.0052, "0,0052")],
)
def test_numbers_are_written_as_people_here_write_them(value: float, shown: str) -> None:
    assert number(value) == shown


def test_several_rounds_show_least_and_greatest() -> None:
    assert figure(Spread(2, 1, 3, 3), times=True) == "×2,00\n(1,00 – 3,00)"
    assert figure(Spread(2, 2, 2, 1)) == "2,00"
    assert figure(None) == "–"


def test_goals_and_verdicts_are_words() -> None:
    assert bound(Goal(at_least=8), times=True) == "≥ ×8,00"
    assert bound(Goal(at_most=20), times=False) == "≤ 20,0"
    assert bound(None, times=True) == "–"
    assert [verdict(met) for met in (True, False, None)] == ["đạt", "chưa đạt", "–"]


def test_the_table_has_a_line_for_every_row_also_for_what_is_not_there_yet() -> None:
    console = Console(width=160, record=True, file=None, quiet=False)
    with console.capture() as shown:
        console.print(as_table(ROWS))

    for text in ("Chấm điểm", "FastStream", "≥ ×8,00", "đạt", "chưa đạt", "chưa có"):
        assert text in shown.get()


def test_the_json_says_what_the_table_says() -> None:
    report = Report(rows=ROWS, quick=True, cores=2, python="3.11", seconds=1.5)

    said = json.loads(as_json(report))

    assert [one["met"] for one in said["rows"]] == [True, False, None]
    assert said["rows"][0]["ratio"] == {"median": 8.5, "least": 8.0, "greatest": 9.0, "rounds": 2}
    assert (said["schema"], said["quick"], said["cores"]) == (1, True, 2)
