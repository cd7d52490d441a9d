"""Children of the runner: kept alive, heard to the last line, ended for certain."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from motcua.processes import CannotStartError, Child, Program
from tests.support.server import free_port

# Says its number, then waits for ever in a way that no test has to wait for.
SLEEPER = """
import os, signal
print('ở đây', os.getpid(), flush=True)
signal.pause()
"""
STUBBORN = """
import os, signal
signal.signal(signal.SIGTERM, lambda *_: print('không nghe', flush=True))
print('ở đây', os.getpid(), flush=True)
while True: signal.pause()
"""
LAST_WORDS = """
import signal, sys
def end(*_):
    print('đóng sổ', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print('ở đây', flush=True)
while True: signal.pause()
"""


class Hearing:
    """What the children said, in order; waits for a line with a deadline."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self._more = asyncio.Event()

    def say(self, name: str, line: str) -> None:
        self.lines.append((name, line))
        self._more.set()

    async def hear(self, wanted: Callable[[str], bool], count: int = 1) -> str:
        async with asyncio.timeout(20):
            while True:
                found = [line for _, line in self.lines if wanted(line)]
                if len(found) >= count:
                    return found[count - 1]
                self._more.clear()
                await self._more.wait()


@pytest.fixture
async def hearing() -> Hearing:
    return Hearing()


@pytest.fixture
async def start(hearing: Hearing) -> AsyncIterator[Callable[..., "asyncio.Future[Child]"]]:
    children: list[Child] = []

    async def started(code: str, *, ready_url: str = "", stop_seconds: float = 20) -> Child:
        program = Program(name="mẫu", arguments=[sys.executable, "-c", code], ready_url=ready_url)
        child = Child(program, hearing.say, back_off_max=0.1, stop_seconds=stop_seconds)
        children.append(child)
        await child.start()
        return child

    yield lambda *args, **kwargs: asyncio.ensure_future(started(*args, **kwargs))
    for child in children:
        child._stop_seconds = 0.1  # nothing a test left behind has earned patience
        await child.stop()


Start = Callable[..., "asyncio.Future[Child]"]


async def test_a_child_killed_comes_back_and_the_runner_says_so(
    start: Start, hearing: Hearing
) -> None:
    child = await start(SLEEPER)
    first = await hearing.hear(lambda line: line.startswith("ở đây"))

    child.signal(signal.SIGKILL)
    second = await hearing.hear(lambda line: line.startswith("ở đây"), count=2)

    assert first != second
    assert child.restart_count == 1
    assert ("mẫu", "đã dừng (mã -9), chạy lại sau 0.1 giây") in hearing.lines


async def test_a_child_that_keeps_failing_is_started_again_each_time(
    start: Start, hearing: Hearing
) -> None:
    child = await start("print('lại hỏng'); raise SystemExit(1)")

    await hearing.hear(lambda line: line == "lại hỏng", count=4)

    assert child.restart_count >= 3


async def test_stopping_is_heard_to_the_last_line(start: Start, hearing: Hearing) -> None:
    child = await start(LAST_WORDS)
    await hearing.hear(lambda line: line == "ở đây")

    await child.stop()

    assert hearing.lines[-1] == ("mẫu", "đóng sổ")
    assert child.pid is None


async def test_a_child_that_will_not_stop_is_killed(start: Start, hearing: Hearing) -> None:
    child = await start(STUBBORN, stop_seconds=0.3)
    said = await hearing.hear(lambda line: line.startswith("ở đây"))

    await child.stop()

    assert ("mẫu", "không nghe") in hearing.lines
    assert ("mẫu", "không dừng, buộc dừng (SIGKILL)") in hearing.lines
    with pytest.raises(ProcessLookupError):
        os.kill(int(said.split()[-1]), 0)


async def test_a_child_is_not_started_again_once_it_was_told_to_stop(
    start: Start, hearing: Hearing
) -> None:
    child = await start("raise SystemExit(1)")
    await hearing.hear(lambda line: "chạy lại" in line)

    await child.stop()

    assert child.pid is None
    assert all(one.get_name() != "keep-mẫu" for one in asyncio.all_tasks())


async def test_a_line_without_an_end_loses_no_letter(start: Start, hearing: Hearing) -> None:
    await start("import signal; print('x' * 200_000 + 'hết'); print('sau', flush=True);"
                "signal.pause()")  # fmt: skip

    await hearing.hear(lambda line: line == "sau")

    said = [line for _, line in hearing.lines]
    assert "".join(said) == "x" * 200_000 + "hết" + "sau"


async def test_what_says_its_settings_are_wrong_is_not_waited_for(
    start: Start, hearing: Hearing
) -> None:
    child = await start(
        "print('MOTCUA_SEAL_KEY: is missing'); raise SystemExit(2)", ready_url="http://127.0.0.1:1/"
    )

    with pytest.raises(CannotStartError, match="MOTCUA_SEAL_KEY: is missing"):
        await child.wait_ready(20)


async def test_waiting_in_vain_ends_in_time_and_says_the_last_answer(start: Start) -> None:
    child = await start(SLEEPER, ready_url=f"http://127.0.0.1:{free_port()}/health/ready")

    with pytest.raises(TimeoutError, match="ConnectError"):
        await child.wait_ready(1.5)


PARENT = """
import asyncio, sys
from motcua.processes import Child, Program
async def main():
    say = lambda name, line: print(line, flush=True)
    await Child(Program(name='con', arguments=[sys.executable, '-c', sys.argv[1]]), say).start()
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
async def test_an_orphan_ends_with_its_parent(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, SLEEPER, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    said = await asyncio.wait_for(parent.stdout.readline(), 20)
    # The descriptor becomes readable when that very process ends, whoever reaps it.
    child = os.pidfd_open(int(said.split()[-1]))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(child, ended.set)

    parent.kill()
    await parent.wait()

    await asyncio.wait_for(ended.wait(), 20)
    asyncio.get_running_loop().remove_reader(child)
    os.close(child)
