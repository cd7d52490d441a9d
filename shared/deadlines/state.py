"""What decides a dossier's due time, kept small enough to lie inside a fold's state."""

from enum import IntFlag, StrEnum, unique

from msgspec import Struct


@unique
class Ending(StrEnum):
    """How the clock stopped for good."""

    RESOLVED = "resolved"
    RETURNED = "returned"
    STOPPED = "stopped"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Waiting(IntFlag):
    """What an open pause waits for; the clock runs again when nothing is left."""

    SUPPLEMENT = 1
    FINANCIAL_DUTY = 2
    SUSPENSION = 4


class DeadlineState(Struct, array_like=True, gc=False):
    """The clock of one dossier, after all its facts so far. Instants are epoch seconds.

    `due` is the last second that is still on time. It is None before receipt, where neither a
    date nor a limit is known, and while a pause holds up a limit that is being counted. A due
    time that was decided, or was over when the pause began, stands during the pause too.
    """

    received: int | None = None
    due: int | None = None
    resolved: int | None = None
    returned: int | None = None
    stopped: int | None = None
    rejected: int | None = None
    withdrawn: int | None = None
    is_void: bool = False
    waiting: int = 0
    pauses: tuple[int, ...] = ()  # start, end, start, end …; an odd count means one is open
    limit_hours: float | None = None  # working hours
    limit_is_own: bool = False  # said with the receipt, not taken from the catalogue
    decided: int | None = None  # a due time that a source, an extension or a resumption set
    supplement_count: int = 0
    extension_count: int = 0


def end_of(state: DeadlineState) -> tuple[Ending, int] | None:
    """How and when it ended; None while it has not.

    The first there is of result, return, then stopped, rejected, withdrawn, which end only what
    had been received by then. Source: [DVCQG-SYNC] (9 first, then 10).
    """
    if state.resolved is not None:
        return Ending.RESOLVED, state.resolved
    if state.returned is not None:
        return Ending.RETURNED, state.returned
    if state.received is not None:
        for ending, at in (
            (Ending.STOPPED, state.stopped),
            (Ending.REJECTED, state.rejected),
            (Ending.WITHDRAWN, state.withdrawn),
        ):
            if at is not None and at >= state.received:
                return ending, at
    return None
