"""The list of open petitions behind a number of the boards; its state stands in the address."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.desk import (
    Choice,
    Column,
    Filter,
    ListShape,
    Pages,
    csv_download,
    list_page,
    list_state,
    sorted_rows,
)
from shared.desk.formats import moment
from shared.runtime import AnyRequest, require_choices

from .domain.counts import TEXT_VI
from .domain.petition import PetitionState, is_open, stage_of
from .domain.stages import STAGES
from .ledger import PETITION
from .lists import TONES, named
from .reading import Reading
from .snapshot import commit_of, opened, states_of


class OpenPetition(Struct, frozen=True, gc=False):
    """One petition that waits for its answer."""

    code: str
    agency: str
    stage: str
    received: int
    due: int


class PetitionRow(Struct, frozen=True, kw_only=True):
    """One line of the list."""

    code: str
    agency: str
    received_at: datetime
    due_at: datetime
    stage: str


def open_petitions(path: Path) -> tuple[int, list[OpenPetition]]:
    """Return the instant of a commit and the petitions open in it, in order of their codes."""
    with opened(path) as db:
        as_of, _ = commit_of(db)
        found = [
            OpenPetition(code, state.agency, stage_of(state, as_of), state.received, state.due)
            for code, state in states_of(db, PETITION, is_hot_only=True)
            if isinstance(state, PetitionState) and is_open(state)
        ]
    return as_of, found


def matching(found: list[OpenPetition], filters: Mapping[str, str]) -> list[OpenPetition]:
    """Return those that every given filter lets through."""
    stage, agency = filters.get("tinh-trang"), filters.get("co-quan")
    text = filters.get("tim", "").casefold()
    return [
        one
        for one in found
        if (not stage or one.stage == stage)
        and (not agency or one.agency == agency)
        and text in one.code.casefold()
    ]


_COLUMNS: Final[tuple[Column[PetitionRow], ...]] = (
    Column("ma", "Mã phản ánh", cell=lambda r: r.code, order=lambda r: r.code),
    Column("co-quan", "Cơ quan", cell=lambda r: r.agency, order=lambda r: r.agency),
    Column("nhan", "Tiếp nhận", cell=lambda r: moment(r.received_at),
           order=lambda r: r.received_at),
    Column("han", "Hạn trả lời", cell=lambda r: moment(r.due_at), order=lambda r: r.due_at),
    Column("trang-thai", "Tình trạng", cell=lambda r: TEXT_VI[r.stage], order=lambda r: r.stage),
)  # fmt: skip


def _shape(reading: Reading) -> ListShape[PetitionRow]:
    agencies = {agency.code: agency.name for agency in reading.catalogue.agencies}
    seen = reading.scoring.numbers.index.agencies
    return ListShape(
        columns=_COLUMNS,
        filters=[
            Filter("tinh-trang", "Tình trạng", choices=[Choice(s, TEXT_VI[s]) for s in STAGES]),
            Filter("co-quan", "Cơ quan", choices=named(seen, agencies)),
            Filter("tim", "Tìm mã phản ánh"),
        ],
        sort="han",
    )


async def _petitions(
    reading: Reading, query: Mapping[str, Any]
) -> tuple[datetime, list[PetitionRow], ListShape[PetitionRow]]:
    reading.require_current()
    shape = _shape(reading)
    require_choices(query, shape)
    as_of, found = await reading.walk(asyncio.to_thread(open_petitions, reading.path))
    rows = [
        PetitionRow(
            code=one.code, agency=reading.short_name_of(one.agency), stage=one.stage,
            received_at=instant_of(one.received), due_at=instant_of(one.due),
        )
        for one in matching(found, list_state(query, shape).filters)
    ]  # fmt: skip
    return instant_of(as_of), rows, shape


def make_petition_desk(reading: Reading, pages: Pages) -> list[HTTPRouteHandler]:
    """The handlers of `/phan-anh`."""

    @get("/phan-anh", include_in_schema=False)
    async def petitions(request: AnyRequest) -> Response[str]:
        as_of, rows, shape = await _petitions(reading, request.query_params)
        return pages.page(
            request, "petitions.html", as_of=as_of, texts=TEXT_VI, tones=TONES,
            petitions=list_page(rows, request.query_params, shape),
        )  # fmt: skip

    @get("/phan-anh.csv", include_in_schema=False)
    async def petitions_csv(request: AnyRequest) -> Response[bytes]:
        _, rows, shape = await _petitions(reading, request.query_params)
        sort = list_state(request.query_params, shape).sort
        return csv_download(sorted_rows(rows, sort, shape), shape, "phan-anh.csv")

    return [petitions, petitions_csv]
