"""The simulated carrier's interface: VNPost's shape over HTTP, beside it Viettel Post's."""

import asyncio
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from litestar import Litestar, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Struct

from services.postal_gateway.carriers.simulated.faults import Fault, Faults
from services.postal_gateway.carriers.simulated.orders import VNPOST, OrderBook, SimulatedOrder
from services.postal_gateway.carriers.simulated.viettel_side import make_viettel_side
from services.postal_gateway.carriers.vnpost.mapping import instant_of, text_of
from shared.clock import Clock
from shared.observability import ServiceLog
from shared.runtime import Refusal, make_web
from shared.runtime.web import Lifespan

TOKEN_SECONDS: Final = 600
_UNAUTHORISED: Final = 401


class TokenRequest(Struct):
    """apiGetToken."""

    customerCode: str  # noqa: N815 - the wire's name
    secret: str


class OrderRequest(Struct):
    """apiPostOrder; what is not named here is accepted and forgotten."""

    customerCode: str  # noqa: N815 - the wire's name
    orderNumber: str  # noqa: N815 - the wire's name
    receiver: dict[str, str]


class NumberRequest(Struct):
    """apiCancelOrder, and asking for one order."""

    orderNumber: str  # noqa: N815 - the wire's name


class TrackingRequest(Struct):
    """apiGetOrderTracking."""

    lastId: int = 0  # noqa: N815 - the wire's name
    pageSize: int = 100  # noqa: N815 - the wire's name


class StatementRequest(Struct):
    """The daily statement."""

    fromTime: str  # noqa: N815 - the wire's name


class SimulatedCarrier:
    """Checks who asks, lets misfortune happen, and answers from the book."""

    def __init__(
        self, book: OrderBook, faults: Faults, *, secret: str, clock: Clock,
        silence_seconds: float = 45.0,
    ) -> None:  # fmt: skip
        self.book = book
        self._faults = faults
        self._secret = secret
        self._clock = clock
        self._silence_seconds = silence_seconds
        self._tokens: dict[str, float] = {}

    def token(self, secret: str) -> str:
        """A token of ten minutes for whoever knows the secret."""
        if not hmac.compare_digest(secret.encode(), self._secret.encode()):
            raise Refusal(_UNAUTHORISED)
        now = self._clock.monotonic()
        self._tokens = {token: until for token, until in self._tokens.items() if until > now}
        token = secrets.token_urlsafe(24)
        self._tokens[token] = now + TOKEN_SECONDS
        return token

    def check(self, token: str | None) -> None:
        """Refuse who has no token that still lives."""
        if self._tokens.get(token or "", 0.0) <= self._clock.monotonic():
            raise Refusal(_UNAUTHORISED)

    async def ordered(
        self, order_number: str, key: str, shape: str, answer: Callable[[SimulatedOrder], Any]
    ) -> Response[Any]:
        """Take an order, or do what misfortune wants."""
        fault = self._faults.draw()
        if fault is Fault.ERROR:
            return Response({"error": "internal"}, status_code=500)
        if fault is Fault.THROTTLED:
            return Response({"error": "slow down"}, status_code=429)
        order = self.book.create(order_number, key, self.now(), shape)
        if fault is Fault.LATE_ERROR:
            return Response({"error": "internal"}, status_code=500)
        if fault is Fault.SILENCE:
            await asyncio.sleep(self._silence_seconds)
        if fault is Fault.GARBLED:
            return Response(b"<html>", status_code=200, media_type="text/html")
        return Response(answer(order), status_code=200)

    def out(self) -> None:
        """Refuse everything during an outage."""
        if self._faults.is_out(self._clock.monotonic()):
            raise Refusal(503)

    def found(self, asked: NumberRequest) -> dict[str, Any]:
        """The orders of that number."""
        return {"data": [_order(one) for one in self.book.find(asked.orderNumber)]}

    def cancelled(self, asked: NumberRequest) -> dict[str, Any]:
        """Take them back; what is not there is taken back as well."""
        self.book.cancel(asked.orderNumber)
        return {"data": []}

    def tracking(self, asked: TrackingRequest) -> dict[str, Any]:
        """A page of rows after `lastId`."""
        self.book.advance(self.now())
        rows = self.book.page(max(asked.lastId, 0), min(max(asked.pageSize, 1), 1000))
        return {
            "data": [
                {
                    "id": row.id, "orderNumber": row.order_number, "itemCode": row.item_code,
                    "statusCode": row.code, "statusMessage": "", "statusTime": text_of(row.at),
                }
                for row in rows
            ]
        }  # fmt: skip

    def statement(self, asked: StatementRequest) -> dict[str, Any]:
        """Every order since then, with its latest status."""
        self.book.advance(self.now())
        rows = []
        for order, row in self.book.statement(instant_of(asked.fromTime), VNPOST):
            last = {} if row is None else {
                "id": row.id, "statusCode": row.code, "statusTime": text_of(row.at),
            }  # fmt: skip
            rows.append({"orderNumber": order.order_number, "itemCode": order.item_code, **last})
        return {"data": rows}

    def now(self) -> datetime:
        """The carrier's own time."""
        return self._clock.now()


def _order(order: SimulatedOrder) -> dict[str, Any]:
    return {
        "orderNumber": order.order_number, "itemCode": order.item_code,
        "createdTime": text_of(order.created_at),
    }  # fmt: skip


def make_carrier_app(
    carrier: SimulatedCarrier, log: ServiceLog, *, lifespan: Sequence[Lifespan] = ()
) -> Litestar:
    """The web application: both shapes at one address."""

    @get("/health/ready", sync_to_thread=False)
    def ready() -> dict[str, bool]:
        return {"ready": True}

    handlers = [ready, *_orders(carrier), *_questions(carrier), *make_viettel_side(carrier)]
    return make_web(handlers, title="Một Cửa: simulated carrier", log=log, lifespan=lifespan)


_BEARER: Any = Parameter(header="Authorization", default=None, required=False)
_KEY: Any = Parameter(header="Idempotency-Key", default="", required=False)


def _check(carrier: SimulatedCarrier, authorization: str | None) -> None:
    carrier.out()
    carrier.check((authorization or "").removeprefix("Bearer "))


def _orders(carrier: SimulatedCarrier) -> list[HTTPRouteHandler]:
    @post("/token", status_code=200, sync_to_thread=False)
    def token(data: TokenRequest) -> dict[str, Any]:
        carrier.out()
        return {"token": carrier.token(data.secret), "expiresIn": TOKEN_SECONDS}

    @post("/order/post", status_code=200)
    async def order(
        data: OrderRequest, authorization: str | None = _BEARER, idempotency: str = _KEY
    ) -> Response[Any]:
        _check(carrier, authorization)
        return await carrier.ordered(data.orderNumber, idempotency, VNPOST, _order)

    @post("/order/cancel", status_code=200, sync_to_thread=False)
    def cancel(data: NumberRequest, authorization: str | None = _BEARER) -> dict[str, Any]:
        _check(carrier, authorization)
        return carrier.cancelled(data)

    return [token, order, cancel]


def _questions(carrier: SimulatedCarrier) -> list[HTTPRouteHandler]:
    @post("/order/find", status_code=200, sync_to_thread=False)
    def find(data: NumberRequest, authorization: str | None = _BEARER) -> dict[str, Any]:
        _check(carrier, authorization)
        return carrier.found(data)

    @post("/order/tracking", status_code=200, sync_to_thread=False)
    def tracking(data: TrackingRequest, authorization: str | None = _BEARER) -> dict[str, Any]:
        _check(carrier, authorization)
        return carrier.tracking(data)

    @post("/order/statement", status_code=200, sync_to_thread=False)
    def statement(data: StatementRequest, authorization: str | None = _BEARER) -> dict[str, Any]:
        _check(carrier, authorization)
        return carrier.statement(data)

    return [find, tracking, statement]
