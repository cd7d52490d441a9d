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
from shared.calendar import WorkingCalendar, civil_day, load_calendar
from shared.calendar.civil_time import instant_of
from shared.catalogue.model import Procedure
from shared.clock import Clock
from shared.events import catalogue, dossier, petition
from shared.events.fields import Channel, PetitionAbout

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
    _visit(present, moment, quick=True, late=turn % 6 == 0)
    if turn % 12 == 3:  # noqa: PLR2004 - each kind has its own beat
        _visit(present, moment, quick=True, late=False, by_post=True)
    for _ in range(moment.between(0, 3)):
        _visit(present, moment, quick=moment.happens(0.3), late=moment.happens(0.25))
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


def _visit(
    present: Present, moment: Moment, *, quick: bool, late: bool, by_post: bool = False
) -> None:
    """A dossier comes in: to be done while one waits, or within its procedure's limit."""
    desk = present.desks.draw(moment.random)
    fee, online = moment.happens(0.6), moment.happens(0.5)
    offer = desk.draw(moment.random, fee=fee, online=online)
    due = present.calendar.add_working_epoch(moment.now, offer.limit_seconds)
    if quick:
        due = moment.now + (moment.between(6, 15) if late else moment.between(30, 180))
    subject = Subject(
        code=present.next_code(desk, moment),
        source=desk.source,
        agency_code=desk.agency_code,
        due=due,
        by_post=by_post or moment.happens(0.15),
        electronic=online,
        desk_code=f"Q{moment.between(1, 6)}",
        officer_code=f"CB-{moment.between(1, 60):03d}",
    )
    _receive(moment, subject, offer.procedure, online=online)
    if moment.happens(0.3):
        reused = dossier.DossierReused(
            agency_code=desk.agency_code, digitised_data=True, population_data=online
        )
        moment.say(subject, reused)
    if fee:
        _fee(moment, subject, offer.fee_vnd, online=online)
    _what_follows(present, moment, subject, quick=quick, late=late)


def _receive(moment: Moment, subject: Subject, procedure: Procedure, *, online: bool) -> None:
    channel = Channel.ONLINE if online else Channel.DIRECT
    agency_code = subject.agency_code
    if online:
        submitted = dossier.DossierSubmitted(
            agency_code=agency_code, procedure_code=procedure.code, channel=channel
        )
        moment.say(subject, submitted)
    received = dossier.DossierReceived(
        agency_code=agency_code,
        procedure_code=procedure.code,
        field_code=procedure.field,
        channel=channel,
        due_at=instant_of(subject.due),
        identified=moment.happens(0.7),
        own_account=moment.happens(0.8) if online else None,
        service_level=procedure.service_level,
        result_delivery=steps.delivery_of(subject),
        desk_code=subject.desk_code,
        officer_code=f"TN-{moment.between(1, 12):03d}",
    )
    moment.say(subject, received)


def _fee(moment: Moment, subject: Subject, amount: int, *, online: bool) -> None:
    agency = subject.agency_code
    moment.say(subject, dossier.DossierFeeAssessed(agency_code=agency, amount_vnd=amount))
    paid = dossier.DossierPaid(
        agency_code=agency, amount_vnd=amount, online=online, national_gateway=online
    )
    moment.say(subject, paid)


def _what_follows(
    present: Present, moment: Moment, subject: Subject, *, quick: bool, late: bool
) -> None:
    now = moment.now
    present.plan(now + 2, steps.assign, subject)
    present.plan(now + moment.between(5, 60), steps.sync, subject)
    if not quick:
        if moment.happens(0.1):
            present.plan(now + moment.between(5, 40), steps.ask_for_more, subject)
        elif moment.happens(0.7):
            present.plan(now + moment.between(10, 240), steps.resolve, subject)
        else:
            present.waiting[subject.code] = subject
        return
    if subject.by_post and not late:
        # Done at once, so that the post soon has something to carry.
        present.plan(now + moment.between(4, 10), steps.resolve, subject)
        return
    if not late:
        # Some seconds before it is due: the moment itself may come a little later.
        present.plan(max(now + 4, subject.due - moment.between(5, 25)), steps.resolve, subject)
        return
    present.plan(subject.due + moment.between(20, 240), steps.resolve, subject)
    if moment.happens(0.5):
        present.plan(subject.due + moment.between(10, 90), steps.explain, subject)
    if moment.happens(0.5):
        present.plan(subject.due + moment.between(10, 90), steps.apologise, subject)


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
