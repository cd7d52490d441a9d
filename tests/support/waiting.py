"""Waiting for an event with a deadline, and coroutines that need no event loop."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def until(
    is_true: Callable[[], bool | Awaitable[bool]], *, within: float = 20.0, what: str = ""
) -> None:
    """Return as soon as `is_true`; fail after `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            found = is_true()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.01)
    raise AssertionError(what)


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits for anything, without the price of an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    coroutine.close()
    raise AssertionError("it waits for something")
