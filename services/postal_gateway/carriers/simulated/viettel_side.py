"""The simulated carrier in Viettel Post's shape: orders in, statuses out by webhook."""

from datetime import datetime
from typing import Any, Final, Protocol

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Struct

from services.postal_gateway.carriers.simulated.orders import (
    VIETTEL,
    OrderBook,
    SimulatedOrder,
    SimulatedRow,
)
from services.postal_gateway.carriers.vnpost.mapping import instant_of, text_of

_TOKEN: Any = Parameter(header="Token", default=None, required=False)
_KEY: Any = Parameter(header="Idempotency-Key", default="", required=False)
_TAKEN_BACK: Final = 4


class LoginRequest(Struct):
    """A login."""

    USERNAME: str
    PASSWORD: str


class CreateRequest(Struct):
    """An order; what is not named here is accepted and forgotten."""

    ORDER_NUMBER: str


class ChangeRequest(Struct):
    """A change of an order; TYPE 4 takes it back."""

    TYPE: int
    ORDER_NUMBER: str


class StatementRequest(Struct):
    """The daily statement."""

    FROM_DATE: str


class _Carrier(Protocol):
    book: OrderBook

    def out(self) -> None: ...
    def token(self, secret: str) -> str: ...
    def check(self, token: str | None) -> None: ...
    def now(self) -> datetime: ...

    async def ordered(
        self, order_number: str, key: str, shape: str, answer: Any
    ) -> Response[Any]: ...


def make_viettel_side(carrier: _Carrier) -> list[HTTPRouteHandler]:
    """The handlers."""

    @post("/v2/user/Login", status_code=200, sync_to_thread=False)
    def login(data: LoginRequest) -> dict[str, Any]:
        carrier.out()
        return _good({"token": carrier.token(data.PASSWORD)})

    @post("/v2/order/createOrder", status_code=200)
    async def create(
        data: CreateRequest, token: str | None = _TOKEN, key: str = _KEY
    ) -> Response[Any]:
        carrier.out()
        carrier.check(token)
        return await carrier.ordered(data.ORDER_NUMBER, key, VIETTEL, _created)

    @post("/v2/order/UpdateOrder", status_code=200, sync_to_thread=False)
    def change(data: ChangeRequest, token: str | None = _TOKEN) -> dict[str, Any]:
        carrier.out()
        carrier.check(token)
        if data.TYPE == _TAKEN_BACK:
            carrier.book.cancel(data.ORDER_NUMBER)
        return _good({})

    @post("/v2/order/statement", status_code=200, sync_to_thread=False)
    def statement(data: StatementRequest, token: str | None = _TOKEN) -> dict[str, Any]:
        carrier.out()
        carrier.check(token)
        carrier.book.advance(carrier.now())
        since = instant_of(data.FROM_DATE)
        return _good([_stated(*one) for one in carrier.book.statement(since, VIETTEL)])

    return [login, create, change, statement]


def _good(data: Any) -> dict[str, Any]:
    return {"status": 200, "error": False, "message": "OK", "data": data}


def _created(order: SimulatedOrder) -> dict[str, Any]:
    return _good({"ORDER_NUMBER": order.item_code, "MONEY_TOTAL": 30_000})


def _stated(order: SimulatedOrder, row: SimulatedRow | None) -> dict[str, Any]:
    stated: dict[str, Any] = {
        "ORDER_NUMBER": order.item_code, "ORDER_REFERENCE": order.order_number,
    }  # fmt: skip
    if row is not None:
        stated |= {"ORDER_STATUS": int(row.code), "ORDER_STATUSDATE": text_of(row.at)}
    return stated


def webhook_body(row: SimulatedRow, token: str) -> dict[str, Any]:
    """What the carrier sends of one status, as three code bases agree on it."""
    return {
        "DATA": {
            "ORDER_NUMBER": row.item_code, "ORDER_REFERENCE": row.order_number,
            "ORDER_STATUSDATE": text_of(row.at), "ORDER_STATUS": int(row.code),
            "STATUS_NAME": "", "LOCALION_CURRENTLY": "", "NOTE": "", "MONEY_COLLECTION": 0,
            "MONEY_FEECOD": 0, "MONEY_TOTAL": 30_000, "PRODUCT_WEIGHT": 100,
            "ORDER_SERVICE": "VCN", "IS_RETURNING": False,
        },
        "TOKEN": token,
    }  # fmt: skip
