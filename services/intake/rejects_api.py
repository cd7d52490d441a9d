"""`/v1/rejects`: what programs and `motcua rejects` read and settle.

Like the desk it is for people inside: bodies in clear take an operator's session or a machine's
token. Publishers have their own report, under their own token.
"""

from datetime import datetime
from typing import Annotated, Any, Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Meta, Struct

from shared.access import Role, needs
from shared.login import author
from shared.runtime import AnyRequest, Refusal

from .domain.answers import Result
from .domain.marking import readable
from .domain.words import REASONS
from .ledger import RejectRow, RejectsFold
from .reject_work import BODY_CHARS_MAX, NAME_CHARS_MAX, REASON_CHARS_MAX, Opened, RejectWork

LIMIT_MAX: Final = 10_000
_ID_CHARS_MAX: Final = 128
_OPERATOR: Final = needs(Role.OPERATOR)
_Name = Annotated[str, Meta(min_length=1, max_length=NAME_CHARS_MAX)]
_RejectId = Annotated[str, Parameter(max_length=_ID_CHARS_MAX)]


class Reject(Struct, frozen=True, kw_only=True):
    """One refused event; the settled fields are empty while it is open."""

    reject_id: str
    publisher: str
    via: str
    reason: str
    reason_vi: str
    field: str
    detail: str
    at: datetime
    event_id: str
    event_type: str
    subject: str
    repeat_count: int
    settled_how: str
    settled_by: str
    settled_reason: str
    settled_at: datetime | None


class RejectWithBody(Reject, frozen=True, kw_only=True):
    """`body` is None where it was sealed with another key; `is_cut`: only its beginning is kept."""

    body: str | None
    is_cut: bool


class RejectList(Struct, frozen=True):
    """`count` is the length of the whole list, also where `limit` cut it."""

    count: int
    rejects: list[Reject]


class Mended(Struct, frozen=True, forbid_unknown_fields=True):
    """The body as it should have come, and who mended it."""

    body: Annotated[str, Meta(min_length=1, max_length=BODY_CHARS_MAX)]
    by: _Name


class Dismissed(Struct, frozen=True, forbid_unknown_fields=True):
    """Who closes it, and why nothing is sent."""

    by: _Name
    why: Annotated[str, Meta(min_length=1, max_length=REASON_CHARS_MAX)]


class Resubmitted(Struct, frozen=True):
    """What became of the body; the reject stays open unless all of it passed."""

    is_settled: bool
    results: list[Result]


def make_rejects_api(rejects: RejectsFold, work: RejectWork) -> list[HTTPRouteHandler]:
    """The four addresses."""

    @get("/v1/rejects", summary="Refused events, newest first", sync_to_thread=False)
    def listed(
        publisher: Annotated[str, Parameter(max_length=32)] = "",
        reason: Annotated[str, Parameter(max_length=32)] = "",
        limit: Annotated[int, Parameter(ge=1, le=LIMIT_MAX)] = LIMIT_MAX,
        *,
        settled: bool = False,
    ) -> RejectList:
        rows = rejects.rows(is_open=not settled, publisher=publisher, reason=reason)
        return RejectList(len(rows), [_shown(row) for row in rows[:limit]])

    @get("/v1/rejects/{reject_id:str}", summary="One refused event with its body", opt=_OPERATOR)
    async def one(reject_id: _RejectId) -> RejectWithBody:
        opened = await work.opened(reject_id)
        body = readable(opened.body) if opened.is_readable else None
        return RejectWithBody(**_fields(opened.row), body=body, is_cut=opened.record.cut)

    @post(
        "/v1/rejects/{reject_id:str}/resubmit", summary="Send it mended", status_code=200,
        opt=_OPERATOR,
    )  # fmt: skip
    async def resubmit(reject_id: _RejectId, data: Mended, request: AnyRequest) -> Resubmitted:
        opened = _open(await work.opened(reject_id))
        by = author(request, data.by)
        results, why_open = await work.resubmit(opened, data.body.encode(), by=by)
        return Resubmitted(why_open is None, list(results))

    @post(
        "/v1/rejects/{reject_id:str}/dismiss", summary="Close it unsent", status_code=204,
        opt=_OPERATOR,
    )  # fmt: skip
    async def dismiss(reject_id: _RejectId, data: Dismissed, request: AnyRequest) -> None:
        opened = _open(await work.opened(reject_id))
        await work.dismiss(opened, by=author(request, data.by), reason=data.why)

    return [listed, one, resubmit, dismiss]


def _open(opened: Opened) -> Opened:
    if opened.row.settled_how:
        raise Refusal(
            409,
            f"Mục này đã có người xử lý: {opened.row.settled_by}.",
            f"Already settled by {opened.row.settled_by}.",
        )
    return opened


def _fields(row: RejectRow) -> dict[str, Any]:
    names = [name for name in Reject.__struct_fields__ if name != "reason_vi"]
    return {
        **{name: getattr(row, name) for name in names},
        "reason_vi": REASONS[row.reason].vi.rstrip("."),
    }


def _shown(row: RejectRow) -> Reject:
    return Reject(**_fields(row))
