"""Fees that the post takes for an agency and pays over; claims and their legal deadlines. Pure.

Sources: [QD-45-2016] article 11, [LUAT-BUU-CHINH], [ND-47-2011].
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum, unique

from msgspec import Struct

from services.postal_gateway.domain.limits import ClaimLimits, Limits, limits_on
from services.postal_gateway.domain.machine import LegStatus
from services.postal_gateway.domain.rows import ClaimRow, FeeRow
from services.postal_gateway.domain.states import LegState
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import day_of_epoch, months_later

COLLECTED, REMITTED = "collected", "remitted"
# Where no post office was named.
NO_OFFICE = "-"


class FeeDay(Struct, frozen=True):
    """What a post office took on one day for one agency, and what of it came; in đồng.

    A remittance belongs to the day on which its dossier's fee was collected.
    """

    day: date
    office: str
    agency: str
    collected: int
    remitted: int
    dossiers: tuple[str, ...]  # whose fee did not come, or came otherwise
    is_overdue: bool

    @property
    def difference(self) -> int:
        """Collected less remitted; negative where more came than was taken."""
        return self.collected - self.remitted


def fee_days(
    rows: Iterable[FeeRow], calendar: WorkingCalendar, now: int, versions: Sequence[Limits] = ()
) -> list[FeeDay]:
    """The days, the newest first. Money paid over that nobody collected stands on its own day."""
    by_dossier: defaultdict[str, list[FeeRow]] = defaultdict(list)
    for row in rows:
        by_dossier[row.dossier].append(row)
    groups: defaultdict[tuple[date, str, str], list[tuple[str, int, int, int]]] = defaultdict(list)
    for dossier, fees in by_dossier.items():
        first = min(fees, key=lambda fee: (fee.kind != COLLECTED, fee.at))
        taken = sum(fee.amount for fee in fees if fee.kind == COLLECTED)
        paid = sum(fee.amount for fee in fees if fee.kind == REMITTED)
        key = (day_of_epoch(first.at), first.office or NO_OFFICE, first.agency)
        groups[key].append((dossier, taken, paid, first.at))
    found = []
    for key, entries in groups.items():
        days = limits_on(key[0], versions).remit_working_days
        found.append(_fee_day(*key, entries, calendar, now, days))
    return sorted(found, key=lambda one: (one.day, one.office, one.agency), reverse=True)


def _fee_day(
    day: date, office: str, agency: str, entries: list[tuple[str, int, int, int]],
    calendar: WorkingCalendar, now: int, remit_working_days: int,
) -> FeeDay:  # fmt: skip
    open_ones = [one for one in entries if one[1] != one[2]]
    wait = remit_working_days * calendar.working_day_seconds
    return FeeDay(
        day, office, agency,
        sum(one[1] for one in entries), sum(one[2] for one in entries),
        tuple(sorted(one[0] for one in open_ones)),
        any(calendar.add_working_epoch(one[3], wait) < now for one in open_ones),
    )  # fmt: skip


@unique
class ClaimKind(StrEnum):
    """What a claim is for."""

    LOSS = "loss"
    DAMAGE = "damage"
    LATENESS = "lateness"


def claim_until(kind: ClaimKind, begun: date, limits: ClaimLimits) -> date:
    """The last day on which a claim can be made.

    `begun` is the end of the transit time for loss and lateness, the delivery for damage.
    """
    months = {
        ClaimKind.LOSS: limits.loss_months,
        ClaimKind.LATENESS: limits.lateness_months,
        ClaimKind.DAMAGE: limits.damage_months,
    }[kind]
    return months_later(begun, months)


def compensation_min(kind: ClaimKind, charge: int, limits: ClaimLimits) -> int:
    """The least that is owed, in đồng: the charge for lateness, else a multiple of it."""
    return charge if kind is ClaimKind.LATENESS else charge * limits.charge_times


class ClaimTerm(Struct, frozen=True):
    """A claim that can be made, and the last day for it."""

    kind: ClaimKind
    until: date


def claim_terms(
    leg: LegState, agency: str, calendar: WorkingCalendar, now: int, versions: Sequence[Limits] = ()
) -> tuple[ClaimTerm, ...]:
    """What a leg gives cause to claim; empty where nothing went wrong or the carrier had nothing.

    The end of the transit time is what limits.toml gives from the hand-over to the delivery.
    """
    handed = leg.reached(LegStatus.HANDED)
    if handed is None:
        return ()
    limits = limits_on(day_of_epoch(handed), versions)
    transit = limits.deliver_days(leg.carrier, agency) * calendar.working_day_seconds
    end = calendar.add_working_epoch(handed, transit)
    arrived = leg.reached(LegStatus.DELIVERED) or leg.reached(LegStatus.HANDED_TO_AGENCY)
    begun: dict[ClaimKind, int] = {}
    if leg.status == LegStatus.LOST:
        begun[ClaimKind.LOSS] = end
    elif leg.status != LegStatus.RETURNED and (arrived or now) > end:
        begun[ClaimKind.LATENESS] = end
    if leg.is_damaged and arrived is not None:
        begun[ClaimKind.DAMAGE] = arrived
    return tuple(
        ClaimTerm(kind, claim_until(kind, day_of_epoch(at), limits.claims))
        for kind, at in begun.items()
    )


class ClaimDuty(Struct, frozen=True):
    """What the carrier owes next for a claim, and until when; None where it owes nothing."""

    answer_due: date | None
    pay_due: date | None
    owed: int  # what is missing to the least that the law gives

    def is_overdue(self, today: date) -> bool:
        """Whether the day that counts has passed."""
        due = self.answer_due or self.pay_due
        return due is not None and due < today


def claim_duty(claim: ClaimRow, versions: Sequence[Limits] = ()) -> ClaimDuty:
    """The carrier's duty: an answer within the months of the law, then the money within its days.

    A settlement below the least of the law stays owed.
    """
    opened = day_of_epoch(claim.opened)
    limits = limits_on(opened, versions).claims
    if claim.settled is None:
        return ClaimDuty(months_later(opened, limits.answer_months), None, 0)
    if claim.refused:
        return ClaimDuty(None, None, 0)
    kind = ClaimKind(claim.kind) if claim.kind in set(ClaimKind) else ClaimKind.LATENESS
    owed = max(compensation_min(kind, claim.charge, limits) - claim.paid, 0)
    settled = day_of_epoch(claim.settled)
    return ClaimDuty(None, settled + timedelta(days=limits.pay_days) if owed else None, owed)
