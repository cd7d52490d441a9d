"""The tasks a service lives by. When one of them ends, the process ends: it never limps on."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from shared.observability import ServiceLog
from shared.runtime.ending import EndProcess, ExitCode


class Background:
    """Starts the tasks, remembers the first that died, and cancels the rest at the end.

    Used as `async with` inside the lifespan of the application; `serve` watches it.
    """

    def __init__(self, log: ServiceLog) -> None:
        self._log = log
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended = asyncio.Event()
        self._exit_code = ExitCode.STOPPED
        self._closing = False

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` for as long as the service lives; its end ends the process."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def end(self, reason: str, exit_code: ExitCode = ExitCode.RESTART_ME) -> None:
        """End the process in good order; the first reason given decides the exit code."""
        if self._ended.is_set() or self._closing:
            return
        self._log.error("ending", reason=reason, exit_code=int(exit_code))
        self._exit_code = exit_code
        self._ended.set()

    async def on_closed(self) -> None:
        """For `make_broker(on_closed=…)`: closed for good means that the process must end."""
        self.end("connection closed for good")

    async def ended(self) -> ExitCode:
        """Wait until the process must end, and return the code to end with."""
        await self._ended.wait()
        return self._exit_code

    @property
    def exit_code(self) -> ExitCode:
        """The code to end with as of now; STOPPED while nothing died."""
        return self._exit_code

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Cancel what still runs, and wait until it is gone."""
        self._closing = True
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            # Once is not enough: `asyncio.wait_for` of Python 3.11 swallows a cancellation that
            # meets the answer it waits for, and then the task goes on.
            await asyncio.wait(running, timeout=1)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if self._closing:
            if error is not None:
                self._log.failure("task_failed_while_stopping", error, task=task.get_name())
        elif isinstance(error, EndProcess):
            self._log.failure("task_gave_up", error, task=task.get_name(), reason=error.reason)
            self.end(error.reason, error.exit_code)
        elif error is not None:
            self._log.failure("task_failed", error, task=task.get_name())
            self.end("a task failed", ExitCode.FAILED)
        else:
            self._log.error("task_ended", task=task.get_name())
            self.end("a task ended by itself", ExitCode.FAILED)


async def supervise(log: ServiceLog, **works: Coroutine[Any, Any, Any]) -> ExitCode:
    """Run all of them until one ends; for a process without a web page. Names are task names."""
    async with Background(log) as background:
        for name, work in works.items():
            background.start(name, work)
        return await background.ended()
