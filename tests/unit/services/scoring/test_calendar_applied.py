"""A preview against what it previews: the same facts folded by a service with the drafted file."""

import asyncio
from datetime import date, time, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from services.scoring.calendar_draft import shipped_text
from services.scoring.calendar_preview import _counted
from services.scoring.domain import petition
from services.scoring.domain.dossier import DossierState
from services.scoring.domain.rules import SECOND_US
from services.scoring.domain.stages import OVERDUE, is_open, stage_of
from services.scoring.ledger import DOSSIER, State, load_rules
from services.scoring.petition_preview import MovedPetitions, moved_petitions
from shared.calendar import (
    OverridePreview,
    WorkingCalendar,
    load_calendar,
    override_preview,
    province_calendar,
    table_in,
)
from shared.calendar.civil_time import instant_of
from shared.events import dossier as d
from shared.events import petition as p
from shared.events.envelope import Fact
from tests.support.calendar_texts import DAY_OFF, SUMMER_HOURS

from .builders import AGENCY, CATALOGUE, PROCEDURE, SHORT, at, epoch, told
from .scored_log import ScoredLog

NOW: Final = epoch("2026-03-05 10:00")  # Thursday
WITH_CUTOFF = structs.replace(CATALOGUE, received_after=time(15))
OFF_AND_MADE_UP = (
    DAY_OFF
    + """
[[override]]
date = 2026-03-07
kind = "work"
source = "ví dụ"
status = "assumed"
"""
)
AT_A_STRETCH = """
[[session]]
start = 08:00:00
end = 16:00:00
"""
ROW = """
[[override]]
date = {day}
kind = "{kind}"
scope = "{scope}"
source = "ví dụ"
status = "{status}"
"""
FIRST_DAY: Final = date(2026, 3, 2)


def intake(number: int, when: str, procedure: str = PROCEDURE, **more: object) -> Fact:
    event = d.DossierReceived(agency_code=AGENCY, procedure_code=procedure, **more)  # type: ignore[arg-type]  # due times only
    return told(event, when, code=f"H44.01-260302-{number:04d}")


def then(number: int, event: d.DossierEvent, when: str, fact: int = 1) -> Fact:
    return told(event, when, number=fact, code=f"H44.01-260302-{number:04d}")


def facts() -> list[Fact]:
    """Sixteen working hours, or four for SHORT: one of every kind that has its own way."""
    held = d.DossierSuspended(agency_code=AGENCY)
    on = d.DossierResumed(agency_code=AGENCY)
    return [
        intake(1, "2026-03-02 09:00"),  # due before the day off
        intake(2, "2026-03-03 09:00"),  # due on Thursday at 9, overdue; on Friday with the day off
        intake(3, "2026-03-03 09:00", due_at=at("2026-03-05 09:00")),  # decided by the source
        intake(4, "2026-03-03 09:00", due_on=date(2026, 3, 4)),  # a date that becomes a day off
        intake(5, "2026-03-03 09:00"), then(5, held, "2026-03-03 10:00"),  # waits
        intake(6, "2026-03-02 09:00"), then(6, held, "2026-03-02 15:00"),
        then(6, on, "2026-03-03 09:30", 2),  # waited for a while
        intake(7, "2026-03-05 09:00"),  # due on Monday; on the made-up Saturday
        intake(8, "2026-03-03 15:30", SHORT),  # counted from the next day
        intake(9, "2026-03-03 09:00"),
        then(9, d.DossierExtended(agency_code=AGENCY, due_at=at("2026-03-09 09:00")),
             "2026-03-04 09:00"),
        intake(10, "2026-03-03 09:00"),
        then(10, d.DossierResolved(agency_code=AGENCY), "2026-03-05 09:30"),  # ended
    ]  # fmt: skip


def petitions() -> list[Fact]:
    """Some before their limit at NOW, some after it; one waits for its sender."""
    said = [
        told(p.PetitionReceived(agency_code=AGENCY), f"2026-02-{day:02d} 09:00", code=f"PA-{day}")
        for day in (2, 5, 9, 10, 11, 12, 13, 25)
    ]
    ask = p.PetitionSupplementRequested(agency_code=AGENCY)
    return [*said, told(ask, "2026-02-12 09:00", number=1, code="PA-11")]


async def all_folded(calendar: WorkingCalendar) -> dict[str, State]:
    log = ScoredLog(WITH_CUTOFF, load_rules(calendar, WITH_CUTOFF))
    await log.take([*facts(), *petitions()], NOW)
    log.fold.advance(NOW)
    return dict(log.fold.hot_items())


async def folded(calendar: WorkingCalendar) -> dict[str, DossierState]:
    return {
        key.removeprefix(DOSSIER): state
        for key, state in (await all_folded(calendar)).items()
        if isinstance(state, DossierState) and is_open(state)
    }


async def folded_petitions(calendar: WorkingCalendar) -> dict[str, petition.PetitionState]:
    return {
        key: state
        for key, state in (await all_folded(calendar)).items()
        if isinstance(state, petition.PetitionState)
    }


async def petitions_agreed(before: WorkingCalendar, after: WorkingCalendar) -> MovedPetitions:
    """The preview of petitions, found to say what a fold by `after` makes of them."""
    was, becomes = await folded_petitions(before), await folded_petitions(after)
    found = moved_petitions(was.values(), load_rules(before, WITH_CUTOFF), after, NOW)
    overdue, afterwards = (
        {key for key, one in states.items() if petition.stage_of(one, NOW) == OVERDUE}
        for states in (was, becomes)
    )
    assert found.open_count == len(was)
    assert found.moved_count == sum(was[key].due != becomes[key].due for key in was)
    assert found.entering_overdue_count == len(afterwards - overdue)
    assert found.leaving_overdue_count == len(overdue - afterwards)
    return found


async def previewed(before: WorkingCalendar, after: WorkingCalendar) -> OverridePreview:
    rules = load_rules(before, WITH_CUTOFF)
    return override_preview(
        _counted((await folded(before)).items(), before, after), before=before, after=after,
        now=instant_of(NOW), cutoff=rules.cutoff,
    )  # fmt: skip


async def agreed(before: WorkingCalendar, after: WorkingCalendar) -> OverridePreview:
    """The preview of `after`, found to say what a fold by `after` makes of the same facts."""
    preview = await previewed(before, after)
    was, becomes = await folded(before), await folded(after)
    moved = {
        code: (was[code].due // SECOND_US, becomes[code].due // SECOND_US)
        for code in was
        if was[code].due != becomes[code].due
    }
    assert {
        one.dossier_id: (int(one.due_at.timestamp()), int(one.new_due_at.timestamp()))
        for one in preview.moved
    } == moved
    assert preview.moved_count == len(moved)
    overdue, afterwards = (
        {code for code, one in states.items() if stage_of(one, NOW) == OVERDUE}
        for states in (was, becomes)
    )
    assert preview.entering_overdue_count == len(afterwards - overdue)
    assert preview.leaving_overdue_count == len(overdue - afterwards)
    return preview


def drafted(text: str) -> WorkingCalendar:
    return table_in(text, name="calendar.toml", scope="H44").calendar("H44")


@pytest.mark.parametrize("is_revoked", [False, True], ids=["declared", "revoked"])
async def test_applying_a_table_does_what_its_preview_said(*, is_revoked: bool) -> None:
    changed = drafted(shipped_text(2026) + OFF_AND_MADE_UP)
    before, after = (changed, load_calendar()) if is_revoked else (load_calendar(), changed)

    preview = await agreed(before, after)
    about_petitions = await petitions_agreed(before, after)

    # The day off and the one made up cancel out for whatever ends after both.
    assert about_petitions.moved_count == 1
    turned = about_petitions.entering_overdue_count, about_petitions.leaving_overdue_count
    assert turned == ((1, 0) if is_revoked else (0, 1))
    assert preview.moved_count >= 4
    assert preview.paused_count == 1


@st.composite
def files(draw: st.DrawFn) -> str:
    """Calendar files of the province: whole years or single days, with hours or without."""
    days = draw(st.sets(st.integers(0, 16), max_size=5))
    rows = [
        ROW.format(
            day=FIRST_DAY + timedelta(days=day), kind=draw(st.sampled_from(["off", "work"])),
            scope=draw(st.sampled_from(["national", "H44"])),
            status=draw(st.sampled_from(["confirmed", "assumed"])),
        )
        for day in sorted(days)
    ]  # fmt: skip
    head = draw(st.sampled_from(["", shipped_text(2026), f"[[year]]\n{shipped_text(2026)}"]))
    return head + draw(st.sampled_from(["", SUMMER_HOURS, AT_A_STRETCH])) + "".join(rows)


@given(one=files(), other=files())
@settings(max_examples=12, deadline=None)
def test_whatever_file_is_previewed_does_the_same_once_it_is_in_force(
    tmp_path_factory: pytest.TempPathFactory, one: str, other: str
) -> None:
    before = in_force(tmp_path_factory.mktemp("before"), one)
    after = in_force(tmp_path_factory.mktemp("after"), other)

    asyncio.run(petitions_agreed(before, after))
    assert (
        asyncio.run(agreed(before, drafted(other))).moved
        == asyncio.run(agreed(before, after)).moved
    )


def in_force(folder: Path, text: str) -> WorkingCalendar:
    """The calendar as a service makes it from the file at its start."""
    file = folder / "calendar.toml"
    file.write_text(text, encoding="utf-8")
    return province_calendar(file, scope="H44")
