"""Postal facts with ids that follow from what happened, so that a repeat is the same fact."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.postal_gateway.domain.bundles import differences
from services.postal_gateway.domain.orders import Accepted, LegName, Meaning, Status
from services.postal_gateway.domain.states import BundleState, LegState, PostState
from shared.calendar.civil_time import instant_of
from shared.events import postal
from shared.events.envelope import Fact, fact
from shared.events.fields import BundleDirection, BundleSide, Event, Leg

SOURCE: Final = "postal_gateway"
_BY_CODE: Final[Mapping[Meaning, Any]] = {
    Meaning.IN_TRANSIT: postal.PostalInTransit,
    Meaning.DELIVERED: postal.PostalDelivered,
    Meaning.RETURNED: postal.PostalReturnedToSender,
    Meaning.CANCELLED: postal.PostalOrderCancelled,
}


def return_requested(dossier: str, state: PostState) -> Fact:
    """The result is to go home: said at the moment of the result, under the dossier's own id."""
    assert state.resolved is not None  # noqa: S101 - the caller asked needs_return
    name = LegName(dossier)
    event = postal.PostalReturnRequested(
        agency_code=state.agency, leg=name.leg, attempt=name.attempt,
        contact_ref=state.contact_ref or None,
    )  # fmt: skip
    return named(event, f"{name.key}.requested", dossier, instant_of(state.resolved))


def pickup_requested(dossier: str, state: PostState) -> Fact:
    """The dossier is to be fetched: said at the moment the applicant ticked it."""
    assert state.pickup_wanted is not None  # noqa: S101 - the caller asked needs_pickup
    name = LegName(dossier, Leg.PICKUP)
    event = postal.PostalPickupRequested(
        agency_code=state.agency, leg=name.leg, attempt=name.attempt,
        contact_ref=state.pickup_contact or None,
    )  # fmt: skip
    return named(event, f"{name.key}.requested", dossier, instant_of(state.pickup_wanted))


def order_accepted(name: LegName, agency: str, carrier: str, accepted: Accepted) -> Fact:
    """The carrier has the order; without a `record_ref`, because no paper changed hands."""
    event = postal.PostalHandedToCarrier(
        agency_code=agency, leg=name.leg, attempt=name.attempt, carrier=carrier,
        tracking_number=accepted.tracking_number,
    )  # fmt: skip
    return named(event, _row_id(name, carrier, 0), name.dossier, accepted.at)


def status_fact(name: LegName, agency: str, carrier: str, status: Status) -> Fact | None:
    """What the carrier's status says happened; None for a code that is unknown."""
    if status.meaning is Meaning.REGISTERED and status.repeats_acceptance:
        return order_accepted(name, agency, carrier, Accepted(status.tracking_number, status.at))
    about: dict[str, Any] = {
        "agency_code": agency, "leg": name.leg, "attempt": name.attempt, "carrier": carrier,
        "tracking_number": status.tracking_number,
    }  # fmt: skip
    meaning = status.meaning
    event: postal.PostalEvent
    if meaning is Meaning.REGISTERED:
        event = postal.PostalHandedToCarrier(**about)
    elif meaning is Meaning.HANDED:
        is_pickup = name.leg is Leg.PICKUP
        kind = postal.PostalPickedUp if is_pickup else postal.PostalHandedToCarrier
        event = kind(**about, record_ref=status.tracking_number)
    elif meaning is Meaning.DELIVERY_FAILED:
        event = postal.PostalDeliveryFailed(
            **about, status_code=status.code, at_fault=status.at_fault or None
        )
    elif meaning is Meaning.LOST:
        event = postal.PostalLost(**about)
    elif meaning in _BY_CODE:
        event = _BY_CODE[meaning](**about, status_code=status.code)
    else:
        return None
    return named(event, _row_id(name, carrier, status.row), name.dossier, status.at)


def signed_fact(
    number: str, bundle: BundleState, name: LegName, leg: LegState, agency: str
) -> Fact:
    """One leg of a bundle that both sides signed: the paper changed hands at that instant."""
    assert bundle.signed is not None  # noqa: S101 - the caller asked what changed hands
    by = {one.side: one.by for one in bundle.signatures}
    about: dict[str, Any] = {
        "agency_code": agency, "leg": name.leg, "attempt": name.attempt,
        "carrier": leg.carrier or bundle.carrier or None,
        "tracking_number": leg.tracking_number or None, "record_ref": number,
    }  # fmt: skip
    event: postal.PostalEvent
    if bundle.direction == BundleDirection.TO_CARRIER:
        event = postal.PostalHandedToCarrier(**about, signed_by=by[BundleSide.AGENCY])
    elif name.leg is Leg.RETURN:
        del about["record_ref"]
        event = postal.PostalReturnedToSender(**about)
    else:
        event = postal.PostalHandedToAgency(
            **about, signed_by=by[BundleSide.AGENCY], handed_by=by[BundleSide.CARRIER]
        )
    return named(event, f"{name.key}.record.{number}", name.dossier, instant_of(bundle.signed))


def damaged_fact(number: str, bundle: BundleState, name: LegName, agency: str) -> Fact:
    """What the joint count found damaged."""
    assert bundle.signed is not None  # noqa: S101 - the caller asked what changed hands
    event = postal.PostalDamaged(
        agency_code=agency, leg=name.leg, attempt=name.attempt, record_ref=number,
        by=next(one.by for one in bundle.signatures if one.damaged),
    )  # fmt: skip
    return named(event, f"{name.key}.damaged.{number}", name.dossier, instant_of(bundle.signed))


def damaged_items(bundle: BundleState) -> tuple[str, ...]:
    """The order numbers that either side noted as damaged."""
    return differences(bundle).damaged if bundle.signed is not None else ()


def said_on_desk(event: Event, nonce: str, subject: str, at: datetime) -> Fact:
    """What a person said: `nonce` comes with the form, so that sending it twice is one fact."""
    return named(event, f"desk.{event.event_type.split('.')[1]}.{nonce}", subject, at)


def named(event: Event, fact_id: str, subject: str, at: datetime) -> Fact:
    """The fact under the gateway's name."""
    return fact(event, id=fact_id, source=SOURCE, subject=subject, time=at)


def _row_id(name: LegName, carrier: str, row: int) -> str:
    """Ids that sort as the carrier's rows do: two statuses may share their second."""
    return f"{name.key}.{carrier}.{row:016d}"
