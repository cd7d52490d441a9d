"""A carrier in the test's hand: every answer written down before, every order remembered."""

from collections import Counter
from datetime import datetime

from services.postal_gateway.domain.orders import (
    Accepted,
    Answer,
    NotOrdered,
    Order,
    Standing,
    Status,
    TrackingPage,
)
from tests.support.fake_clock import FakeClock


class Killed(Exception):  # noqa: N818 - it is no error but an event of the test
    """The process ends here."""


class ScriptedCarrier:
    """`script` holds what happens to each call of `create`; afterwards all goes well.

    `accept`, `refuse`, `not_sent`; `silent`: taken, no answer; `lost`: not taken, no answer;
    `die_after` and `die_before`: the process is killed after, or before, the order is taken.
    """

    def __init__(self, clock: FakeClock, *script: str, name: str = "scripted") -> None:
        self.name = name
        self._clock = clock
        self._script = list(script)
        self.taken: list[tuple[Order, datetime]] = []
        self.rows: list[Status] = []
        self.find_count = 0

    async def create(self, order: Order) -> Answer:
        act = self._script.pop(0) if self._script else "accept"
        if act == "die_before":
            raise Killed
        if act == "refuse":
            return NotOrdered.REFUSED
        if act == "not_sent":
            return NotOrdered.NOT_SENT
        if act == "lost":
            return NotOrdered.UNKNOWN
        self.taken.append((order, self._clock.now().replace(microsecond=0)))
        if act == "die_after":
            raise Killed
        return NotOrdered.UNKNOWN if act == "silent" else self._accepted(order.name.order_number)

    async def find(self, order_number: str, *, within_seconds: float) -> Accepted | None:
        del within_seconds
        self.find_count += 1
        is_known = order_number in self.orders()
        return self._accepted(order_number) if is_known else None

    async def cancel(self, order_number: str) -> None:
        self.taken = [one for one in self.taken if one[0].name.order_number != order_number]

    async def tracking(self, last_row: int) -> TrackingPage:
        new = tuple(row for row in self.rows if row.row > last_row)
        return TrackingPage(new, new[-1].row if new else last_row)

    async def statement(self, since: datetime) -> list[Standing]:
        del since
        last = {row.order_number: row for row in self.rows}
        return [
            Standing(one, self._accepted(one).tracking_number, last.get(one))
            for one in self.orders()
        ]

    async def close(self) -> None:
        return

    def orders(self) -> Counter[str]:
        return Counter(order.name.order_number for order, _ in self.taken)

    def _accepted(self, order_number: str) -> Accepted:
        at = next(at for order, at in self.taken if order.name.order_number == order_number)
        return Accepted(f"BC-{order_number}", at)
