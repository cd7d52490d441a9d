"""Lists of dossiers behind a number: a walk over the service's file, beside the fold.

A reading transaction of SQLite sees one commit and nothing after it: counters, states and their
instant belong together, so the length of a list is its number. The walk runs in a thread on its
own connection; the fold goes on meanwhile.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared.desk import Scope
from shared.ledger.subject import Record

from .domain.counts import COUNTED, OPEN_ONLY, Question, number_of, verdict
from .domain.dossier import DossierState
from .domain.index import Index
from .domain.rules import Rules
from .ledger import DOSSIER, State

_DECODER: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Record[State])
_SEPARATOR = "\x1f"


class Found(Struct, frozen=True, gc=False):
    """One dossier in question; `reason` is empty when it is counted."""

    code: str
    state: DossierState
    reason: str


class Answer(Struct, frozen=True):
    """What is counted, what is not, as of one commit. `number` is what the counters say."""

    as_of: int
    position: int
    number: int
    counted: list[Found]
    left_out: list[Found]
    reasons: dict[str, int]


async def answer(path: Path, question: Question, rules: Rules) -> Answer:
    """Return the dossiers behind a number, in order of their codes; runs in a thread."""
    return await asyncio.to_thread(_answered, path, question, rules)


def _answered(path: Path, question: Question, rules: Rules) -> Answer:
    with opened(path) as db:
        as_of, position = commit_of(db)
        counted: list[Found] = []
        left_out: list[Found] = []
        # What is open is hot, and only a few are.
        is_open = question.count in OPEN_ONLY
        for code, state in states_of(db, DOSSIER, is_hot_only=is_open):
            reason = verdict(state, as_of, question, rules)
            if reason is not None:
                (left_out if reason != COUNTED else counted).append(Found(code, state, reason))
        number = _number(db, question)
    reasons = Counter(found.reason for found in left_out)
    return Answer(
        as_of=as_of,
        position=position,
        number=len(counted) if number is None else number,
        counted=counted,
        left_out=left_out,
        reasons=dict(sorted(reasons.items())),
    )


def within(found: Answer, scope: Scope) -> Answer:
    """Return what of it whoever asks may see: dossiers that are their agencies' now."""
    if scope.is_whole:
        return found
    counted, left_out = (
        [one for one in part if scope.covers(one.state.agency)]
        for part in (found.counted, found.left_out)
    )
    reasons = dict(sorted(Counter(one.reason for one in left_out).items()))
    return replace(
        found, number=len(counted), counted=counted, left_out=left_out, reasons=reasons
    )  # fmt: skip


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the service's file for reading; all that is read is of one commit."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as db:
        db.execute("begin")
        yield db


def commit_of(db: sqlite3.Connection) -> tuple[int, int]:
    """The instant in epoch seconds and the position that the open transaction sees."""
    position = (_meta(db, "FACTS.position") or "0").split("\n")[0]
    return int(_meta(db, "note.as_of") or 0), int(position)


def states_of(
    db: sqlite3.Connection, prefix: str, *, is_hot_only: bool = False
) -> Iterator[tuple[str, Any]]:
    """Yield code and state of every subject of a kind, in order of their codes."""
    only_hot = " and hot = 1" if is_hot_only else ""
    query = f"select key, record from subject where key >= ? and key < ?{only_hot} order by key"  # noqa: S608 - no input in it
    for key, packed in db.execute(query, (prefix, prefix + "\U0010ffff")):
        yield key.removeprefix(prefix), _DECODER.decode(packed).state


def _number(db: sqlite3.Connection, question: Question) -> int | None:
    index = Index()
    for key, value in db.execute("select key, value from counter"):
        index.put(tuple(key.split(_SEPARATOR)), value)
    return number_of(index, question)


def _meta(db: sqlite3.Connection, name: str) -> str:
    row = db.execute("select value from meta where name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""
