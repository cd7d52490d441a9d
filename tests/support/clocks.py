"""Machines whose clocks are wrong: by ten minutes, or set back while the process runs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from tests.support.fake_clock import FakeClock

TEN_MINUTES: Final = timedelta(minutes=10)
Wrong = Callable[[datetime], timedelta]
"""How far a clock is off at a true instant."""


def right(_: datetime) -> timedelta:
    return timedelta(0)


def early(_: datetime) -> timedelta:
    return -TEN_MINUTES


def late(_: datetime) -> timedelta:
    return TEN_MINUTES


def set_back_at(moment: datetime) -> Wrong:
    """Right until that moment, an hour behind from then on for three hours, then right again."""

    def wrong(now: datetime) -> timedelta:
        is_back = moment <= now < moment + timedelta(hours=3)
        return timedelta(hours=-1 if is_back else 0)

    return wrong


class WrongClock(FakeClock):
    """`shows` a true instant as this machine has it; what only counts seconds goes on rightly."""

    def __init__(self, true: datetime, wrong: Wrong) -> None:
        super().__init__(true + wrong(true))
        self._true = true
        self._wrong = wrong

    def shows(self, true: datetime) -> None:
        """Let true time pass to this instant."""
        self._monotonic += max(0.0, (true - self._true).total_seconds())
        self._true = true
        self._now = true + self._wrong(true)

    def advance(self, seconds: float) -> None:
        self.shows(self._true + timedelta(seconds=seconds))
