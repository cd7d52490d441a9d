"""Codes that nobody announced: counted by who sent them, listed until the catalogue knows them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct

from shared.ledger.store import Store, Write

# A publisher that sends nonsense must not fill the memory: the rest is counted under one name.
CODES_MAX: Final = 5000
OTHERS: Final = "…"

_Key = tuple[str, str, str]


class UnknownRow(Struct, frozen=True):
    """One unknown code of one publisher."""

    kind: str
    code: str
    publisher: str
    count: int
    first_at: datetime
    last_at: datetime


class UnknownBook:
    """Counts by (kind, code, publisher); kept in memory, written with the commits."""

    def __init__(self, store: Store) -> None:
        """Load what is saved."""
        self._rows: dict[_Key, tuple[int, datetime, datetime]] = {}
        self._unsaved: set[_Key] = set()
        for kind, code, publisher, count, first_at, last_at in store.rows(
            "select kind, code, publisher, count, first_at, last_at from unknown_code"
        ):
            self._rows[kind, code, publisher] = (
                count, datetime.fromisoformat(first_at), datetime.fromisoformat(last_at)
            )  # fmt: skip

    def add(self, kind: str, code: str, publisher: str, at: datetime) -> None:
        """Count one more sight of the code."""
        key = (kind, code, publisher)
        found = self._rows.get(key)
        if found is None and len(self._rows) >= CODES_MAX:
            key = (kind, OTHERS, publisher)
            found = self._rows.get(key)
        count, first_at, last_at = found or (0, at, at)
        self._rows[key] = (count + 1, min(first_at, at), max(last_at, at))
        self._unsaved.add(key)

    def rows(self) -> list[UnknownRow]:
        """Return all of them, in no order."""
        return [UnknownRow(*key, *value) for key, value in self._rows.items()]

    def writes(self) -> Iterable[Write]:
        """Return what the next commit must write."""
        unsaved, self._unsaved = self._unsaved, set()
        rows = [
            (*key, count, first.isoformat(), last.isoformat())
            for key in unsaved
            for count, first, last in (self._rows[key],)
        ]
        return [("insert or replace into unknown_code values (?, ?, ?, ?, ?, ?)", rows)]

    def forget(self, kinds: Iterable[str]) -> Iterable[Write]:
        """Return what forgets these kinds: the stream they were counted from is folded again."""
        gone = set(kinds)
        self._rows = {key: value for key, value in self._rows.items() if key[0] not in gone}
        self._unsaved = {key for key in self._unsaved if key[0] not in gone}
        return [("delete from unknown_code where kind = ?", [(kind,) for kind in gone])]
