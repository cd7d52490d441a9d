"""Between our orders and statuses and VNPost's bodies. Pure.

Bounds are the schema: an answer that does not fit is no answer. Source: [VNPOST].
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from services.postal_gateway.carriers.vnpost.codes import AT_FAULT, meaning_of
from services.postal_gateway.domain.orders import (
    Accepted,
    Meaning,
    Order,
    Standing,
    Status,
    TrackingPage,
    leg_of,
)
from shared.calendar import HO_CHI_MINH
from shared.events.fields import Leg

PAGE_SIZE: Final = 200
UNREADABLE: Final = "unreadable"
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
DESCRIPTIONS: Final = {
    Leg.RETURN: "Kết quả giải quyết thủ tục hành chính",
    Leg.PICKUP: "Hồ sơ thủ tục hành chính",
    Leg.TRANSFER: "Hồ sơ liên thông giữa hai cơ quan",
}
_TIME: Final = "%d/%m/%Y %H:%M:%S"

Text = Annotated[str, Meta(max_length=200)]
OrderNumber = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._/:-]{0,84}\Z", max_length=85)]
Tracking = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._/:-]{0,63}\Z", max_length=64)]
Code = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z", max_length=32)]
When = Annotated[str, Meta(pattern=r"\A\d\d/\d\d/\d{4} \d\d:\d\d:\d\d\Z")]
Row = Annotated[int, Meta(ge=0, le=2**53)]


class TokenAnswer(Struct, frozen=True, kw_only=True):
    """The answer to apiGetToken; seconds of life."""

    token: Annotated[str, Meta(min_length=8, max_length=4096)]
    expiresIn: Annotated[int, Meta(ge=1, le=86_400)] = 3600  # noqa: N815 - the wire's name


class OrderAnswer(Struct, frozen=True, kw_only=True):
    """The answer to apiPostOrder, and each order found."""

    orderNumber: OrderNumber  # noqa: N815 - the wire's name
    itemCode: Tracking  # noqa: N815 - the wire's name
    createdTime: When  # noqa: N815 - the wire's name


class TrackingRow(Struct, frozen=True, kw_only=True):
    """One row of apiGetOrderTracking. Its message is not read: it may name a person."""

    id: Row
    orderNumber: OrderNumber  # noqa: N815 - the wire's name
    itemCode: Tracking  # noqa: N815 - the wire's name
    statusCode: Code | int  # noqa: N815 - the wire's name
    statusTime: When  # noqa: N815 - the wire's name


class RowNumber(Struct, frozen=True):
    """What must be readable of any row, to go on behind it."""

    id: Row


class TrackingAnswer(Struct, frozen=True, kw_only=True):
    """A page of tracking. Rows are read one by one: a bad one must not hide those behind it."""

    data: Annotated[list[msgspec.Raw], Meta(max_length=1000)]


class FoundAnswer(Struct, frozen=True, kw_only=True):
    """The orders of one order number: none or one."""

    data: Annotated[list[OrderAnswer], Meta(max_length=10)]


class StatementRow(Struct, frozen=True, kw_only=True):
    """One order of the daily statement; without a status where it has none yet."""

    orderNumber: OrderNumber  # noqa: N815 - the wire's name
    itemCode: Tracking  # noqa: N815 - the wire's name
    id: Row = 0
    statusCode: Code | int | None = None  # noqa: N815 - the wire's name
    statusTime: When | None = None  # noqa: N815 - the wire's name


class StatementAnswer(Struct, frozen=True, kw_only=True):
    """The daily statement: its shape is ours, no source describes the carrier's."""

    data: Annotated[list[StatementRow], Meta(max_length=200_000)]


def order_body(order: Order, customer_code: str) -> dict[str, Any]:
    """The body of apiPostOrder. Without a contact the addressee stands on the Phiếu gửi.

    A pick-up goes the other way: the applicant sends, the agency receives.
    """
    agency = {"Name": order.agency, "Desc": f"VNPOST_{order.agency}"}
    other = {"Name": order.to_agency, "Desc": f"VNPOST_{order.to_agency}"}
    person = _person(order)
    ends = {
        Leg.RETURN: (agency, person),
        Leg.PICKUP: (person, agency),
        Leg.TRANSFER: (agency, other),
    }
    sender, receiver = ends[order.name.leg]
    return {
        "customerCode": customer_code,
        "orderNumber": order.name.order_number,
        "codAmount": 0,
        "sender": sender,
        "receiver": receiver,
        "description": DESCRIPTIONS[order.name.leg],
    }


def _person(order: Order) -> dict[str, str]:
    contact = order.contact
    return {
        "Province": contact.province if contact else "",
        "District": contact.commune if contact else "",
        "Address": contact.address if contact else "",
        "Name": contact.name if contact else "",
        "Tel": contact.phone if contact else "",
        "Desc": contact.note if contact else "Theo phiếu gửi hồ sơ",
    }


def accepted(answer: OrderAnswer) -> Accepted:
    """The order as accepted. Raises ValueError for a moment that does not exist."""
    return Accepted(answer.itemCode, instant_of(answer.createdTime))


def page_of(answer: TrackingAnswer, last_row: int) -> TrackingPage:
    """The rows after `last_row` in order; it stays where none came.

    A row that does not fit is UNKNOWN with the code `unreadable`; one without a number is passed
    over.
    """
    found = (status for raw in answer.data if (status := _status(raw)) is not None)
    statuses = sorted((one for one in found if one.row > last_row), key=lambda one: one.row)
    return TrackingPage(tuple(statuses), statuses[-1].row if statuses else last_row)


def standings(answer: StatementAnswer) -> list[Standing]:
    """The orders of a statement, with their latest status."""
    found = []
    for row in answer.data:
        status = None
        if row.statusCode is not None and row.statusTime is not None:
            status = _status(msgspec.Raw(msgspec.json.encode(row)))
        found.append(Standing(row.orderNumber, row.itemCode, status))
    return found


def _status(raw: msgspec.Raw) -> Status | None:
    try:
        row = msgspec.json.decode(raw, type=TrackingRow)
        code = str(row.statusCode)
        return Status(
            row=row.id,
            order_number=row.orderNumber,
            tracking_number=row.itemCode,
            code=code,
            meaning=meaning_of(code, leg_of(row.orderNumber).leg),
            at=instant_of(row.statusTime),
            at_fault=AT_FAULT.get(code, ""),
        )
    except (msgspec.MsgspecError, ValueError):
        pass
    try:
        number = msgspec.json.decode(raw, type=RowNumber).id
    except (msgspec.MsgspecError, ValueError):
        return None
    return Status(number, "", "", UNREADABLE, Meaning.UNKNOWN, NEVER)


def instant_of(text: str) -> datetime:
    """`dd/MM/yyyy HH:mm:ss` without a zone is civil time of Việt Nam."""
    return datetime.strptime(text, _TIME).replace(tzinfo=HO_CHI_MINH).astimezone(UTC)


def text_of(instant: datetime) -> str:
    """The same, the other way."""
    return instant.astimezone(HO_CHI_MINH).strftime(_TIME)
