"""What another calendar file would do to the dossiers that are open now, before it is in force.

The text that is previewed is the file: whoever likes the effect saves exactly it as the province's
`calendar.toml`. Due times that a source decided as an instant stay, whatever the calendar.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from litestar import post
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from shared.access import Role, needs
from shared.calendar import (
    MovedDueTime,
    OpenDossier,
    OverrideTableError,
    ProvinceTable,
    WorkingCalendar,
    WorkingHours,
    calendar_version,
    override_preview,
    table_in,
)
from shared.calendar.civil_time import day_of_epoch, instant_of
from shared.runtime import FieldFault, Refusal

from .calendar_draft import FILE_NAME
from .domain.dossier import DossierState, pauses_of
from .domain.marks import is_due_on_day
from .domain.petition import PetitionState
from .domain.petition import is_open as is_petition_open
from .domain.rules import SECOND_US
from .domain.stages import is_open
from .ledger import DOSSIER
from .petition_preview import MovedPetitions, moved_petitions
from .reading import Reading

TEXT_BYTES_MAX: Final = 65_536
# Nothing is applied: it only reckons.
VIEWER: Final = needs(Role.VIEWER)


class Draft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar file as it would be saved; `year` asks that it tells that year whole."""

    text: str
    year: int | None = None


class CalendarPreview(Struct, frozen=True, kw_only=True):
    """The effect; `given_count` dossiers have a due time that no calendar moves.

    `version` names the drafted calendar and `version_in_force` the present one, as
    `dvc_calendar_info` does: after a restart with the drafted file the services show the first.
    """

    year: int | None
    as_of: datetime
    open_count: int
    given_count: int
    paused_count: int
    moved_count: int
    earlier_count: int
    later_count: int
    entering_overdue_count: int
    leaving_overdue_count: int
    moved: tuple[MovedDueTime, ...]
    petitions: MovedPetitions
    version: str
    version_in_force: str


def make_calendar_preview(reading: Reading) -> list[HTTPRouteHandler]:
    """The handler of `/v1/calendar/preview`."""

    @post("/v1/calendar/preview", status_code=200, opt=VIEWER)
    async def preview(data: Draft) -> CalendarPreview:
        """Say which due times a changed calendar file moves; nothing is applied."""
        reading.require_current()
        return await previewed(reading, checked(data, reading), data.year)

    return [preview]


async def previewed(
    reading: Reading, table: ProvinceTable, year: int | None = None
) -> CalendarPreview:
    """Compare the due times of what is open under the calendar in force and a drafted table.

    Ask only while there are numbers.
    """
    states, open_petitions = _open(reading)
    before = reading.rules.calendar
    after = await asyncio.to_thread(table.calendar, reading.catalogue.province)
    dossiers = list(_counted(states, before, after))
    found = await asyncio.to_thread(
        override_preview, dossiers, before=before, after=after, now=reading.as_of,
        cutoff=reading.rules.cutoff,
    )  # fmt: skip
    petitions = moved_petitions(open_petitions, reading.rules, after, reading.scoring.fold.as_of)
    return CalendarPreview(
        year=year, as_of=reading.as_of, open_count=len(states),
        given_count=len(states) - found.dossiers_count, paused_count=found.paused_count,
        moved_count=found.moved_count, earlier_count=found.earlier_count,
        later_count=found.later_count, entering_overdue_count=found.entering_overdue_count,
        leaving_overdue_count=found.leaving_overdue_count, moved=found.moved, petitions=petitions,
        version=calendar_version(after), version_in_force=calendar_version(before),
    )  # fmt: skip


def _open(reading: Reading) -> tuple[list[tuple[str, DossierState]], list[PetitionState]]:
    """What is open now: dossiers by their codes, and petitions."""
    dossiers: list[tuple[str, DossierState]] = []
    petitions: list[PetitionState] = []
    for key, state in reading.scoring.fold.hot_items():
        if isinstance(state, DossierState):
            if is_open(state):
                dossiers.append((key.removeprefix(DOSSIER), state))
        elif isinstance(state, PetitionState) and is_petition_open(state):
            petitions.append(state)
    return dossiers, petitions


def drafted(text: str, reading: Reading) -> ProvinceTable:
    """The text as the services would read it at their start.

    Raises:
        OverrideTableError: no service would read it; it says why.
    """
    return table_in(text, name=FILE_NAME, scope=reading.catalogue.province)


def require_short(text: str) -> None:
    """Refuse what is too long for a calendar.

    Raises:
        Refusal: 422.
    """
    if len(text.encode()) > TEXT_BYTES_MAX:
        raise Refusal(422, "Bảng quá dài.", fields=[FieldFault("text", "at most 64 KiB")])


def checked(draft: Draft, reading: Reading) -> ProvinceTable:
    """The draft's table, refused as programs are.

    Raises:
        Refusal: 422, it is no calendar file.
    """
    require_short(draft.text)
    try:
        table = drafted(draft.text, reading)
    except OverrideTableError:
        fault = FieldFault("text", "TOML as docs/runbooks/calendar.md says")
        raise Refusal(
            422, "Bảng lịch làm việc không đọc được: sai TOML, sai năm, sai tỉnh, hoặc một ngày có"
            " hai dòng.", "The calendar file cannot be read.", fields=[fault],
        ) from None  # fmt: skip
    if draft.year is not None and draft.year not in {one.year for one in table.years}:
        fault = FieldFault("year", "a year that the text tells whole")
        raise Refusal(422, "Bảng không có năm ấy.", fields=[fault])
    return table


def _counted(
    states: Iterable[tuple[str, DossierState]], before: WorkingCalendar, after: WorkingCalendar
) -> Iterable[OpenDossier]:
    """What a calendar can move: counted due times, and days where work ends at another hour."""
    is_closing_moved = before.sessions[-1].end != after.sessions[-1].end
    for code, state in states:
        received = instant_of(state.received // SECOND_US)
        if state.decided:
            if is_closing_moved and is_due_on_day(state.marks):
                day = day_of_epoch(state.decided // SECOND_US)
                yield OpenDossier(
                    dossier_id=code, received_at=received, due_on=day,
                    pauses=tuple(pauses_of(state)),
                )  # fmt: skip
        elif state.limit:
            yield OpenDossier(
                dossier_id=code, received_at=received, limit=WorkingHours(state.limit / 3600),
                pauses=tuple(pauses_of(state)),
            )  # fmt: skip
