"""What another list of days off would do to the dossiers that are open now, before it is applied.

Only due times that are counted from a limit can move; one that a source decided stays.
"""

import asyncio
import tempfile
from collections.abc import Iterable
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from shared.access import Role, needs
from shared.calendar import (
    MovedDueTime,
    OpenDossier,
    OverridePreview,
    OverrideTableError,
    WorkingCalendar,
    WorkingHours,
    load_calendar,
    override_preview,
    override_year,
)
from shared.calendar.civil_time import instant_of
from shared.desk import Pages
from shared.runtime import AnyRequest, FieldFault, Refusal

from .domain.dossier import DossierState, pauses_of
from .domain.rules import SECOND_US
from .domain.stages import is_open
from .ledger import DOSSIER
from .reading import Reading

TEXT_BYTES_MAX: Final = 65_536
_SHOWN_MAX: Final = 200
_YEARS: Final = range(2024, 2041)


class Draft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One year's table of overrides as its file would be."""

    year: int
    text: str


class CalendarPreview(Struct, frozen=True, kw_only=True):
    """The effect; `given_count` dossiers have a due time that a source decided."""

    year: int
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


# Nothing is applied: it only reckons.
_VIEWER: Final = needs(Role.VIEWER)


def make_calendar_preview(reading: Reading, pages: Pages) -> list[HTTPRouteHandler]:
    """The handlers of `/v1/calendar/preview` and the page `/lich`."""

    @post("/v1/calendar/preview", status_code=200, opt=_VIEWER)
    async def preview(data: Draft) -> CalendarPreview:
        """Say which due times a changed year of overrides moves; nothing is applied."""
        return await previewed(reading, data)

    @get("/lich", include_in_schema=False)
    async def page(request: AnyRequest) -> Response[str]:
        return _page(request, pages, reading, Draft(year=_year(reading), text=""), None)

    @post("/lich", include_in_schema=False, status_code=200, opt=_VIEWER)
    async def show(request: AnyRequest) -> Response[str]:
        form = await request.form()
        year, text = str(form.get("nam", "")), str(form.get("bang", ""))
        draft = Draft(year=int(year) if year.isdecimal() else 0, text=text.replace("\r\n", "\n"))
        return _page(request, pages, reading, draft, await previewed(reading, draft))

    return [preview, page, show]


async def previewed(reading: Reading, draft: Draft) -> CalendarPreview:
    """Compare the due times of what is open under today's calendar and the drafted one.

    Raises:
        Refusal: 422 for a table that is none, 503 while there are no numbers.
    """
    reading.require_current()
    _check(draft)
    states = [
        (key.removeprefix(DOSSIER), state)
        for key, state in reading.scoring.fold.hot_items()
        if isinstance(state, DossierState) and is_open(state)
    ]
    dossiers = list(_counted(states))
    after = await asyncio.to_thread(drafted_calendar, draft)
    found = await asyncio.to_thread(
        override_preview, dossiers, before=reading.rules.calendar, after=after, now=reading.as_of,
        cutoff=reading.rules.cutoff,
    )  # fmt: skip
    return _answer(draft.year, reading.as_of, len(states), found)


def _answer(year: int, as_of: datetime, open_count: int, found: OverridePreview) -> CalendarPreview:
    return CalendarPreview(
        year=year, as_of=as_of, open_count=open_count,
        given_count=open_count - found.dossiers_count, paused_count=found.paused_count,
        moved_count=found.moved_count, earlier_count=found.earlier_count,
        later_count=found.later_count, entering_overdue_count=found.entering_overdue_count,
        leaving_overdue_count=found.leaving_overdue_count, moved=found.moved,
    )  # fmt: skip


def _check(draft: Draft) -> None:
    if draft.year not in _YEARS or len(draft.text.encode()) > TEXT_BYTES_MAX:
        fault = FieldFault("year", f"{_YEARS.start} to {_YEARS.stop - 1}, with at most 64 KiB")
        raise Refusal(422, "Năm không hợp lệ, hoặc bảng quá dài.", fields=[fault])
    try:
        override_year(draft.text, name=f"{draft.year}.toml")
    except OverrideTableError:
        fault = FieldFault("text", f"TOML like shared/calendar/overrides/{draft.year}.toml")
        raise Refusal(
            422, "Bảng ngày nghỉ không đọc được: sai TOML, sai năm, hoặc một ngày có hai dòng.",
            "The table of overrides cannot be read.", fields=[fault],
        ) from None  # fmt: skip


def _counted(states: Iterable[tuple[str, DossierState]]) -> Iterable[OpenDossier]:
    for code, state in states:
        if state.limit and not state.decided:
            yield OpenDossier(
                dossier_id=code, received_at=instant_of(state.received // SECOND_US),
                limit=WorkingHours(state.limit / 3600), pauses=tuple(pauses_of(state)),
            )  # fmt: skip


def drafted_calendar(draft: Draft) -> WorkingCalendar:
    """The calendar with the shipped tables, and the draft in place of its year's.

    Raises:
        OverrideTableError: the draft is no table of that year.
    """
    shipped = resources.files("shared.calendar") / "overrides"
    with tempfile.TemporaryDirectory() as folder:
        for entry in shipped.iterdir():
            if entry.name.endswith(".toml"):
                (Path(folder) / entry.name).write_text(entry.read_text("utf-8"), "utf-8")
        (Path(folder) / f"{draft.year}.toml").write_text(draft.text, "utf-8")
        return load_calendar(overrides_directory=Path(folder))


def shipped_text(year: int) -> str:
    """The shipped table of a year as its file is; a head without rows where there is none."""
    file = resources.files("shared.calendar") / "overrides" / f"{year}.toml"
    if file.is_file():
        return file.read_text("utf-8")
    return f'year = {year}\nswap_days = "assumed"\nswap_source = "chưa có"\n'


def _year(reading: Reading) -> int:
    return reading.today.year


def _page(
    request: AnyRequest, pages: Pages, reading: Reading, draft: Draft, found: Any
) -> Response[str]:
    return pages.page(
        request, "calendar.html", as_of=reading.as_of, year=draft.year,
        text=draft.text or shipped_text(draft.year), found=found,
        moved=found.moved[:_SHOWN_MAX] if found is not None else (),
    )  # fmt: skip
