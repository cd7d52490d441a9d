"""A changed table of days off is previewed on what is open, and moves only counted due times."""

from datetime import date

import pytest

from services.scoring.calendar_preview import Draft, _counted, drafted_calendar, shipped_text
from shared.calendar import OverrideTableError, override_preview
from shared.calendar.civil_time import instant_of
from shared.events import dossier as d

from .builders import AGENCY, PROCEDURE, at, epoch, rules, state_after

DAY_OFF = """
[[override]]
date = 2026-03-04
kind = "off"
source = "ví dụ"
status = "assumed"
"""


def received(**more: object) -> d.DossierReceived:
    return d.DossierReceived(agency_code=AGENCY, procedure_code=PROCEDURE, **more)  # type: ignore[arg-type]  # due times only


def test_a_day_off_moves_what_is_counted_and_leaves_what_was_decided() -> None:
    when = "2026-03-03 09:00"  # Tuesday; sixteen hours end on Thursday
    counted = state_after((received(), when))
    decided = state_after((received(due_at=at("2026-03-05 09:00")), when))
    after = drafted_calendar(Draft(year=2026, text=shipped_text(2026) + DAY_OFF))

    found = override_preview(
        _counted([("counted", counted), ("decided", decided)]), before=rules().calendar,
        after=after, now=instant_of(epoch("2026-03-05 10:00")),
    )  # fmt: skip

    assert not after.is_working_day(date(2026, 3, 4))
    assert (found.dossiers_count, found.moved_count, found.later_count) == (1, 1, 1)
    assert found.moved[0].dossier_id == "counted"
    assert found.moved[0].due_at == at("2026-03-05 09:00")
    assert found.moved[0].new_due_at == at("2026-03-06 09:00")
    assert found.leaving_overdue_count == 1


def test_the_same_table_moves_nothing() -> None:
    counted = state_after((received(), "2026-03-03 09:00"))
    same = drafted_calendar(Draft(year=2026, text=shipped_text(2026)))

    found = override_preview(
        _counted([("one", counted)]), before=rules().calendar, after=same,
        now=instant_of(epoch("2026-03-05 10:00")),
    )  # fmt: skip

    assert found.moved_count == 0


def test_a_table_of_another_year_is_refused() -> None:
    with pytest.raises(OverrideTableError):
        drafted_calendar(Draft(year=2027, text=shipped_text(2026)))
