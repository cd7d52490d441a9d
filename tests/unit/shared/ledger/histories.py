"""Invented histories: a few dossiers, two sources, many ties."""

from functools import cache

from hypothesis import strategies as st
from msgspec import Struct

from shared.events import dossier
from shared.events.envelope import Fact
from shared.events.fields import Event
from shared.ledger.fold import Fold
from tests.support.facts import START_EPOCH, code, minute, recorded
from tests.support.small_fold import CREATED, Case, MemoryLog, small_fold
from tests.support.waiting import finished

SOURCES = ("mcdt-tinh", "mcdt-xa")
AGENCIES = ("H99.12", "H99.103")
LAST_MINUTE = 40
LATER = START_EPOCH + 90 * 60
"""After every due time."""


class Said(Struct, frozen=True):
    """One fact in short: who, which dossier, what, which id of it, when, and what about it."""

    source: int
    number: int
    what: int
    revision: int
    at: int
    detail: int


def _event(said: Said) -> Event:
    agency = AGENCIES[said.detail % 2]
    due_at = minute(said.at + said.detail * 4)
    events: tuple[Event, ...] = (
        dossier.DossierReceived(agency_code=agency, procedure_code="1.004194", due_at=due_at),
        dossier.DossierResolved(agency_code=agency),
        dossier.DossierTransferred(agency_code=agency, to_agency_code=AGENCIES[said.at % 2]),
        dossier.DossierExtended(agency_code=agency, due_at=due_at),
        dossier.DossierResumed(agency_code=agency),
        dossier.DossierRated(agency_code=agency, satisfied=True),
    )
    return events[said.what]


@cache
def fact_of(said: Said) -> Fact:
    """The fact in full. Its id says what happened, not when: a later one is a conflict."""
    return recorded(
        _event(said),
        id=f"{said.number}:{said.what}:{said.revision}",
        subject=code(said.number),
        at=said.at,
        source=SOURCES[said.source],
    )


def _said(number: int) -> Said:
    """One draw instead of six: hypothesis is the slowest part of these tests."""
    parts = []
    for base in (2, 3, 6, 3, 4, LAST_MINUTE + 1):
        number, part = divmod(number, base)
        parts.append(part)
    source, dossier_number, what, revision, detail, at = parts
    return Said(source, dossier_number + 1, what, revision, at, detail)


_SAID = st.integers(0, 2 * 3 * 6 * 3 * 4 * (LAST_MINUTE + 1) - 1).map(_said)


def _identity(said: Said) -> tuple[int, int, int, int]:
    return said.source, said.number, said.what, said.revision


def histories(size: int = 14) -> st.SearchStrategy[list[Fact]]:
    """Facts of different identities, in any order."""
    said = st.lists(_SAID, min_size=1, max_size=size, unique_by=_identity)
    return said.map(lambda all_said: [fact_of(one) for one in all_said])


def quarrels(size: int = 14) -> st.SearchStrategy[list[Fact]]:
    """Facts among which some say another thing under the same id."""
    return st.lists(_SAID, min_size=1, max_size=size).map(
        lambda all_said: [fact_of(one) for one in all_said]
    )


cuts = st.lists(st.integers(1, 30), max_size=5)
"""Where a log is cut into batches."""

moments = st.integers(0, LAST_MINUTE + 20).map(lambda at: START_EPOCH + at * 60)
"""Instants in epoch seconds, before and after every due time."""


def replay(log: MemoryLog, at: list[int], now: int = LATER) -> Fold[Case]:
    """Fold the whole log, cut after each of the sequences in `at`."""
    fold = small_fold(log)
    for batch in log.batches(at):
        finished(fold.apply(batch, CREATED, now))
    return fold


def states(fold: Fold[Case]) -> dict[str, Case]:
    """Return every subject's state by its key."""
    return dict(fold.items())
