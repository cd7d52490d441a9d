"""Talking to VNPost's interface, or to whatever speaks its shape."""

from datetime import datetime

import httpx
import msgspec

from services.postal_gateway.carriers.vnpost.mapping import (
    PAGE_SIZE,
    FoundAnswer,
    OrderAnswer,
    StatementAnswer,
    TokenAnswer,
    TrackingAnswer,
    accepted,
    order_body,
    page_of,
    standings,
    text_of,
)
from services.postal_gateway.carriers.wire import TIMEOUT, Headers, Wire
from services.postal_gateway.domain.orders import Accepted, Answer, Order, Standing, TrackingPage
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.runtime import Secret


class VnpostCarrier:
    """One account at one address."""

    name = "vnpost"

    def __init__(
        self,
        url: str,
        secret: Secret,
        *,
        clock: Clock,
        customer_code: str = "MOTCUA",
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._secret = secret
        self._clock = clock
        self._customer_code = customer_code
        self._wire = Wire(url, clock=clock, timeout=timeout, log_in=self._log_in)

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    async def create(self, order: Order) -> Answer:
        """Ask for the order once. Whatever is not a clear answer is UNKNOWN."""
        body = order_body(order, self._customer_code)
        return await self._wire.once("/order/post", body, _read, key=order.name.key)

    async def find(self, order_number: str, *, within_seconds: float) -> Accepted | None:
        """Whether the carrier has that order; None if it says that it has not.

        Raises:
            TemporarilyUnavailable: no usable answer.
        """
        del within_seconds  # it answers for this moment
        body = {"customerCode": self._customer_code, "orderNumber": order_number}
        found = await self._wire.asked("/order/find", body, FoundAnswer)
        matching = [one for one in found.data if one.orderNumber == order_number]
        try:
            return accepted(matching[0]) if matching else None
        except ValueError:
            raise TemporarilyUnavailable("no date") from None

    async def cancel(self, order_number: str) -> None:
        """Take the order back; doing it twice changes nothing.

        Raises:
            TemporarilyUnavailable: no usable answer.
        """
        body = {"customerCode": self._customer_code, "orderNumber": order_number}
        await self._wire.asked("/order/cancel", body, FoundAnswer)

    async def tracking(self, last_row: int) -> TrackingPage:
        """The next page of statuses after `last_row`; empty when nothing is new.

        Raises:
            TemporarilyUnavailable: no usable answer.
        """
        body = {
            "customerCode": self._customer_code, "lastId": last_row, "pageSize": PAGE_SIZE,
        }  # fmt: skip
        return page_of(await self._wire.asked("/order/tracking", body, TrackingAnswer), last_row)

    async def statement(self, since: datetime) -> list[Standing]:
        """Every order that stood since then, with its latest status at the carrier.

        Raises:
            TemporarilyUnavailable: no usable answer.
        """
        body = {"customerCode": self._customer_code, "fromTime": text_of(since)}
        return standings(await self._wire.asked("/order/statement", body, StatementAnswer))

    async def _log_in(self) -> tuple[Headers, float]:
        body = {"customerCode": self._customer_code, "secret": self._secret.reveal()}
        answer = await self._wire.answer("/token", body, {}, TokenAnswer)
        return {"Authorization": f"Bearer {answer.token}"}, answer.expiresIn * 0.9


def _read(content: bytes) -> Accepted:
    return accepted(msgspec.json.decode(content, type=OrderAnswer))
