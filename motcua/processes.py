"""Children of the local runner: started, prefixed, restarted with back-off, ended in order."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

import httpx
from msgspec import Struct

_BACK_OFF_SECONDS = (0.5, 1, 2, 5, 10, 30)
_CALM_SECONDS = 60.0
_STOP_SECONDS = 20.0
_LINE_MAX_BYTES = 1 << 16

_PR_SET_PDEATHSIG = 1

Say = Callable[[str, str], None]


class Program(Struct, frozen=True, kw_only=True):
    """What to run, and the address that says when it is ready (none: at once)."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = {}
    ready_url: str = ""


class Child:
    """One program kept alive until `stop`; a crash is said, then answered by a new start."""

    def __init__(self, program: Program, say: Say, back_off_max: float = 30.0) -> None:
        self.program = program
        self._say = say
        self._back_off_max = back_off_max
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self.restart_count = 0

    @property
    def pid(self) -> int | None:
        """The process now running, or None between two starts."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def start(self) -> None:
        """Start the program and keep it running in the background."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=f"keep-{self.program.name}")

    async def wait_ready(self, within_seconds: float = 60.0) -> None:
        """Wait until it says that it is ready.

        Raises:
            TimeoutError: it did not in time; the message holds its last answer.
        """
        if not self.program.ready_url:
            return
        last = "no answer"
        async with httpx.AsyncClient(timeout=2) as http:
            for _ in range(int(within_seconds / 0.1)):
                try:
                    answer = await http.get(self.program.ready_url)
                    if answer.is_success:
                        return
                    last = answer.text[:300]
                except httpx.HTTPError as error:
                    last = type(error).__name__
                await asyncio.sleep(0.1)
        raise TimeoutError(f"{self.program.name} is not ready: {last}")

    async def stop(self) -> None:
        """End it: SIGTERM, and SIGKILL after 20 seconds."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self._say(self.program.name, "không dừng, buộc dừng (SIGKILL)")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the running process, if there is one."""
        if self.pid is not None:
            os.kill(self.pid, number)

    async def _spawn(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self.program.arguments,
            env={**os.environ, **self.program.environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the runner; it stops its children in order
            preexec_fn=_end_with_parent,
            limit=_LINE_MAX_BYTES,
        )

    async def _keep(self) -> None:
        failures = 0
        while True:
            process = self._process
            assert process is not None and process.stdout is not None  # noqa: S101, PT018 - spawned
            started = asyncio.get_running_loop().time()
            await self._relay(process.stdout)
            code = await process.wait()
            lived = asyncio.get_running_loop().time() - started
            failures = 0 if lived > _CALM_SECONDS else failures + 1
            step = min(max(failures, 1), len(_BACK_OFF_SECONDS)) - 1
            wait = min(_BACK_OFF_SECONDS[step], self._back_off_max)
            self._say(self.program.name, f"đã dừng (mã {code}), chạy lại sau {wait:g} giây")
            await asyncio.sleep(wait)
            self.restart_count += 1
            await self._spawn()

    async def _relay(self, stream: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # a line longer than the limit; its rest comes as another one
                continue
            if not line:
                return
            self._say(self.program.name, line.decode(errors="replace").rstrip())


def _end_with_parent() -> None:
    """Have the kernel end this child when the runner is killed: no orphan holds a port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
