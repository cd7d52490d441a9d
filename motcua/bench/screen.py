"""The table that people read, and the same as JSON for programs."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct
from rich.table import Table

from motcua.bench.measuring import Goal, Row, Spread

_NOTHING: Final = "–"
_FINE: Final = 10
_FINEST: Final = 0.1


class Report(Struct, frozen=True, kw_only=True):
    """One run: how it was asked for, on what, and its rows. `schema` changes with the shape."""

    rows: Sequence[Row]
    quick: bool
    cores: int
    python: str
    seconds: float
    schema: int = 1


def as_json(report: Report) -> bytes:
    """The report as indented JSON; `met` is null where there is nothing to say."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1)


def as_table(rows: Sequence[Row]) -> Table:
    """The rows, median with least and greatest in brackets."""
    table = Table(
        "Việc", "Đơn vị", "Ta", "Thước đo", "Tỷ lệ", "Mục tiêu", "Đạt", title="motcua bench",
        show_lines=True,
    )  # fmt: skip
    for one in rows:
        table.add_row(
            f"{one.work}\n{one.note}" if one.note else one.work,
            one.unit,
            figure(one.ours),
            "\n".join(filter(None, (figure(one.yardstick), one.yardstick_name))),
            figure(one.ratio, times=True),
            bound(one.goal, times=bool(one.yardstick_name)),
            verdict(one.met),
        )
    return table


def figure(spread: Spread | None, *, times: bool = False) -> str:
    """Median, with least and greatest where there were several rounds; a dash for nothing."""
    if spread is None:
        return _NOTHING
    sign = "×" if times else ""
    if spread.rounds == 1:
        return sign + number(spread.median)
    return f"{sign}{number(spread.median)}\n({number(spread.least)} – {number(spread.greatest)})"


def number(value: float) -> str:
    """A number as people here write it: three figures or so, comma and dots."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= _FINE else 2  # noqa: PLR2004 - a hundred
    if 0 < abs(value) < _FINEST:
        digits = 4
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def bound(goal: Goal | None, *, times: bool) -> str:
    """The goal as a bound on the ratio (×) or on the figure itself."""
    sign = "×" if times else ""
    if goal is None:
        return _NOTHING
    if goal.at_least is not None:
        return f"≥ {sign}{number(goal.at_least)}"
    return f"≤ {sign}{number(goal.at_most or 0.0)}"


def verdict(met: bool | None) -> str:  # noqa: FBT001 - it is the value that is shown
    """Whether the goal was met, in a word; a dash where nobody can say."""
    if met is None:
        return _NOTHING
    return "đạt" if met else "chưa đạt"
