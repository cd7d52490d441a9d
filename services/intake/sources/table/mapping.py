"""Rows into facts. Pure, and blind to the order of the rows and to rows that come twice.

Rows with the same dossier code are one dossier. Its values are gathered over all its rows first;
only then are facts said, so that the same rows in any order, any number of times, say the same
facts under the same ids.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from services.intake.sources.identity import (
    checked_fact,
    fact_id,
    kind_of,
    revision_text,
)
from services.intake.sources.instants import Moment
from shared.errors import InvalidFact, RejectReason
from shared.events.envelope import EVENT_TYPES, Fact
from shared.events.fields import Event

from .cells import CellRefused, Tally, Value
from .gathering import Dossier, Gathering, Row
from .plan import DUE, Each, FactRule, TableMapping


class RowReject(NamedTuple):
    """Rows that will never be facts as they stand. Row numbers as a spreadsheet shows them."""

    rows: tuple[int, ...]
    key: str
    reason: RejectReason
    detail: str
    column: str
    type: str = ""


class Said(NamedTuple):
    """A fact and the rows it came from."""

    fact: Fact
    rows: tuple[int, ...]


def rows_to_facts(
    rows: Iterable[Row], mapping: TableMapping, *, source: str, tally: Tally | None = None
) -> Iterator[Fact | RowReject]:
    """Yield every fact the rows say, and every refusal. All rows are read before the first."""
    for item in facts_with_rows(rows, mapping, source=source, tally=tally):
        yield item.fact if isinstance(item, Said) else item


def facts_with_rows(
    rows: Iterable[Row], mapping: TableMapping, *, source: str, tally: Tally | None = None
) -> Iterator[Said | RowReject]:
    """Yield facts with the rows they came from, dossier by dossier, each dossier's in time order.

    A refused dossier says nothing at all: half a dossier would be a wrong number.
    """
    gathering = Gathering(mapping)
    for row in rows:
        try:
            gathering.add(row)
        except CellRefused as refused:
            key = gathering.code_of(row)
            yield RowReject((row.number,), key, refused.reason, refused.detail, refused.column)
    for dossier in gathering.dossiers():
        if tally is not None:
            _count(dossier, tally, mapping)
        yield from _said(dossier, mapping, source)


def _count(dossier: Dossier, tally: Tally, mapping: TableMapping) -> None:
    for name, written in dossier.written.items():
        if mapping.values[name].values:
            recorded = dossier.values.get(name)
            tally.counts[name, written, "–" if recorded is None else str(recorded)] += 1
    tally.unknown.update(dossier.unknown)


def _said(dossier: Dossier, mapping: TableMapping, source: str) -> Iterator[Said | RowReject]:
    rows = tuple(sorted(dossier.rows))
    if dossier.refusal:
        reason, detail, column = dossier.refusal
        yield RowReject(rows, dossier.code, reason, detail, column)
        return
    found: dict[str, Said] = {}
    for rule in mapping.facts:
        scopes = dossier.scopes() if rule.each is Each.ROW else [((), dossier.values, rows)]
        for row_key, values, numbers in scopes:
            try:
                fact = _fact(rule, values, mapping, dossier.code, row_key, source)
            except InvalidFact as error:
                detail = f"trường “{error.field}” thiếu hoặc không đúng quy định"
                yield RowReject(numbers, dossier.code, error.reason, detail, error.field, rule.type)
                return
            if fact is not None:
                found.setdefault(fact.id, Said(fact, numbers))
    yield from sorted(found.values(), key=lambda said: said.fact.order)


def _fact(
    rule: FactRule,
    values: Mapping[str, Value],
    mapping: TableMapping,
    code: str,
    row_key: tuple[str, ...],
    source: str,
) -> Fact | None:
    known = {**mapping.constants, **values}
    at = known.get(rule.time)
    if not isinstance(at, Moment):
        if rule.required and _applies(rule, known):
            raise InvalidFact(RejectReason.INVALID_FIELD, "no time", field=rule.time)
        return None
    if not _applies(rule, known):
        return None
    floor = known.get(rule.not_before)
    if at.whole_day and isinstance(floor, Moment) and floor.on == at.on:
        at = max(at, floor)  # a bare day means some time on it
    event = _event(rule, known)
    revision = ".".join(revision_text(known.get(name)) for name in rule.revision)
    name = fact_id(mapping.name, code, kind_of(event), *row_key, at=at.at, revision=revision)
    return checked_fact(event, id=name, source=source, subject=code, time=at.at)


def _applies(rule: FactRule, known: Mapping[str, Value]) -> bool:
    return (
        all(known.get(name) in wanted for name, wanted in rule.when.items())
        and all(known.get(name) is not None for name in rule.when_given)
        and not any(known.get(name) in unwanted for name, unwanted in rule.unless.items())
    )


def _event(rule: FactRule, known: Mapping[str, Value]) -> Event:
    data: dict[str, object] = {}
    for field, name in rule.data.items():
        value = known.get(name)
        if field == DUE:
            if isinstance(value, Moment):
                data["due_on" if value.whole_day else "due_at"] = _plain(
                    "due_on" if value.whole_day else "due_at", value
                )
        elif value is not None:
            data[field] = _plain(field, value)
    try:
        return EVENT_TYPES[rule.type](**data)
    except TypeError as error:  # a required argument is missing: the column was empty
        missing = str(error).rpartition("argument ")[2].strip("'")
        raise InvalidFact(RejectReason.INVALID_FIELD, "missing", field=missing) from None


def _plain(field: str, value: Value) -> object:
    if isinstance(value, Moment):
        return value.on if field.endswith("_on") else value.at
    return value
