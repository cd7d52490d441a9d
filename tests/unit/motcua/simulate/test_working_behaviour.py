"""People behave as at a real one-stop desk: office hours, busy seasons, quiet holidays."""

from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from motcua.simulate import simulate
from shared.calendar import HO_CHI_MINH, load_calendar
from shared.events import catalogue, dossier, petition
from shared.events.envelope import EVENT_TYPES, STRICT_DECODER, Fact

CALENDAR = load_calendar(scope="H99")


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    return [STRICT_DECODER.decode(body) for body in simulate("demo", 4_000, 11, calendar=CALENDAR)]


def days_of(facts: list[Fact], kind: type[dossier.DossierEvent]) -> Counter[date]:
    return Counter(
        fact.time.astimezone(HO_CHI_MINH).date() for fact in facts if isinstance(fact.data, kind)
    )


def test_officers_act_while_the_desks_are_open(facts: list[Fact]) -> None:
    at_the_desk = (dossier.DossierReceived, dossier.DossierAssigned, dossier.DossierResolved)
    acts = [fact for fact in facts if isinstance(fact.data, at_the_desk)]

    # The closing second itself still counts as worked: a full session ends there.
    closed = [
        fact
        for fact in acts
        if CALENDAR.working_seconds_between_epoch(
            int(fact.time.timestamp()) - 1, int(fact.time.timestamp()) + 1
        )
        == 0
    ]
    assert closed == []


def test_applicants_submit_at_night_and_on_sundays(facts: list[Fact]) -> None:
    submitted = [
        fact.time.astimezone(HO_CHI_MINH)
        for fact in facts
        if isinstance(fact.data, dossier.DossierSubmitted)
    ]

    assert any(at.hour >= 20 for at in submitted)
    assert any(at.weekday() == 6 for at in submitted)


def test_nobody_receives_at_tet_and_the_make_up_saturday_is_worked(facts: list[Fact]) -> None:
    received = days_of(facts, dossier.DossierReceived)

    for day in range(14, 23):  # Saturday 14/02 to Sunday 22/02/2026
        assert received[date(2026, 2, day)] == 0
    assert received[date(2026, 1, 10)] > 0  # Saturday, for Friday 02/01


def test_the_weeks_after_tet_and_the_middle_of_the_week_are_busy(facts: list[Fact]) -> None:
    received = days_of(facts, dossier.DossierReceived)

    before = sum(received[date(2026, 2, day)] for day in range(2, 14))
    after = sum(received[date(2026, 3, day)] for day in range(2, 7)) * 2
    assert after > 1.3 * before
    by_weekday = Counter[int]()
    for day, count in received.items():
        by_weekday[day.weekday()] += count
    assert by_weekday[1] + by_weekday[2] > by_weekday[0] + by_weekday[4]


def test_a_due_time_follows_from_the_limit_in_working_time(facts: list[Fact]) -> None:
    received = [fact for fact in facts if isinstance(fact.data, dossier.DossierReceived)]

    for fact in received:
        assert isinstance(fact.data, dossier.DossierReceived)
        assert fact.data.limit_working_hours is not None
        seconds = round(fact.data.limit_working_hours * 3600)
        assert fact.data.due_at == CALENDAR.add_working(fact.time, seconds)


def test_a_pause_moves_the_due_time_by_the_working_time_it_took(facts: list[Fact]) -> None:
    paused = [fact for fact in facts if isinstance(fact.data, dossier.DossierSupplemented)]
    assert paused

    one = paused[0]
    story = [fact for fact in facts if fact.subject == one.subject]
    asked = next(f for f in story if isinstance(f.data, dossier.DossierSupplementRequested))
    first = next(f.data for f in story if isinstance(f.data, dossier.DossierReceived))
    assert isinstance(one.data, dossier.DossierSupplemented)
    assert first.due_at is not None
    assert one.data.due_at == CALENDAR.add_working(
        first.due_at, CALENDAR.working_seconds_between(asked.time, one.time)
    )


def test_the_desks_numbers_of_a_day_follow_one_another(facts: list[Fact]) -> None:
    coded = sorted(
        {
            tuple(fact.subject.rsplit("-", 2))
            for fact in facts
            if isinstance(fact.data, dossier.DossierReceived | dossier.DossierRejected)
        }
    )

    for (agency, day, number), following in pairwise(coded):
        if following[:2] == (agency, day):
            assert int(following[2]) - int(number) <= 2  # a number may end after `until`
    assert all(datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) for _, day, _ in coded)


def test_everything_the_province_does_is_told(facts: list[Fact]) -> None:
    assert {
        *(dossier.DossierExtended, dossier.DossierTransferred, dossier.DossierSuspended),
        *(dossier.DossierWithdrawn, dossier.DossierStopped, dossier.DossierReused),
        *(dossier.DossierApologised, dossier.DossierExplained, dossier.DossierRated),
        *(petition.PetitionReceived, petition.PetitionAnswered, petition.PetitionPublished),
        *(catalogue.ProcedureAnnounced, catalogue.ProcedurePublished),
        *(catalogue.ProcedureServiceLevelSet, catalogue.ProcedurePaymentIntegrated),
        *(catalogue.DocumentProcessed, catalogue.DocumentCertifiedCopyIssued),
        catalogue.SourceHeartbeat,
    } <= {EVENT_TYPES[fact.type] for fact in facts}
