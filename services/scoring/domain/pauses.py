"""Pauses of a dossier as its state keeps them: triples (why, start, end), an open one ends at 0."""

from .rules import SECOND_US

Pauses = tuple[int, ...]


def has_open(pauses: Pauses, why: int) -> bool:
    """Whether it stands still for this reason."""
    return any(pauses[i] == why and not pauses[i + 2] for i in range(0, len(pauses), 3))


def ended(pauses: Pauses, at: int, why: int = 0) -> Pauses:
    """The pauses after the open ones of one kind, or all of them, ended; `at` in microseconds."""
    if not pauses:
        return pauses
    flat = list(pauses)
    for i in range(0, len(flat), 3):
        if not flat[i + 2] and why in (0, flat[i]):
            flat[i + 2] = max(at // SECOND_US, 1)
    return tuple(flat)
