"""The catalogue as a province announces it: decided, made public, offered online, payable online.

What is late, incomplete or payable is decided procedure by procedure, not agency by agency: a
decision of the province holds for everyone who offers it. Shares are kept exactly.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Final

from motcua.simulate.days import OpenDay
from motcua.simulate.desks import Desk
from motcua.simulate.life import HOUR, World
from motcua.simulate.profiles import Profile
from motcua.simulate.wire import Story, Told, encoded
from shared.calendar.civil_time import day_of_epoch
from shared.catalogue.model import Procedure
from shared.events import catalogue
from shared.events.fields import Event, ServiceLevel

# In time: five working days to make it public, as many before the law takes effect. [PORTAL-2026]
_PUBLIC_DAYS: Final = 5
_LAW_LATER_DAYS: Final = 30
_LAW_SOON_DAYS: Final = 2


class Decisions:
    """What is decided about every procedure that somebody offers, before the first day."""

    __slots__ = (
        "announced_late", "content_missing", "eligible_full_online", "payment_integrated",
        "procedures", "published_late",
    )  # fmt: skip

    def __init__(self, profile: Profile, offered: Iterable[Procedure], random: Random) -> None:
        by_code = {procedure.code: procedure for procedure in offered}
        self.procedures = tuple(by_code[code] for code in sorted(by_code))
        shares = profile.procedures
        everything = [one.code for one in self.procedures]
        with_fee = [one.code for one in self.procedures if one.has_fee]
        full = _at_level(self.procedures, ServiceLevel.FULL)
        partial = _at_level(self.procedures, ServiceLevel.PARTIAL)
        self.announced_late = _drawn(random, everything, shares.announced_late)
        self.published_late = _drawn(random, everything, shares.published_late)
        self.content_missing = _drawn(random, everything, 1 - shares.content_full)
        self.payment_integrated = _drawn(random, with_fee, shares.payment_integrated)
        self.eligible_full_online = {*full, *_drawn(random, partial, shares.eligible_of_partial)}


def _at_level(procedures: Sequence[Procedure], level: ServiceLevel) -> list[str]:
    return [one.code for one in procedures if one.service_level is level]


def _drawn(random: Random, codes: Sequence[str], share: float) -> frozenset[str]:
    return frozenset(random.sample(codes, round(len(codes) * share)))


def opening_of(world: World, desk: Desk, decisions: Decisions, day: OpenDay) -> Iterator[Told]:
    """An agency's procedures as the period begins; made public in the days that follow."""
    agency = desk.agency_code
    for offer in desk.offers:
        procedure = offer.procedure
        told = [
            (day.before, _announced(agency, procedure, decisions, day)),
            (day.before, _level(agency, procedure)),
            _published(world, agency, procedure, decisions, day),
        ]
        if procedure.has_fee:
            told.append((day.before, _payment(agency, procedure, decisions)))
        for epoch, event in told:
            what = event.event_type.removesuffix(".v1")
            identity = f"{agency}:{procedure.code}:{what}:1"
            yield (
                epoch,
                encoded(
                    event, id=identity, source=desk.source, subject=procedure.code, epoch=epoch
                ),
            )


def announcement(world: World, decisions: Decisions, number: int, day: OpenDay) -> list[Told]:
    """The province announces one of its procedures anew, and makes it public."""
    procedure = decisions.procedures[number * 7 % len(decisions.procedures)]
    agency = world.profile.province.code
    story = Story(procedure.code, world.profile.publishers[0])
    epoch = day.opening + world.between(HOUR, 3 * HOUR)
    story.tell(epoch, _announced(agency, procedure, decisions, day), number)
    published_at, public = _published(world, agency, procedure, decisions, day)
    story.tell(max(epoch, published_at), public, number)
    return story.told


def _announced(
    agency: str, procedure: Procedure, decisions: Decisions, day: OpenDay
) -> catalogue.ProcedureAnnounced:
    is_late = procedure.code in decisions.announced_late
    return catalogue.ProcedureAnnounced(
        agency_code=agency,
        decided_on=day.day,
        law_effective_on=day.day + timedelta(days=_LAW_SOON_DAYS if is_late else _LAW_LATER_DAYS),
        provincial=True,
        field_code=procedure.field,
        limit_working_hours=procedure.limit_working_hours,
        eligible_full_online=procedure.code in decisions.eligible_full_online,
    )


def _published(
    world: World, agency: str, procedure: Procedure, decisions: Decisions, day: OpenDay
) -> tuple[int, Event]:
    working_day = world.calendar.working_day_seconds
    if procedure.code in decisions.published_late:
        taken = world.between((_PUBLIC_DAYS + 1) * working_day + HOUR, 10 * working_day)
    else:
        taken = world.between(HOUR, (_PUBLIC_DAYS - 1) * working_day)
    epoch = world.later(day.opening, taken)
    public = catalogue.ProcedurePublished(
        agency_code=agency,
        decided_on=day.day,
        published_on=day_of_epoch(epoch),
        provincial=True,
        content_full=procedure.code not in decisions.content_missing,
    )
    return epoch, public


def _level(agency: str, procedure: Procedure) -> Event:
    return catalogue.ProcedureServiceLevelSet(
        agency_code=agency, service_level=procedure.service_level or ServiceLevel.NONE
    )


def _payment(agency: str, procedure: Procedure, decisions: Decisions) -> Event:
    integrated = procedure.code in decisions.payment_integrated
    return catalogue.ProcedurePaymentIntegrated(agency_code=agency, integrated=integrated)
