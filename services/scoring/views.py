"""One dossier as people and programs see it: where it stands, why, and every fact about it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.catalogue.model import Catalogue
from shared.desk.formats import day, moment_exact, plain_number
from shared.events.envelope import LOG_DECODER, Fact

from .domain.dossier import DossierState, end_of
from .domain.rules import CHANNELS, Rules, instant_of_us
from .domain.stages import counts, duties_of, stage_of, timeliness_of
from .domain.words import CHANNELS_VI, FACTS_VI, SAID_VI, STATES_VI, TONES
from .domain.working import Working, working_of

FetchBodies = Callable[[Sequence[int]], Awaitable[dict[int, bytes]]]
# References to what lies elsewhere, sealed: of no use on a page.
_UNSHOWN: Final = ("contact_ref",)


class Happened(Struct, frozen=True, kw_only=True):
    """One fact of the timeline; `said` is its data without empty fields."""

    sequence: int
    type: str
    title_vi: str
    at: datetime
    recorded_at: datetime | None
    source: str
    said: dict[str, Any]
    tone: str = ""


class DossierView(Struct, frozen=True, kw_only=True):
    """A dossier as of one instant. `stage` while it is open, `timeliness` once it has ended."""

    code: str
    as_of: datetime
    agency_code: str
    agency_name: str
    received_agency_code: str
    procedure_code: str
    procedure_name: str
    field_code: str
    field_name: str
    channel: str
    counts: bool
    is_void: bool
    received_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    state_vi: str  # after the last fact of its course
    stage: str | None
    timeliness: str | None
    supplement_request_count: int
    duties_open: tuple[str, ...]
    working: Working | None
    timeline: tuple[Happened, ...]


def dossier_view(
    code: str,
    state: DossierState,
    facts: Iterable[tuple[int, Fact]],
    *,
    now: int,
    rules: Rules,
    catalogue: Catalogue,
) -> DossierView:
    """Put state and facts together. Pure."""
    end = end_of(state) if state.received else 0
    does_count = counts(state)
    agency = catalogue.agency_by_code.get(state.agency)
    procedure = rules.procedure(state.procedure)
    field = catalogue.field_by_code.get(state.field)
    ordered = sorted(facts, key=lambda pair: pair[1].order)
    return DossierView(
        code=code,
        as_of=instant_of(now),
        agency_code=state.agency,
        agency_name=agency.name if agency else state.agency,
        received_agency_code=state.received_agency or state.agency,
        procedure_code=state.procedure,
        procedure_name=procedure.name if procedure else "",
        field_code=state.field,
        field_name=field.name if field else "",
        channel=CHANNELS[state.channel],
        counts=does_count,
        is_void=state.is_void,
        received_at=instant_of_us(state.received),
        due_at=instant_of_us(state.due),
        ended_at=instant_of_us(end),
        state_vi=_state_vi(ordered),
        stage=stage_of(state, now) if does_count and not end else None,
        timeliness=timeliness_of(state, end, rules) if does_count and end else None,
        supplement_request_count=state.supplement_count,
        duties_open=duties_of(state, now),
        working=working_of(state, rules),
        timeline=tuple(_happened(sequence, fact) for sequence, fact in ordered),
    )


def _state_vi(ordered: Sequence[tuple[int, Fact]]) -> str:
    said = (STATES_VI.get(fact.data.event_type) for _, fact in reversed(ordered))
    return next((one for one in said if one is not None), "")


def decoded(bodies: dict[int, bytes]) -> list[tuple[int, Fact]]:
    """Facts of the log with their sequences."""
    return [(sequence, LOG_DECODER.decode(body)) for sequence, body in bodies.items()]


def _happened(sequence: int, fact: Fact) -> Happened:
    said = msgspec.to_builtins(fact.data)
    kind = fact.data.event_type
    return Happened(
        sequence=sequence,
        type=kind,
        title_vi=FACTS_VI.get(kind, kind),
        at=fact.time,
        recorded_at=fact.recordedtime,
        source=fact.source,
        said={name: value for name, value in said.items() if name not in _UNSHOWN},
        tone=TONES.get(kind, ""),
    )


def told(happened: Happened) -> str:
    """The particulars of a fact in words: `nguồn mcdt-tinh · kênh Trực tuyến`."""
    parts = [f"nguồn {happened.source}"]
    for name, value in happened.said.items():
        if name in SAID_VI:
            parts.append(f"{SAID_VI[name]} {_shown(name, value)}")
    if happened.recorded_at is not None:
        parts.append(f"ghi lúc {moment_exact(happened.recorded_at)}")
    return " · ".join(parts)


def _shown(name: str, value: Any) -> str:
    if name.endswith("_on"):
        return day(date.fromisoformat(value))
    if name == "due_at":
        return moment_exact(datetime.fromisoformat(value))
    if isinstance(value, int | float):
        return plain_number(value)
    return CHANNELS_VI.get(value, str(value))
