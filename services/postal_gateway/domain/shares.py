"""Shares of dossiers and procedures by post, and units with none: from the fold's counters. Pure.

Sources: [S4] (45 % of procedures and 13 % of dossiers, ten units with none), [S3] (20 %),
[D18]: no points.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from services.postal_gateway.domain.parcels import BY_AGENCY, BY_PROCEDURE, CounterKey

# What [S4] measured and calls below the minimum: verified bounds, not thresholds (D18).
MINIMUM_PROCEDURES: Final = 0.45
MINIMUM_DOSSIERS: Final = 0.13


class UnitShare(Struct, frozen=True):
    """One agency's dossiers of the period: all, received, to be returned, and either, by post."""

    agency: str
    dossiers: int
    received: int
    returned: int
    either: int

    @property
    def ratio(self) -> float | None:
        """Dossiers received by post of all, 0 to 1; None where there was none."""
        return self.received / self.dossiers if self.dossiers else None


class PostShare(Struct, frozen=True):
    """The period's shares of the whole province. Numerators and denominators are counts."""

    dossiers: int
    dossiers_received: int
    dossiers_returned: int
    dossiers_either: int
    procedures: int
    procedures_received: int
    procedures_either: int
    units: tuple[UnitShare, ...]
    units_with_none: tuple[str, ...]  # that had dossiers or are known, and none by post

    @property
    def received_ratio(self) -> float | None:
        """Dossiers received by post; the 13 % of [S4]."""
        return self.dossiers_received / self.dossiers if self.dossiers else None

    @property
    def either_ratio(self) -> float | None:
        """Dossiers received or returned by post; the 20 % of [S3]."""
        return self.dossiers_either / self.dossiers if self.dossiers else None

    @property
    def procedure_ratio(self) -> float | None:
        """Procedures with a dossier by post; the 45 % of [S4]."""
        return self.procedures_either / self.procedures if self.procedures else None


def share_of(
    counters: Mapping[CounterKey, int], *, first: str, last: str,
    agencies: Iterable[str] = (), procedures: int = 0,
) -> PostShare:  # fmt: skip
    """The shares of the months `first` to `last` (`2026-01`), both included.

    `procedures` is how many are offered by post; 0: those that had any dossier in the period.
    Agencies named here count among the units with none even without a dossier.
    """
    by_agency: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    by_way: defaultdict[str, set[str]] = defaultdict(set)
    for key, count in counters.items():
        if key[0] not in (BY_AGENCY, BY_PROCEDURE) or not first <= key[2] <= last:
            continue
        if key[0] == BY_AGENCY:
            by_agency[key[1]][key[3]] += count
        else:
            by_way[key[3]].add(key[1])
    units = tuple(
        UnitShare(agency, ways["all"], ways["in"], ways["out"], ways["any"])
        for agency, ways in sorted(by_agency.items())
    )
    known = sorted({*agencies, *by_agency})
    used = {unit.agency for unit in units if unit.either}
    return PostShare(
        sum(u.dossiers for u in units), sum(u.received for u in units),
        sum(u.returned for u in units), sum(u.either for u in units),
        procedures or len(by_way["all"]), len(by_way["in"]), len(by_way["any"]), units,
        tuple(agency for agency in known if agency not in used),
    )  # fmt: skip
