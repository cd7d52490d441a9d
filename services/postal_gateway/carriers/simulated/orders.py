"""What the simulated carrier knows: its orders, and the statuses that time brings them."""

import heapq
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from services.postal_gateway.domain.orders import leg_of
from shared.events.fields import Leg

_MINUTE: Final = 60
_HOUR: Final = 3600
VNPOST, VIETTEL = "vnpost", "viettelpost"
_VNPOST: Final = {
    "registered": "1", "handed": "3", "transit": "2", "odd": "555", "failed": "91",
    "returned": "170", "delivered": "4",
}  # fmt: skip
# On a pick-up 3 is the hand-over to the agency, and 4 the end of a pick-up that never was.
_VNPOST_PICKUP: Final = {**_VNPOST, "handed": "70", "delivered": "3"}
_VIETTEL: Final = {
    "registered": "-100", "handed": "200", "transit": "300", "odd": "999", "failed": "506",
    "returned": "504", "delivered": "501",
}  # fmt: skip


def code_of(shape: str, order_number: str, step: str) -> str:
    """What that carrier calls a step of that order's way."""
    if shape == VIETTEL:
        return _VIETTEL[step]
    is_pickup = leg_of(order_number).leg is Leg.PICKUP
    return (_VNPOST_PICKUP if is_pickup else _VNPOST)[step]


class Chances(Struct, frozen=True, kw_only=True):
    """How often a parcel takes another way; each 0 to 1."""

    delivery_failed: float = 0.1
    returned: float = 0.02
    unknown_code: float = 0.0


class SimulatedOrder(Struct, frozen=True, kw_only=True, tag="order"):
    """One accepted order. Of the addressee nothing is kept."""

    order_number: str
    item_code: str
    key: str
    created_at: datetime
    shape: str = VNPOST


class SimulatedRow(Struct, frozen=True, kw_only=True, tag="row"):
    """One row of tracking."""

    id: int
    order_number: str
    item_code: str
    code: str
    at: datetime
    shape: str = VNPOST


class SimulatedCancel(Struct, frozen=True, kw_only=True, tag="cancel"):
    """An order taken back."""

    item_code: str


_Entry = SimulatedOrder | SimulatedRow | SimulatedCancel


class OrderBook:
    """Orders and rows in memory, and in a journal where one is named.

    Every accepted order is kept, also a second one of the same number: a gateway that orders
    twice must be seen to.
    """

    def __init__(
        self, *, speed: float = 1.0, chances: Chances | None = None, seed: int = 1,
        journal: Path | None = None,
    ) -> None:  # fmt: skip
        """`speed`: how much faster than life statuses follow each other."""
        self._speed = speed
        self._chances = chances or Chances()
        self._seed = seed
        self._journal = journal
        self.orders: list[SimulatedOrder] = []
        self.rows: list[SimulatedRow] = []
        self.latest: dict[str, SimulatedRow] = {}
        self._cancelled: set[str] = set()
        self._planned: list[tuple[datetime, int, int, str]] = []  # at, order, step, code
        if journal is not None and journal.exists():
            self._load(journal)

    def create(
        self, order_number: str, key: str, now: datetime, shape: str = VNPOST
    ) -> SimulatedOrder:
        """Accept an order."""
        item_code = f"BC{len(self.orders) + 1:09d}VN"
        order = SimulatedOrder(
            order_number=order_number, item_code=item_code, key=key,
            created_at=now.replace(microsecond=0), shape=shape,
        )  # fmt: skip
        self._take(order)
        self._write(order)
        self.advance(now)
        return order

    def find(self, order_number: str) -> list[SimulatedOrder]:
        """The orders of that number that stand."""
        return [
            order
            for order in self.orders
            if order.order_number == order_number and order.item_code not in self._cancelled
        ]

    def cancel(self, order_number: str) -> None:
        """Take them back."""
        for order in self.find(order_number):
            entry = SimulatedCancel(item_code=order.item_code)
            self._cancelled.add(order.item_code)
            self._write(entry)

    def advance(self, now: datetime) -> None:
        """Write down every status whose moment came."""
        while self._planned and self._planned[0][0] <= now:
            at, place, _, code = heapq.heappop(self._planned)
            order = self.orders[place]
            if order.item_code in self._cancelled:
                continue
            row = SimulatedRow(
                id=len(self.rows) + 1, order_number=order.order_number,
                item_code=order.item_code, code=code, at=at, shape=order.shape,
            )  # fmt: skip
            self.rows.append(row)
            self.latest[order.item_code] = row
            self._write(row)

    def page(self, last_id: int, size: int) -> list[SimulatedRow]:
        """The rows after `last_id` that are told by polling."""
        rows = islice(self.rows, last_id, None)
        return list(islice((row for row in rows if row.shape == VNPOST), size))

    def statement(
        self, since: datetime, shape: str
    ) -> list[tuple[SimulatedOrder, SimulatedRow | None]]:
        """The orders that stand, with their latest status, if either is from `since` or later."""
        stood = []
        for order in self.orders:
            row = self.latest.get(order.item_code)
            if order.shape != shape or order.item_code in self._cancelled:
                continue
            if max(order.created_at, row.at if row else order.created_at) >= since:
                stood.append((order, row))
        return stood

    def _take(self, order: SimulatedOrder) -> None:
        self.orders.append(order)
        for step, (seconds, name) in enumerate(self._way(order.order_number)):
            code = code_of(order.shape, order.order_number, name)
            at = order.created_at + timedelta(seconds=int(seconds / self._speed))
            heapq.heappush(self._planned, (at, len(self.orders) - 1, step, code))

    def _way(self, order_number: str) -> Iterator[tuple[float, str]]:
        """The statuses of one parcel, in seconds of its own time; the same for the same seed."""
        chance = random.Random(f"{self._seed}|{order_number}")
        yield 0, "registered"
        yield 20 * _MINUTE, "handed"
        yield chance.uniform(1, 2) * _HOUR, "transit"
        if chance.random() < self._chances.unknown_code:
            yield 2.5 * _HOUR, "odd"
        if chance.random() < self._chances.delivery_failed:
            yield 5 * _HOUR, "failed"
            yield 8 * _HOUR, "transit"
            goes_back = chance.random() < self._chances.returned * 10
            yield 12 * _HOUR, "returned" if goes_back else "delivered"
        else:
            yield chance.uniform(4, 6) * _HOUR, "delivered"

    def _write(self, entry: _Entry) -> None:
        if self._journal is not None:
            with self._journal.open("ab") as sink:
                sink.write(msgspec.json.encode(entry) + b"\n")

    def _load(self, journal: Path) -> None:
        decoder = msgspec.json.Decoder(_Entry)
        for line in journal.read_bytes().splitlines():
            entry = decoder.decode(line)
            if isinstance(entry, SimulatedOrder):
                self._take(entry)
            elif isinstance(entry, SimulatedCancel):
                self._cancelled.add(entry.item_code)
            else:
                self.rows.append(entry)
                self.latest[entry.item_code] = entry
        told = {(row.item_code, row.code, row.at) for row in self.rows}
        self._planned = [
            one
            for one in self._planned
            if (self.orders[one[1]].item_code, one[3], one[0]) not in told
        ]
        heapq.heapify(self._planned)
