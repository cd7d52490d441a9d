"""Between our orders and statuses and Viettel Post's bodies. Pure.

Only the fields named here are read: notes and places may name a person. The addresses of its
interface and the body of an order are from memory and unverified; the webhook's shape is not.
Source: [VIETTEL-POST].
"""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from services.postal_gateway.carriers.viettel.codes import AT_FAULT, meaning_of
from services.postal_gateway.carriers.vnpost.mapping import (
    DESCRIPTIONS,
    OrderNumber,
    Tracking,
    When,
    instant_of,
)
from services.postal_gateway.domain.orders import Accepted, Order, Standing, Status
from shared.calendar.civil_time import epoch_of
from shared.events.contact import Contact
from shared.events.fields import Leg

BODY_BYTES_MAX: Final = 65_536
_PER_SECOND: Final = 10_000
_ABOVE_LOWEST: Final = 1_000

StatusCode = Annotated[int, Meta(ge=-999, le=8_999)]


class WebhookData(Struct, frozen=True, kw_only=True):
    """One status of one order. ORDER_REFERENCE is our order number."""

    ORDER_NUMBER: Tracking
    ORDER_REFERENCE: OrderNumber
    ORDER_STATUS: StatusCode
    ORDER_STATUSDATE: When


class Webhook(Struct, frozen=True, kw_only=True):
    """What the carrier sends; TOKEN is its shared secret."""

    DATA: WebhookData
    TOKEN: Annotated[str, Meta(max_length=512)] = ""


class LoginData(Struct, frozen=True):
    """What a login gives."""

    token: Annotated[str, Meta(min_length=8, max_length=4096)]


class LoginAnswer(Struct, frozen=True):
    """The answer to a login."""

    data: LoginData


class OrderData(Struct, frozen=True, kw_only=True):
    """What an accepted order is called."""

    ORDER_NUMBER: Tracking


class OrderAnswer(Struct, frozen=True, kw_only=True):
    """The answer to an order; `error` may come with status 200."""

    error: bool
    data: OrderData | None = None


class DoneAnswer(Struct, frozen=True):
    """The answer to a change of an order."""

    error: bool


class StatementRow(Struct, frozen=True, kw_only=True):
    """One order of the daily statement; without a status where it has none yet."""

    ORDER_NUMBER: Tracking
    ORDER_REFERENCE: OrderNumber
    ORDER_STATUS: StatusCode | None = None
    ORDER_STATUSDATE: When | None = None


class StatementAnswer(Struct, frozen=True):
    """The daily statement. Rows are read one by one: a bad one must not hide the others."""

    data: Annotated[list[msgspec.Raw], Meta(max_length=200_000)]


def order_body(order: Order) -> dict[str, Any]:
    """The body of an order; a pick-up goes the other way round."""
    agency = _agency(order.agency)
    person = _person(order.contact)
    sender, receiver = {
        Leg.RETURN: (agency, person),
        Leg.PICKUP: (person, agency),
        Leg.TRANSFER: (agency, _agency(order.to_agency)),
    }[order.name.leg]
    return {
        "ORDER_NUMBER": order.name.order_number,
        **{f"SENDER_{key}": value for key, value in sender.items()},
        **{f"RECEIVER_{key}": value for key, value in receiver.items()},
        "PRODUCT_NAME": DESCRIPTIONS[order.name.leg],
        "PRODUCT_QUANTITY": 1, "PRODUCT_WEIGHT": 100, "PRODUCT_TYPE": "TH",
        "ORDER_PAYMENT": 1, "ORDER_SERVICE": "VCN", "MONEY_COLLECTION": 0,
    }  # fmt: skip


def _agency(code: str) -> dict[str, str]:
    return {"FULLNAME": code, "ADDRESS": "", "PHONE": ""}


def _person(contact: Contact | None) -> dict[str, str]:
    if contact is None:
        return {"FULLNAME": "", "ADDRESS": "Theo phiếu gửi hồ sơ", "PHONE": ""}
    place = ", ".join(one for one in (contact.address, contact.commune, contact.province) if one)
    return {"FULLNAME": contact.name, "ADDRESS": place, "PHONE": contact.phone}


def accepted(content: bytes, at: datetime) -> Accepted:
    """The order as accepted, at the moment of the answer: it carries none of its own.

    Raises:
        ValueError: it is no acceptance.
        msgspec.MsgspecError: it is no answer.
    """
    answer = msgspec.json.decode(content, type=OrderAnswer)
    if answer.error or answer.data is None:
        raise ValueError("no acceptance")
    return Accepted(answer.data.ORDER_NUMBER, at)


def status_of(said: WebhookData) -> Status:
    """The status; its row sorts as the statuses of one order do. ValueError: no such date."""
    at = instant_of(said.ORDER_STATUSDATE)
    code = said.ORDER_STATUS
    return Status(
        row=epoch_of(at) * _PER_SECOND + code + _ABOVE_LOWEST,
        order_number=said.ORDER_REFERENCE,
        tracking_number=said.ORDER_NUMBER,
        code=_code_text(code),
        meaning=meaning_of(code),
        at=at,
        at_fault=AT_FAULT.get(code, ""),
        repeats_acceptance=False,
    )


def _code_text(code: int) -> str:
    # A fact's code begins with a letter or a digit.
    return str(code) if code >= 0 else f"m{-code}"


def standings(answer: StatementAnswer) -> list[Standing]:
    """The orders of a statement; a row that does not fit is passed over."""
    return [one for raw in answer.data if (one := _standing(raw)) is not None]


def _standing(raw: msgspec.Raw) -> Standing | None:
    try:
        row = msgspec.json.decode(raw, type=StatementRow)
        status = None
        if row.ORDER_STATUS is not None and row.ORDER_STATUSDATE is not None:
            status = status_of(
                WebhookData(
                    ORDER_NUMBER=row.ORDER_NUMBER, ORDER_REFERENCE=row.ORDER_REFERENCE,
                    ORDER_STATUS=row.ORDER_STATUS, ORDER_STATUSDATE=row.ORDER_STATUSDATE,
                )
            )  # fmt: skip
    except (msgspec.MsgspecError, ValueError):
        return None
    return Standing(row.ORDER_REFERENCE, row.ORDER_NUMBER, status)
