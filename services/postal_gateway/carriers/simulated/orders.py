"""What the simulated carrier knows: its orders, and the statuses that time brings them."""

import heapq
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

_MINUTE: Final = 60
_HOUR: Final = 3600


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


class SimulatedRow(Struct, frozen=True, kw_only=True, tag="row"):
    """One row of tracking."""

    id: int
    order_number: str
    item_code: str
    code: str
    at: datetime


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
        self._cancelled: set[str] = set()
        self._planned: list[tuple[datetime, int, int, str]] = []  # at, order, step, code
        if journal is not None and journal.exists():
            self._load(journal)

    def create(self, order_number: str, key: str, now: datetime) -> SimulatedOrder:
        """Accept an order."""
        item_code = f"BC{len(self.orders) + 1:09d}VN"
        order = SimulatedOrder(
            order_number=order_number, item_code=item_code, key=key,
            created_at=now.replace(microsecond=0),
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
                item_code=order.item_code, code=code, at=at,
            )  # fmt: skip
            self.rows.append(row)
            self._write(row)

    def page(self, last_id: int, size: int) -> list[SimulatedRow]:
        """The rows after `last_id`."""
        return self.rows[last_id : last_id + size]

    def _take(self, order: SimulatedOrder) -> None:
        self.orders.append(order)
        for step, (seconds, code) in enumerate(self._way(order.order_number)):
            at = order.created_at + timedelta(seconds=int(seconds / self._speed))
            heapq.heappush(self._planned, (at, len(self.orders) - 1, step, code))

    def _way(self, order_number: str) -> Iterator[tuple[float, str]]:
        """The statuses of one parcel, in seconds of its own time; the same for the same seed."""
        chance = random.Random(f"{self._seed}|{order_number}")
        yield 0, "1"
        yield 20 * _MINUTE, "3"
        yield chance.uniform(1, 2) * _HOUR, "2"
        if chance.random() < self._chances.unknown_code:
            yield 2.5 * _HOUR, "555"
        if chance.random() < self._chances.delivery_failed:
            yield 5 * _HOUR, "91"
            yield 8 * _HOUR, "2"
            yield 12 * _HOUR, "170" if chance.random() < self._chances.returned * 10 else "4"
        else:
            yield chance.uniform(4, 6) * _HOUR, "4"

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
        told = {(row.item_code, row.code, row.at) for row in self.rows}
        self._planned = [
            one
            for one in self._planned
            if (self.orders[one[1]].item_code, one[3], one[0]) not in told
        ]
        heapq.heapify(self._planned)
