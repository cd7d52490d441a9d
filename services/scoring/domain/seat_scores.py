"""How each desk and officer of the one-stop office did in some months, off the counters. Pure.

Source: [S3] II.6: desks and officers are assessed and scored. Two shares say how: satisfied of
those rated, on time of those ended. A desk is known by the catalogue, or by whoever names it; an
officer by whoever names them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from shared.catalogue.model import Agency

from .contribution import SEAT as SEAT_COUNTER
from .facets import SEAT
from .index import Index


class SeatScore(Struct, kw_only=True):
    """One desk, or one officer by pseudonym, of one agency; dossiers received in the period."""

    agency: str
    code: str
    is_officer: bool
    served: int = 0
    ended: int = 0
    late: int = 0
    rated: int = 0
    satisfied: int = 0

    @property
    def is_rated(self) -> bool:
        """Whether anybody rated it: what the plan's target counts."""
        return self.rated > 0

    @property
    def satisfied_ratio(self) -> float | None:
        """Satisfied of those who rated it; None where nobody did."""
        return self.satisfied / self.rated if self.rated else None

    @property
    def on_time_ratio(self) -> float | None:
        """Not late of those that ended; None where none did."""
        return (self.ended - self.late) / self.ended if self.ended else None


Desks = Mapping[str, tuple[str, ...]]  # agency -> the desks that the catalogue lists


def listed_desks(agencies: Iterable[Agency]) -> Desks:
    """The desks that the catalogue lists, of the agencies that list any."""
    return {one.code: one.desks for one in agencies if one.desks}


def is_any_named(index: Index, months: Iterable[str]) -> bool:
    """Whether facts named a desk or an officer; else nothing is known of who was rated (D3)."""
    return next(index.rows(SEAT_COUNTER, months), None) is not None


def seat_scores(
    index: Index, months: Collection[str], agencies: Collection[str] | None, listed: Desks
) -> list[SeatScore]:
    """Return desks and officers of some agencies, None: of all, in the order of their codes.

    Listed desks that nobody named are among them, once anybody names any.
    """
    found: defaultdict[tuple[str, bool, str], list[tuple[int, int]]] = defaultdict(list)
    for agency, desks in listed.items() if is_any_named(index, months) else ():
        if agencies is None or agency in agencies:
            found.update({(agency, False, desk): [] for desk in desks})
    for agency, (code, text), number in index.rows(SEAT_COUNTER, months, agencies):
        facets = int(text)
        found[agency, bool(facets & SEAT["officer"]), code].append((facets, number))
    return [
        SeatScore(
            agency=agency, code=code, is_officer=is_officer,
            **{
                name: sum(number for facets, number in counted if facets & SEAT[name])
                for name in ("served", "ended", "late", "rated", "satisfied")
            },
        )
        for (agency, is_officer, code), counted in sorted(found.items())
    ]  # fmt: skip
