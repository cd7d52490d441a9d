"""The tasks a service lives by."""

import asyncio

import pytest

from shared.observability import get_logger
from shared.runtime import Background, EndProcess, ExitCode, supervise

LOG = get_logger("test")


async def fail() -> None:
    raise ValueError("CANARY")


async def give_up() -> None:
    raise EndProcess("stuck")


async def return_at_once() -> None:
    return


async def run_for_ever() -> None:
    await asyncio.Event().wait()


async def test_the_process_ends_when_a_task_fails_and_the_others_are_stopped() -> None:
    stopped: list[bool] = []

    async def other() -> None:
        try:
            await run_for_ever()
        finally:
            stopped.append(True)

    async with asyncio.timeout(5):
        code = await supervise(LOG, reader=fail(), other=other())

    assert code is ExitCode.FAILED
    assert stopped == [True]


@pytest.mark.parametrize("late", [False, True])
async def test_the_first_reason_decides_the_exit_code(*, late: bool) -> None:
    async with asyncio.timeout(5), Background(LOG) as background:
        background.start("reader", give_up())
        if late:
            await background.ended()
            background.end("something else", ExitCode.FAILED)

        assert await background.ended() is ExitCode.RESTART_ME


async def test_a_task_that_returns_left_its_post() -> None:
    async with asyncio.timeout(5):
        assert await supervise(LOG, reader=return_at_once()) is ExitCode.FAILED


async def test_a_connection_closed_for_good_ends_the_process_with_70() -> None:
    async with asyncio.timeout(5), Background(LOG) as background:
        background.start("reader", run_for_ever())
        await background.on_closed()

        assert await background.ended() == 70


async def test_stopping_in_good_order_is_no_failure() -> None:
    async with Background(LOG) as background:
        background.start("reader", run_for_ever())

    await background.on_closed()

    assert background.exit_code is ExitCode.STOPPED
