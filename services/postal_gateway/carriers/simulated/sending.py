"""Statuses sent by webhook: lost, doubled, late and wrong ones among them, until each is taken."""

import asyncio
import heapq
import random
from typing import Final

import httpx
import msgspec

from services.postal_gateway.carriers.simulated.faults import WebhookRates
from services.postal_gateway.carriers.simulated.orders import VIETTEL, OrderBook, SimulatedRow
from services.postal_gateway.carriers.simulated.viettel_side import webhook_body
from services.postal_gateway.carriers.viettel.signature import signature
from shared.calendar.civil_time import epoch_of
from shared.clock import Clock

_LOOK_SECONDS: Final = 0.2
_DELAY_SECONDS: Final = (0.5, 5.0)
_ATTEMPTS_MAX: Final = 200
_AT_ONCE: Final = 16
_TAKEN: Final = range(200, 300)
_NEVER: Final = range(400, 500)
_AGAIN: Final = 429


class WebhookSender:
    """Sends every new status of Viettel Post's shape to one address."""

    def __init__(
        self, book: OrderBook, url: str, secret: str, *, clock: Clock, is_signing: bool,
        rates: WebhookRates, seed: int,
    ) -> None:  # fmt: skip
        self._book = book
        self._url = url
        self._secret = secret
        self._clock = clock
        self._is_signing = is_signing
        self._rates = rates
        self._random = random.Random(seed)
        self._sent_count = len(book.rows)
        self._waiting: list[tuple[float, int, int, SimulatedRow]] = []  # when, place, attempt, row
        self._place = 0

    async def run(self) -> None:
        """Send for ever."""
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            while True:
                self._book.advance(self._clock.now())
                self._plan_new()
                due = self._due()
                if not due:
                    await asyncio.sleep(_LOOK_SECONDS)
                    continue
                await asyncio.gather(*(self._send(http, attempt, row) for attempt, row in due))

    def _plan_new(self) -> None:
        for row in self._book.rows[self._sent_count :]:
            if row.shape == VIETTEL:
                self._plan(row)
        self._sent_count = len(self._book.rows)

    def _plan(self, row: SimulatedRow) -> None:
        rates, chance = self._rates, self._random.random
        if chance() < rates.wrong_id:
            wrong = msgspec.structs.replace(row, item_code=f"X{row.id:09d}VN")
            self._put(0, 1, wrong)
        if chance() < rates.lost:
            return
        delay = self._random.uniform(*_DELAY_SECONDS) if chance() < rates.delayed else 0
        self._put(delay, 1, row)
        if chance() < rates.doubled:
            self._put(delay, 1, row)

    def _put(self, delay: float, attempt: int, row: SimulatedRow) -> None:
        self._place += 1
        when = self._clock.monotonic() + delay
        heapq.heappush(self._waiting, (when, self._place, attempt, row))

    def _due(self) -> list[tuple[int, SimulatedRow]]:
        now = self._clock.monotonic()
        due: list[tuple[int, SimulatedRow]] = []
        while self._waiting and self._waiting[0][0] <= now and len(due) < _AT_ONCE:
            _, _, attempt, row = heapq.heappop(self._waiting)
            due.append((attempt, row))
        return due

    async def _send(self, http: httpx.AsyncClient, attempt: int, row: SimulatedRow) -> None:
        """Send once; what was not taken comes again later, what is refused does not."""
        token = "" if self._is_signing else self._secret
        body = msgspec.json.encode(webhook_body(row, token))
        headers = {"Content-Type": "application/json"}
        if self._is_signing:
            moment = str(epoch_of(self._clock.now()))
            headers["X-Signature-Timestamp"] = moment
            headers["X-Signature"] = signature(self._secret.encode(), moment, body)
        try:
            answer = await http.post(self._url, content=body, headers=headers)
        except httpx.HTTPError:
            status = 0
        else:
            status = answer.status_code
        is_over = status in _TAKEN or (status in _NEVER and status != _AGAIN)
        if not is_over and attempt < _ATTEMPTS_MAX:
            self._put(min(0.2 * attempt, 3.0), attempt + 1, row)
