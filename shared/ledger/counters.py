"""Counters that remember what changed, for the store and for whoever renders them."""

from collections.abc import Iterable

from .store import Store, Write
from .subject import Contribution, CounterKey

_SEPARATOR = "\x1f"
SCHEMA = ("create table if not exists counter (key text primary key, value integer) without rowid",)


class Counters:
    """A sum per key; a key whose sum is zero does not exist."""

    def __init__(self) -> None:
        self.values: dict[CounterKey, int] = {}
        self.changed: set[CounterKey] = set()  # the renderer empties it
        self._unsaved: set[CounterKey] = set()

    def load(self, store: Store) -> None:
        """Read the saved sums."""
        for key, value in store.each("select key, value from counter"):
            self.values[tuple(key.split(_SEPARATOR))] = value
        self.changed.update(self.values)

    def clear(self) -> None:
        """Forget all sums; the renderer still learns which keys are gone."""
        self.changed.update(self.values)
        self.values.clear()
        self._unsaved.clear()

    def add(self, contribution: Contribution, sign: int) -> None:
        """Add or take away what one subject contributes."""
        values, changed, unsaved = self.values, self.changed, self._unsaved
        for key, amount in contribution:
            value = values.get(key, 0) + sign * amount
            if value:
                values[key] = value
            else:
                values.pop(key, None)
            changed.add(key)
            unsaved.add(key)

    def unsaved_writes(self) -> Iterable[Write]:
        """Return what the next commit must write. It stays unsaved until `saved` is called."""
        unsaved, values = self._unsaved, self.values
        kept = [(_SEPARATOR.join(key), values[key]) for key in unsaved if key in values]
        gone = [(_SEPARATOR.join(key),) for key in unsaved if key not in values]
        return (
            ("insert or replace into counter values (?, ?)", kept),
            ("delete from counter where key = ?", gone),
        )

    def saved(self) -> None:
        """Forget what was unsaved: the commit is done."""
        self._unsaved.clear()
