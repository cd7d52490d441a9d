"""The way to a carrier: one fixed host, no redirects, bounded time and size, a breaker in front."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import httpx
import msgspec
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from services.postal_gateway.carriers.breaker import Breaker
from services.postal_gateway.domain.orders import Accepted, Answer, NotOrdered
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable

ANSWER_BYTES_MAX: Final = 4_194_304
TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
_DENIED: Final = {401, 403}
_LATER: Final = {*_DENIED, 429}
_REFUSED: Final = range(400, 500)
_OK: Final = range(200, 300)

T = TypeVar("T")
Headers = dict[str, str]
LogIn = Callable[[], Awaitable[tuple[Headers, float]]]
"""Gives the headers that prove who asks, and for how many seconds they are good."""


class Wire:
    """Asks again by itself only where asking changes nothing; logs in when it must."""

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        timeout: httpx.Timeout,
        log_in: LogIn,
    ) -> None:
        self._clock = clock
        self._log_in = log_in
        self._proof: Headers = {}
        self._proof_until = 0.0
        self._breaker = Breaker()
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/"), timeout=timeout, follow_redirects=False, trust_env=False
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def _authorised(self) -> Headers:
        now = self._clock.monotonic()
        if not self._proof or now >= self._proof_until:
            self._proof, seconds = await self._log_in()
            self._proof_until = now + seconds
        return self._proof

    def _denied(self) -> None:
        self._proof = {}

    async def once(
        self, path: str, body: Any, read: Callable[[bytes], Accepted], *, key: str
    ) -> Answer:
        """Order something once. Whatever is not a clear answer is UNKNOWN.

        `read` raises ValueError or a msgspec error for what is no answer.
        """
        if self._breaker.is_open(self._clock.monotonic()):
            return NotOrdered.NOT_SENT
        try:
            headers = {**await self._authorised(), "Idempotency-Key": key}
        except TemporarilyUnavailable:
            return NotOrdered.NOT_SENT
        try:
            status, content = await self._post(path, body, headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            self._failed()
            return NotOrdered.NOT_SENT
        except httpx.HTTPError:
            self._failed()
            return NotOrdered.UNKNOWN
        return self._judged(status, content, read)

    def _judged(self, status: int, content: bytes, read: Callable[[bytes], Accepted]) -> Answer:
        if status in _OK:
            try:
                answer = read(content)
            except (msgspec.MsgspecError, ValueError):
                return NotOrdered.UNKNOWN  # it took something; what, only asking can tell
            self._breaker.answered()
            return answer
        if status in _LATER:
            self._denied()
            self._failed()
            return NotOrdered.NOT_SENT
        if status in _REFUSED:
            self._breaker.answered()
            return NotOrdered.REFUSED
        self._failed()
        return NotOrdered.UNKNOWN  # also 5xx: the order may stand behind the error

    async def asked(self, path: str, body: Any, kind: type[T]) -> T:
        """Ask what changes nothing, three times at most.

        Raises:
            TemporarilyUnavailable: no usable answer.
        """
        if self._breaker.is_open(self._clock.monotonic()):
            raise TemporarilyUnavailable("the carrier is left alone", retry_after_seconds=15)
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(3),
            wait=wait_exponential(0.2, max=2),
            retry=retry_if_exception_type(TemporarilyUnavailable),
            reraise=True,
        ):
            with attempt:
                return await self.answer(path, body, await self._authorised(), kind)
        raise AssertionError("the last attempt answers or raises")

    async def answer(self, path: str, body: Any, headers: Headers, kind: type[T]) -> T:
        """Ask once.

        Raises:
            TemporarilyUnavailable: no usable answer.
        """
        try:
            status, content = await self._post(path, body, headers)
            if status in _LATER:
                self._denied()
            # Whatever an error says is no answer to what was asked.
            answer = msgspec.json.decode(content if status in _OK else b"", type=kind)
        except (httpx.HTTPError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._failed()
            raise TemporarilyUnavailable(type(error).__name__) from None
        self._breaker.answered()
        return answer

    def _failed(self) -> None:
        self._breaker.failed(self._clock.monotonic())

    async def _post(self, path: str, body: Any, headers: Headers) -> tuple[int, bytes]:
        """Send, and read no more than we would ever believe."""
        async with self._http.stream("POST", path, json=body, headers=headers) as answer:
            content = bytearray()
            async for part in answer.aiter_bytes():
                content += part
                if len(content) > ANSWER_BYTES_MAX:
                    raise httpx.DecodingError("the answer is too large")
            return answer.status_code, bytes(content)
