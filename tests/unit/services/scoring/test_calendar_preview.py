"""A changed calendar file is previewed on what is open, and moves only what a calendar can move."""

import tomllib
from datetime import date

import pytest

from services.scoring.calendar_draft import shipped_text, text_in_force, text_with_year
from services.scoring.calendar_preview import _counted
from shared.calendar import (
    OverridePreview,
    OverrideTableError,
    ProvinceTable,
    calendar_version,
    load_calendar,
    override_preview,
    table_in,
)
from shared.calendar.civil_time import instant_of
from shared.events import dossier as d
from tests.support.calendar_texts import DAY_OFF, SUMMER_HOURS

from .builders import AGENCY, PROCEDURE, at, epoch, rules, state_after

NATIONAL_DAY = """
[[override]]
date = 2027-09-03
kind = "work"
source = "ví dụ"
status = "confirmed"
"""


def received(**more: object) -> d.DossierReceived:
    return d.DossierReceived(agency_code=AGENCY, procedure_code=PROCEDURE, **more)  # type: ignore[arg-type]  # due times only


def table(text: str) -> ProvinceTable:
    return table_in(text, name="calendar.toml", scope="H44")


def previewed(text: str, now: str, **events: d.DossierReceived) -> OverridePreview:
    """What a file does to dossiers received on a Tuesday at nine."""
    before, after = rules().calendar, table(text).calendar("H44")
    states = [(code, state_after((event, "2026-03-03 09:00"))) for code, event in events.items()]
    return override_preview(
        _counted(states, before, after), before=before, after=after, now=instant_of(epoch(now))
    )


def test_a_day_off_moves_what_is_counted_and_leaves_what_was_decided() -> None:
    text = shipped_text(2026) + DAY_OFF  # sixteen hours end on Thursday

    found = previewed(
        text, "2026-03-05 10:00", counted=received(),
        an_instant=received(due_at=at("2026-03-05 09:00")),
        a_day=received(due_on=date(2026, 3, 5)),
    )  # fmt: skip

    assert not table(text).calendar("H44").is_working_day(date(2026, 3, 4))
    assert (found.dossiers_count, found.moved_count, found.later_count) == (1, 1, 1)
    assert found.moved[0].dossier_id == "counted"
    assert found.moved[0].due_at == at("2026-03-05 09:00")
    assert found.moved[0].new_due_at == at("2026-03-06 09:00")
    assert found.leaving_overdue_count == 1


def test_another_closing_time_moves_what_was_decided_as_a_day() -> None:
    found = previewed(
        SUMMER_HOURS, "2026-03-05 17:15",
        an_instant=received(due_at=at("2026-03-05 17:00")),
        midnight=received(due_at=at("2026-03-05 00:00")),
        a_day=received(due_on=date(2026, 3, 5)),
    )  # fmt: skip

    assert [one.dossier_id for one in found.moved] == ["a_day", "midnight"]
    assert {one.due_at for one in found.moved} == {at("2026-03-05 17:00")}
    assert {one.new_due_at for one in found.moved} == {at("2026-03-05 17:30")}
    assert found.leaving_overdue_count == 2


def test_the_same_table_moves_nothing() -> None:
    found = previewed(shipped_text(2026), "2026-03-05 10:00", one=received())

    assert found.moved_count == 0


def test_without_a_file_the_shipped_table_of_the_year_is_offered_for_editing() -> None:
    for year in range(2024, 2030):
        text = text_in_force(ProvinceTable(), year)

        assert text == text_with_year(ProvinceTable(), year, "H44") == shipped_text(year)
        assert [one.year for one in table(text).years] == [year]


def test_the_file_in_force_is_offered_word_for_word() -> None:
    own = f"# Quyết định của tỉnh\n{shipped_text(2026)}{DAY_OFF}{SUMMER_HOURS}"

    assert text_in_force(table(own), 2027) == own
    assert text_with_year(table(own), 2026, "H44") == own


@pytest.mark.parametrize(
    "own",
    [
        DAY_OFF,
        f"# Quyết định của tỉnh\n{shipped_text(2026)}{DAY_OFF}{SUMMER_HOURS}",
        f"[[year]]\n{shipped_text(2026)}{DAY_OFF}",
        DAY_OFF + NATIONAL_DAY.replace("2027-09-03", "2027-11-24"),  # a row of the shipped table
    ],
)
def test_one_more_year_is_added_to_the_file_in_force_and_changes_nothing(own: str) -> None:
    text = text_with_year(table(own), 2027, "H44")

    years = {one.year for one in table(text).years}
    assert years == {one.year for one in table(own).years} | {2027}
    same = [calendar_version(table(one).calendar("H44")) for one in (own, text)]
    assert same[0] == same[1]
    edited = table(text + NATIONAL_DAY).calendar("H44")
    assert edited.is_working_day(date(2027, 9, 3)) != load_calendar().is_working_day(
        date(2027, 9, 3)
    )


def test_a_file_written_in_another_way_takes_no_further_year() -> None:
    own = 'year = 2026\nswap_days = "confirmed"\nswap_source = "x"\nsession = []\n'
    inline = own.replace("session = []", "override = []")
    assert tomllib.loads(inline)["year"] == 2026

    with pytest.raises(OverrideTableError):
        text_with_year(table(inline), 2027, "H44")
