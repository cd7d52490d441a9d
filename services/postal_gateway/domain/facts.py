"""Postal facts with ids that follow from what happened, so that a repeat is the same fact."""

from datetime import datetime
from typing import Any, Final

from services.postal_gateway.domain.orders import Accepted, LegName, Meaning, Status
from services.postal_gateway.domain.parcels import PostState
from shared.calendar.civil_time import instant_of
from shared.events import postal
from shared.events.envelope import Fact, fact

SOURCE: Final = "postal_gateway"


def return_requested(dossier: str, state: PostState) -> Fact:
    """The result is to go home: said at the moment of the result, under the dossier's own id."""
    assert state.resolved is not None  # noqa: S101 - the caller asked needs_return
    name = LegName(dossier)
    event = postal.PostalReturnRequested(
        agency_code=state.agency, leg=name.leg, attempt=name.attempt,
        contact_ref=state.contact_ref or None,
    )  # fmt: skip
    return _fact(event, f"{name.key}.requested", dossier, instant_of(state.resolved))


def order_accepted(name: LegName, agency: str, carrier: str, accepted: Accepted) -> Fact:
    """The carrier has the order; without a `record_ref`, because no paper changed hands."""
    event = postal.PostalHandedToCarrier(
        agency_code=agency, leg=name.leg, attempt=name.attempt, carrier=carrier,
        tracking_number=accepted.tracking_number,
    )  # fmt: skip
    return _fact(event, _row_id(name, carrier, 0), name.dossier, accepted.at)


def status_fact(name: LegName, agency: str, carrier: str, status: Status) -> Fact | None:
    """What a row of tracking says happened; None for a code that is unknown or moves nothing."""
    if status.meaning is Meaning.REGISTERED:
        return order_accepted(name, agency, carrier, Accepted(status.tracking_number, status.at))
    about: dict[str, Any] = {
        "agency_code": agency, "leg": name.leg, "attempt": name.attempt, "carrier": carrier,
        "tracking_number": status.tracking_number,
    }  # fmt: skip
    event: postal.PostalEvent
    match status.meaning:
        case Meaning.HANDED:
            event = postal.PostalHandedToCarrier(**about, record_ref=status.tracking_number)
        case Meaning.IN_TRANSIT:
            event = postal.PostalInTransit(**about, status_code=status.code)
        case Meaning.DELIVERED:
            event = postal.PostalDelivered(**about, status_code=status.code)
        case Meaning.DELIVERY_FAILED:
            event = postal.PostalDeliveryFailed(**about, status_code=status.code)
        case Meaning.RETURNED:
            event = postal.PostalReturnedToSender(**about, status_code=status.code)
        case _:
            return None
    return _fact(event, _row_id(name, carrier, status.row), name.dossier, status.at)


def _row_id(name: LegName, carrier: str, row: int) -> str:
    """Ids that sort as the carrier's rows do: two statuses may share their second."""
    return f"{name.key}.{carrier}.{row:016d}"


def _fact(event: postal.PostalEvent, fact_id: str, dossier: str, at: datetime) -> Fact:
    return fact(event, id=fact_id, source=SOURCE, subject=dossier, time=at)
