"""Refused events of a publisher that nobody at intake has settled. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from services.notifier.domain.clocks import Clock, Running


class RejectRaised(Struct, tag_field="what", tag="raised"):
    """What the notifier reads of a reject: never its body, which is sealed."""

    reject_id: str
    publisher: str
    at: datetime


class RejectPart(Struct, tag_field="what", tag="part"):
    """A part of a large body: nothing for us."""


class RejectSettled(Struct, tag_field="what", tag="settled"):
    """A person is done with it, or nobody was: it reached the age at which it goes."""

    reject_id: str
    how: str = ""

    @property
    def is_expired(self) -> bool:
        """Whether nobody settled it."""
        return self.how == _EXPIRED


_EXPIRED: Final = "expired"  # intake's word

RejectEvent = RejectRaised | RejectPart | RejectSettled


class RefusedState(Struct, array_like=True, gc=False, tag="r"):
    """One publisher. `since` is when the first of the oldest open day came; None: all settled.

    Those of one civil day are one matter: whoever settles them one by one is told once a day,
    not once a piece.
    """

    agency: str = ""
    since: int | None = None
    expired: tuple[int, ...] = ()  # when the days began of which something went unsettled


def refused_clocks(state: RefusedState) -> Iterator[Running]:
    """Since when something refused waits for a person."""
    if state.since is not None:
        yield Running(Clock.REJECTS_WAITING, state.since)
