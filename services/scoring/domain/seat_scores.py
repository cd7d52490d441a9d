"""How each desk and officer of the one-stop office did in some months, off the counters. Pure.

Source: [S3] II.6: desks and officers are assessed and scored. Two shares say how: satisfied of
those rated, on time of those ended.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from msgspec import Struct

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


def seat_scores(
    index: Index, months: Iterable[str], agencies: Collection[str] | None
) -> list[SeatScore]:
    """Return desks and officers of some agencies, None: of all, in the order of their codes."""
    found: defaultdict[tuple[str, bool, str], list[tuple[int, int]]] = defaultdict(list)
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
