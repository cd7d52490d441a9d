"""The simulated carrier's interface: VNPost's shape over HTTP."""

import asyncio
import hmac
import secrets
from datetime import datetime
from typing import Any, Final

from litestar import Litestar, Response, get, post
from litestar.params import Parameter
from msgspec import Struct

from services.postal_gateway.carriers.simulated.faults import Fault, Faults
from services.postal_gateway.carriers.simulated.orders import OrderBook, SimulatedOrder
from services.postal_gateway.carriers.vnpost.mapping import text_of
from shared.clock import Clock
from shared.observability import ServiceLog
from shared.runtime import Refusal, make_web

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

    def token(self, asked: TokenRequest) -> dict[str, Any]:
        """A token of ten minutes for whoever knows the secret."""
        if not hmac.compare_digest(asked.secret.encode(), self._secret.encode()):
            raise Refusal(_UNAUTHORISED)
        now = self._clock.monotonic()
        self._tokens = {token: until for token, until in self._tokens.items() if until > now}
        token = secrets.token_urlsafe(24)
        self._tokens[token] = now + TOKEN_SECONDS
        return {"token": token, "expiresIn": TOKEN_SECONDS}

    def check(self, authorization: str | None) -> None:
        """Refuse who has no token that still lives."""
        token = (authorization or "").removeprefix("Bearer ")
        if self._tokens.get(token, 0.0) <= self._clock.monotonic():
            raise Refusal(_UNAUTHORISED)

    async def order(self, asked: OrderRequest, key: str) -> Response[Any]:
        """Take an order, or do what misfortune wants."""
        fault = self._faults.draw()
        if fault is Fault.ERROR:
            return Response({"error": "internal"}, status_code=500)
        if fault is Fault.THROTTLED:
            return Response({"error": "slow down"}, status_code=429)
        order = self.book.create(asked.orderNumber, key, self._now())
        if fault is Fault.LATE_ERROR:
            return Response({"error": "internal"}, status_code=500)
        if fault is Fault.SILENCE:
            await asyncio.sleep(self._silence_seconds)
        if fault is Fault.GARBLED:
            return Response(b"<html>", status_code=200, media_type="text/html")
        return Response(_order(order), status_code=200)

    def found(self, asked: NumberRequest) -> dict[str, Any]:
        """The orders of that number."""
        return {"data": [_order(one) for one in self.book.find(asked.orderNumber)]}

    def cancelled(self, asked: NumberRequest) -> dict[str, Any]:
        """Take them back; what is not there is taken back as well."""
        self.book.cancel(asked.orderNumber)
        return {"data": []}

    def tracking(self, asked: TrackingRequest) -> dict[str, Any]:
        """A page of rows after `lastId`."""
        self.book.advance(self._now())
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

    def _now(self) -> datetime:
        return self._clock.now()


def _order(order: SimulatedOrder) -> dict[str, Any]:
    return {
        "orderNumber": order.order_number, "itemCode": order.item_code,
        "createdTime": text_of(order.created_at),
    }  # fmt: skip


def make_carrier_app(carrier: SimulatedCarrier, log: ServiceLog) -> Litestar:
    """The web application."""
    bearer: Any = Parameter(header="Authorization", default=None, required=False)
    key: Any = Parameter(header="Idempotency-Key", default="", required=False)

    @get("/health/ready", sync_to_thread=False)
    def ready() -> dict[str, bool]:
        return {"ready": True}

    @post("/token", status_code=200, sync_to_thread=False)
    def token(data: TokenRequest) -> dict[str, Any]:
        return carrier.token(data)

    @post("/order/post", status_code=200)
    async def order(
        data: OrderRequest, authorization: str | None = bearer, idempotency: str = key
    ) -> Response[Any]:
        carrier.check(authorization)
        return await carrier.order(data, idempotency)

    @post("/order/find", status_code=200, sync_to_thread=False)
    def find(data: NumberRequest, authorization: str | None = bearer) -> dict[str, Any]:
        carrier.check(authorization)
        return carrier.found(data)

    @post("/order/cancel", status_code=200, sync_to_thread=False)
    def cancel(data: NumberRequest, authorization: str | None = bearer) -> dict[str, Any]:
        carrier.check(authorization)
        return carrier.cancelled(data)

    @post("/order/tracking", status_code=200, sync_to_thread=False)
    def tracking(data: TrackingRequest, authorization: str | None = bearer) -> dict[str, Any]:
        carrier.check(authorization)
        return carrier.tracking(data)

    handlers = [ready, token, order, find, cancel, tracking]
    return make_web(handlers, title="Một Cửa: simulated carrier", log=log)
