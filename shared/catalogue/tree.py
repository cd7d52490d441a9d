"""The organisation tree on one day: who stands under whom, and who took over from whom. Pure.

Sums go up the tree as sums of numerators and denominators, never as means. A period is read by
the tree in force on its last day (D22); reading it by a later map follows the successors.
Source: [NQ-125-2025] (districts ended on 30/06/2025).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from .model import Agency, Catalogue, Level

_SUCCESSIONS_MAX = 16  # a chain longer than this is a circle in the data


class TreeError(ValueError):
    """The catalogue's tree has a circle."""


class Tree:
    """Agencies valid on `day`. An agency that the catalogue does not know stands alone."""

    def __init__(self, agencies: Iterable[Agency], day: date) -> None:
        self.day = day
        self._all: Mapping[str, Agency] = {agency.code: agency for agency in agencies}
        self._valid = {code: one for code, one in self._all.items() if _is_valid(one, day)}
        self._children: dict[str, list[str]] = {}
        for code, agency in self._valid.items():
            if agency.parent in self._valid and agency.parent is not None:
                self._children.setdefault(agency.parent, []).append(code)

    @property
    def roots(self) -> list[str]:
        """Agencies under nobody, in order of code."""
        return sorted(code for code, one in self._valid.items() if one.parent not in self._valid)

    def agencies(self, level: Level | None = None) -> list[Agency]:
        """Return the agencies valid that day, of one level or all, in order of code."""
        found = (one for one in self._valid.values() if level is None or one.level is level)
        return sorted(found, key=lambda one: one.code)

    def subtree(self, code: str) -> list[str]:
        """Return the agency and all under it, parents first; a stranger is its own subtree."""
        found = [code]
        for one in found:
            found.extend(sorted(self._children.get(one, ())))
            if len(found) > len(self._valid) + 1:
                raise TreeError(f"a circle above {code}")
        return found

    def upward(self, code: str) -> Iterator[str]:
        """Yield the agency, its parent, and so on up to the root.

        Raises:
            TreeError: the parents go in a circle.
        """
        seen: set[str] = set()
        current: str | None = code
        while current is not None:
            if current in seen:
                raise TreeError(f"a circle above {code}")
            seen.add(current)
            yield current
            agency = self._valid.get(current)
            current = agency.parent if agency and agency.parent in self._valid else None

    def today(self, code: str) -> str:
        """Return who answers for `code` on this tree's day: itself, or its successor's successor.

        A unit that ended without a successor, or that nobody knows, answers for itself.

        Raises:
            TreeError: the successors go in a circle.
        """
        current = code
        for _ in range(_SUCCESSIONS_MAX):
            agency = self._all.get(current)
            if agency is None or current in self._valid or agency.successor is None:
                return current
            if agency.valid_from is not None and self.day < agency.valid_from:
                return current  # not there yet: no succession to follow
            current = agency.successor
        raise TreeError(f"successors of {code} go in a circle")

    def summed(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Return, for every agency with something under it, the sum over its subtree."""
        sums: dict[str, int] = {}
        for code, count in counts.items():
            for above in self.upward(self.today(code)):
                sums[above] = sums.get(above, 0) + count
        return sums


def turning_days(catalogue: Catalogue) -> tuple[date, ...]:
    """The days from which on the tree is another one than the day before, in order."""
    agencies = catalogue.agencies
    days = {day for one in agencies for day in (one.valid_from, one.valid_to)}
    return tuple(sorted(day for day in days if day is not None))


def _is_valid(agency: Agency, day: date) -> bool:
    begun = agency.valid_from is None or agency.valid_from <= day
    return begun and (agency.valid_to is None or day < agency.valid_to)
