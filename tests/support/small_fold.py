"""A small projection to fold with, a log in memory, and a recount that shares no code with Fold."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from shared.events import dossier
from shared.events.envelope import LOG_DECODER, Fact, encoded, message_id
from shared.ledger.fold import SCHEMA, Fold
from shared.ledger.reader import Batch
from shared.ledger.store import Store
from shared.ledger.subject import Contribution, CounterKey

CREATED = "2026-03-02 00:00:00+00:00"


class Case(Struct, array_like=True, gc=False):
    """A dossier, or an agency under `a/…`, where only ratings are kept."""

    agency: str = ""
    due: int = 0
    resolved: int = 0
    ratings: int = 0


class SmallProjection:
    """Dossiers waiting, open, overdue and closed by agency; ratings by agency."""

    version = "1"
    state_type = Case

    def keys_of(self, fact: Fact) -> tuple[str, ...]:
        if not isinstance(fact.data, dossier.DossierEvent):
            return ()
        if isinstance(fact.data, dossier.DossierRated):
            return f"d/{fact.subject}", f"a/{fact.data.agency_code}"
        return (f"d/{fact.subject}",)

    def step(self, state: Case | None, fact: Fact, key: str) -> Case:
        case = state or Case()
        match fact.data:
            case dossier.DossierRated() if key.startswith("a/"):
                case.ratings += 1
            case dossier.DossierReceived(agency_code=agency, due_at=due_at):
                case.agency = agency
                case.due = int(due_at.timestamp()) if due_at else 0
            case dossier.DossierTransferred(to_agency_code=agency):
                case.agency = agency
            case dossier.DossierExtended(due_at=due_at) if due_at:
                case.due = int(due_at.timestamp())
            case dossier.DossierResolved():
                case.resolved = int(fact.time.timestamp())
            case dossier.DossierResumed():
                case.resolved = 0
        return case

    def contribution(self, key: str, state: Case, now: int) -> Contribution:
        if key.startswith("a/"):
            return ((("ratings", key), state.ratings),)
        if not state.agency:
            return ((("waiting",), 1),)
        if state.resolved:
            timeliness = "late" if state.resolved > state.due else "on_time"
            return ((("closed", state.agency, timeliness), 1),)
        stage = "overdue" if now > state.due else "not_due"
        return (("open", state.agency, stage), 1), (("open", "", stage), 1)

    def next_change_at(self, key: str, state: Case, now: int) -> int | None:
        is_open = key.startswith("d/") and bool(state.agency) and not state.resolved
        return state.due + 1 if is_open and now <= state.due else None

    def is_hot(self, state: Case) -> bool:
        return not state.resolved and not state.ratings


class MemoryLog:
    """Bodies by sequence, counted from one."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.bodies: list[bytes] = []
        self.ids: list[str] = []
        self.fetched: list[int] = []
        for one in facts:
            self.append(one)

    def append(self, fact: Fact) -> int:
        self.bodies.append(encoded(fact))
        self.ids.append(message_id(fact.source, fact.id))
        return len(self.bodies)

    def batch(self, after: int, upto: int) -> Batch:
        """The facts at `after + 1` to `upto`."""
        entries = [(at, self.bodies[at - 1]) for at in range(after + 1, upto + 1)]
        return Batch(entries, self.ids[upto - 1], len(self.bodies) - upto)

    def batches(self, cuts: Iterable[int] = ()) -> list[Batch]:
        """The whole log, cut after each of the sequences in `cuts`."""
        inner = {cut for cut in cuts if 0 < cut < len(self.bodies)}
        ends = sorted({0, len(self.bodies), *inner})
        return [self.batch(*pair) for pair in pairwise(ends)]

    async def fetch(self, sequences: Sequence[int]) -> dict[int, bytes]:
        self.fetched += sequences
        return {at: self.bodies[at - 1] for at in sequences}


def small_store(path: Path | str = ":memory:") -> Store:
    return Store(path, version=SmallProjection.version, schema=SCHEMA)


def small_fold(log: MemoryLog, store: Store | None = None) -> Fold[Case]:
    return Fold(SmallProjection(), store or small_store(), log.fetch)


def recounted(bodies: Iterable[bytes], now: int) -> dict[CounterKey, int]:
    """The counters by the book: first of every identity, in order of time, then summed up."""
    first: dict[tuple[str, str], Fact] = {}
    for body in bodies:
        one = LOG_DECODER.decode(body)
        first.setdefault((one.source, one.id), one)
    projection, states = SmallProjection(), dict[str, Case]()
    for one in sorted(first.values(), key=lambda fact: (fact.time, fact.id, fact.source)):
        for key in projection.keys_of(one):
            states[key] = projection.step(states.get(key), one, key)
    counted: Counter[CounterKey] = Counter()
    for key, state in states.items():
        counted.update(dict(projection.contribution(key, state, now)))
    return {key: value for key, value in counted.items() if value}
