"""The fold's promises, held against an independent recount of the same bytes.

Every history is disturbed: repeated, shuffled, cut into batches, with time passing in between.
MOTCUA_EXAMPLES sets how many are tried.
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.scoring.domain.contribution import (
    ANNOUNCED,
    FACETS,
    MEASURE,
    OFFER,
    PUBLISHED,
    USE,
)
from services.scoring.domain.stages import age_band, late_since, next_band_at, stage_of
from services.scoring.ledger import DOSSIER
from shared import deadlines
from shared.calendar.civil_time import instant_of
from shared.events import dossier as d
from shared.events.envelope import Fact
from shared.events.fields import Channel
from shared.ledger.subject import Outcome
from tests.support.recount import recount

from .builders import (
    AGENCY,
    CATALOGUE,
    OTHER,
    PROCEDURE,
    SHORT,
    UNKNOWN_PROCEDURE,
    Log,
    rules,
    state_after,
    told,
)  # fmt: skip

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
# Of the counters that feed indicators, see test_indicator_properties.
INDICATOR_KINDS = {FACETS, USE, OFFER, ANNOUNCED, PUBLISHED, MEASURE}
PROCEDURES = {p.code: (p.field, p.limit_working_hours) for p in CATALOGUE.procedures}
CODES = ("H44.01-260302-0001", "H44.01-260302-0002", "H44.02-260302-0003")
QUARTERS = 4 * 24 * 30
INSTANTS = st.builds(
    # Quarters of an hour meet openings, closings and due times; a few fall beside them.
    lambda quarter, beside: MONDAY + timedelta(minutes=15 * quarter, milliseconds=beside),
    st.integers(0, QUARTERS),
    st.sampled_from([0, 0, 0, 1, 999, 1000]),
)
DUE = st.one_of(
    st.just({}),
    st.builds(lambda at: {"due_at": at}, INSTANTS),
    st.builds(lambda at: {"due_on": at.date()}, INSTANTS),
)


def event(kind: type[d.DossierEvent], **said: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(said).map(lambda known: kind(agency_code=AGENCY, **known))


RECEIVED = st.builds(
    lambda agency, due, procedure, channel, field, hours: d.DossierReceived(
        agency_code=agency, procedure_code=procedure, channel=channel, field_code=field,
        limit_working_hours=hours, **due,
    ),
    st.sampled_from([AGENCY, OTHER]), DUE, st.sampled_from([PROCEDURE, SHORT, UNKNOWN_PROCEDURE]),
    st.sampled_from(list(Channel)), st.sampled_from([None, "y-te"]), st.sampled_from([None, 8, 20]),
)  # fmt: skip
CORRECTED = st.builds(
    lambda due, received_at, procedure, field, void: d.DossierCorrected(
        agency_code=AGENCY, received_at=received_at, procedure_code=procedure, field_code=field,
        void=void, **due,
    ),
    DUE, st.none() | INSTANTS, st.sampled_from([None, SHORT, PROCEDURE]),
    st.sampled_from([None, "y-te"]), st.sampled_from([False] * 5 + [True]),
)  # fmt: skip
MOVED = [
    DUE.map(lambda due, kind=kind: kind(agency_code=AGENCY, **due))  # type: ignore[misc]  # bound now
    for kind in (d.DossierSupplemented, d.DossierResumed, d.DossierExtended)
]
PLAIN = [
    event(kind)
    for kind in (
        d.DossierSubmitted, d.DossierAssigned, d.DossierSupplementRequested,
        d.DossierFinancialDutyRequested, d.DossierSuspended, d.DossierResolved, d.DossierReturned,
        d.DossierStopped, d.DossierRejected, d.DossierWithdrawn, d.DossierExplained,
        d.DossierApologised, d.DossierDigitised,
    )
]  # fmt: skip
TRANSFERRED = event(d.DossierTransferred, to_agency_code=st.just(OTHER))
EVENTS = st.one_of(RECEIVED, RECEIVED, CORRECTED, TRANSFERRED, *MOVED, *PLAIN)
HAPPENED = st.tuples(st.sampled_from(CODES), INSTANTS, EVENTS)
NOWS = st.lists(st.integers(0, QUARTERS * 900 + 40 * 86_400), min_size=1, max_size=4)


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Some dossiers' facts, each dossier most likely with a receipt."""
    happened = draw(st.lists(HAPPENED, min_size=1, max_size=14))
    for code in CODES[: draw(st.integers(0, 3))]:
        happened.append((code, draw(INSTANTS), draw(RECEIVED)))
    return [told(one, at, number=n, code=code) for n, (code, at, one) in enumerate(happened)]


async def folded(
    facts: Sequence[Fact], nows: Sequence[int], random: Random | None = None
) -> tuple[Log, dict[tuple[str, ...], int]]:
    """Fold the facts in batches while time passes; return the log and the counters at the end."""
    log = Log(":memory:")
    start = int(MONDAY.timestamp())
    waiting = list(facts)
    for now in sorted(nows):
        size = random.randint(0, len(waiting)) if random else len(waiting)
        batch, waiting = waiting[:size], waiting[size:]
        await log.take(batch, start + now)
        log.fold.advance(start + now)
    await log.take(waiting, start + max(nows))
    return log, dict(log.fold.counters.values)


pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
EXAMPLES = int(os.environ.get("MOTCUA_EXAMPLES", "2000"))
CHEAP = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)


@CHEAP
@given(histories(), NOWS, st.randoms(use_true_random=False))
def test_the_counters_equal_a_recount_of_the_bytes_however_they_arrive(
    facts: list[Fact], nows: list[int], random: Random
) -> None:
    disturbed = facts + random.sample(facts, k=len(facts) // 2)
    random.shuffle(disturbed)

    log, counters = asyncio.run(folded(disturbed, nows, random))

    now = int(MONDAY.timestamp()) + max(nows)
    assert log.fold.as_of == now
    counts = {key: value for key, value in counters.items() if key[0] not in INDICATOR_KINDS}
    assert counts == recount(log.bodies, now, PROCEDURES)
    assert counters == log.fold.recount()


@settings(CHEAP, max_examples=EXAMPLES // 4)
@given(histories(), NOWS, st.randoms(use_true_random=False))
def test_disturbed_delivery_gives_the_same_states(
    facts: list[Fact], nows: list[int], random: Random
) -> None:
    disturbed = facts + random.sample(facts, k=len(facts) // 2)
    random.shuffle(disturbed)

    in_order, _ = asyncio.run(folded(sorted(facts, key=lambda fact: fact.order), nows))
    other, _ = asyncio.run(folded(disturbed, nows, random))

    assert dict(in_order.fold.items()) == dict(other.fold.items())


@settings(CHEAP, max_examples=EXAMPLES // 4)
@given(histories(), st.integers(0, QUARTERS * 900 + 40 * 86_400))
def test_every_service_judges_a_clock_alike(facts: list[Fact], later: int) -> None:
    """The deadlines that alerts follow count whole seconds; so these facts have no fractions."""
    whole = [
        told(fact.data, fact.time.replace(microsecond=0), number=fact.id, code=CODES[0])
        for fact in facts
        if getattr(fact.data, "due_at", None) is None or not fact.data.due_at.microsecond  # type: ignore[attr-defined]  # asked before
    ]
    clock, now = deadlines.DeadlineState(), int(MONDAY.timestamp()) + later
    hours = {code: hours for code, (_, hours) in PROCEDURES.items() if hours is not None}
    limits = deadlines.Limits(hours)
    for fact in sorted(whole, key=lambda fact: fact.order):
        deadlines.deadline_step(clock, fact, calendar=rules().calendar, limits=limits)
    log, _ = asyncio.run(folded(whole, [later]))
    state: Any = log.fold.state_of(DOSSIER + CODES[0]) if whole else None
    stage = deadlines.stage_at(clock, now, calendar=rules().calendar)

    if stage is not None:
        assert stage_of(state, now) == stage.value
        assert (state.due // 1_000_000 or None) == clock.due
    if state is not None:
        assert state.supplement_count == clock.supplement_count


async def test_the_same_id_with_another_content_is_a_conflict_and_the_first_stands() -> None:
    log, now = Log(":memory:"), int(MONDAY.timestamp())
    first = told(d.DossierReceived(agency_code=AGENCY, procedure_code=PROCEDURE), MONDAY)
    second = told(d.DossierReceived(agency_code=OTHER, procedure_code=PROCEDURE), MONDAY)

    applied = await log.fold.apply(log.batch([first, second, first]), "created", now)

    kind = "dossier.received.v1"
    assert applied.outcomes[kind, Outcome.APPLIED] == 1
    assert applied.outcomes[kind, Outcome.REJECTED] == 1
    assert applied.outcomes[kind, Outcome.DUPLICATE] == 1
    assert {key[1] for key in log.fold.counters.values} == {AGENCY}


async def test_a_late_fact_corrects_its_own_month_and_is_counted_as_a_correction() -> None:
    log, now = Log(":memory:"), int(datetime(2026, 4, 20, tzinfo=UTC).timestamp())
    received = told(d.DossierReceived(agency_code=AGENCY, procedure_code=PROCEDURE), MONDAY)
    resolved = told(
        d.DossierResolved(agency_code=AGENCY), MONDAY + timedelta(hours=2), number=1,
        recorded=datetime(2026, 4, 20, tzinfo=UTC),
    )  # fmt: skip
    await log.take([received], now)

    applied = await log.fold.apply(log.batch([resolved]), "created", now)

    assert applied.outcomes["dossier.resolved.v1", Outcome.LATE] == 1
    assert log.fold.counters.values["closed", AGENCY, "dat-dai", "2026-03", "early"] == 1


@settings(CHEAP, max_examples=300)
@given(st.integers(0, 365 * 86_400), st.integers(0, 400 * 86_400))
def test_the_short_cut_for_old_dossiers_changes_no_band(due: int, age: int) -> None:
    due, judged = due + int(MONDAY.timestamp()), rules()
    patient = replace(judged, old_seconds=10**9)

    assert age_band(due, due + age, judged) == age_band(due, due + age, patient)
    assert next_band_at(due, due + age, judged) == next_band_at(due, due + age, patient)


def test_a_dossier_that_was_never_late_owes_nothing() -> None:
    state = state_after((d.DossierSubmitted(agency_code=AGENCY), "2026-03-02 09:00"))

    assert late_since(state, 2_000_000_000) == 0
    assert instant_of(0) == datetime(1970, 1, 1, tzinfo=UTC)
