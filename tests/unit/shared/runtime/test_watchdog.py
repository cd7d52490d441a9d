"""A process that should make progress and does not."""

import asyncio

import pytest

from shared.runtime import MOVING, EndProcess, Health, Watchdog
from tests.support.fake_clock import FakeClock


class Reader:
    """Work that waits, and how far we are."""

    def __init__(self, clock: FakeClock) -> None:
        self.waiting: int | None = 5
        self.position = 0
        self.health = Health(conditions=())
        self.clock = clock
        self.watchdog = Watchdog(
            clock=clock,
            pending=self.pending,
            progress=lambda: self.position,
            health=self.health,
        )

    async def pending(self) -> int | None:
        return self.waiting

    async def look_after(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.watchdog.look()


@pytest.fixture
def reader() -> Reader:
    return Reader(FakeClock())


async def test_work_that_waits_for_thirty_seconds_ends_the_process(reader: Reader) -> None:
    await reader.watchdog.look()
    await reader.look_after(10)
    await reader.look_after(19.9)

    with pytest.raises(EndProcess) as ended:
        await reader.look_after(0.1)

    assert int(ended.value.exit_code) == 70


async def test_a_service_that_does_not_move_is_not_ready_long_before_it_ends(
    reader: Reader,
) -> None:
    await reader.look_after(10)

    assert reader.health.reasons() == [f"{MOVING}: no progress for 10 s"]


async def test_any_progress_starts_the_measuring_anew(reader: Reader) -> None:
    await reader.look_after(29)
    reader.position = 1
    await reader.look_after(10)

    await reader.look_after(29)
    reader.position = 2
    await reader.look_after(29)

    assert reader.health.ready()


async def test_nothing_to_do_is_no_stall(reader: Reader) -> None:
    reader.waiting = 0

    await reader.look_after(3600)

    assert reader.health.ready()


async def test_a_broker_that_is_away_is_not_our_stall(reader: Reader) -> None:
    reader.waiting = None
    await reader.look_after(600)
    reader.waiting = 5

    await reader.look_after(10)

    assert not reader.health.ready()


async def test_a_broker_that_does_not_answer_is_a_broker_that_is_away() -> None:
    clock = FakeClock()
    health = Health(conditions=())

    async def never() -> int | None:
        await asyncio.Event().wait()
        return 5

    watchdog = Watchdog(
        clock=clock,
        pending=never,
        progress=lambda: 0,
        health=health,
        check_every_seconds=0.01,
    )
    clock.advance(600)

    await watchdog.look()

    assert health.reasons() == [f"{MOVING}: the broker gives no answer"]


async def test_a_service_is_ready_again_as_soon_as_the_broker_answers(reader: Reader) -> None:
    reader.waiting = None
    await reader.look_after(10)
    reader.waiting = 0

    await reader.look_after(1)

    assert reader.health.ready()


async def test_a_reader_that_moves_does_not_hide_one_that_stands_still(reader: Reader) -> None:
    other = Watchdog(
        clock=reader.clock,
        pending=reader.pending,
        progress=lambda: 7,
        health=reader.health,
        condition="moving ALERTS",
    )
    reader.position = 1

    await reader.look_after(10)
    await other.look()

    assert reader.health.reasons() == ["moving ALERTS: no progress for 10 s"]
