"""The page `/lich`: the calendar in force to be edited, what that would do, how to apply it."""

from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from shared.calendar import OverrideTableError, ProvinceTable, calendar_version
from shared.desk import Pages
from shared.runtime import AnyRequest

from .calendar_draft import FILE_NAME, text_in_force, text_with_year
from .calendar_preview import (
    VIEWER,
    CalendarPreview,
    Draft,
    checked,
    drafted,
    previewed,
    require_short,
)
from .reading import Reading

_SHOWN_MAX: Final = 200
_YEARS: Final = range(2024, 2041)
_TAKES_NO_YEAR: Final = "Không tự thêm được năm {}: hãy viết [[year]] của năm ấy vào tệp bằng tay."


def make_calendar_desk(
    reading: Reading, pages: Pages, table: ProvinceTable
) -> list[HTTPRouteHandler]:
    """The handlers of the page; `table` is the one that this service was started with."""
    desk = _Desk(reading, pages, table)

    @get("/lich", include_in_schema=False)
    async def page(request: AnyRequest) -> Response[str]:
        return desk.opened(request, request.query_params.get("nam", ""))

    @post("/lich", include_in_schema=False, status_code=200, opt=VIEWER)
    async def show(request: AnyRequest) -> Response[str] | Response[bytes]:
        form = await request.form()
        text = str(form.get("bang", "")).replace("\r\n", "\n")
        if form.get("viec") == "tai":
            return desk.file_of(text)
        return await desk.previewed(request, text)

    return [page, show]


class _Desk:
    def __init__(self, reading: Reading, pages: Pages, table: ProvinceTable) -> None:
        self._reading, self._pages, self._table = reading, pages, table

    def opened(self, request: AnyRequest, year: str) -> Response[str]:
        """The file in force; with one more year where one is named."""
        if not year.isdecimal() or int(year) not in _YEARS:
            return self._page(request, text_in_force(self._table, self._reading.today.year))
        try:
            scope = self._reading.catalogue.province
            return self._page(request, text_with_year(self._table, int(year), scope))
        except OverrideTableError:
            return self._page(request, self._table.text, error=_TAKES_NO_YEAR.format(year))

    async def previewed(self, request: AnyRequest, text: str) -> Response[str]:
        """What a text would do; one that no service would read comes back with the reason."""
        try:
            table = drafted(text, self._reading)
        except OverrideTableError as error:
            return self._page(request, text, error=str(error))
        self._reading.require_current()
        require_short(text)
        return self._page(request, text, await previewed(self._reading, table))

    def file_of(self, text: str) -> Response[bytes]:
        """The previewed text as the file to put in force, byte for byte, checked once more."""
        checked(Draft(text=text), self._reading)
        return Response(
            text.encode(),
            media_type="application/toml",
            headers={
                "Content-Disposition": f'attachment; filename="{FILE_NAME}"',
                "Cache-Control": "no-store",
            },
        )

    def _page(
        self, request: AnyRequest, text: str, found: CalendarPreview | None = None, *,
        error: str = "",
    ) -> Response[str]:  # fmt: skip
        return self._pages.page(
            request, "calendar.html", as_of=self._reading.as_of,
            status_code=422 if error else 200, text=text, error=error, found=found,
            moved=found.moved[:_SHOWN_MAX] if found is not None else (),
            version=calendar_version(self._reading.rules.calendar),
            is_own=bool(self._table.text), next_year=self._reading.today.year + 1,
        )  # fmt: skip
