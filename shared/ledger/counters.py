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
        self._changed: set[CounterKey] = set()
        self._unsaved: set[CounterKey] = set()
        self._touched: list[CounterKey] = []  # on the way into both

    @property
    def changed(self) -> set[CounterKey]:
        """The keys whose sum became another one; the renderer empties it."""
        self._sort_in()
        return self._changed

    def load(self, store: Store) -> None:
        """Read the saved sums."""
        for key, value in store.each("select key, value from counter"):
            self.values[tuple(key.split(_SEPARATOR))] = value
        self._changed.update(self.values)

    def clear(self) -> None:
        """Forget all sums; the renderer still learns which keys are gone."""
        self._sort_in()
        self._changed.update(self.values)
        self.values.clear()
        self._unsaved.clear()

    def move(self, was: Contribution, new: Contribution) -> None:
        """Put what one subject contributes in the place of what it contributed before."""
        if not was:
            self._add(new)
        elif was != new:
            change: dict[CounterKey, int] = {}
            for key, amount in was:
                change[key] = change.get(key, 0) - amount
            for key, amount in new:
                change[key] = change.get(key, 0) + amount
            self._add([pair for pair in change.items() if pair[1]])

    def _add(self, amounts: Iterable[tuple[CounterKey, int]]) -> None:
        values, touch = self.values, self._touched.append
        for key, amount in amounts:
            value = values.get(key, 0) + amount
            if value:
                values[key] = value
            else:
                values.pop(key, None)
            touch(key)

    def _sort_in(self) -> None:
        if self._touched:
            self._changed.update(self._touched)
            self._unsaved.update(self._touched)
            self._touched.clear()

    def unsaved_writes(self) -> Iterable[Write]:
        """Return what the next commit must write. It stays unsaved until `saved` is called."""
        self._sort_in()
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
