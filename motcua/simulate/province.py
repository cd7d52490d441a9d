"""A whole province at work, as one stream of facts in the order of time."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

from motcua.simulate.behaviour import life_of, refusal_of
from motcua.simulate.days import OpenDay, open_days
from motcua.simulate.desks import Desk, desks
from motcua.simulate.life import HOUR, MINUTE, Arrival, Calm, World
from motcua.simulate.plan import Decided, Fate, Mark, Plan
from motcua.simulate.procedures import Decisions, announcement, opening_of
from motcua.simulate.profiles import Profile, profile_of
from motcua.simulate.reports import OtherSystem
from motcua.simulate.surroundings import letters_of, petition_of, signs_of_life
from motcua.simulate.wire import Told
from shared.calendar import WorkingCalendar, load_calendar
from shared.calendar.civil_time import day_of_epoch, epoch_of, midnight_epoch
from shared.events.fields import Channel


def simulate(
    profile: Profile | str,
    dossiers: int | None = None,
    seed: int = 1,
    *,
    first_day: date | None = None,
    until: datetime | None = None,
    calendar: WorkingCalendar | None = None,
    procedures: bool = True,
    reported_agencies: int = 0,
) -> Iterator[bytes]:
    """The facts of a province as CloudEvents JSON, never going back in time.

    `dossiers` are those received from `first_day` up to `until`, exclusive; refused ones come on
    top. What would happen later is not told. First, every agency's `procedures` are announced
    (35,000 facts in `demo`), unless nobody wants them. Of the first `reported_agencies` another
    system reports its own monthly figures. Without a working day nothing is said at all. The same
    arguments give the same bytes.

    Raises:
        UnknownProfile: there is none of that name.
        ValueError: fewer than no dossiers.
    """
    known = profile_of(profile)
    number = known.dossiers if dossiers is None else dossiers
    if number < 0:
        raise ValueError(f"there cannot be {number} dossiers")
    end = midnight_epoch(known.last_day + timedelta(days=1)) if until is None else epoch_of(until)
    run = _Run(
        known,
        number,
        Random(f"{known.name}:{seed}:{number}"),
        calendar or load_calendar(scope=known.province.code),
        end,
    )
    return run.facts(
        first_day or known.first_day, procedures=procedures, reported_agencies=reported_agencies
    )


class _Run:
    """One run: what is still to be told waits in a heap, by time and then by order of telling."""

    def __init__(
        self, profile: Profile, number: int, random: Random, calendar: WorkingCalendar, end: int
    ) -> None:
        self._end = end
        self._last_day = day_of_epoch(end - 1)
        self._dossiers = number
        self._desks = desks(profile)
        self._others = OtherSystem(profile, ())
        near: dict[str, list[Desk]] = {}
        for desk in self._desks.items:
            near.setdefault(desk.source, []).append(desk)
        calm = _calm(profile, calendar, self._last_day)
        self._world = World(profile, calendar, random, neighbours=near, calm=calm)
        self._plan = Plan(profile, number, random)
        offered = (offer.procedure for desk in self._desks.items for offer in desk.offers)
        self._decisions = Decisions(profile, offered, random)
        self._waiting: list[tuple[int, int, bytes]] = []
        self._turn = count()
        self._numbers: dict[tuple[str, date], int] = {}
        self._petitions = count(1)
        self._announced = count(1)

    def facts(
        self, first_day: date, *, procedures: bool, reported_agencies: int
    ) -> Iterator[bytes]:
        """Tell the days one after another, and what follows from them when its time has come."""
        self._others = OtherSystem(self._world.profile, self._desks.items[:reported_agencies])
        world = self._world
        season = world.profile.season
        days = open_days(world.calendar, season, first_day, self._last_day, self._dossiers)
        told = 0
        if procedures and days:
            for desk in self._desks.items:
                self._tell(opening_of(world, desk, self._decisions, days[0]))
        for day in days:
            # Nothing that this day or a later one brings can happen before the day before closed.
            yield from self._due(min(day.before, self._end))
            self._tell(signs_of_life(world, day))
            self._tell(self._others.report(day))
            arrivals = [self._arrival(day, told + n) for n in range(day.dossiers)]
            told += day.dossiers
            for arrival in sorted(arrivals, key=lambda one: one.submitted):
                self._receive(day, arrival)
        yield from self._due(self._end)

    def _due(self, before: int) -> Iterator[bytes]:
        waiting = self._waiting
        while waiting and waiting[0][0] < before:
            yield heappop(waiting)[2]

    def _tell(self, told: Iterable[Told]) -> None:
        for epoch, fact in told:
            if epoch < self._end:
                heappush(self._waiting, (epoch, next(self._turn), fact))

    def _arrival(self, day: OpenDay, number: int) -> Arrival:
        """Somebody turns up; the code is given later, in the order of arrival."""
        world, decided = self._world, self._plan.of(number)
        desk = self._desks.draw(world.random)
        fee = bool(decided.marks & Mark.FEE)
        online = decided.channel is Channel.ONLINE
        offer = desk.draw(world.random, fee=fee, online=online)
        # The last one comes early enough to be passed on the same day.
        open_seconds = world.calendar.working_day_seconds - 20 * MINUTE
        received = world.later(day.opening, world.between(MINUTE, open_seconds))
        submitted = received
        if decided.channel is not Channel.DIRECT:
            submitted = world.between(day.before, received - 2 * MINUTE)
        return Arrival(desk, offer, decided, "", submitted, received)

    def _receive(self, day: OpenDay, arrival: Arrival) -> None:
        world, desk = self._world, arrival.desk
        self._others.saw(arrival)
        numbered = arrival._replace(code=self._next_code(arrival))
        self._tell(life_of(world, numbered))
        if world.happens(world.chances.refused):
            decided = Decided(Channel.ONLINE, Fate.ON_TIME, 0, settled=True)
            other = arrival._replace(decided=decided, code=self._next_code(arrival))
            self._tell(refusal_of(other))
        # A letter bears the number of its dossier, and so its day: received may be another one.
        submitted = day_of_epoch(arrival.submitted)
        number = self._numbers[desk.agency_code, submitted]
        letter = f"{desk.agency_code}-{submitted:%Y%m%d}-{number:04d}"
        self._tell(letters_of(world, desk, letter, arrival.received + 10 * MINUTE))
        if world.happens(world.chances.petition):
            turn = next(self._petitions)
            at = arrival.received + HOUR
            self._tell(petition_of(world, desk, numbered.code, turn, at))
        if world.happens(world.chances.announced):
            self._tell(announcement(world, self._decisions, next(self._announced), day))

    def _next_code(self, arrival: Arrival) -> str:
        day = day_of_epoch(arrival.submitted)
        key = (arrival.desk.agency_code, day)
        number = self._numbers.get(key, 0) + 1
        self._numbers[key] = number
        return arrival.desk.dossier_code(day, number)


def _calm(profile: Profile, calendar: WorkingCalendar, last_day: date) -> Calm | None:
    if not profile.calm_days:
        return None
    closing = epoch_of(calendar.end_of_working_day(last_day))
    quiet = midnight_epoch(last_day + timedelta(days=profile.calm_days + 1))
    return Calm(done_by=closing - HOUR, due_before=quiet)
