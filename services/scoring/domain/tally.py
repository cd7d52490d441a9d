"""From counters to numerators and denominators, for every node of the tree and some periods.

Additive subjects are counted where they stand and at every node above, by what changed alone.
Procedures are distinct things: their facets are joined, agency by agency and then up
the tree. The same code answers for the current periods, kept up to date second by second, and
for one past period, worked out once. Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache

from shared.catalogue.model import Agency, Catalogue, Level
from shared.catalogue.tree import Tree
from shared.rules.measures import MeasureRules

from .contribution import (
    ANNOUNCED,
    CLOSED,
    FACETS,
    FEEDING,
    OFFER,
    PUBLISHED,
    SEAT,
    USE,
    USE_FACETS,
)
from .facets import COMMUNE, COPY, DOSSIER, ENDED, PROCEDURE, judged_by, mask
from .index import Index, Rest
from .seat_scores import is_any_named, listed_desks
from .seats import seat_name

Node = tuple[str, str]  # agency, name of the period
Ratio = tuple[int, int]
Distinct = dict[str, dict[str, int]]  # subject -> code -> facets
DISTINCT_SUBJECTS = ("procedure", "seat")
"""Things that are counted once in a period, however often they are named."""
_USED = {DOSSIER[name]: PROCEDURE[taken] for name, taken in USE_FACETS.items()}


class Measures:
    """The measures as bit masks. Built once."""

    def __init__(self, rules: MeasureRules) -> None:
        """Compile the data file.

        Raises:
            KeyError: a measure names a subject or facet that there is not.
        """
        self.place_of = {one.id: 2 * place for place, one in enumerate(rules.measure)}
        self.width = 2 * len(rules.measure)
        self._masks = [
            (one.subject, 2 * place, mask(one.subject, one.of), mask(one.subject, one.counted))
            for place, one in enumerate(rules.measure)
        ]
        self._places: dict[tuple[str, int], tuple[int, ...]] = {}

    def places(self, subject: str, facets: int) -> tuple[int, ...]:
        """Where something with these facets counts, in a vector of all measures."""
        found = self._places.get((subject, facets))
        if found is None:
            found = self._places[subject, facets] = tuple(self._counting(subject, facets))
        return found

    def _counting(self, subject: str, facets: int) -> Iterator[int]:
        for kind, place, of, counted in self._masks:
            if kind == subject and of.fits(facets):
                yield place + 1
                if counted.fits(facets):
                    yield place


class Tally:
    """Measures of every agency and every node above it, for periods of the same tree."""

    def __init__(
        self,
        measures: Measures,
        catalogue: Catalogue,
        day: date,
        periods: Mapping[str, Iterable[str]],
    ) -> None:
        """Start with nothing; `day` says which tree, `periods` which months each name covers."""
        self._measures = measures
        self._tree = Tree(catalogue.agencies, day)
        self._root = catalogue.province or ""
        self._desks = listed_desks(self._tree.agencies())
        self._naming: set[str] = set()  # periods in which anybody names a desk
        self._communes = {one.code for one in self._tree.agencies(Level.COMMUNE)}
        self.periods = {name: tuple(months) for name, months in periods.items()}
        self._last_month = max((max(months) for months in self.periods.values()), default="")
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        for name, months in self.periods.items():
            for month in months:
                self._names[month].append(name)
        self._sums: defaultdict[Node, list[int]] = defaultdict(lambda: [0] * measures.width)
        self._upward: dict[str, tuple[str, ...]] = {}
        self._below: defaultdict[str, list[str]] = defaultdict(list)
        self._joined: dict[Node, Distinct] = {}  # of an agency alone
        self._distinct: dict[Node, list[int]] = {}  # procedures, desks and officers, counted
        self._copies: Counter[tuple[str, str, bool]] = Counter()  # agency, month, electronic
        self._offering: set[str] = set()  # agencies whose distinct things are to be joined anew
        self._touched: set[str] = set()  # agencies with a change since the last `refresh`
        self.nodes: set[str] = set()  # everything that has had a number
        self.moved: set[str] = set()  # nodes whose measures changed; the reader empties it

    def agencies(self) -> list[Agency]:
        """Return the agencies of the tree."""
        return self._tree.agencies()

    def upward(self, agency: str) -> tuple[str, ...]:
        """Return the agency and all above it; one that the catalogue lacks goes by its dots."""
        found = self._upward.get(agency)
        if found is None:
            # A merged unit keeps its own numbers; above it they are its successor's (D22).
            found = tuple(dict.fromkeys((agency, *self._above(self._tree.today(agency)))))
            self._upward[agency] = found
            for above in found:
                self._below[above].append(agency)
        return found

    def _above(self, agency: str) -> Iterator[str]:
        known = list(self._tree.upward(agency))
        yield from known
        parent = known[-1].rpartition(".")[0]
        if parent:
            yield from self._above(parent)

    def put_all(self, index: Index) -> None:
        """Count everything that the index holds."""
        for kind in FEEDING:
            for agency, month in index.groups(kind):
                for rest, value in index.cell(kind, month, agency).items():
                    self.put(kind, agency, month, rest, value, 0)

    def put(self, kind: str, agency: str, month: str, rest: Rest, value: int, was: int) -> None:
        """Count the change of one counter that measures are made of; see `Index.rows`.

        Month "" is for what stands in every period.
        """
        names = self._names.get(month, ()) if month else self.periods
        if not names:
            return
        self._touched.add(agency)
        if kind == FACETS:
            subject, text, due_month = rest
            facets = judged_by(self._last_month, subject, text, due_month)
            self._add(agency, names, self._measures.places(subject, facets), value - was)
            if subject == "copy":
                self._copies[agency, month, bool(facets & COPY["electronic"])] += value - was
        elif kind == CLOSED:
            places = self._measures.places("ended", ENDED[rest[1]])
            self._add(agency, names, places, value - was)
        elif not value or not was:
            self._offering.add(agency)

    def _add(self, agency: str, names: Iterable[str], places: Iterable[int], change: int) -> None:
        for node in self.upward(agency):
            for name in names:
                sums = self._sums[node, name]
                for place in places:
                    sums[place] += change

    def refresh(self, index: Index) -> None:
        """Join the procedures anew where what is offered, used or published became other."""
        self.moved.update(*map(self.upward, self._touched))
        self._touched.clear()
        if self._desks:
            self._await_desks(index)
        self.nodes |= self.moved
        for agency in self._offering:
            for name, months in self.periods.items():
                joined = _joined(index, agency, months, self._desks_of(agency, name))
                if joined != self._joined.get((agency, name)):
                    self._joined[agency, name] = joined
                    for above in self.upward(agency):
                        self._distinct.pop((above, name), None)
        self._offering.clear()

    def _await_desks(self, index: Index) -> None:
        """Let listed desks count in every period in which anybody names any desk or officer."""
        naming = {name for name, months in self.periods.items() if is_any_named(index, months)}
        if naming != self._naming:
            self._naming = naming
            self._offering.update(self._desks)
            self.moved.update(*map(self.upward, self._desks))

    def _desks_of(self, agency: str, name: str) -> Sequence[str]:
        return self._desks.get(agency, ()) if name in self._naming else ()

    # ------------------------------------------------------------------ asking

    def vector(self, index: Index, node: str, name: str) -> list[int]:
        """Return every measure of a node in a period: numerator, denominator, and so on."""
        vectors = [self._distinct_vector(index, node, name), self._sums[node, name]]
        if node == self._root:
            vectors.append(self._counted(index, node, name, "commune"))
        return list(map(sum, zip(*vectors, strict=True)))

    def ratios(self, vector: list[int]) -> dict[str, Ratio]:
        """Return a vector as numerator and denominator by measure, also 0/0."""
        return {
            one: (vector[place], vector[place + 1])
            for one, place in self._measures.place_of.items()
        }

    def _distinct_vector(self, index: Index, node: str, name: str) -> list[int]:
        found = self._distinct.get((node, name))
        if found is None:
            counted = [self._counted(index, node, name, one) for one in DISTINCT_SUBJECTS]
            found = self._distinct[node, name] = list(map(sum, zip(*counted, strict=True)))
        return found

    def _counted(self, index: Index, node: str, name: str, subject: str) -> list[int]:
        vector = [0] * self._measures.width
        facets = self.distinct_facets(index, node, name, subject).values()
        for alike, number in Counter(facets).items():
            for place in self._measures.places(subject, alike):
                vector[place] += number
        return vector

    def members(self, node: str) -> list[str]:
        """Return the agencies whose numbers the node's numbers hold."""
        return self._below.get(node, [])

    def distinct_facets(self, index: Index, node: str, name: str, subject: str) -> dict[str, int]:
        """Return the facets of each procedure, desk, officer or commune of a node in a period."""
        if subject in DISTINCT_SUBJECTS:
            return self._distinct_things(index, node, name, subject)
        # Only the province is judged by its communes; a unit's own is reported or inherited (D4).
        issuing = self._issuing_communes(name) if node == self._root else None
        if issuing is None:
            return {}
        bit = COMMUNE["issues_electronic_copies"]
        return {code: bit if code in issuing else 0 for code in self._communes}

    def _distinct_things(self, index: Index, node: str, name: str, subject: str) -> dict[str, int]:
        agencies = self.members(node)
        if agencies == [node]:
            return self._own(index, node, name)[subject]
        joined: dict[str, int] = {}
        for agency in agencies:
            for code, facets in self._own(index, agency, name)[subject].items():
                joined[code] = joined.get(code, 0) | facets
        return joined

    def _own(self, index: Index, agency: str, name: str) -> Distinct:
        found = self._joined.get((agency, name))
        if found is None:
            months, desks = self.periods[name], self._desks_of(agency, name)
            found = self._joined[agency, name] = _joined(index, agency, months, desks)
        return found

    def _issuing_communes(self, name: str) -> set[str] | None:
        """Communes that issue electronic copies, themselves or by an office under them.

        None: nobody told us of any copy, so nothing is known of those who issue none either (D3).
        """
        told = {
            (agency, electronic)
            for (agency, month, electronic), count in self._copies.items()
            if count and month in self.periods[name] and self._root in self.upward(agency)
        }
        if not told:
            return None
        issuing = (agency for agency, electronic in told if electronic)
        return {above for agency in issuing for above in self.upward(agency)} & self._communes


@cache
def _taken_on(text: str) -> int:
    """What a procedure takes on from a dossier with these facets."""
    bits = int(text)
    return PROCEDURE["used"] | sum(facet for bit, facet in _USED.items() if bits & bit)


def _joined(index: Index, agency: str, months: Sequence[str], desks: Iterable[str]) -> Distinct:
    """The facets of each procedure, desk and officer of one agency in some months, in order.

    `desks` are there even if nobody named them.
    """
    found: defaultdict[str, int] = defaultdict(int)
    seats = defaultdict(int, {seat_name(agency, desk, 0): 0 for desk in desks})
    last = months[-1]
    for code, text, since, until in index.cell(OFFER, "", agency):
        # What stands is judged as it was when the period ended.
        if since <= last and (not until or until > last):
            found[code] |= int(text)
    for month in months:
        for code, text in index.cell(SEAT, month, agency):
            facets = int(text)
            seats[seat_name(agency, code, facets)] |= facets
        for code, text in index.cell(USE, month, agency):
            found[code] |= _taken_on(text)
        for kind, facet in ((ANNOUNCED, "announced"), (PUBLISHED, "published")):
            for code, late in index.cell(kind, month, agency):
                found[code] |= PROCEDURE[facet] | (PROCEDURE[facet + "_late"] if late else 0)
    return {"procedure": dict(found), "seat": dict(seats)}
