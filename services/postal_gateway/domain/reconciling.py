"""Three records of the same paper, compared: ours, the carrier's, the dossier's facts. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum, unique
from typing import Final

from services.postal_gateway.domain.machine import LegStatus, may_follow
from services.postal_gateway.domain.orders import Meaning, Standing, Status, leg_of
from services.postal_gateway.domain.rows import DifferenceRow, ParcelRow
from shared.events.fields import Leg


@unique
class DifferenceKind(StrEnum):
    """How two records differ; the values are metric labels."""

    NOT_AT_CARRIER = "not_at_carrier"  # we have an accepted order, its statement has not
    NOT_WITH_US = "not_with_us"  # it has an order under a number that no leg of ours has
    ORDERED_TWICE = "ordered_twice"
    OTHER_NUMBER = "other_number"  # the same order under another tracking number
    CARRIER_AHEAD = "carrier_ahead"  # its last status never reached us: a lost webhook
    CARRIER_BEHIND = "carrier_behind"  # our record is further than its own
    HANDED_WITHOUT_RECORD = "handed_without_record"  # nobody signed that the post took it
    RECEIVED_WITHOUT_RECORD = "received_without_record"  # filed by the desk's own time (D19)
    RETURNED_NOT_DELIVERED = "returned_not_delivered"  # the dossier says returned, the parcel not
    DELIVERED_NOT_RETURNED = "delivered_not_returned"  # and the other way round


@unique
class Owner(StrEnum):
    """Whose it is to put right."""

    CARRIER = "carrier"
    AGENCY = "agency"
    GATEWAY = "gateway"


_OWNERS: Final[Mapping[DifferenceKind, Owner]] = {
    DifferenceKind.NOT_AT_CARRIER: Owner.CARRIER,
    DifferenceKind.NOT_WITH_US: Owner.GATEWAY,
    DifferenceKind.ORDERED_TWICE: Owner.GATEWAY,
    DifferenceKind.OTHER_NUMBER: Owner.CARRIER,
    DifferenceKind.CARRIER_AHEAD: Owner.CARRIER,
    DifferenceKind.CARRIER_BEHIND: Owner.CARRIER,
    DifferenceKind.HANDED_WITHOUT_RECORD: Owner.AGENCY,
    DifferenceKind.RECEIVED_WITHOUT_RECORD: Owner.AGENCY,
    DifferenceKind.RETURNED_NOT_DELIVERED: Owner.AGENCY,
    DifferenceKind.DELIVERED_NOT_RETURNED: Owner.AGENCY,
}
_STATUS: Final[Mapping[Meaning, LegStatus]] = {
    Meaning.REGISTERED: LegStatus.ORDERED,
    Meaning.HANDED: LegStatus.HANDED,
    Meaning.IN_TRANSIT: LegStatus.IN_TRANSIT,
    Meaning.DELIVERED: LegStatus.DELIVERED,
    Meaning.DELIVERY_FAILED: LegStatus.DELIVERY_FAILED,
    Meaning.RETURNED: LegStatus.RETURNED,
    Meaning.CANCELLED: LegStatus.CANCELLED,
    Meaning.LOST: LegStatus.LOST,
}
# What a dossier's own system may take to say after the post did.
GRACE_SECONDS: Final = 86_400
JUST_ORDERED_SECONDS: Final = 3600


def news(ours: Mapping[str, ParcelRow], stated: Iterable[Standing]) -> tuple[Status, ...]:
    """The carrier's statuses that never reached us: they become facts like any other."""
    return tuple(
        one.status
        for one in stated
        if one.status is not None
        and (row := ours.get(one.order_number)) is not None
        and _is_ahead(row, one)
    )


def _is_ahead(row: ParcelRow, one: Standing) -> bool:
    if one.status is None or row.tracking not in ("", one.tracking_number):
        return False
    theirs = _STATUS.get(one.status.meaning)
    return theirs is not None and may_follow(Leg(row.leg), LegStatus(row.status), theirs)


def compared(
    ours: Sequence[ParcelRow], stated: Sequence[Standing] | None, *, carrier: str, now: int
) -> list[DifferenceRow]:
    """Every difference, named and owned; `stated` is None where the carrier said nothing."""
    found = compared_with_dossiers(ours, now)
    if stated is not None:
        found += compared_with_carrier(ours, stated, carrier=carrier, now=now)
    return found


def compared_with_dossiers(ours: Iterable[ParcelRow], now: int) -> list[DifferenceRow]:
    """What our records and the dossiers' own facts say differently."""
    return [one for row in ours for one in _with_the_dossier(row, now)]


def compared_with_carrier(
    ours: Sequence[ParcelRow], stated: Sequence[Standing], *, carrier: str, now: int
) -> list[DifferenceRow]:
    """What one carrier's statement says otherwise than our records."""
    found: list[DifferenceRow] = []
    numbers = Counter(one.order_number for one in stated)
    by_item = {row.item: row for row in ours}
    standing = {one.order_number: one for one in stated}
    for row in ours:
        if row.carrier == carrier and row.ordered is not None:
            found += [_of(row, kind, now) for kind in _with_the_carrier(row, standing, now)]
    found += [
        _of(by_item[item], DifferenceKind.ORDERED_TWICE, now)
        for item, count in numbers.items()
        if count > 1 and item in by_item
    ]
    found += [_foreign(one, carrier, now) for one in stated if one.order_number not in by_item]
    return found


def _with_the_carrier(
    row: ParcelRow, standing: Mapping[str, Standing], now: int
) -> Iterator[DifferenceKind]:
    one = standing.get(row.item)
    if one is None:
        # Ordered while the statement was being made.
        is_old = row.ordered is not None and now - row.ordered > JUST_ORDERED_SECONDS
        if row.status != LegStatus.CANCELLED and is_old:
            yield DifferenceKind.NOT_AT_CARRIER
        return
    if one.tracking_number != row.tracking:
        yield DifferenceKind.OTHER_NUMBER
        return
    if _is_ahead(row, one):
        yield DifferenceKind.CARRIER_AHEAD
    theirs = None if one.status is None else _STATUS.get(one.status.meaning)
    ended = row.status in (LegStatus.HANDED_TO_AGENCY, LegStatus.LOST)
    if theirs is None or ended or now - row.since <= GRACE_SECONDS:
        return  # its scans may take a day
    if may_follow(Leg(row.leg), theirs, LegStatus(row.status)):
        yield DifferenceKind.CARRIER_BEHIND


def _with_the_dossier(row: ParcelRow, now: int) -> Iterator[DifferenceRow]:
    status, leg = LegStatus(row.status), Leg(row.leg)
    if leg is not Leg.PICKUP and row.handed is not None and not row.record:
        yield _of(row, DifferenceKind.HANDED_WITHOUT_RECORD, now)
    went = status not in (LegStatus.CANCELLED, LegStatus.RETURNED)
    if leg is Leg.PICKUP and row.received is not None and not row.record and went:
        yield _of(row, DifferenceKind.RECEIVED_WITHOUT_RECORD, now)
    if leg is not Leg.RETURN:
        return
    if status is LegStatus.DELIVERED and row.returned is None and now - row.since > GRACE_SECONDS:
        yield _of(row, DifferenceKind.DELIVERED_NOT_RETURNED, now)
    if row.is_open and row.returned is not None and now - row.returned > GRACE_SECONDS:
        yield _of(row, DifferenceKind.RETURNED_NOT_DELIVERED, now)


def _of(row: ParcelRow, kind: DifferenceKind, now: int) -> DifferenceRow:
    return DifferenceRow(
        kind.value, row.item, _OWNERS[kind].value, row.dossier, row.leg, row.agency, row.carrier,
        now,
    )  # fmt: skip


def _foreign(one: Standing, carrier: str, now: int) -> DifferenceRow:
    kind, name = DifferenceKind.NOT_WITH_US, leg_of(one.order_number)
    return DifferenceRow(
        kind.value, one.order_number, _OWNERS[kind].value, name.dossier, name.leg.value, "",
        carrier, now,
    )  # fmt: skip
