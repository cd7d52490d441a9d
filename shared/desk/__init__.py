"""What the four desks share: the look, lists in the URL, Vietnamese formats, live pages."""

from shared.desk.lists import (
    Choice,
    Column,
    Filter,
    ListPage,
    ListShape,
    ListState,
    csv_bytes,
    list_page,
    list_state,
    sorted_rows,
    unknown_choice,
)
from shared.desk.live import LiveHub, make_live_handler
from shared.desk.pages import (
    DESKS,
    NOBODY,
    STATIC_FOLDER,
    Asked,
    DeskLinks,
    Pages,
    Visitor,
    csv_download,
    links_from_base,
    links_named,
)
from shared.desk.scope import Scope, give_scope, scope_of

__all__ = [
    "DESKS",
    "NOBODY",
    "STATIC_FOLDER",
    "Asked",
    "Choice",
    "Column",
    "DeskLinks",
    "Filter",
    "ListPage",
    "ListShape",
    "ListState",
    "LiveHub",
    "Pages",
    "Scope",
    "Visitor",
    "csv_bytes",
    "csv_download",
    "give_scope",
    "links_from_base",
    "links_named",
    "list_page",
    "list_state",
    "make_live_handler",
    "scope_of",
    "sorted_rows",
    "unknown_choice",
]
