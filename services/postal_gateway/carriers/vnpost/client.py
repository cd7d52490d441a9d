"""Talking to VNPost's interface, or to whatever speaks its shape."""

from typing import Any, Final, TypeVar

import httpx
import msgspec
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from services.postal_gateway.carriers.breaker import Breaker
from services.postal_gateway.carriers.vnpost.mapping import (
    PAGE_SIZE,
    FoundAnswer,
    OrderAnswer,
    TokenAnswer,
    TrackingAnswer,
    accepted,
    order_body,
    page_of,
)
from services.postal_gateway.domain.orders import Accepted, Answer, NotOrdered, Order, TrackingPage
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.runtime import Secret

ANSWER_BYTES_MAX: Final = 1_048_576
_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
_LATER: Final = {401, 403, 429}
_REFUSED: Final = range(400, 500)
_OK: Final = range(200, 300)

T = TypeVar("T")


class VnpostCarrier:
    """One account at one address. Asks again by itself only where asking changes nothing."""

    name = "vnpost"

    def __init__(
        self,
        url: str,
        secret: Secret,
        *,
        clock: Clock,
        customer_code: str = "MOTCUA",
        timeout: httpx.Timeout = _TIMEOUT,
    ) -> None:
        self._secret = secret
        self._clock = clock
        self._customer_code = customer_code
        self._breaker = Breaker()
        self._token = ""
        self._token_until = 0.0
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/"), timeout=timeout, follow_redirects=False, trust_env=False
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def create(self, order: Order) -> Answer:
        """Ask for the order once. Whatever is not a clear answer is UNKNOWN."""
        if self._breaker.is_open(self._clock.monotonic()):
            return NotOrdered.NOT_SENT
        try:
            headers = await self._authorised()
        except TemporarilyUnavailable:
            return NotOrdered.NOT_SENT
        headers["Idempotency-Key"] = order.name.key
        body = order_body(order, self._customer_code)
        try:
            status, content = await self._post("/order/post", body, headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            self._breaker.failed(self._clock.monotonic())
            return NotOrdered.NOT_SENT
        except httpx.HTTPError:
            self._breaker.failed(self._clock.monotonic())
            return NotOrdered.UNKNOWN
        return self._judged(status, content)

    async def find(self, order_number: str) -> Accepted | None:
        """Whether the carrier has that order; None if it says that it has not.

        Raises:
            TemporarilyUnavailable: no usable answer.
        """
        body = {"customerCode": self._customer_code, "orderNumber": order_number}
        found = await self._asked("/order/find", body, FoundAnswer)
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
        await self._asked("/order/cancel", body, FoundAnswer)

    async def tracking(self, last_row: int) -> TrackingPage:
        """The next page of statuses after `last_row`; empty when nothing is new.

        Raises:
            TemporarilyUnavailable: no usable answer.
        """
        body = {
            "customerCode": self._customer_code, "lastId": last_row, "pageSize": PAGE_SIZE,
        }  # fmt: skip
        return page_of(await self._asked("/order/tracking", body, TrackingAnswer), last_row)

    def _judged(self, status: int, content: bytes) -> Answer:
        if status in _OK:
            try:
                answer = accepted(msgspec.json.decode(content, type=OrderAnswer))
            except (msgspec.MsgspecError, ValueError):
                return NotOrdered.UNKNOWN  # it took something; what, only asking can tell
            self._breaker.answered()
            return answer
        if status in _LATER:
            self._token = ""
            self._breaker.failed(self._clock.monotonic())
            return NotOrdered.NOT_SENT
        if status in _REFUSED:
            self._breaker.answered()
            return NotOrdered.REFUSED
        self._breaker.failed(self._clock.monotonic())
        return NotOrdered.UNKNOWN  # also 5xx: the order may stand behind the error

    async def _asked(self, path: str, body: dict[str, Any], kind: type[T]) -> T:
        """Ask what changes nothing, three times at most."""
        if self._breaker.is_open(self._clock.monotonic()):
            raise TemporarilyUnavailable("the carrier is left alone", retry_after_seconds=15)
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(3),
            wait=wait_exponential(0.2, max=2),
            retry=retry_if_exception_type(TemporarilyUnavailable),
            reraise=True,
        ):
            with attempt:
                return await self._answer(path, body, await self._authorised(), kind)
        raise AssertionError("the last attempt answers or raises")

    async def _answer(
        self, path: str, body: dict[str, Any], headers: dict[str, str], kind: type[T]
    ) -> T:
        try:
            status, content = await self._post(path, body, headers)
            if status in _LATER:
                self._token = ""
            # Whatever an error says is no answer to what was asked.
            answer = msgspec.json.decode(content if status in _OK else b"", type=kind)
        except (httpx.HTTPError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._breaker.failed(self._clock.monotonic())
            raise TemporarilyUnavailable(type(error).__name__) from None
        self._breaker.answered()
        return answer

    async def _authorised(self) -> dict[str, str]:
        now = self._clock.monotonic()
        if not self._token or now >= self._token_until:
            body = {"customerCode": self._customer_code, "secret": self._secret.reveal()}
            answer = await self._answer("/token", body, {}, TokenAnswer)
            self._token = answer.token
            self._token_until = now + answer.expiresIn * 0.9
        return {"Authorization": f"Bearer {self._token}"}

    async def _post(
        self, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Send, and read no more than we would ever believe."""
        async with self._http.stream("POST", path, json=body, headers=headers) as answer:
            content = bytearray()
            async for part in answer.aiter_bytes():
                content += part
                if len(content) > ANSWER_BYTES_MAX:
                    raise httpx.DecodingError("the answer is too large")
            return answer.status_code, bytes(content)
