"""What became of the inputs of one run, how long each took, and what the memory did."""

import logging
import os
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from shared.errors import RejectReason

HANG_SECONDS = 10
SLOW_CPU_SECONDS = 0.1
SLOPE_BYTES_PER_INPUT_MAX = 64.0
# Memory comes from the system in pieces of up to 1 MiB (an arena of Python's). One piece in the
# middle of a run of 20,000 is a slope of 118 bytes an input, of 50,000 one of 47.
_MEMORY_JUDGED_FROM = 50_000
_PAGE = os.sysconf("SC_PAGESIZE")
_SAMPLES = 60
_KEPT_FAULTS = 20
_CLOSED = frozenset(reason.value for reason in RejectReason) - {RejectReason.OUR_FAULT.value}


class HangError(Exception):
    """One input took longer than ten seconds."""


class Tally:
    """Counts; `faults` says the first of what must not be."""

    def __init__(self, entry: str, seed: int, n: int) -> None:
        self.entry, self.seed, self.wanted = entry, seed, n
        self.n = self.in_process = self.events = 0
        self.crashes = self.hangs = self.server_errors = self.unaccounted = self.slow = 0
        self.logged = 0
        self.slowest_seconds = 0.0
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.faults: list[str] = []
        self._memory: list[tuple[int, int]] = []

    def fault(self, kind: str, what: str) -> None:
        """Note what must not be; `kind` is the counter it belongs to."""
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.faults) < _KEPT_FAULTS:
            self.faults.append(f"{kind}: input {self.n}: {what[:600]}")

    def refused(self, reason: str) -> None:
        """Count a refusal; a reason outside the closed list is a fault."""
        self.reasons[reason] += 1
        if reason not in _CLOSED:
            self.fault("crashes", f"reason {reason!r}")

    @contextmanager
    def one_input(self, *, is_remote: bool = False) -> Iterator[None]:
        """Time one input; whatever escapes is a crash, and ten seconds of work are a hang.

        `is_remote`: the caller has a deadline of its own, because it waits for another process.
        """
        self.n += 1
        before = time.process_time()
        if not is_remote:
            # Of this process's own work: a busy machine is no hang.
            signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
        try:
            yield
        except (HangError, TimeoutError):
            self.fault("hangs", "no answer")
        except Exception as error:  # noqa: BLE001 - that nothing escapes is what is measured
            self.fault("crashes", f"{error!r:.200} at {_places(error)}")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        spent = time.process_time() - before
        self.slowest_seconds = max(self.slowest_seconds, spent)
        self.slow += spent > SLOW_CPU_SECONDS
        if not is_remote:  # clients and connections of this process are a step, and no input's
            self.sample()

    def sample(self) -> None:
        """Look at the memory, so many times a run."""
        step = max(1, self.wanted // _SAMPLES)
        if self.n // step > (self._memory[-1][0] // step if self._memory else 0):
            self._memory.append((self.n, resident_bytes()))

    def slope(self) -> float:
        """Bytes of resident memory per input, over the last two thirds (the first fill caches)."""
        points = self._memory[len(self._memory) // 3 :]
        if len(points) < 2:
            return 0.0
        mean_n = sum(n for n, _ in points) / len(points)
        mean_b = sum(b for _, b in points) / len(points)
        spread = sum((n - mean_n) ** 2 for n, _ in points)
        return sum((n - mean_n) * (b - mean_b) for n, b in points) / spread

    @property
    def passed(self) -> bool:
        """Whether nothing happened that must not. A short run says nothing about memory."""
        is_flat = self.wanted < _MEMORY_JUDGED_FROM or self.slope() <= SLOPE_BYTES_PER_INPUT_MAX
        bad = self.crashes or self.hangs or self.server_errors or self.unaccounted or self.logged
        return not bad and is_flat and self.n >= self.wanted

    def line(self) -> str:
        """The one line of the run."""
        said = " ".join(f"{name}={count}" for name, count in sorted(self.outcomes.items()))
        return (
            f"FUZZ-{self.entry.upper()} seed={self.seed} n={self.n} in_process={self.in_process}"
            f" real={self.n - self.in_process} events={self.events} {said}"
            f" reasons={len(self.reasons)}/{len(_CLOSED)} CRASH={self.crashes}"
            f" HANG={self.hangs} 5XX={self.server_errors} LOST={self.unaccounted}"
            f" slow={self.slow} slowest_ms={self.slowest_seconds * 1000:.0f}"
            f" rss_slope={self.slope():.1f}B/input"
            f" {'PASS' if self.passed else 'FAIL'}"
        )


class FaultHandler(logging.Handler):
    """Keeps where a service's own exceptions came from, beside the input that made them."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(logging.ERROR)
        self._tally = tally

    def emit(self, record: logging.LogRecord) -> None:
        """Note event, type and the last places."""
        error = getattr(record, "motcua_error", None)
        if error is not None:
            self._tally.fault("logged", f"{record.getMessage()} {error!r:.200} at {_places(error)}")


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{f.filename[-40:]}:{f.lineno}" for f in reversed(frames))


@contextmanager
def listening(tally: Tally) -> Iterator[None]:
    """Hear what the services log as faults of their own."""
    root, handler = logging.getLogger("motcua"), FaultHandler(tally)
    before = root.propagate
    root.addHandler(handler)
    root.propagate = False
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.propagate = before


def resident_bytes() -> int:
    """Resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


@contextmanager
def guarded_against_hangs() -> Iterator[None]:
    """Turn the alarm of `one_input` into HangError. Main thread only."""

    def hang(_number: int, _frame: FrameType | None) -> None:
        raise HangError

    before = signal.signal(signal.SIGPROF, hang)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, before)
