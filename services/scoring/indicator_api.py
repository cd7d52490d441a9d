"""One indicator as programs see it: its ratio, points and targets, and the things behind it."""

from datetime import datetime
from typing import Any, Final

from litestar import Response
from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.desk import Column, ListShape, csv_download

from .domain.dossier import DossierState, end_of
from .domain.indicator_words import WHY_NOT_VI
from .domain.rules import CHANNELS, instant_of_us
from .domain.seats import without_pseudonym
from .past import Item, Listed
from .score_reading import MEASURES, ScoreReading, TargetLine
from .score_rows import component_rows

_ROWS: Final = ListShape[dict[str, Any]](
    columns=[
        Column(name, name, cell=lambda row, name=name: row[name])  # type: ignore[misc]  # bound now
        for name in (
            "code", "agency_code", "field_code", "procedure_code", "channel", "received_at",
            "due_at", "ended_at", "counted", "reason",
        )
    ]
)  # fmt: skip


class IndicatorNumber(Struct, frozen=True, kw_only=True):
    """One indicator of a unit with everything below it; null where nothing is known."""

    indicator: str
    name_vi: str
    numerator: int | None
    denominator: int | None
    ratio: float | None
    points: str | None
    max_points: str | None
    flag: str | None
    origin: str | None
    targets: list[TargetLine]
    how: dict[str, Any] | None
    as_of: datetime
    position: int
    period: str
    agency: str


class ListedItems(Struct, frozen=True, kw_only=True):
    """What an indicator counts: `total` is its numerator, with `left_out_total` its denominator."""

    indicator: str
    numerator: int
    denominator: int
    total: int
    left_out_total: int
    left_out: dict[str, int]
    as_of: datetime
    position: int
    period: str
    page: int
    page_size: int
    dossiers: list[dict[str, Any]]


async def indicator_number(
    scores: ScoreReading, indicator: str, agency: str, period: str, *, map_by: str = ""
) -> IndicatorNumber:
    """Return one indicator of a unit."""
    period = period or scores.reading.year
    code = agency or scores.reading.catalogue.province or ""
    found = await scores.scored(period, map_by=map_by)
    unit = found.units.get(code)
    known = unit.measures.get(indicator) if unit is not None else None
    rows = component_rows(found.rules, unit) if unit is not None else []
    row = next((one for one in rows if one["id"] == indicator), {})
    measure = known.measure if known is not None else None
    counted = MEASURES.get(indicator)
    return IndicatorNumber(
        indicator=indicator, name_vi=scores.names[indicator],
        numerator=measure.numerator if measure else None,
        denominator=measure.denominator if measure else None,
        ratio=known.ratio if known else None,
        points=row.get("points"), max_points=row.get("max_points"), flag=row.get("flag"),
        origin=known.origin if known else None,
        targets=scores.targets(code, indicator, period, known),
        how=None if counted is None else {
            "subject": counted.subject, "of": list(counted.of), "counted": list(counted.counted),
            "note": counted.note,
        },
        as_of=found.as_of, position=found.position, period=period, agency=code,
    )  # fmt: skip


def listed_response(
    listed: Listed, indicator: str, period: str, *, counted: bool, page: int, page_size: int,
    format_: str,
) -> Response[Any]:  # fmt: skip
    """Return a page of what is counted or left out, or all of it as CSV."""
    chosen = listed.counted if counted else listed.left_out
    if format_ == "csv":
        return csv_download([item_row(one) for one in chosen], _ROWS, f"{indicator}.csv")
    shown = chosen[(page - 1) * page_size : page * page_size]
    return Response(
        ListedItems(
            indicator=indicator, numerator=listed.numerator, denominator=listed.denominator,
            total=len(listed.counted), left_out_total=len(listed.left_out),
            left_out=dict(listed.reasons), as_of=instant_of(listed.as_of),
            position=listed.position, period=period, page=page, page_size=page_size,
            dossiers=[item_row(one) for one in shown],
        )
    )  # fmt: skip


def item_row(item: Item) -> dict[str, Any]:
    """One line with plain values; a petition or a procedure has no dossier's columns."""
    state = item.state if isinstance(item.state, DossierState) else DossierState()
    is_dossier = isinstance(item.state, DossierState)
    return {
        # The pseudonym of an officer is for the desk; programs learn only that there is one.
        "code": without_pseudonym(item.code),
        "agency_code": item.agency,
        "field_code": state.field if is_dossier else "",
        "procedure_code": state.procedure,
        "channel": CHANNELS[state.channel] if is_dossier else "",
        "received_at": instant_of_us(state.received),
        "due_at": instant_of_us(state.due),
        "ended_at": instant_of_us(end_of(state)),
        "counted": not item.reason,
        "reason": item.reason,
        "reason_vi": WHY_NOT_VI.get(item.reason, ""),
    }
