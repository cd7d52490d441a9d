"""One dossier on its way, and the province around it.

Officers act in working time, applicants online at any hour. All times are epoch seconds. The
order of the random draws is part of the promise that a seed gives the same bytes for ever.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final, NamedTuple

from motcua.simulate.desks import Desk, Offer
from motcua.simulate.plan import Decided
from motcua.simulate.profiles import Profile
from motcua.simulate.tree import DESK_CODES
from motcua.simulate.wire import Story
from shared.calendar import WorkingCalendar

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 24 * HOUR


class Calm(NamedTuple):
    """A measured profile's end: what falls due before `due_before` is done by `done_by`."""

    done_by: int
    due_before: int


class World:
    """What a life asks of its province: chance, the calendar, the desks next door."""

    def __init__(
        self,
        profile: Profile,
        calendar: WorkingCalendar,
        random: Random,
        *,
        neighbours: Mapping[str, Sequence[Desk]],
        calm: Calm | None = None,
    ) -> None:
        self.profile = profile
        self.chances = profile.chances
        self.delays = profile.delays
        self.calendar = calendar
        self.random = random
        self.neighbours = neighbours
        self.calm = calm

    def happens(self, chance: float) -> bool:
        """Whether something of that likelihood happens now."""
        return self.random.random() < chance

    def between(self, low: int, high: int) -> int:
        """A number of [low, high)."""
        return low + int(self.random.random() * (high - low))

    def some_days(self, mean: float) -> int:
        """Working seconds around a mean of working days; a quarter of an hour at least."""
        day = self.calendar.working_day_seconds
        return 15 * MINUTE + int(self.random.expovariate(1.0) * mean * day)

    def later(self, epoch: int, working_seconds: int) -> int:
        """When that much working time has passed."""
        return self.calendar.add_working_epoch(epoch, working_seconds)


class Arrival(NamedTuple):
    """A dossier at a desk: submitted first where it came online, then received."""

    desk: Desk
    offer: Offer
    decided: Decided
    code: str
    submitted: int
    received: int


class Life:
    """`now` is when the last thing happened to the dossier, `due` when it must end."""

    __slots__ = (
        "agency_code", "arrival", "by_post", "desk_code", "due", "limit", "now", "officer",
        "story", "world",
    )  # fmt: skip

    def __init__(self, world: World, arrival: Arrival) -> None:
        self.world = world
        self.arrival = arrival
        self.story = Story(arrival.code, arrival.desk.source)
        self.agency_code = arrival.desk.agency_code
        self.now = arrival.received
        self.limit = arrival.offer.limit_seconds
        self.due = world.later(arrival.received, self.limit)
        self.by_post = world.happens(world.chances.result_by_post)
        self.desk_code = DESK_CODES[world.between(1, len(DESK_CODES)) - 1]
        self.officer = f"CB-{world.between(1, 60):03d}"
