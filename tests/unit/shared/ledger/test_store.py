"""One file: state and cursor in one commit, and nothing in between."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import pytest

from shared.ledger.store import Position, Store, Write

TABLE = "create table if not exists seen (name text primary key)"
INSERT = "insert or replace into seen values (?)"
PLACE = Position(7, "2026-03-02 01:00:00+00:00", "a-message-id", 2)


class CrashingSchema(Sequence[str]):
    """Fails when it is created for the second time: a crash in the middle of a reset."""

    def __init__(self) -> None:
        self.created = 0

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return (TABLE,)[index]

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        self.created += 1
        if self.created > 1:
            raise KeyboardInterrupt
        return iter((TABLE,))


def filled(path: Path | str = ":memory:", schema: Sequence[str] = (TABLE,)) -> Store:
    store = Store(path, version="1", schema=schema)
    store.commit([(INSERT, [("a",)])], position=PLACE, notes={"as_of": "12"})
    return store


def test_a_new_file_stands_at_the_beginning(tmp_path: Path) -> None:
    store = Store(tmp_path / "folder" / "new.db", version="1", schema=(TABLE,))

    assert store.position() == Position()
    assert store.note("as_of") == ""
    assert store.rows("select * from seen") == []


def test_rows_notes_and_position_are_there_again_after_a_restart(tmp_path: Path) -> None:
    filled(tmp_path / "one.db").close()

    store = Store(tmp_path / "one.db", version="1", schema=(TABLE,))

    assert store.position() == PLACE
    assert store.note("as_of") == "12"
    assert store.rows("select * from seen") == [("a",)]


def test_positions_in_several_streams_stand_side_by_side() -> None:
    store = filled()

    store.commit(position=Position(3), stream="ALERTS")

    assert (store.position(), store.position("ALERTS")) == (PLACE, Position(3))


def test_a_commit_that_fails_writes_nothing_and_the_next_one_everything() -> None:
    store = filled()
    writes: list[Write] = [(INSERT, [("b",)]), ("insert into nowhere values (?)", [(1,)])]

    with pytest.raises(sqlite3.OperationalError):
        store.commit(writes, position=Position(8), notes={"as_of": "13"})
    before = (store.position(), store.note("as_of"), store.rows("select * from seen"))
    store.commit(writes[:1], position=Position(8), notes={"as_of": "13"})

    assert before == (PLACE, "12", [("a",)])
    assert (store.position().sequence, store.note("as_of")) == (8, "13")
    assert store.rows("select * from seen order by name") == [("a",), ("b",)]


def test_a_projection_of_another_version_is_forgotten(tmp_path: Path) -> None:
    filled(tmp_path / "one.db").close()

    store = Store(tmp_path / "one.db", version="2", schema=(TABLE,))

    assert store.position() == Position()
    assert store.rows("select * from seen") == []


def test_a_reset_forgets_everything_but_how_often() -> None:
    store = filled()

    store.reset(rewinds=3)

    assert store.position() == Position(rewinds=3)
    assert store.note("as_of") == ""
    assert store.rows("select * from seen") == []


def test_a_crash_during_a_reset_leaves_the_old_state_whole(tmp_path: Path) -> None:
    store = filled(tmp_path / "one.db", CrashingSchema())

    with pytest.raises(KeyboardInterrupt):
        store.reset(rewinds=3)
    store.close()

    again = Store(tmp_path / "one.db", version="1", schema=(TABLE,))
    assert again.position() == PLACE
    assert again.rows("select * from seen") == [("a",)]
