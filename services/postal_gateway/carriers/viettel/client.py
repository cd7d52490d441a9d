"""Talking to Viettel Post's interface, or to whatever speaks its shape."""

from datetime import datetime
from functools import partial
from typing import Final

import httpx

from services.postal_gateway.carriers.viettel.mapping import (
    DoneAnswer,
    LoginAnswer,
    StatementAnswer,
    accepted,
    order_body,
    standings,
)
from services.postal_gateway.carriers.vnpost.mapping import text_of
from services.postal_gateway.carriers.wire import TIMEOUT, Headers, Wire
from services.postal_gateway.domain.orders import Accepted, Answer, Order, Standing, TrackingPage
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.runtime import Secret

_CANCEL: Final = 4
_TOKEN_SECONDS: Final = 3000.0
_ASK_AGAIN_SECONDS: Final = 300.0


class ViettelCarrier:
    """One account at one address. It answers no question about one order: it states daily."""

    name = "viettelpost"

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
        self._stated_at: datetime | None = None
        self._stated_monotonic = 0.0
        self._stated: dict[str, Standing] = {}
        self._wire = Wire(url, clock=clock, timeout=timeout, log_in=self._log_in)

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    async def create(self, order: Order) -> Answer:
        """Ask for the order once. Whatever is not a clear answer is UNKNOWN."""
        read = partial(accepted, at=self._clock.now().replace(microsecond=0))
        return await self._wire.once(
            "/v2/order/createOrder", order_body(order), read, key=order.name.key
        )

    async def find(self, order_number: str, *, within_seconds: float) -> Accepted | None:
        """Whether the last statement has that order, if it was made at most so long ago.

        Raises:
            TemporarilyUnavailable: there is no such statement yet.
        """
        age_seconds = self._clock.monotonic() - self._stated_monotonic
        if self._stated_at is None or age_seconds > within_seconds:
            raise TemporarilyUnavailable("no statement yet", retry_after_seconds=_ASK_AGAIN_SECONDS)
        found = self._stated.get(order_number)
        if found is None:
            return None
        at = found.status.at if found.status else self._stated_at
        return Accepted(found.tracking_number, at)

    async def cancel(self, order_number: str) -> None:
        """Take the order back; doing it twice changes nothing.

        Raises:
            TemporarilyUnavailable: no usable answer.
        """
        body = {"TYPE": _CANCEL, "ORDER_NUMBER": order_number, "NOTE": ""}
        await self._wire.asked("/v2/order/UpdateOrder", body, DoneAnswer)

    async def tracking(self, last_row: int) -> TrackingPage:
        """Nothing: statuses come by webhook."""
        return TrackingPage((), last_row)

    async def statement(self, since: datetime) -> list[Standing]:
        """Every order that stood since then, with its latest status at the carrier.

        Raises:
            TemporarilyUnavailable: no usable answer.
        """
        asked_at, asked_monotonic = self._clock.now(), self._clock.monotonic()
        body = {"FROM_DATE": text_of(since)}
        found = standings(await self._wire.asked("/v2/order/statement", body, StatementAnswer))
        self._stated_at, self._stated_monotonic = asked_at, asked_monotonic
        self._stated = {one.order_number: one for one in found}
        return found

    async def _log_in(self) -> tuple[Headers, float]:
        body = {"USERNAME": self._customer_code, "PASSWORD": self._secret.reveal()}
        answer = await self._wire.answer("/v2/user/Login", body, {}, LoginAnswer)
        return {"Token": answer.data.token}, _TOKEN_SECONDS
