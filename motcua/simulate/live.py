"""The present day of an invented province: a history up to now, and an endless stream after it.

history = list(simulate_until_now("demo", 1, now, days_of_history=90, per_day=400))
present = present_after("demo", history)
async for bodies in paced(present, clock, Random(1), speed=60): ...
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from motcua.simulate import steps
from motcua.simulate.present import Moment, Present, Subject, moment_of
from motcua.simulate.profiles import Profile, profile_of
from motcua.simulate.province import simulate
from motcua.simulate.sloppy import sloppy_event
from motcua.simulate.visits import ask_to_fetch, visit
from shared.calendar import WorkingCalendar, civil_day, load_calendar
from shared.clock import Clock
from shared.events import catalogue, petition
from shared.events.fields import PetitionAbout

_MOMENT_SIMULATED_SECONDS: Final = 30.0  # at x60 a moment comes twice a second
_MOMENT_SECONDS_MIN: Final = 0.05


def simulate_until_now(
    profile: Profile | str,
    seed: int,
    now: datetime,
    *,
    days_of_history: int,
    per_day: int,
    calendar: WorkingCalendar | None = None,
    procedures: bool = True,
) -> Iterator[bytes]:
    """The facts of the civil days before `now` and of today so far; about `per_day` dossiers a day.

    Another system reports the months of three agencies.

    Another `now` gives another history under the same dossier codes: tell it once per data
    directory. Raises UnknownProfile as `simulate` does.
    """
    known = profile_of(profile)
    calendar = calendar or load_calendar(scope=known.province.code)
    today = civil_day(now)
    first = today - timedelta(days=days_of_history)
    worked = calendar.working_days_between(first - timedelta(days=1), today)
    return simulate(
        known, worked * per_day, seed, first_day=first, until=now, calendar=calendar,
        procedures=procedures, reported_agencies=3,
    )  # fmt: skip


def next_moment(present: Present, now: datetime, random: Random) -> list[bytes]:
    """What is said at `now`: visits, results, a petition, now and then nonsense. Never nothing.

    Pure but for `present`, which it moves on. A dossier never goes back in time as long as
    `now` does not.
    """
    moment = moment_of(now, random)
    turn = present.moments
    present.moments += 1
    for step, subject in present.due_steps(moment.now):
        step(present, moment, subject)
    # One that will be late in some seconds, regularly; others as they come.
    visit(present, moment, quick=True, late=turn % 6 == 0)
    if turn % 12 == 3:  # noqa: PLR2004 - each kind has its own beat
        visit(present, moment, quick=True, late=False, by_post=True)
    if turn % 24 == 9:  # noqa: PLR2004 - each kind has its own beat
        ask_to_fetch(present, moment)
    for _ in range(moment.between(0, 3)):
        visit(present, moment, quick=moment.happens(0.3), late=moment.happens(0.25))
    if present.waiting and moment.happens(0.4):
        _finish_an_old_one(present, moment)
    if turn % 16 == 1:
        _petition(present, moment)
    if turn % 20 == 2:  # noqa: PLR2004 - each kind has its own beat
        _signs_of_life(present, moment)
    if turn % 18 == 4:  # noqa: PLR2004 - each kind has its own beat
        desk = present.desks.draw(random)
        code = present.next_code(desk, moment)
        moment.said.append(sloppy_event(desk, code, moment, turn // 18))
    return moment.said


async def paced(
    present: Present,
    clock: Clock,
    random: Random,
    *,
    speed: float = 60.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[list[bytes]]:
    """Moment after moment for ever, each stamped with the real time; `speed` is how many come.

    Raises:
        ValueError: a speed of zero or less.
    """
    if speed <= 0:
        raise ValueError("time must go on: speed is greater than zero")
    pause = max(_MOMENT_SECONDS_MIN, _MOMENT_SIMULATED_SECONDS / speed)
    while True:
        yield next_moment(present, clock.now(), random)
        await sleep(pause)


def _finish_an_old_one(present: Present, moment: Moment) -> None:
    """Somebody takes one of those that wait, overdue or not; one that is paused goes on waiting."""
    chosen = moment.random.choice(tuple(present.waiting.values()))
    if not chosen.paused:
        steps.resolve(present, moment, chosen)


def _petition(present: Present, moment: Moment) -> None:
    desk = present.desks.draw(moment.random)
    source = present.profile.sources.petition
    subject = Subject(present.next_petition_code(moment), source, desk.agency_code)
    about = moment.random.choice((PetitionAbout.PROCEDURE, PetitionAbout.STAFF))
    moment.say(subject, petition.PetitionReceived(agency_code=desk.agency_code, about=about))
    if moment.happens(0.2):
        present.plan(moment.now + moment.between(5, 20), steps.pass_on, subject)
    if moment.happens(0.6):
        present.plan(moment.now + moment.between(20, 200), steps.answer, subject)


def _signs_of_life(present: Present, moment: Moment) -> None:
    for source in present.profile.publishers:
        beat = catalogue.SourceHeartbeat(pending_count=0)
        moment.add(source, source, beat, f"{source}:source.heartbeat:{moment.now}")
