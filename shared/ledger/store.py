"""One SQLite file a service: a projection of the log and the cursor, in one commit.

WAL with `synchronous = NORMAL`: what a power cut takes from here, the log gives back. Delete the
file and the service rebuilds it.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

Rows = Iterable[Sequence[Any]]
Write = tuple[str, Rows]
_META = "create table if not exists meta (name text primary key, value text)"


class Position(Struct, frozen=True):
    """How far a fold is, and how it knows that the log is still the same log.

    `stream_created` and `last_message_id` are the anchor; a stream restored from an older copy
    answers another id at `sequence`, or none.
    """

    sequence: int = 0
    stream_created: str = ""
    last_message_id: str = ""
    rewinds: int = 0


class Store:
    """The service's file. All writing goes through `commit`."""

    def __init__(self, path: Path | str, *, version: str, schema: Sequence[str]) -> None:
        """Open or create the file; a projection of another `version` is dropped and rebuilt.

        `schema` holds the service's `create table if not exists` statements.
        """
        if isinstance(path, Path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(path), isolation_level=None)
        for pragma in ("journal_mode=wal", "synchronous=normal", "cache_size=-65536"):
            self._db.execute(f"pragma {pragma}")
        self._schema = schema
        self._version = version
        with self._transaction():
            self._db.execute(_META)
            if self._meta("version") not in ("", version):
                self._drop()
            self._create()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def _create(self) -> None:
        for statement in self._schema:
            self._db.execute(statement)
        self._set("version", self._version)

    def _drop(self) -> None:
        rows = self._db.execute(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        ).fetchall()
        for (name,) in rows:
            self._db.execute(f'drop table "{name}"')
        self._db.execute(_META)

    def _meta(self, name: str) -> str:
        row = self._db.execute("select value from meta where name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def _set(self, name: str, value: str) -> None:
        self._db.execute("insert or replace into meta values (?, ?)", (name, value))

    def position(self, stream: str = "FACTS") -> Position:
        """Return where the fold of `stream` stands; the beginning for a new file."""
        sequence, created, message_id, rewinds = (
            self._meta(f"{stream}.position") or "0\n\n\n0"
        ).split("\n")
        return Position(int(sequence), created, message_id, int(rewinds))

    def note(self, name: str) -> str:
        """Return a small value kept beside the position; empty where there is none."""
        return self._meta(f"note.{name}")

    def commit(
        self,
        writes: Iterable[Write] = (),
        *,
        position: Position | None = None,
        stream: str = "FACTS",
        notes: dict[str, str] | None = None,
    ) -> None:
        """Write rows, notes and position in one transaction; on an error nothing is written."""
        with self._transaction():
            for statement, rows in writes:
                self._db.executemany(statement, rows)
            for name, value in (notes or {}).items():
                self._set(f"note.{name}", value)
            if position is not None:
                self._place(position, stream)

    def _place(self, position: Position, stream: str) -> None:
        parts = (
            str(position.sequence), position.stream_created,
            position.last_message_id, str(position.rewinds),
        )  # fmt: skip
        self._set(f"{stream}.position", "\n".join(parts))

    def reset(self, *, rewinds: int, stream: str = "FACTS") -> None:
        """Forget everything but how often the log was rewound: the fold starts anew.

        One transaction: a crash between two dropped tables would leave old rows under a new
        cursor, and every fact folded again would look like a duplicate.
        """
        with self._transaction():
            self._drop()
            self._create()
            self._place(Position(rewinds=rewinds), stream)

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a reading query."""
        return self._db.execute(query, parameters).fetchall()

    def each(self, query: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows one by one, for loading; write nothing meanwhile.

        All at once, the file would stand in memory twice, and the process keeps what it had.
        """
        yield from self._db.execute(query, parameters)

    def close(self) -> None:
        """Close the file."""
        self._db.close()
