"""Publishers and channels: when each was last heard of. Pure; the last word wins, in any order."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from services.notifier.domain.clocks import Clock, Running
from services.notifier.domain.telling import TOLD
from shared.calendar.civil_time import DAY_SECONDS, UTC_OFFSET_SECONDS

# A system that spoke on one day only was an import or a trial: nobody waits for its next word.
DAYS_HEARD_MIN: Final = 3
_ROOT_SEPARATOR: Final = "."


class SourceState(Struct, array_like=True, gc=False, tag="s"):
    """One publisher. `heard` is when its last fact was recorded, in epoch seconds."""

    agency: str = ""
    heard: int = 0
    days: int = 0  # on how many civil days it was heard
    last_day: int = 0


def heard(state: SourceState, at: int, agency: str) -> SourceState:
    """The publisher after one more word; facts are recorded in the order of the log."""
    day = (at + UTC_OFFSET_SECONDS) // DAY_SECONDS
    if day > state.last_day:
        state.days, state.last_day = state.days + 1, day
    state.heard = max(state.heard, at)
    if agency:
        state.agency = agency.partition(_ROOT_SEPARATOR)[0]
    return state


def source_clocks(state: SourceState) -> Iterator[Running]:
    """Since when it has been silent, for a publisher that is expected to speak."""
    if state.days >= DAYS_HEARD_MIN:
        yield Running(Clock.SOURCE_HEARD, state.heard)


class ChannelState(Struct, array_like=True, gc=False, tag="c"):
    """One channel, from `alert.delivered`. `failing_since` is None while it works."""

    failing_since: int | None = None
    failed_count: int = 0
    at: int = 0


FAILURES_MIN: Final = 3


def channel_step(state: ChannelState, said: Any, at: int) -> ChannelState:
    """The channel after one more outcome; a claim says nothing of it."""
    if said.outcome in TOLD:
        return ChannelState(None, 0, at)
    if said.outcome != "failed":
        return state
    since = at if state.failing_since is None else state.failing_since
    return ChannelState(since, state.failed_count + 1, at)


def channel_clocks(state: ChannelState) -> Iterator[Running]:
    """Since when it has refused, once that is no single mishap."""
    if state.failing_since is not None and state.failed_count >= FAILURES_MIN:
        yield Running(Clock.CHANNEL_FAILING, state.failing_since)
