"""What is decided before the first day: which dossiers come online, end late, owe a fee.

The shares of a profile are kept exactly: a share of 0.169 of 10,000 dossiers is 1,690 of them,
drawn without replacement, for any seed.
"""

from array import array
from collections.abc import Sequence
from enum import IntEnum
from random import Random
from typing import NamedTuple

from motcua.simulate.profiles import Profile
from shared.events.fields import Channel


class Fate(IntEnum):
    """How a dossier ends."""

    ON_TIME = 0
    LATE = 1
    FORGOTTEN = 2  # never finished
    WITHDRAWN = 3
    STOPPED = 4


class Mark(IntEnum):
    """What else is true of a dossier: bits of one number."""

    FEE = 1
    PAID_ONLINE = 2
    DIGITISED = 4
    ELECTRONIC_RESULT = 8
    REUSED = 16
    SYNCED = 32
    IDENTIFIED = 64
    OWN_ACCOUNT = 128
    PERSONAL_STORAGE = 256
    POPULATION_DATA = 512


class Decided(NamedTuple):
    """What is decided about one dossier."""

    channel: Channel
    fate: Fate
    marks: int
    settled: bool


_CHANNELS = (Channel.DIRECT, Channel.ONLINE, Channel.POSTAL)
_FATES = tuple(Fate)


class Plan:
    """The decisions about `count` dossiers, by their number: four bytes each."""

    __slots__ = ("_channels", "_fates", "_marks", "_settled_count")

    def __init__(self, profile: Profile, count: int, random: Random) -> None:
        shares = profile.shares
        self._settled_count = round(count * profile.settled_share)
        self._channels = bytearray(count)
        self._fates = bytearray(count)
        self._marks = array("H", bytes(2 * count))
        online, postal = round(count * shares.online), round(count * shares.postal)
        drawn = random.sample(range(count), min(count, online + postal))
        _set(self._channels, drawn[:online], _CHANNELS.index(Channel.ONLINE))
        _set(self._channels, drawn[online:], _CHANNELS.index(Channel.POSTAL))
        own = min(online, round(count * shares.own_account))
        self._mark(Mark.OWN_ACCOUNT, random.sample(drawn[:online], own))
        self._decide_fates(profile, count, random)
        self._decide_marks(profile, count, random)

    def _decide_fates(self, profile: Profile, count: int, random: Random) -> None:
        shares = profile.shares
        wanted = (
            (Fate.LATE, round(count * shares.late)),
            (Fate.FORGOTTEN, round(count * shares.forgotten)),
            (Fate.WITHDRAWN, round(count * shares.withdrawn)),
            (Fate.STOPPED, round(count * shares.stopped)),
        )
        settled = self._settled_count
        drawn = random.sample(range(settled), min(settled, sum(number for _, number in wanted)))
        for fate, number in wanted:
            _set(self._fates, drawn[:number], fate)
            drawn = drawn[number:]

    def _decide_marks(self, profile: Profile, count: int, random: Random) -> None:
        shares = profile.shares
        owing = random.sample(range(count), round(count * shares.fee))
        self._mark(Mark.FEE, owing)
        self._mark(Mark.PAID_ONLINE, owing[: round(count * shares.paid_online)])
        for mark, share in (
            (Mark.REUSED, shares.reused),
            (Mark.SYNCED, shares.synced),
            (Mark.IDENTIFIED, shares.identified),
            (Mark.PERSONAL_STORAGE, shares.personal_storage),
            (Mark.POPULATION_DATA, shares.population_data),
        ):
            self._mark(mark, random.sample(range(count), round(count * share)))
        # A result can only exist where the dossier ends with one.
        ending = [n for n in range(self._settled_count) if self._fates[n] <= Fate.LATE]
        for mark, share in (
            (Mark.DIGITISED, shares.digitised),
            (Mark.ELECTRONIC_RESULT, shares.electronic_result),
        ):
            number = min(len(ending), round(count * share))
            self._mark(mark, random.sample(ending, number))

    def _mark(self, mark: Mark, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._marks[number] |= mark

    def of(self, number: int) -> Decided:
        """What is decided about that dossier; numbers start at 0."""
        return Decided(
            channel=_CHANNELS[self._channels[number]],
            fate=_FATES[self._fates[number]],
            marks=self._marks[number],
            settled=number < self._settled_count,
        )


def _set(values: bytearray, numbers: Sequence[int], value: int) -> None:
    for number in numbers:
        values[number] = value
