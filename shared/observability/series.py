"""The series of one family: numbers beside pre-built line prefixes, rendered in blocks.

Measured: one join over prefixes costs about a hundredth of what a client
object per series costs. Blocks that nothing touched are not rendered again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from shared.observability.family import Family, Labels, Sample, sample

# Small, so that a number that moved costs little; rendered many in a row (exposition.py).
BLOCK_SERIES_COUNT: Final = 512

# Most counts of a desk are small: their texts are made once and shared.
_SMALL_COUNT: Final = 10_000
_SMALL: Final = tuple(map(str, range(_SMALL_COUNT)))


class Block:
    """Up to `BLOCK_SERIES_COUNT` series; a removed one leaves an empty slot."""

    __slots__ = ("is_dirty", "prefixes", "text", "values")

    def __init__(self) -> None:
        self.prefixes: list[str] = []
        self.values: list[Sample] = []
        self.text = b""
        self.is_dirty = True


class Snapshot:
    """A dirty block as it stood at one instant, to be rendered later."""

    __slots__ = ("block", "prefixes", "values")

    def __init__(self, block: Block) -> None:
        self.block = block
        self.prefixes = block.prefixes.copy()
        self.values = block.values.copy()
        block.is_dirty = False

    def rendered(self) -> bytes:
        """The block's lines; also kept in the block for the next page."""
        parts: list[str] = [""] * (2 * len(self.prefixes))
        parts[0::2] = self.prefixes
        parts[1::2] = map(str, self.values)
        self.block.text = "".join(parts).encode()
        return self.block.text


class Series:
    """The numbers of one family, by label values in the family's order."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.head = family.head().encode()
        self._where: dict[Labels, int] = {}
        self._blocks: list[Block] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, labels: Labels) -> bool:
        return labels in self._where

    def __iter__(self) -> Iterator[Labels]:
        return iter(self._where)

    def blocks(self) -> list[Block]:
        """All blocks, in the order of the page."""
        return self._blocks

    def remove(self, labels: Labels) -> None:
        """Take the series off the page; nothing happens when it is not there."""
        where = self._where.pop(labels, None)
        if where is not None:
            block = self._blocks[where // BLOCK_SERIES_COUNT]
            slot = where % BLOCK_SERIES_COUNT
            block.prefixes[slot] = block.values[slot] = ""
            block.is_dirty = True
            self._free.append(where)

    def clear(self) -> None:
        """Take all series off the page; the family's HELP and TYPE stay."""
        self._where.clear()
        self._blocks.clear()
        self._free.clear()

    def value(self, labels: Labels) -> float | None:
        """The number on the page, or None where the series is not there."""
        where = self._where.get(labels)
        if where is None:
            return None
        return float(self._blocks[where // BLOCK_SERIES_COUNT].values[where % BLOCK_SERIES_COUNT])

    def _put(self, labels: Labels, value: Sample) -> None:
        where = self._where.get(labels)
        if where is None:
            where = self._new(labels)
        block = self._blocks[where // BLOCK_SERIES_COUNT]
        slot = where % BLOCK_SERIES_COUNT
        if block.values[slot] != value:
            block.values[slot] = value
            block.is_dirty = True

    def _new(self, labels: Labels) -> int:
        prefix = self.family.prefix(labels)
        if self._free:
            where = self._free.pop()
        else:
            if not self._blocks or len(self._blocks[-1].values) == BLOCK_SERIES_COUNT:
                self._blocks.append(Block())
            block = self._blocks[-1]
            where = (len(self._blocks) - 1) * BLOCK_SERIES_COUNT + len(block.values)
            block.prefixes.append("")
            block.values.append("")
        block = self._blocks[where // BLOCK_SERIES_COUNT]
        block.prefixes[where % BLOCK_SERIES_COUNT] = prefix
        block.is_dirty = True
        self._where[labels] = where
        return where


class GaugeSeries(Series):
    """Numbers that are set; written out when set, so that a scrape only joins."""

    def set(self, labels: Labels, value: float | None) -> None:
        """Show this number; None says that nothing was measured, and takes the series away."""
        if value is None:
            self.remove(labels)
        elif value.__class__ is int and 0 <= value < _SMALL_COUNT:
            self._put(labels, _SMALL[int(value)])
        else:
            self._put(labels, str(sample(value)))

    def replace(self, numbers: Mapping[Labels, float | None]) -> None:
        """Show exactly these series and no other."""
        for labels in [known for known in self._where if known not in numbers]:
            self.remove(labels)
        for labels, value in numbers.items():
            self.set(labels, value)


class CounterSeries(Series):
    """Numbers that only grow, from zero, while the process lives."""

    def __init__(self, family: Family, start: Iterable[Labels] = ()) -> None:
        super().__init__(family)
        for labels in start:
            self._put(labels, 0)
        if not family.labels:
            self._put((), 0)

    def add(self, labels: Labels = (), amount: float = 1) -> None:
        """Count `amount` more, 0 or greater; a series not seen before starts here."""
        assert amount >= 0, "a counter never goes back"  # noqa: S101 - our own callers promise it
        where = self._where.get(labels)
        if where is None:
            where = self._new(labels)
            self._blocks[where // BLOCK_SERIES_COUNT].values[where % BLOCK_SERIES_COUNT] = 0
        block = self._blocks[where // BLOCK_SERIES_COUNT]
        block.values[where % BLOCK_SERIES_COUNT] += amount  # type: ignore[operator] # never a str here
        block.is_dirty = True
