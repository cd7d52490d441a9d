"""How long each leg may take, and whether it is late: dated data and working time. Pure.

Sources: [D17], [LUAT-BUU-CHINH], [ND-47-2011]; every number stands in limits.toml.
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum, unique
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.rows import ParcelRow
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import day_of_epoch
from shared.events.fields import Leg

ORDINARY = "ordinary"


class ClaimLimits(Struct, frozen=True, kw_only=True):
    """The deadlines of claims, in calendar months and days."""

    source: str
    loss_months: int
    lateness_months: int
    damage_months: int
    answer_months: int
    pay_days: int
    charge_times: int


class CarrierLimits(Struct, frozen=True, kw_only=True):
    """One carrier's own times by distance class."""

    name: str
    deliver_working_days: dict[str, int]


class AgencyDistance(Struct, frozen=True, kw_only=True):
    """How far an agency's parcels go."""

    code: str
    distance: str


class Limits(Struct, frozen=True, kw_only=True):
    """One version of all limits."""

    id: str
    effective_from: date
    source: str
    collect_working_days: int
    sign_working_days: int
    quiet_working_days: int
    remit_working_days: int
    deliver_working_days: dict[str, int]
    claims: ClaimLimits
    effective_to: date | None = None
    carrier: tuple[CarrierLimits, ...] = ()
    agency: tuple[AgencyDistance, ...] = ()

    def deliver_days(self, carrier: str, agency: str) -> int:
        """Working days from the hand-over to the delivery."""
        distance = next((a.distance for a in self.agency if a.code == agency), ORDINARY)
        own = next((c.deliver_working_days for c in self.carrier if c.name == carrier), {})
        days: Mapping[str, int] = {**self.deliver_working_days, **own}
        return days.get(distance, days[ORDINARY])


class _Table(Struct, frozen=True):
    version: tuple[Limits, ...]


def limits_in(text: str) -> tuple[Limits, ...]:
    """The versions of a file like limits.toml, the oldest first.

    Raises:
        ValueError: it is not one; the message names the place.
    """
    found = msgspec.convert(tomllib.loads(text), _Table).version
    if not found:
        raise ValueError("no [[version]]")
    wrong = [one.id for one in found if ORDINARY not in one.deliver_working_days]
    if wrong:
        raise ValueError(f"version {wrong[0]}: deliver_working_days has no {ORDINARY!r}")
    return tuple(sorted(found, key=lambda one: one.effective_from))


@cache
def shipped() -> tuple[Limits, ...]:
    """The versions shipped here, the oldest first."""
    return limits_in((files("services.postal_gateway") / "limits.toml").read_text(encoding="utf-8"))


def limits_on(day: date, versions: Sequence[Limits] = ()) -> Limits:
    """The version in force on a day; the oldest before all of them. None named: those shipped."""
    known = versions or shipped()
    in_force = [
        one
        for one in known
        if one.effective_from <= day and (one.effective_to is None or day < one.effective_to)
    ]
    return in_force[-1] if in_force else known[0]


@unique
class Stage(StrEnum):
    """Which limit runs."""

    COLLECT = "collect"
    DELIVER = "deliver"
    SIGN = "sign"
    QUIET = "quiet"


class Due(Struct, frozen=True):
    """Until when the stage may last; epoch seconds."""

    stage: Stage
    at: int


_MOVING = (LegStatus.HANDED, LegStatus.IN_TRANSIT, LegStatus.DELIVERY_FAILED)


def dues(
    row: ParcelRow, calendar: WorkingCalendar, versions: Sequence[Limits] = ()
) -> tuple[Due, ...]:
    """The limits that run for a leg now; none while nobody waits for the post.

    Working time of the post's side: from the order to the collection, from the hand-over to the
    delivery, from the last scan to the next, from the carrier's delivery to the signatures.
    """
    limits = limits_on(day_of_epoch(row.since), versions)
    status = LegStatus(row.status)

    def after(start: int, days: int) -> int:
        return calendar.add_working_epoch(start, days * calendar.working_day_seconds)

    if status is LegStatus.ORDERED:
        return (Due(Stage.COLLECT, after(row.since, limits.collect_working_days)),)
    if status in _MOVING:
        begun = row.handed or row.since
        days = limits.deliver_days(row.carrier, row.agency)
        quiet = after(max(row.scanned, row.since), limits.quiet_working_days)
        return (Due(Stage.DELIVER, after(begun, days)), Due(Stage.QUIET, quiet))
    if status is LegStatus.DELIVERED and row.leg != Leg.RETURN:
        return (Due(Stage.SIGN, after(row.since, limits.sign_working_days)),)
    return ()


def overrun(
    row: ParcelRow, calendar: WorkingCalendar, now: int, versions: Sequence[Limits] = ()
) -> Due | None:
    """The limit that was passed first; None while all are kept."""
    passed = [due for due in dues(row, calendar, versions) if due.at < now]
    return min(passed, key=lambda due: due.at, default=None)
