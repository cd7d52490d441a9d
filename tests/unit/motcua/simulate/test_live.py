"""The present day of the demo: something for every desk within seconds, and nothing impossible."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest

from motcua.simulate.live import next_moment, paced, simulate_until_now
from motcua.simulate.present import Present, present_after
from motcua.simulate.sloppy import source_of
from motcua.simulate.visits import signed_for
from shared.calendar import load_calendar
from shared.events import catalogue, dossier, petition
from shared.events.envelope import STRICT_DECODER, Fact
from shared.events.fields import Channel, ResultDelivery

SUNDAY_NIGHT = datetime(2026, 11, 22, 14, 5, 30, tzinfo=UTC)
HALF_A_SECOND = timedelta(seconds=0.5)
CALENDAR = load_calendar(scope="H99")


@pytest.fixture(scope="module")
def history() -> list[bytes]:
    return list(
        simulate_until_now(
            "demo", 1, SUNDAY_NIGHT, days_of_history=30, per_day=20, calendar=CALENDAR
        )
    )


def province(history: list[bytes]) -> Present:
    return present_after("demo", history, calendar=CALENDAR)


def minutes(present: Present, count: float, seed: int = 1) -> Iterator[tuple[datetime, bytes]]:
    random, now = Random(seed), SUNDAY_NIGHT
    for _ in range(round(count * 120)):
        for body in next_moment(present, now, random):
            yield now, body
        now += HALF_A_SECOND


def acceptable(told: Iterator[tuple[datetime, bytes]]) -> list[Fact]:
    facts: list[Fact] = []
    for _, body in told:
        try:
            facts.append(STRICT_DECODER.decode(body))
        except msgspec.DecodeError:
            continue
    return facts


def test_the_history_ends_now_and_leaves_dossiers_open(history: list[bytes]) -> None:
    facts = [STRICT_DECODER.decode(body) for body in history]

    assert facts[-1].time < SUNDAY_NIGHT
    assert SUNDAY_NIGHT - facts[-1].time < timedelta(days=4)
    present = province(history)
    received = sum(isinstance(fact.data, dossier.DossierReceived) for fact in facts)
    assert 0 < len(present.waiting) < received


def test_every_desk_sees_something_within_twenty_seconds(history: list[bytes]) -> None:
    told = list(minutes(province(history), 1 / 3))
    facts = acceptable(iter(told))

    kinds = {type(fact.data).__mro__[1] for fact in facts}
    assert {dossier.DossierReceived, dossier.DossierResolved, dossier.DossierAssigned} <= kinds
    assert {petition.PetitionReceived, catalogue.SourceHeartbeat} <= kinds
    by_post = {
        fact.subject
        for fact in facts
        if isinstance(fact.data, dossier.DossierReceived)
        and fact.data.result_delivery is ResultDelivery.POSTAL
    }
    assert by_post & {
        fact.subject for fact in facts if isinstance(fact.data, dossier.DossierResolved)
    }
    assert len(facts) < len(told)  # something for the rejects desk


def test_some_dossiers_fall_overdue_every_few_seconds(history: list[bytes]) -> None:
    facts = acceptable(minutes(province(history), 2))

    due = {
        fact.subject: fact.data.due_at
        for fact in facts
        if isinstance(fact.data, dossier.DossierReceived) and fact.data.due_at is not None
    }
    ended = {f.subject: f.time for f in facts if isinstance(f.data, dossier.DossierResolved)}
    last = facts[-1].time
    overdue = [code for code, at in due.items() if at < min(ended.get(code, last), last)]
    assert len(overdue) > 20  # in two minutes


def test_live_facts_are_of_now_and_each_dossier_goes_forward(history: list[bytes]) -> None:
    present = province(history)
    open_before = set(present.waiting)
    seen: set[tuple[str, str]] = set()
    received = set(open_before)
    ended: set[str] = set()

    for now, body in minutes(present, 6, seed=3):
        try:
            fact = STRICT_DECODER.decode(body)
        except msgspec.DecodeError:
            continue
        if not now - timedelta(seconds=1) < fact.time <= now:
            continue  # the sloppy publisher's other year
        assert (fact.source, fact.id) not in seen
        seen.add((fact.source, fact.id))
        match fact.data:
            case dossier.DossierReceived() as data:
                received.add(fact.subject)
                sloppy = data.due_at is not None and data.due_at <= fact.time
                assert not sloppy or fact.subject not in ended
            case dossier.DossierResolved():
                assert fact.subject in received
                assert fact.subject not in ended
                ended.add(fact.subject)
            case dossier.DossierReturned() | dossier.DossierRated():
                assert fact.subject in ended
    assert ended & open_before  # old ones get done too
    assert ended - open_before


def test_what_the_post_fetches_is_received_once_the_desk_has_signed_for_it(
    history: list[bytes],
) -> None:
    present, random = province(history), Random(5)
    asked = list(present.fetched)

    received: dict[str, datetime] = {}
    for turn in range(240):
        now = SUNDAY_NIGHT + turn * HALF_A_SECOND
        for fact in acceptable((now, body) for body in next_moment(present, now, random)):
            match fact.data:
                case dossier.DossierSubmitted(pickup_wanted=True, channel=Channel.POSTAL):
                    asked.append(fact.subject)
                case dossier.DossierReceived(channel=Channel.POSTAL):
                    received[fact.subject] = fact.time
        if turn == 120:
            assert not received
            for code in (*asked, *asked, "H99.01-20260101-0000001"):
                signed_for(present, code)
            signed = list(asked)

    assert len(asked) > len(signed) > 0
    assert list(received) == signed
    assert min(received.values()) > SUNDAY_NIGHT + 118 * HALF_A_SECOND


def test_where_nobody_signs_the_desk_receives_what_was_fetched_half_an_hour_later() -> None:
    present, random = present_after("demo", [], calendar=CALENDAR), Random(5)
    facts: list[Fact] = []
    for turn in range(80):
        now = SUNDAY_NIGHT + turn * timedelta(seconds=60)
        facts += acceptable((now, body) for body in next_moment(present, now, random))

    asked = [f for f in facts if isinstance(f.data, dossier.DossierSubmitted)]
    first = next(f for f in asked if f.data.pickup_wanted)  # type: ignore[attr-defined] # the one kind
    (received,) = (
        f
        for f in facts
        if f.subject == first.subject and isinstance(f.data, dossier.DossierReceived)
    )
    assert received.time - first.time == timedelta(minutes=30)


def test_the_history_leaves_some_dossiers_with_the_post() -> None:
    noon = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    told = simulate_until_now(
        "demo", 1, noon, days_of_history=20, per_day=200, calendar=CALENDAR, procedures=False
    )
    present = present_after("demo", told, calendar=CALENDAR)

    assert present.fetched
    assert not set(present.fetched) & set(present.waiting)
    assert all(subject.procedure for subject in present.fetched.values())


def test_the_same_moments_come_from_the_same_seed(history: list[bytes]) -> None:
    one, other = (list(minutes(province(history), 0.5, seed=9)) for _ in range(2))

    assert one == other


def test_the_sloppy_publisher_breaks_eight_different_rules(history: list[bytes]) -> None:
    bodies = [body for _, body in minutes(province(history), 18 * 8 / 120)]

    refused: list[str] = []
    for body in bodies:
        try:
            STRICT_DECODER.decode(body)
        except msgspec.DecodeError as error:
            refused.append(str(error))
    # Three more are well formed, and wrong: due too early, next year, no dossier code.
    assert len(set(refused)) == 5


def test_a_body_without_a_readable_source_goes_under_another_name() -> None:
    assert source_of(b'{"source":"mcdt-tinh","x":1}', otherwise="mcdt-xa") == "mcdt-tinh"
    assert source_of(b'{"source":"mcdt-ti', otherwise="mcdt-xa") == "mcdt-xa"
    assert source_of(b"{}", otherwise="mcdt-xa") == "mcdt-xa"


class SteppingClock:
    """A clock that a paced run moves by sleeping."""

    def __init__(self) -> None:
        self.at = SUNDAY_NIGHT
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def pause(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


async def test_moments_come_twice_a_second_at_sixty_times_and_faster_on_request() -> None:
    for speed, pause in ((60.0, 0.5), (300.0, 0.1), (1e6, 0.05)):
        clock, count = SteppingClock(), 0
        async for bodies in paced(
            present_after("demo", [], calendar=CALENDAR),
            clock,
            Random(1),
            speed=speed,
            sleep=clock.pause,
        ):
            assert bodies
            count += 1
            if count == 4:
                break
        assert clock.slept == [pause] * 3


async def test_time_that_stands_still_is_refused() -> None:
    moments = paced(
        present_after("demo", [], calendar=CALENDAR), SteppingClock(), Random(1), speed=0
    )

    with pytest.raises(ValueError, match="greater than zero"):
        await anext(moments)
