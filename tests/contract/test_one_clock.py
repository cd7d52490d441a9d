"""Scoring and notifier judge the same dossier alike: to the second, after any history."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.dossier import DossierState
from services.scoring.domain.stages import is_open as is_open_in_scoring
from services.scoring.domain.stages import stage_of
from services.scoring.ledger import DOSSIER, ScoringProjection, load_rules
from shared.calendar import load_calendar
from shared.calendar.civil_time import epoch_of
from shared.catalogue.model import Catalogue, Procedure
from shared.deadlines import DeadlineState, deadline_step, is_open, is_paused, limits_of, stage_at
from shared.events import dossier as d
from shared.events.envelope import Fact
from tests.support.dossiers import code_of, said

CALENDAR = load_calendar()
CATALOGUE = Catalogue(
    procedures=(
        Procedure(code="1.000123", name="A", field="TP", limit_working_hours=24),
        Procedure(code="1.000456", name="B", field="TP"),
    )
)
RULES = load_rules(CALENDAR, CATALOGUE)
SCORING = ScoringProjection(RULES, "test")
LIMITS = limits_of(CATALOGUE)
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
AGENCY = "H44.01"
CODE = code_of(1)
BARE = (
    d.DossierSupplementRequested, d.DossierFinancialDutyRequested, d.DossierSuspended,
    d.DossierRejected, d.DossierResolved, d.DossierReturned, d.DossierWithdrawn,
    d.DossierStopped, d.DossierAssigned,
)  # fmt: skip
DATED = (d.DossierSupplemented, d.DossierResumed, d.DossierExtended, d.DossierCorrected)

moments = st.integers(0, 30 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
due: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    moments.map(lambda at: {"due_at": at}),
    st.integers(2, 31).map(lambda day: {"due_on": date(2026, 3, day)}),
)


@st.composite
def events(draw: st.DrawFn) -> d.DossierEvent:
    kind: Any = draw(st.sampled_from([d.DossierReceived, *BARE, *DATED]))
    more: dict[str, Any] = {}
    if kind is d.DossierReceived:
        more["procedure_code"] = draw(
            st.sampled_from(["1.000123", "1.000123.000.00.00.H44", "1.000456", "1.999999"])
        )
        more["limit_working_hours"] = draw(st.sampled_from([None, 4, 8, 40]))
    if kind is d.DossierCorrected:
        more["void"] = draw(st.integers(0, 9)) == 0
        more["received_at"] = draw(st.none() | moments)
        more["procedure_code"] = draw(st.sampled_from([None, "1.000123", "1.000456"]))
    if kind in DATED or kind is d.DossierReceived:
        more |= draw(due)
    made: d.DossierEvent = kind(agency_code=AGENCY, **more)
    return made


histories = st.lists(st.tuples(moments, events()), min_size=1, max_size=9)


@settings(max_examples=2000)
@given(histories, moments)
def test_both_services_say_the_same_stage_and_the_same_due_second(
    history: list[tuple[datetime, d.DossierEvent]], now: datetime
) -> None:
    facts = [said(event, CODE, at, f"f{number}") for number, (at, event) in enumerate(history)]
    clock = DeadlineState()
    state: Any = None
    for fact in sorted(facts, key=lambda fact: fact.order):
        deadline_step(clock, fact, calendar=CALENDAR, limits=LIMITS)
        state = SCORING.step(state, fact, DOSSIER + CODE)
    assert isinstance(state, DossierState)
    at = epoch_of(now)

    ours = stage_at(clock, at, calendar=CALENDAR)
    theirs = stage_of(state, at) if is_open_in_scoring(state) else None

    assert is_open(clock) is is_open_in_scoring(state), told(facts)
    assert str(ours) == str(theirs), told(facts)
    if is_open(clock) and not is_paused(clock):
        assert (clock.due or 0) == state.due // 1_000_000, told(facts)


def told(facts: list[Fact]) -> str:
    ordered = sorted(facts, key=lambda fact: fact.order)
    return "\n".join(f"{fact.time:%d %H:%M} {fact.data}" for fact in ordered)
