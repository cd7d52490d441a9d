"""Whether and by which channel an alert is told to a person now. Pure."""

from collections.abc import Sequence
from enum import StrEnum, unique
from typing import Final

from msgspec import Struct

from services.notifier.domain.records import RAISED, AlertRecord, Delivery

_BACK_OFF_SECONDS: Final = 30
_BACK_OFF_SECONDS_MAX: Final = 3600


@unique
class Outcome(StrEnum):
    """The states of one telling; those but `claimed` are also metric labels."""

    CLAIMED = "claimed"
    SENT = "sent"  # the channel took it; whether it arrived, it cannot say
    CONFIRMED = "confirmed"  # the channel was asked, or said by itself, that it is there
    FAILED = "failed"  # the channel said no: nobody was told
    UNKNOWN = "unknown"  # no answer: it may have been told


TOLD: Final = frozenset({Outcome.SENT, Outcome.CONFIRMED})
"""After which nothing is left to do."""


@unique
class Telling(StrEnum):
    """Why an alert goes into a message now, or does not."""

    FIRST = "first"
    RETRY = "retry"
    REPEAT = "repeat"  # it may have been told before: labelled so
    ALREADY_TOLD = "already_told"
    UNDER_WAY = "under_way"
    BACKING_OFF = "backing_off"


class Timing(Struct, frozen=True, kw_only=True):
    """Seconds. A claim that stood for `stale` belongs to a copy that died at it.

    A channel that refused `tries_before_next` times lets the person's next one speak.
    """

    stale: int = 300
    repeat_after: int = 900
    tries_before_next: int = 3


class Try(Struct, frozen=True):
    """What to do about telling one person, on which channel, and as which attempt."""

    telling: Telling
    channel: str
    attempt: int = 1
    sequence: int = 0  # where the last state of this telling stands in ALERTS


def telling(
    record: AlertRecord,
    channels: str | Sequence[str],
    now: int,
    timing: Timing,
    *,
    recipient: str = "default",
    occasion: str = RAISED,
    seen_seconds: float = 0.0,
) -> Try:
    """Whether to tell an open alert to a person at `now`, by which channel, and why.

    `seen_seconds`: how long this process has seen the last state stand. By another machine's clock
    a telling may look long forgotten that is under way, or a refusal as if it were still to come.
    """
    names = (channels,) if isinstance(channels, str) else channels
    tried = [(name, record.delivery(name, recipient, occasion)) for name in names]
    for _, told in tried:
        if told is not None and told.outcome in TOLD:
            return Try(Telling.ALREADY_TOLD, told.channel, told.attempt, told.sequence)
    for name, told in tried:
        is_last = name == names[-1]
        if told is None:
            return Try(Telling.FIRST, name)
        is_given_up = told.outcome == Outcome.FAILED and told.attempt >= timing.tries_before_next
        if is_given_up and not is_last:
            continue
        return Try(_after(told, now, timing, seen_seconds), name, told.attempt + 1, told.sequence)
    raise AssertionError("the last channel always answers")  # a person has a channel


def _after(told: Delivery, now: int, timing: Timing, seen_seconds: float) -> Telling:
    age = max(now - told.at, seen_seconds)
    match told.outcome:
        case Outcome.FAILED:
            wait = min(_BACK_OFF_SECONDS * 2 ** min(told.attempt - 1, 10), _BACK_OFF_SECONDS_MAX)
            return Telling.RETRY if age >= wait else Telling.BACKING_OFF
        case Outcome.UNKNOWN:
            return Telling.REPEAT if age >= timing.repeat_after else Telling.BACKING_OFF
        case Outcome.CLAIMED:
            return Telling.REPEAT if seen_seconds >= timing.stale else Telling.UNDER_WAY
        case _:
            return Telling.ALREADY_TOLD
