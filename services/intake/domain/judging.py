"""Whether a decoded event may become a fact, and what is worth saying about one that may. Pure.

A fault ends it; a notice does not: the fact is accepted, counted and listed (D15).
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum, unique
from typing import Any, Final

from msgspec import Struct, structs

from shared.calendar import WorkingCalendar, civil_day
from shared.catalogue.model import Catalogue, Level
from shared.errors import InvalidFact, RejectReason
from shared.events.dossier import DossierCorrected, DossierReceived
from shared.events.envelope import EVENT_TYPES, Fact

TIME_MIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
# Beyond any due date; what lies further cannot be reckoned with in every time zone.
TIME_MAX: Final = datetime(2100, 1, 1, tzinfo=UTC)
_DAY_MIN: Final = date(1945, 9, 2)
_DAY_MAX: Final = date(2100, 1, 1)

DISTRICTS_CLOSED_ON: Final = date(2025, 7, 1)
"""The first day on which no district exists. Source: [NQ-125-2025]."""

# Source: [TT-01-2018] article 19 and the samples of 2026; both forms, the date part named (D15).
_DOSSIER_CODE: Final = re.compile(
    r"(?:\d{3}(?:\.\d{2}){2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{2,3}){0,3})"
    r"-(?:(?P<short>\d{6})|(?P<long>\d{8}))-\d{4,7}",
    re.ASCII,
)
# Source: [QD-20-2020].
_PROCEDURE_CODE: Final = re.compile(r"\d\.\d{6}(?:\.000\.00\.00\.[A-Z]\d{2})?", re.ASCII)


@unique
class NoticeCode(StrEnum):
    """What is said of an accepted fact; the values are metric labels and API codes."""

    UNKNOWN_AGENCY = "unknown_agency"
    UNKNOWN_PROCEDURE = "unknown_procedure"
    ILLEGAL_TRANSITION = "illegal_transition"
    DUE_ON_DAY_OFF = "due_on_day_off"


class Notice(Struct, frozen=True, gc=False):
    """One remark, and the field it is about."""

    code: NoticeCode
    field: str = ""


class Fault(Struct, frozen=True, gc=False):
    """Why it is refused. `detail` names field and rule, never the value."""

    reason: RejectReason
    detail: str = ""
    field: str = ""


class Judgement(Struct, frozen=True):
    """A fault, or none and perhaps notices."""

    fault: Fault | None = None
    notices: tuple[Notice, ...] = ()


class Rules(Struct, frozen=True, kw_only=True):
    """What is the same for all publishers."""

    catalogue: Catalogue
    calendar: WorkingCalendar
    accepted_nouns: frozenset[str]
    future_tolerance: timedelta = timedelta(minutes=5)


def judgement(
    fact: Fact, *, dossier_pattern: re.Pattern[str] | None, now: datetime, rules: Rules
) -> Judgement:
    """Judge a decoded event; `dossier_pattern` is the publisher's own, which wins over ours."""
    fault = (
        _type_fault(fact, rules)
        or _time_fault(fact, now, rules)
        or _code_fault(fact, dossier_pattern)
        or _due_fault(fact)
        or _district_fault(fact, rules.catalogue)
    )
    return Judgement(fault) if fault else Judgement(None, _notices(fact, rules))


def sharpened(error: InvalidFact, body: bytes) -> Fault:
    """Return the decoder's finding under its closest reason: codes have reasons of their own."""
    reason = error.reason
    if reason is RejectReason.INVALID_FIELD:
        if error.field == "data.procedure_code":
            reason = RejectReason.INVALID_PROCEDURE_CODE
        elif error.field == "subject" and b'"dossier.' in body:
            reason = RejectReason.INVALID_DOSSIER_CODE
    detail = error.detail
    if "matching regex" in detail:  # a pattern explains nothing to a clerk
        detail = f"{error.field}: not in the expected form"
    return Fault(reason, detail, error.field)


def is_dossier_code(code: str, pattern: re.Pattern[str] | None) -> bool:
    """Whether `code` fits the publisher's pattern, or ours with a real date inside."""
    if pattern is not None:
        return pattern.fullmatch(code) is not None
    found = _DOSSIER_CODE.fullmatch(code)
    if found is None:
        return False
    short, long = found.group("short"), found.group("long")
    return _is_day(f"20{short}" if short else long)


def unknown_codes(fact: Fact, catalogue: Catalogue) -> list[tuple[NoticeCode, str, str]]:
    """Return (kind, code, field) of what the catalogue did not know on the fact's own day."""
    found: list[tuple[NoticeCode, str, str]] = []
    data: Any = fact.data
    for field in _AGENCY_FIELDS[data.event_type]:
        code = getattr(data, field)
        if code and not _is_agency(code, fact.time, catalogue):
            found.append((NoticeCode.UNKNOWN_AGENCY, code, f"data.{field}"))
    procedure, field = getattr(data, "procedure_code", None), "data.procedure_code"
    if data.event_type.startswith("procedure."):
        procedure, field = fact.subject, "subject"
    # The local suffix names the province; the catalogue knows the procedure by its number.
    if procedure and procedure not in catalogue.procedure_by_code:
        number = procedure.partition(".000.00.00.")[0]
        if number not in catalogue.procedure_by_code:
            found.append((NoticeCode.UNKNOWN_PROCEDURE, procedure, field))
    return found


def _is_day(digits: str) -> bool:
    try:
        return TIME_MIN.year <= date.fromisoformat(digits).year <= TIME_MAX.year
    except ValueError:
        return False


def _fields_ending(*endings: str) -> Mapping[str, tuple[str, ...]]:
    return {
        name: tuple(f.name for f in structs.fields(event) if f.name.endswith(endings))
        for name, event in EVENT_TYPES.items()
    }


_AGENCY_FIELDS: Final = _fields_ending("agency_code")
_INSTANT_FIELDS: Final = _fields_ending("_at")
_DAY_FIELDS: Final = _fields_ending("_on")


def _type_fault(fact: Fact, rules: Rules) -> Fault | None:
    if fact.noun in rules.accepted_nouns:
        return None
    return Fault(RejectReason.TYPE_NOT_ACCEPTED, "another service writes this noun", "type")


def _time_fault(fact: Fact, now: datetime, rules: Rules) -> Fault | None:
    if fact.time < TIME_MIN:
        return Fault(RejectReason.TIME_TOO_OLD, "before the year 2000", "time")
    if fact.time > now + rules.future_tolerance:
        return Fault(RejectReason.TIME_IN_FUTURE, "later than the tolerance allows", "time")
    data: Any = fact.data
    kind = data.event_type
    for field in _INSTANT_FIELDS[kind]:
        at = getattr(data, field)
        if at is not None and not TIME_MIN <= at < TIME_MAX:
            return _out_of_range(field)
    for field in _DAY_FIELDS[kind]:
        on = getattr(data, field)
        if isinstance(on, date) and not _DAY_MIN <= on < _DAY_MAX:
            return _out_of_range(field)
    return None


def _out_of_range(field: str) -> Fault:
    return Fault(RejectReason.INVALID_FIELD, f"data.{field}: out of range", f"data.{field}")


def _code_fault(fact: Fact, pattern: re.Pattern[str] | None) -> Fault | None:
    if fact.noun == "dossier" and not is_dossier_code(fact.subject, pattern):
        return Fault(RejectReason.INVALID_DOSSIER_CODE, "not the agreed pattern", "subject")
    if fact.noun == "procedure" and not _PROCEDURE_CODE.fullmatch(fact.subject):
        return Fault(RejectReason.INVALID_PROCEDURE_CODE, "not a procedure code", "subject")
    return None


def _due_fault(fact: Fact) -> Fault | None:
    data = fact.data
    if isinstance(data, DossierReceived):
        received_at: datetime | None = fact.time
    elif isinstance(data, DossierCorrected):
        received_at = data.received_at
    else:
        return None
    if received_at is None:
        return None
    if data.due_at is not None and data.due_at < received_at:
        return Fault(RejectReason.DUE_BEFORE_RECEIVED, "due_at is earlier", "data.due_at")
    if data.due_on is not None and data.due_on < civil_day(received_at):
        return Fault(RejectReason.DUE_BEFORE_RECEIVED, "due_on is earlier", "data.due_on")
    return None


def _district_fault(fact: Fact, catalogue: Catalogue) -> Fault | None:
    data = fact.data
    if not isinstance(data, DossierReceived) or civil_day(fact.time) < DISTRICTS_CLOSED_ON:
        return None
    agency = catalogue.agency_by_code.get(data.agency_code)
    if agency is None or agency.level is not Level.DISTRICT:
        return None
    return Fault(RejectReason.DISTRICT_CLOSED, "districts ended", "data.agency_code")


def _notices(fact: Fact, rules: Rules) -> tuple[Notice, ...]:
    found = [Notice(kind, field) for kind, _, field in unknown_codes(fact, rules.catalogue)]
    data: Any = fact.data
    due_at, due_on = getattr(data, "due_at", None), getattr(data, "due_on", None)
    due_day = civil_day(due_at) if due_at is not None else due_on
    if due_day is not None and not rules.calendar.is_working_day(due_day):
        found.append(Notice(NoticeCode.DUE_ON_DAY_OFF, "data.due_at" if due_at else "data.due_on"))
    return tuple(found)


def _is_agency(code: str, at: datetime, catalogue: Catalogue) -> bool:
    agency = catalogue.agency_by_code.get(code)
    if agency is None:
        return False
    if agency.valid_from is None and agency.valid_to is None:
        return True
    day = civil_day(at)
    return (agency.valid_from is None or agency.valid_from <= day) and (
        agency.valid_to is None or day < agency.valid_to
    )
