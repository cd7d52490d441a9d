"""An independent recount of every indicator and target from the bytes of a log.

Own decoder and own reading of the rules: no code of services or shared. See `recount_subjects`
for what is true of one thing; here things are gathered, and sums go up the tree.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from .recount import instant, month
from .recount_procedures import Procedure
from .recount_subjects import RULES, Fact, Petition, Province, Thing, Told

Ratio = tuple[int, int]
Kind = tuple[str, frozenset[str]]  # a subject, and what is true of one of it


class Recount:
    """All things of a log at an instant, ready to be counted for any period."""

    def __init__(self, bodies: Iterable[bytes], now: int, province: Province) -> None:
        self.now, self.province = now, province
        self.things: list[Thing] = []
        self.procedures: list[Procedure] = []
        told: defaultdict[tuple[str, str], dict[tuple[str, str], Fact]] = defaultdict(dict)
        for body in bodies:
            event = json.loads(body)
            # The first of an identity stands; a repeat or a conflict changes nothing.
            noun, subject = event["type"].split(".")[0], event["subject"]
            told[noun, subject[:8] if noun == "procedure" else subject].setdefault(
                (event["source"], event["id"]), event
            )
        named: set[str] = set()
        # Petitions first: they say which dossiers were complained of.
        for (noun, subject), events in sorted(told.items(), reverse=True):
            ordered = sorted(events.values(), key=lambda e: (instant(e["time"]), e["id"]))
            happened = [(e["type"].split(".")[1], e["data"], instant(e["time"])) for e in ordered]
            getattr(self, f"_{noun}", lambda *_: None)(subject, happened, named)

    def _petition(self, _: str, happened: list[Any], named: set[str]) -> None:
        one = Petition()
        for kind, data, at in happened:
            one.take(kind, data, at)
        self.things += one.things(self.now)
        named |= {data.get("dossier_code") for kind, data, _ in happened if kind == "received"}

    def _dossier(self, code: str, happened: list[Any], named: set[str]) -> None:
        one = Told(self.province)
        one.complained = code in named
        for kind, data, at in happened:
            one.take(kind, data, at)
        self.things += one.things(self.now)

    def _document(self, _: str, happened: list[Any], __: set[str]) -> None:
        last = {kind: (data, at) for kind, data, at in happened}
        for kind, (data, at) in last.items():
            subject, facet = ("document", "on_network")
            if kind == "certified_copy_issued":
                subject, facet = ("copy", "electronic")
            facets = frozenset({facet} if data[facet] else ())
            self.things.append(Thing(subject, data["agency_code"], month(at), facets))

    def _procedure(self, code: str, happened: list[Any], _: set[str]) -> None:
        found: dict[str, Procedure] = {}
        has_fee = code[:8] in self.province.with_fee
        for kind, data, at in happened:
            agency = data["agency_code"]
            one = found.setdefault(agency, Procedure(agency, code, has_fee=has_fee))
            one.take(kind, data, at)
        self.procedures += found.values()
        for one in found.values():
            self.things += [*one.acts, *one.never_public(self.now)]

    def period(self, name: str) -> dict[str, dict[str, Ratio]]:
        """Node -> measure -> (numerator, denominator), of every node with anything to count."""
        months = _months(name)
        sums: defaultdict[str, Counter[Kind]] = defaultdict(Counter)
        joined: defaultdict[str, defaultdict[tuple[str, str], set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )
        offers = [
            Thing("procedure", p.agency, months[0], frozenset(held), p.code)
            for p in self.procedures
            if (held := p.facets_at_end_of(months[-1]))
        ]
        things = [one for one in self.things if one.month in months]
        for thing in things + offers + self._listed_desks(things, months[0]):
            facets = thing.judged_by(months[-1])
            for node in self.province.upward(thing.agency):
                if thing.subject in ("procedure", "seat"):
                    joined[node][thing.subject, thing.code] |= facets
                else:
                    sums[node][thing.subject, facets] += 1
        for node in joined:
            sums[node].update((what, frozenset(f)) for (what, _), f in joined[node].items())
        self._communes(sums, months)
        return {node: _measured(counts) for node, counts in sums.items()}

    def _listed_desks(self, things: list[Thing], month: str) -> list[Thing]:
        """Listed desks are there when nobody names them, once anybody names any."""
        if not any(one.subject == "seat" for one in things):
            return []
        return [
            Thing("seat", place, month, frozenset(), f"{place} desk {code}")
            for place, code in self.province.desks
        ]

    def _communes(self, sums: defaultdict[str, Counter[Kind]], months: list[str]) -> None:
        """Only the province is judged by its communes (D4), once anybody told of a copy."""
        root = self.province.root
        copies = [
            one
            for one in self.things
            if one.subject == "copy"
            and one.month in months
            and root in self.province.upward(one.agency)
        ]
        issuing = {
            node
            for copy in copies
            if "electronic" in copy.facets
            for node in self.province.upward(copy.agency)
        }
        for code in (code for code, level in self.province.level.items() if level == "commune"):
            if copies and root in self.province.upward(code):
                facets = frozenset({"issues_electronic_copies"} if code in issuing else ())
                sums[root]["commune", facets] += 1


def _measured(counts: Mapping[Kind, int]) -> dict[str, Ratio]:
    found = {}
    for one in RULES["measure"]:
        of = [n for (s, f), n in counts.items() if s == one["subject"] and _has(f, one["of"])]
        both = one["of"] + one["counted"]
        counted = [n for (s, f), n in counts.items() if s == one["subject"] and _has(f, both)]
        found[one["id"]] = (sum(counted), sum(of))
    return found


def _has(facets: frozenset[str], wanted: list[str]) -> bool:
    return all((w[1:] not in facets) if w.startswith("!") else w in facets for w in wanted)


def _months(period: str) -> list[str]:
    year, _, part = period.partition("-")
    spans = {"": (1, 12), "H1": (1, 6), "H2": (7, 12)}
    spans |= {f"Q{n}": (3 * n - 2, 3 * n) for n in (1, 2, 3, 4)}
    spans |= {f"{n:02d}": (n, n) for n in range(1, 13)}
    first, last = spans[part]
    return [f"{year}-{n:02d}" for n in range(first, last + 1)]
