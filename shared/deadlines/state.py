"""What decides a dossier's due time, kept small enough to lie inside a fold's state."""

from enum import IntEnum, IntFlag, unique

from msgspec import Struct


@unique
class Ending(IntEnum):
    """How the clock stopped for good."""

    NONE = 0
    REJECTED = 1  # never accepted: there was no clock
    WITHDRAWN = 2
    STOPPED = 3
    RETURNED = 4  # an ending only where no resolved is known
    RESOLVED = 5


class Waiting(IntFlag):
    """What an open pause waits for; the clock runs again when nothing is left."""

    SUPPLEMENT = 1
    FINANCIAL_DUTY = 2
    SUSPENSION = 4


class DeadlineState(Struct, array_like=True, gc=False):
    """The clock of one dossier, after all its facts so far. Instants are epoch seconds.

    `due` is the last second that is still on time. It is None while a pause holds it up, before
    receipt, and where neither a date nor a limit is known. A pause that began when the time was
    used up already leaves it as it was: such a dossier is paused and has a due time.
    """

    received: int | None = None
    due: int | None = None
    ended: int | None = None
    ending: int = Ending.NONE
    is_void: bool = False
    waiting: int = 0
    pauses: tuple[int, ...] = ()  # start, end, start, end …; an odd count means one is open
    limit_hours: float | None = None  # working hours
    limit_is_own: bool = False  # said with the receipt, not taken from the catalogue
    decided: int | None = None  # a due time that a source or an extension set
    decided_at: int | None = None  # None: with the receipt
    supplement_count: int = 0
    extension_count: int = 0
