"""Reading a subject's facts again: bodies from the log, each compared with what is remembered."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

import msgspec

from shared.events.envelope import LOG_DECODER, Fact

from .reader import LogRewoundError
from .subject import mark_of, marked_sequences_in

FetchBodies = Callable[[Sequence[int]], Awaitable[dict[int, bytes]]]
"""Returns the bodies that stand at the given sequences of the log."""


def facts_at(entries: bytes, bodies: Mapping[int, bytes]) -> Iterator[Fact]:
    """Yield the facts that `entries` of a record point to, in order of arrival.

    Raises:
        LogRewoundError: another fact stands there. The sequence was given again after the log
            lost its tail, and the anchor has not been asked yet.
    """
    for mark, sequence in marked_sequences_in(entries):
        try:
            fact = LOG_DECODER.decode(bodies[sequence])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise LogRewoundError from None
        if mark_of(fact) != mark:
            raise LogRewoundError
        yield fact
