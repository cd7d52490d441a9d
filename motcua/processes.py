"""Children of the local runner: started, prefixed, restarted with back-off, ended in order."""

import asyncio
import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress

import httpx
from msgspec import Struct

from shared.runtime import ExitCode

_BACK_OFF_SECONDS = (0.5, 1, 2, 5, 10, 30)
_CALM_SECONDS = 60.0
_STOP_SECONDS = 20.0
_LINE_MAX_BYTES = 1 << 16
_LINES_KEPT = 5
# Starting again cannot mend these.
_HOPELESS = frozenset({ExitCode.SETTINGS, ExitCode.PORT_IN_USE})

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: a child between fork and exec must not look for libraries.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

Say = Callable[[str, str], None]


class CannotStartError(RuntimeError):
    """The program ended at once and would again; the message holds its last lines."""

    def __init__(self, name: str, code: int, lines: Sequence[str]) -> None:
        super().__init__("\n".join([f"{name} không chạy được (mã {code}):", *lines]))
        self.exit_code = code


class Program(Struct, frozen=True, kw_only=True):
    """What to run, and the address that says when it is ready (none: at once)."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = {}
    ready_url: str = ""


class Child:
    """One program kept alive until `stop`; a crash is said, then answered by a new start."""

    def __init__(
        self,
        program: Program,
        say: Say,
        back_off_max: float = 30.0,
        stop_seconds: float = _STOP_SECONDS,
    ) -> None:
        self.program = program
        self.restart_count = 0
        self._say = say
        self._back_off_max = back_off_max
        self._stop_seconds = stop_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._last_lines: deque[str] = deque(maxlen=_LINES_KEPT)

    @property
    def pid(self) -> int | None:
        """The process now running, or None between two starts."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start the program and keep it running in the background.

        Raises:
            OSError: it cannot be started at all.
        """
        process = await self._spawned()
        self._keeper = asyncio.create_task(self._keep(process), name=f"keep-{self.program.name}")

    async def wait_ready(self, within_seconds: float = 60.0) -> None:
        """Wait until it says that it is ready.

        Raises:
            TimeoutError: it did not in time; the message holds its last answer.
            CannotStartError: its settings are wrong or its port is taken.
        """
        if not self.program.ready_url:
            return
        last = "no answer"
        try:
            # The client first: reading the machine's certificates takes its time, and no question
            # has been asked yet.
            async with httpx.AsyncClient(timeout=2) as http, asyncio.timeout(within_seconds):
                while True:
                    self._raise_if_hopeless()
                    try:
                        answer = await http.get(self.program.ready_url)
                        if answer.is_success:
                            return
                        last = answer.text[:300]
                    except httpx.HTTPError as error:
                        last = type(error).__name__
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise TimeoutError(
                f"{self.program.name} chưa sẵn sàng sau {within_seconds:g} giây (not ready): {last}"
            ) from None

    async def stop(self) -> None:
        """End it: SIGTERM, and SIGKILL after 20 seconds. What it still says is relayed."""
        self._stopping.set()
        if self._keeper is None:
            return
        self.signal(signal.SIGTERM)
        done, _ = await asyncio.wait({self._keeper}, timeout=self._stop_seconds)
        if not done:
            self._say(self.program.name, "không dừng, buộc dừng (SIGKILL)")
            self._kill_with_its_own()
        await self._keeper

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the running process, if there is one."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _kill_with_its_own(self) -> None:
        # Its session too: whoever holds the other end of the pipe would keep us waiting.
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _raise_if_hopeless(self) -> None:
        code = self._process.returncode if self._process is not None else None
        if code in _HOPELESS:
            raise CannotStartError(self.program.name, code or 0, list(self._last_lines))

    async def _spawned(self) -> asyncio.subprocess.Process:
        runner = os.getpid()
        self._process = await asyncio.create_subprocess_exec(
            *self.program.arguments,
            env={**os.environ, **self.program.environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the runner; it stops its children in order
            preexec_fn=lambda: _end_with(runner),
            limit=_LINE_MAX_BYTES,
        )
        return self._process

    async def _keep(self, process: asyncio.subprocess.Process | None) -> None:
        failures = 0
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            if process is not None:
                if self._stopping.is_set():  # asked to stop while it was being started
                    self.signal(signal.SIGTERM)
                ended = f"đã dừng (mã {await self._relayed(process)})"
            else:
                ended = "không khởi động được"
            if self._stopping.is_set():
                return
            failures = 1 if clock() - started > _CALM_SECONDS else failures + 1
            wait = _BACK_OFF_SECONDS[min(failures, len(_BACK_OFF_SECONDS)) - 1]
            wait = min(wait, self._back_off_max)
            self._say(self.program.name, f"{ended}, chạy lại sau {wait:g} giây")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)
                return
            self.restart_count += 1
            process = await self._spawned_again()

    async def _spawned_again(self) -> asyncio.subprocess.Process | None:
        try:
            return await self._spawned()
        except OSError as error:  # no memory, no descriptors: may pass
            self._say(self.program.name, str(error))
            return None

    async def _relayed(self, process: asyncio.subprocess.Process) -> int:
        """Pass on what it says until it ends; return its exit code."""
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        async for line in _lines(process.stdout):
            self._last_lines.append(line)
            self._say(self.program.name, line)
        return await process.wait()


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Yield line by line; one beyond 64 KiB comes in pieces, none is lost."""
    while True:
        try:
            line = await stream.readuntil()
        except asyncio.LimitOverrunError as error:
            line = await stream.readexactly(error.consumed)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                yield error.partial.decode(errors="replace").rstrip()
            return
        yield line.decode(errors="replace").rstrip()


def _end_with(runner: int) -> None:
    """Have the kernel end this child when the runner is killed: no orphan holds a port."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != runner:  # killed before the kernel knew
            os._exit(1)
