"""What leaves an inbox: what is stored, and nothing else, and not before."""

import asyncio
from typing import Any, cast

import pytest

from services.intake.delivery import Breaker
from services.intake.domain.answers import Outcome, Result
from services.intake.echoes import Echoes
from services.intake.inbox import Inboxes
from services.intake.metrics import Metrics
from services.intake.registry import Publisher
from shared.errors import TemporarilyUnavailable
from shared.observability import Page, get_logger

PUBLISHER = Publisher(name="mcdt-tinh")


class Delivered:
    """A message of the inbox; what is said to the broker about it stands in `told`."""

    def __init__(self, number: int, told: list[str]) -> None:
        self.data = f"event {number}".encode()
        self.metadata = self
        self.num_delivered = 1
        self._name, self._told = str(number), told

    async def ack(self) -> None:
        self._told.append(f"{self._name} done")

    async def nak(self, delay: float) -> None:
        assert delay > 0
        self._told.append(f"{self._name} again")


class Judge:
    """Intake, whose verdicts are given; the second one is not kept."""

    def __init__(self, told: list[str], *, is_away: bool = False) -> None:
        self._told, self._is_away = told, is_away

    async def submit(self, bodies: list[bytes], *_whose: object) -> list[Result]:
        if self._is_away:
            raise TemporarilyUnavailable("away", retry_after_seconds=0.01)
        self._told.append("judged")
        return [
            Result(id=None, outcome=Outcome.REJECTED, kept=number != 1)
            for number, _ in enumerate(bodies)
        ]


def inboxes(judge: Judge) -> Inboxes:
    log = get_logger("intake")
    known = cast(Any, {PUBLISHER.name: PUBLISHER})
    known = type("Known", (), {"by_name": staticmethod(known.get)})()
    return Inboxes(
        cast(Any, None), intake=cast(Any, judge), registry=known, echoes=Echoes(),
        breaker=Breaker(log), metrics=Metrics(Page()), log=log,
    )  # fmt: skip


async def test_what_is_stored_leaves_the_inbox_and_what_is_not_stays() -> None:
    told: list[str] = []
    messages = cast(Any, [Delivered(number, told) for number in range(3)])

    await inboxes(Judge(told))._settle(PUBLISHER.name, messages)

    assert told == ["judged", "0 done", "1 again", "2 done"]


async def test_while_the_broker_is_away_everything_stays() -> None:
    told: list[str] = []
    messages = cast(Any, [Delivered(number, told) for number in range(3)])

    settling = inboxes(Judge(told, is_away=True))._settle(PUBLISHER.name, messages)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(settling, 0.2)

    assert told == ["0 again", "1 again", "2 again"]
