"""Where a dossier stands by the portal's status codes, and whether a step may follow. Pure.

Source: [DVCQG-SYNC] status codes 1 to 10 and their transitions. A step that
is not listed but natural is accepted and counted; one that leaves an end is also flagged.
"""

from enum import StrEnum, unique
from typing import Final

SUBMITTED, RECEIVED, REJECTED, PROCESSING, SUPPLEMENT = 1, 2, 3, 4, 5
DUTY, WITHDRAWN, STOPPED, RESOLVED, RETURNED = 6, 7, 8, 9, 10

STATUS_AFTER: Final = {
    "dossier.submitted.v1": SUBMITTED,
    "dossier.received.v1": RECEIVED,
    "dossier.rejected.v1": REJECTED,
    "dossier.assigned.v1": PROCESSING,
    "dossier.supplement_requested.v1": SUPPLEMENT,
    "dossier.supplemented.v1": PROCESSING,
    "dossier.financial_duty_requested.v1": DUTY,
    "dossier.suspended.v1": SUPPLEMENT,  # no code of its own; the clock stands still as in 5
    "dossier.resumed.v1": PROCESSING,
    "dossier.withdrawn.v1": WITHDRAWN,
    "dossier.stopped.v1": STOPPED,
    "dossier.resolved.v1": RESOLVED,
    "dossier.returned.v1": RETURNED,
}
"""The status a fact puts its dossier in; other facts move no status."""

_LISTED: Final = frozenset(
    {
        (SUBMITTED, RECEIVED), (SUBMITTED, REJECTED), (RECEIVED, PROCESSING),
        (PROCESSING, SUPPLEMENT), (SUPPLEMENT, PROCESSING), (PROCESSING, DUTY),
        (DUTY, PROCESSING), (PROCESSING, RESOLVED), (RESOLVED, RETURNED), (WITHDRAWN, STOPPED),
    }
)  # fmt: skip
# What may still follow a status that is an end.
_AFTER_END: Final = {
    REJECTED: frozenset[int](),
    STOPPED: frozenset[int](),
    RETURNED: frozenset[int](),
    RESOLVED: frozenset({RETURNED}),
    WITHDRAWN: frozenset({STOPPED}),
}


@unique
class Step(StrEnum):
    """What is said of a step from one status to another; the values are metric labels."""

    LISTED = "listed"
    NATURAL = "natural"
    ILLEGAL = "illegal"


def step(before: int | None, after: int) -> Step:
    """Judge a step; nothing known before, or no change, is listed."""
    if before is None or before == after or (before, after) in _LISTED:
        return Step.LISTED
    if before in _AFTER_END:
        return Step.ILLEGAL
    # Back to the counter: what was received cannot be handed in, received or refused again.
    return Step.ILLEGAL if after <= REJECTED else Step.NATURAL
