"""What rules would have raised, told again from the facts."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from motcua.backtest import PeriodError, days_of, tell_again
from motcua.backtest import command as backtest_command
from services.notifier.domain.foretelling import foretold
from shared.catalogue.model import Catalogue
from shared.events import dossier as d
from shared.events.envelope import Fact, encoded
from tests.support.dossiers import code_of, received, said
from tests.unit.services.notifier.builders import CALENDAR, row, rules
from tests.unit.services.notifier.shipped import SHIPPED, civil

RESOLVED = d.DossierResolved(agency_code="H44.01")


def month() -> list[Fact]:
    """Ten dossiers due on Friday 06/03/2026; 0 to 3 finish late, 4 and 5 on the last day."""
    due = civil("06/03/2026 00:00").date()
    facts = [received(code_of(n), civil("02/03/2026 09:00"), due_on=due) for n in range(10)]
    for number, at in enumerate([
        "09/03/2026 10:00", "10/03/2026 10:00", "11/03/2026 18:00", "20/03/2026 10:00",
        "06/03/2026 10:00", "06/03/2026 16:00", "05/03/2026 10:00", "05/03/2026 11:00",
        "04/03/2026 10:00", "03/03/2026 10:00",
    ]):  # fmt: skip
        facts.append(said(RESOLVED, code_of(number), civil(at)))
    return facts


def test_a_period_told_again_gives_what_was_owed_in_it_and_what_foretold_it() -> None:
    found = tell_again(month(), "2026-03", SHIPPED, Catalogue())

    assert found.raised == {
        "due_soon": 6, "overdue": 4, "overdue_1": 3, "overdue_3": 2, "overdue_5": 1,
        "apology_owed": 4, "explanation_owed": 4,
    }  # fmt: skip
    assert (found.warned_count, found.warned_late_count, found.late_count) == (6, 4, 4)
    assert found.precision == pytest.approx(4 / 6)


def test_an_earlier_warning_warns_of_more_and_is_right_less_often() -> None:
    early = rules(row("due_soon", -16, severity="notice"), row("overdue", 0))

    found = tell_again(month(), "2026-03", early, Catalogue())

    assert found.raised == {"due_soon": 8, "overdue": 4}
    assert found.precision == pytest.approx(4 / 8)


def test_what_fell_due_in_another_month_does_not_count() -> None:
    found = tell_again(month(), "2026-04", SHIPPED, Catalogue())

    assert (found.raised, found.late_count, found.precision) == ({}, 0, None)


@pytest.mark.parametrize(
    ("period", "first", "after"),
    [
        ("2026", "01/01/2026", "01/01/2027"),
        ("2026-Q1", "01/01/2026", "01/04/2026"),
        ("2026-Q4", "01/10/2026", "01/01/2027"),
        ("2026-12", "01/12/2026", "01/01/2027"),
    ],
)
def test_a_period_is_a_year_a_quarter_or_a_month(period: str, first: str, after: str) -> None:
    expected = [civil(f"{on} 00:00").date() for on in (first, after)]

    assert list(days_of(period)) == expected


@pytest.mark.parametrize("period", ["2026-13", "2026-Q5", "now", "2026-H1"])
def test_anything_else_is_no_period(period: str) -> None:
    with pytest.raises(PeriodError, match="2026-Q3"):
        days_of(period)


def test_the_command_compares_two_files_of_rules(tmp_path: Path) -> None:
    facts, changed = tmp_path / "facts.jsonl", tmp_path / "rules.toml"
    facts.write_bytes(b"".join(encoded(fact) + b"\n" for fact in month()) + b"nonsense\n")
    changed.write_text("schema = 1\n" + row("overdue", 0), encoding="utf-8")

    shown = CliRunner().invoke(
        backtest_command,
        ["--period", "2026-03", "--facts", str(facts), "--rules", str(changed)],
    )  # fmt: skip

    assert shown.exit_code == 0
    assert "Đang dùng: 10 hồ sơ và PAKN; cảnh báo sớm 6, trong đó 4 quá hạn thật" in shown.output
    assert "(độ chính xác 66,7%); quá hạn trong kỳ 4." in shown.output
    assert "Quy tắc mới: 10 hồ sơ và PAKN; cảnh báo sớm 0" in shown.output


def test_the_table_of_hours_shows_what_is_won_and_lost_by_warning_later() -> None:
    found = tell_again(month(), "2026-03", SHIPPED, Catalogue())

    rows = {one.hours: one for one in foretold(found.watched, CALENDAR)}

    # On the last day eight hours before, six are open; at four, the one done at ten is not.
    assert {h: rows[h].warned_count for h in (1, 4, 8, 16, 40)} == {1: 4, 4: 5, 8: 6, 16: 8, 40: 10}
    assert {one.warned_late_count for one in rows.values()} == {4}
    assert rows[8].precision == found.precision
    # They came in on Monday at nine, 38 and a half working hours before: none had forty.
    assert [rows[h].in_time_ratio for h in (24, 40)] == [1.0, 0.0]


def test_without_a_due_time_there_is_nothing_to_foretell() -> None:
    (row_of_one,) = foretold([], CALENDAR, hours=[8])

    assert (row_of_one.precision, row_of_one.in_time_ratio) == (None, None)
