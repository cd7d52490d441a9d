"""The subjects of a fold: packed while they wait, unpacked from their first change to its commit.

Open subjects stay in memory as packed bytes, the others on disk only. What changed since the last
commit is kept unpacked with what it counts as, so that a subject touched ten times between two
commits is unpacked, packed and written once.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic

import msgspec
from msgspec import Struct

from .store import Store
from .subject import Contribution, Record, S

_TABLE = "subject (key text primary key, hot integer, record blob)"
SCHEMA = f"create table if not exists {_TABLE} without rowid"
_ASKED = "select key, record from subject where key in (select value from json_each(?))"
_HOT = "select key, record from subject where hot = 1"
_RANGE = "select key, record from subject where key >= ? and key < ? order by key"
_WRITE = "insert or replace into subject values (?, ?, ?)"
_CHANGED = b""  # stands among the packed while the unpacked one is newer


class Warm(Struct, Generic[S]):
    """A record, and what the counters hold of it right now; None: that is to be worked out."""

    record: Record[S]
    counted: Contribution | None


class Records(Generic[S]):
    """All subjects by key. Whoever changes a record says so with `keep`."""

    def __init__(self, store: Store, state_type: Any) -> None:
        self._store = store
        self._encoder = msgspec.msgpack.Encoder()
        record_type: Any = Record[state_type]
        self._decoder: msgspec.msgpack.Decoder[Record[S]] = msgspec.msgpack.Decoder(record_type)
        self._hot: dict[str, bytes] = {}
        self._warm: dict[str, Warm[S]] = {}

    @property
    def hot_count(self) -> int:
        """How many subjects are open to change."""
        return len(self._hot)

    @property
    def warm_count(self) -> int:
        """How many subjects changed since the last commit: each is held unpacked."""
        return len(self._warm)

    def load(self) -> Iterator[tuple[str, int]]:
        """Read the open subjects; yields key and planned instant of each."""
        decode = self._decoder.decode
        for key, packed in self._store.each(_HOT):
            self._hot[key] = packed
            yield key, decode(packed).planned_at

    def clear(self) -> None:
        """Forget all of them."""
        self._hot.clear()
        self._warm.clear()

    # ------------------------------------------------------------------ changing

    def warm(self, keys: Iterable[str]) -> dict[str, Warm[S] | None]:
        """Return the records of these keys to be changed, None for an unknown one."""
        warm, hot, decode = self._warm, self._hot, self._decoder.decode
        found: dict[str, Warm[S] | None] = {}
        away: list[str] = []
        for key in keys:
            one = warm.get(key)
            if one is None:
                packed = hot.get(key)
                if packed is None:
                    away.append(key)
                else:
                    one = Warm(decode(packed), None)
            found[key] = one
        if away:
            asked = (msgspec.json.encode(away).decode(),)
            for key, packed in self._store.rows(_ASKED, asked):
                found[key] = Warm(decode(packed), None)
        return found

    def warm_if_hot(self, key: str) -> Warm[S] | None:
        """Return the record of an open subject to be changed; None of any other."""
        packed = self._hot.get(key)
        if packed is None:
            return None
        return self._warm.get(key) or Warm(self._decoder.decode(packed), None)

    def keep(self, key: str, record: Record[S], counted: Contribution) -> Warm[S]:
        """Take the record as it is now, and what the counters hold of it."""
        one = self._warm[key] = Warm(record, counted)
        return one

    def sort(self, key: str, *, is_hot: bool) -> None:
        """Say whether a kept record stays in memory after the next commit."""
        if is_hot:
            self._hot[key] = _CHANGED
        else:
            self._hot.pop(key, None)

    def unsaved_writes(self) -> tuple[str, list[Sequence[Any]]]:
        """Return what the next commit must write. It stays unsaved until `saved` is called."""
        encode, hot = self._encoder.encode, self._hot
        rows = [(key, int(key in hot), encode(one.record)) for key, one in self._warm.items()]
        return _WRITE, list(rows)

    def saved(self, rows: Iterable[Sequence[Any]]) -> None:
        """Forget what was unsaved: the commit of these rows is done."""
        for key, is_hot, packed in rows:
            if is_hot:
                self._hot[key] = packed
        self._warm.clear()

    # ------------------------------------------------------------------ looking

    def record(self, key: str) -> Record[S] | None:
        """Return a copy of the record, or None where nothing is known of the subject."""
        one = self.warm((key,))[key]
        return self._copy(one.record) if one is not None else None

    def hot_items(self) -> Iterator[tuple[str, S]]:
        """Yield key and a copy of the state of every open subject."""
        for key, packed in self._hot.items():
            one = self._warm.get(key)
            record = self._decoder.decode(packed) if one is None else self._copy(one.record)
            yield key, record.state

    def saved_items(self, prefix: str) -> Iterator[tuple[str, S]]:
        """Yield key and state of every subject in the file whose key starts with `prefix`."""
        for key, packed in self._store.rows(_RANGE, (prefix, prefix + "\U0010ffff")):
            yield key, self._decoder.decode(packed).state

    def _copy(self, record: Record[S]) -> Record[S]:
        return self._decoder.decode(self._encoder.encode(record))
