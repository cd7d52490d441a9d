"""Print the table of due times: `make calendar-table` (`NAME=Tết` for the cases of that name).

Each row says what the table expects, what the calendar gives and what the minute-by-minute recount
gives. A case on a Saturday that is worked for another day off is marked +; `NAME=+` prints those.
"""

import sys
from collections import Counter

from tests.unit.shared.calendar import builders, case_table

WIDTHS = (41, 21, 18, 21, 21, 21)
SATURDAY = 5


def is_made_up(case: case_table.Case) -> bool:
    """Whether it was received or is due on a Saturday that is worked."""
    days = [one.date() for one in (case.received, case.due) if one is not None]
    calendar = builders.national()
    return any(day.weekday() == SATURDAY and calendar.is_working_day(day) for day in days)


def row_of(case: case_table.Case) -> tuple[list[str], bool]:
    """The row as texts, and whether all three agree."""
    wanted = _text(case.due)
    counted = builders.text_of(builders.explained(case).due_at)
    recounted = _text(case_table.recounted(case))
    received = f"{case.received:%a %Y-%m-%d %H:%M}"
    terms = [case.limit, *(["cut-off"] if case.cutoff else []), *_pauses(case)]
    if case.extension:
        terms.append(f"extended {case.extension}")
    name = ("+ " if is_made_up(case) else "  ") + case.name
    row = [name, received, ", ".join(terms), wanted, counted, recounted]
    return row, wanted == counted == recounted


def _pauses(case: case_table.Case) -> list[str]:
    return [
        f"paused {begin:%d/%m %H:%M}-" + (f"{end:%d/%m %H:%M}" if end else "?")
        for begin, end in case.pauses
    ]


def _text(due: object) -> str:
    return f"{due:%a %Y-%m-%d %H:%M}" if due else "paused"


def _line(cells: list[str]) -> str:
    texts = (cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))
    return "  ".join(texts).rstrip()


def main(name: str) -> int:
    """Print the cases with `name` in theirs; 1 where one does not agree."""
    rows = [(case, *row_of(case)) for case in case_table.cases()]
    chosen = [one for one in rows if name in one[1][0]]
    heads = ["case", "received", "limit", "by the table", "by the calendar", "by the recount"]
    print(_line(heads))
    for _, cells, agrees in chosen:
        print(_line(cells) + ("" if agrees else "  <-- DIFFERENT"))
    wrong = sum(not agrees for _, _, agrees in chosen)
    themes = Counter(case.name.partition(":")[0] for case, _, _ in chosen)
    said = ", ".join(f"{theme} {count}" for theme, count in sorted(themes.items()))
    made_up = sum(is_made_up(case) for case, _, _ in chosen)
    print(f"{len(chosen)} cases ({said}; {made_up} on a made-up Saturday), {wrong} different")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
