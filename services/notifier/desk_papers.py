"""Papers of the desk: silences in force, who was told what, the morning's list, the letter."""

from collections import defaultdict
from datetime import date, datetime
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from services.notifier.desk import Desk
from services.notifier.domain.dossiers import DossierState
from services.notifier.domain.records import AlertRecord, Delivery
from services.notifier.domain.rules import SeverityOrder
from services.notifier.domain.telling import Outcome
from services.notifier.history import OUTCOME_VI, occasion_vi
from services.notifier.views import AlertRow
from shared.access import WITHIN
from shared.calendar.civil_time import civil_day, instant_of
from shared.desk import Choice, Column, Filter, ListShape, list_page, list_state, scope_of
from shared.desk.formats import moment
from shared.runtime import AnyRequest, Refusal

_WORST_EACH: Final = 10
_REASON_MAX: Final = 500


class ToldRow(Struct, frozen=True):
    """One telling of one alert to one person."""

    at: datetime
    dossier: str
    stage: str
    who: str
    channel: str
    outcome: str
    occasion: str
    attempt: int

    @property
    def said(self) -> tuple[str, str]:
        """The outcome in words, and its tone."""
        return OUTCOME_VI.get(Outcome(self.outcome), (self.outcome, "idle"))


def _told_shape(rows: list[ToldRow]) -> ListShape[ToldRow]:
    return ListShape[ToldRow](
        columns=[
            Column("luc", "Lúc", cell=lambda r: moment(r.at), order=lambda r: r.at),
            Column("ho-so", "Về", cell=lambda r: r.dossier, order=lambda r: r.dossier),
            Column("muc", "Mức", cell=lambda r: r.stage, order=lambda r: r.stage),
            Column("ai", "Người nhận", cell=lambda r: r.who, order=lambda r: r.who),
            Column("kenh", "Kênh", cell=lambda r: r.channel, order=lambda r: r.channel),
            Column("ket-qua", "Kết quả", cell=lambda r: r.said[0], order=lambda r: r.outcome),
        ],
        filters=[one for one in (
            Filter("ai", "Người nhận", choices=_choices({row.who for row in rows})),
            Filter("kenh", "Kênh", choices=_choices({row.channel for row in rows})),
            Filter("ket-qua", "Kết quả",
                   choices=[Choice(k.value, v[0]) for k, v in OUTCOME_VI.items()]),
        ) if one.choices],
        sort="-luc",
    )  # fmt: skip


def _choices(names: set[str]) -> list[Choice]:
    return [Choice(name, name) for name in sorted(names)]


def told_page(desk: Desk, request: AnyRequest) -> Response[str]:
    """Who was told what and when, of the alerts that are open."""
    rows = [
        _told_row(desk, record, told) for record in desk.seen(request) for told in record.deliveries
    ]
    shape = _told_shape(rows)
    asked = list_state(request.query_params, shape).filters
    chosen = [
        row
        for row in rows
        if asked.get("ai") in (None, row.who)
        and asked.get("kenh") in (None, row.channel)
        and asked.get("ket-qua") in (None, row.outcome)
    ]
    listed = list_page(chosen, request.query_params, shape)
    return desk.page(request, "told.html", told=listed, people=desk.parts.directory.people)


def _told_row(desk: Desk, record: AlertRecord, told: Delivery) -> ToldRow:
    return ToldRow(
        instant_of(told.at), record.dossier, desk.parts.rules.name_vi(record.stage),
        desk.names.get(told.recipient, told.recipient), told.channel, told.outcome,
        occasion_vi(told.occasion), told.attempt,
    )  # fmt: skip


def silences_page(desk: Desk, request: AnyRequest) -> Response[str]:
    """Every silence in force, and the form for a wide one."""
    agencies = desk.parts.agencies
    rows = [
        (name, what, desk.parts.rules.name_vi(stage), agencies.get(agency, agency), quiet,
         instant_of(quiet.at), instant_of(quiet.until))
        for name, what, stage, agency, quiet in desk.quiets(request)
    ]  # fmt: skip
    scope = scope_of(request)
    every = {record.agency for record in desk.book.open.values()} | set(agencies)
    known = sorted(filter(scope.covers, every))
    return desk.page(
        request, "silences.html", silences=rows,
        stages=[Choice(code, one.name_vi) for code, one in desk.parts.rules.by_code.items()],
        agencies=[Choice(code, agencies.get(code, code)) for code in known],
    )  # fmt: skip


def meeting_page(desk: Desk, request: AnyRequest) -> Response[str]:
    """What the morning meeting needs: agencies by how many grave alerts, the worst of each."""
    gravest: dict[tuple[str, str], AlertRow] = {}
    for row in sorted(desk.rows(request), key=lambda r: (-r.order, -r.since_at.timestamp())):
        if row.order >= SeverityOrder.WARNING:
            gravest.setdefault((row.about, row.dossier), row)  # the last stage it came to
    by_agency: defaultdict[str, list[AlertRow]] = defaultdict(list)
    for row in gravest.values():
        by_agency[row.agency_name].append(row)
    groups = [
        (name, len(rows), sorted(rows, key=lambda r: (-r.order, r.due_at or r.since_at))
         [:_WORST_EACH])
        for name, rows in by_agency.items()
    ]  # fmt: skip
    groups.sort(key=lambda group: (-group[1], group[0]))
    return desk.page(request, "meeting.html", groups=groups, total=sum(g[1] for g in groups))


def letter_page(desk: Desk, request: AnyRequest, code: str) -> Response[str]:
    """The letter of apology and rescheduling, to be printed and signed; nothing is stored.

    Whom it is written to, its number and its signature are left to the pen: no personal data is
    here. Source: [TT-03-2025] form 04.
    """
    state = desk.parts.ledger.state_of(code)
    is_seen = isinstance(state, DossierState) and scope_of(request).covers(state.agency)
    if not isinstance(state, DossierState) or not is_seen or state.clock.received is None:
        raise Refusal(404, "Chưa có hồ sơ này.", "There is no such dossier.")
    procedure = desk.procedures.get(state.procedure)
    due = state.clock.due
    return desk.page(
        request, "letter.html",
        code=code,
        agency=desk.parts.agencies.get(state.agency, state.agency),
        procedure=procedure.name if procedure else state.procedure,
        procedure_code=state.procedure,
        received_at=instant_of(state.clock.received),
        due_at=None if due is None else instant_of(due),
        reason=request.query_params.get("ly-do", "").strip()[:_REASON_MAX],
        new_due_on=_day(request.query_params.get("hen-lai", "")),
        today=civil_day(desk.parts.clock.now()),
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def make_papers(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers."""

    @get("/told", include_in_schema=False, opt=WITHIN, sync_to_thread=False)
    def told(request: AnyRequest) -> Response[str]:
        return told_page(desk, request)

    @get("/silences", include_in_schema=False, opt=WITHIN, sync_to_thread=False)
    def silences(request: AnyRequest) -> Response[str]:
        return silences_page(desk, request)

    @get("/meeting", include_in_schema=False, opt=WITHIN, sync_to_thread=False)
    def meeting(request: AnyRequest) -> Response[str]:
        return meeting_page(desk, request)

    @get("/letters/{code:path}", include_in_schema=False, opt=WITHIN, sync_to_thread=False)
    def letter(request: AnyRequest, code: str) -> Response[str]:
        return letter_page(desk, request, code.removeprefix("/"))

    return [told, silences, meeting, letter]
