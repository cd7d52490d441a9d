"""Who is told: people by agency and role, a rota by week, and when each may be disturbed. Pure.

Names stand in `people.toml` only; facts carry ids that say nothing of the person.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from services.notifier.domain.rules import Role
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import (
    DAY_SECONDS,
    day_of_epoch,
    epoch_day,
    midnight_epoch,
    seconds_of,
)
from shared.catalogue.model import Agency
from shared.catalogue.tree import Tree
from shared.events.fields import AgencyCode, Code

PersonId = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9_-]{0,31}\Z")]
_WEEK_DAYS = 7
_DAYS_KEPT = 400


class QuietSpan(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}
):
    """A stretch of each day in which only urgent things are told: civil times, [from, to)."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a quiet span ends after it begins; nights are quiet anyway")


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who is told. `channels` in the order in which they are tried."""

    id: PersonId
    name: str = ""
    agency: AgencyCode
    roles: tuple[Role, ...]
    channels: Annotated[tuple[Code, ...], Meta(min_length=1)]
    quiet: tuple[QuietSpan, ...] = ()


class Rota(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """People of one role who take turns, a week each from Monday; `first_on` is in the first's."""

    agency: AgencyCode
    role: Role
    people: Annotated[tuple[PersonId, ...], Meta(min_length=1)]
    first_on: date

    def on_duty(self, on: date) -> str:
        """Whose week it is."""
        monday = epoch_day(self.first_on) - self.first_on.weekday()
        return self.people[(epoch_day(on) - monday) // _WEEK_DAYS % len(self.people)]


class ChannelSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to tell: an Apprise address or a webhook. Addresses hold secrets: `url_file`."""

    id: Code
    kind: Literal["apprise", "webhook"] = "apprise"
    url: str = ""
    url_file: str = ""
    secret_file: str = ""  # the webhook's HMAC key


class People(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: Literal[1]
    person: tuple[Person, ...]
    channel: tuple[ChannelSpec, ...] = ()
    rota: tuple[Rota, ...] = ()


def people_of(toml: bytes) -> People:
    """Read `people.toml`.

    Raises:
        msgspec.ValidationError: an entry is wrong; the message names the place.
        ValueError: an id stands twice, or names nobody; or it is no TOML.
    """
    people = msgspec.toml.decode(toml, type=People)
    for what, ids in (
        ("person", [one.id for one in people.person]),
        ("channel", [one.id for one in people.channel]),
    ):
        twins = [name for name, count in Counter(ids).items() if count > 1]
        if twins:
            raise ValueError(f"{what} {twins[0]} stands twice")
    channels = {one.id for one in people.channel}
    lost = [c for one in people.person for c in one.channels if c not in channels]
    known = {one.id for one in people.person}
    lost += [name for rota in people.rota for name in rota.people if name not in known]
    if lost:
        raise ValueError(f"{lost[0]} is used and not described")
    return people


class Directory:
    """Finds whom to tell. Nobody in the right place: the next one up, in the end everybody."""

    def __init__(self, people: People, agencies: Iterable[Agency] = ()) -> None:
        self._people = people
        self._agencies = tuple(agencies)
        self._trees: dict[date, Tree] = {}
        self._found: dict[tuple[date, str, int, tuple[Role, ...]], tuple[Person, ...]] = {}
        self.by_id = {one.id: one for one in people.person}

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody, in the order of the file."""
        return self._people.person

    def recipients(
        self, agency: str, level: int, roles: Sequence[Role], on: date
    ) -> tuple[Person, ...]:
        """The people of these roles `level` steps above the agency, on that civil day."""
        if len(self._trees) > _DAYS_KEPT:  # a year of open alerts at most
            self._trees.clear()
            self._found.clear()
        asked = (on, agency, level, tuple(roles))
        if asked not in self._found:
            self._found[asked] = self._find(on, agency, level, tuple(roles))
        return self._found[asked]

    def _find(
        self, on: date, agency: str, level: int, roles: tuple[Role, ...]
    ) -> tuple[Person, ...]:
        if on not in self._trees:
            self._trees[on] = Tree(self._agencies, on)
        tree = self._trees[on]
        upward = list(tree.upward(tree.today(agency)))
        for place in upward[min(level, len(upward) - 1) :]:
            found = [one for role in roles for one in self._at(place, role, on)]
            if found:
                return tuple(dict.fromkeys(found))
        everywhere = [one for one in self._people.person if set(roles) & set(one.roles)]
        admins = [one for one in self._people.person if Role.ADMIN in one.roles]
        return tuple(everywhere if Role.ADMIN in roles else admins) or self._people.person

    def _at(self, agency: str, role: Role, on: date) -> list[Person]:
        for rota in self._people.rota:
            if rota.agency == agency and rota.role is role:
                return [self.by_id[rota.on_duty(on)]]
        return [one for one in self._people.person if one.agency == agency and role in one.roles]


def only(channel: str) -> People:
    """Everybody is one: without a file, all goes to one address."""
    person = Person(id="default", agency="TINH", roles=tuple(Role), channels=(channel,))
    return People(schema=1, person=(person,), channel=(ChannelSpec(id=channel),))


def telling_day(at: int, calendar: WorkingCalendar) -> date:
    """The day on which something that came up at `at` is told: whose week that is, is told."""
    return day_of_epoch(_within_office_days(at, calendar))


def may_tell_from(now: int, person: Person, *, is_urgent: bool, calendar: WorkingCalendar) -> int:
    """From when the person may be told: `now`, or the end of night, weekend, Tết or quiet span.

    The noon break is no night. What is urgent waits for nothing.
    """
    if is_urgent:
        return now
    at = _within_office_days(now, calendar)
    for span in sorted(person.quiet, key=lambda one: one.start):
        midnight = midnight_epoch(day_of_epoch(at))
        if midnight + seconds_of(span.start) <= at < midnight + seconds_of(span.end):
            at = midnight + seconds_of(span.end)
    return at if at == now else _within_office_days(at, calendar)


def _within_office_days(now: int, calendar: WorkingCalendar) -> int:
    day = day_of_epoch(now)
    opening, closing = seconds_of(calendar.sessions[0].start), seconds_of(calendar.sessions[-1].end)
    passed = (now - midnight_epoch(day)) % DAY_SECONDS
    if calendar.is_working_day(day) and passed < closing:
        return max(now, midnight_epoch(day) + opening)
    return midnight_epoch(calendar.next_working_day(day)) + opening
