"""The fold's counters, arranged so that a question touches only what it asks for.

A group is a kind with its month (empty for what has none); inside it agencies, and per agency the
remaining labels. Only a copy: the fold's counters are the truth.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from .contribution import (
    ANNOUNCED,
    CLOSED,
    FACETS,
    MEASURE,
    OPEN,
    PUBLISHED,
    RECEIVED,
    SEAT,
    USE,
    CounterKey,
)

Rest = tuple[str, ...]
_MONTH_AT = {
    RECEIVED: 4, CLOSED: 3, FACETS: 3, USE: 3, ANNOUNCED: 3, PUBLISHED: 3, MEASURE: 3, SEAT: 3,
}  # fmt: skip
_WITH_FIELD = {OPEN, RECEIVED, CLOSED}


def month_in(key: CounterKey) -> str:
    """The month (or period) that a counter's key names; empty where it names none."""
    at = _MONTH_AT.get(key[0], 0)
    return key[at] if at else ""


def rest_of(key: CounterKey) -> Rest:
    """The labels of a counter's key besides kind, agency and month; see `Index.rows`."""
    at = _MONTH_AT.get(key[0], 0)
    return key[2:at] + key[at + 1 :] if at else key[2:]


class Index:
    """Numbers by (kind, month), agency and the labels that are left."""

    def __init__(self) -> None:
        self._groups: defaultdict[tuple[str, str], dict[str, dict[Rest, int]]] = defaultdict(dict)
        self.agencies: set[str] = set()  # every code that has had a number
        self.fields: set[str] = set()

    def clear(self) -> None:
        """Forget all numbers."""
        self._groups.clear()
        self.agencies.clear()
        self.fields.clear()

    def put(self, key: CounterKey, value: int) -> int:
        """Take a counter's new value, 0 takes it away; return the one before."""
        return self.put_in(key[0], key[1], month_in(key), rest_of(key), value)

    def put_in(self, kind: str, agency: str, month: str, rest: Rest, value: int) -> int:
        """Take a counter's new value, as `put`, of a key that was taken apart already."""
        agencies = self._groups[kind, month]
        numbers = agencies.get(agency)
        was = numbers.get(rest, 0) if numbers is not None else 0
        if value:
            if numbers is None:
                numbers = agencies[agency] = {}
                self.agencies.add(agency)
            numbers[rest] = value
            if kind in _WITH_FIELD:
                self.fields.add(rest[0])
        elif numbers is not None:
            numbers.pop(rest, None)
            if not numbers:
                del agencies[agency]
        return was

    def rows(
        self, kind: str, months: Iterable[str] = ("",), agencies: Collection[str] | None = None
    ) -> Iterator[tuple[str, Rest, int]]:
        """Yield (agency, remaining labels, number); all agencies for None.

        The labels left are: open (field, stage), overdue (band,), received (field, channel),
        closed (field, timeliness), duty (duty,), petition (stage,), facets (subject, facets, due
        month), use (procedure, facets), offer (procedure, facets, since, until), announced and
        published (procedure, late), seat (desk or officer, facets), measure (indicator, part),
        whose month is its period.
        """
        for month in months:
            group: Mapping[str, dict[Rest, int]] = self._groups.get((kind, month), {})
            for agency in group if agencies is None else group.keys() & set(agencies):
                for rest, value in group[agency].items():
                    yield agency, rest, value

    def months(self, kind: str) -> list[str]:
        """The months in which anything of this kind happened, in order."""
        return sorted(month for known, month in self._groups if known == kind and month)

    def cell(self, kind: str, month: str, agency: str) -> Mapping[Rest, int]:
        """Return the remaining labels with their numbers, of one agency; see `rows`."""
        return self._groups.get((kind, month), {}).get(agency, {})

    def groups(self, kind: str) -> list[tuple[str, str]]:
        """Return (agency, month) of everything that has a number of this kind."""
        return [
            (agency, month)
            for (one, month), agencies in self._groups.items()
            if one == kind
            for agency in agencies
        ]
