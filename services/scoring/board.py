"""The board: headline numbers, one row an agency, the most overdue ones. Pure but for its cache."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from shared.calendar.civil_time import instant_of
from shared.rules.indicator_sets import Group
from shared.rules.points import UnitScore

from .domain.contribution import DUTY, PETITION
from .domain.index import Index
from .domain.report import Numbers, report_of
from .domain.rules import UNKNOWN
from .domain.stages import DUE_SOON, OVERDUE, PAUSED
from .reading import Reading

RANKED_MAX = 10
_YEAR = "year"


class AgencyRow(Struct, frozen=True, kw_only=True):
    """One agency: its stock now, its flow this month."""

    code: str
    name: str
    short_name: str
    level: str
    numbers: Numbers
    oldest_due_at: datetime | None
    total_points: Decimal | None  # this year's
    rank: int | None  # among the units of its level

    @property
    def due_soon(self) -> int:
        """Open, due within eight working hours."""
        return self.numbers.open[DUE_SOON]

    @property
    def overdue(self) -> int:
        """Open, past the due time."""
        return self.numbers.open[OVERDUE]

    @property
    def paused(self) -> int:
        """Open, the clock stands still."""
        return self.numbers.open[PAUSED]


class Board(Struct, frozen=True, kw_only=True):
    """Everything on the board as of one revision of the numbers."""

    month: str
    total: Numbers
    rows: tuple[AgencyRow, ...]
    duties: Mapping[str, int]
    petitions: Mapping[str, int]
    newest_event_at: datetime | None
    year: str
    province: str
    score: UnitScore | None  # the province's, this year
    groups: tuple[Group, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no dossier counts yet, this month or now."""
        return not (self.total.open_count or self.total.received_count or self.total.closed_count)

    @property
    def most_overdue(self) -> list[AgencyRow]:
        """At most ten agencies, the most overdue dossiers first."""
        late = [row for row in self.rows if row.overdue]
        return sorted(late, key=lambda row: (-row.overdue, row.code))[:RANKED_MAX]


class Boards:
    """The board for whoever looks; worked out once per revision, not once per reader."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._made: tuple[tuple[int, str], Board] | None = None

    def board(self) -> Board | None:
        """The board now; None while there are no numbers."""
        reading = self._reading
        if not reading.is_current():
            return None
        key = (reading.scoring.numbers.revision, reading.month)
        if self._made is None or self._made[0] != key:
            self._made = (key, self._fresh(reading.month))
        return self._made[1]

    def _fresh(self, month: str) -> Board:
        scoring, catalogue = self._reading.scoring, self._reading.catalogue
        index = scoring.numbers.index
        report = report_of(index, month)
        last_events = scoring.projection.last_event_at.values()
        codes = sorted({*report.agencies, *catalogue.agency_by_code})
        return Board(
            month=month,
            total=report.total,
            rows=tuple(
                self._row(code, report.agencies.get(code), scoring.oldest_due(code))
                for code in codes
            ),
            duties=_sums(index, DUTY),
            petitions=_sums(index, PETITION),
            newest_event_at=max(last_events, default=None),
            year=month[:4],
            province=catalogue.province or "",
            score=self._score(catalogue.province or ""),
            groups=self._groups(),
        )

    def _score(self, code: str) -> UnitScore | None:
        book = self._reading.scoring.numbers.book
        unit = book.units.get((code, _YEAR)) if book is not None else None
        return unit.score if unit is not None else None

    def _groups(self) -> tuple[Group, ...]:
        book = self._reading.scoring.numbers.book
        rules = book.sets[_YEAR] if book is not None else None
        return rules.group if rules is not None else ()

    def _row(self, code: str, numbers: Numbers | None, oldest_due: int | None) -> AgencyRow:
        known = self._reading.catalogue.agency_by_code.get(code)
        book, score = self._reading.scoring.numbers.book, self._score(code)
        level = known.level.value if known else UNKNOWN
        places = book.ranks.get(_YEAR, {}) if book is not None else {}
        return AgencyRow(
            code=code,
            name=known.name if known else code,
            short_name=known.short_name if known else code,
            level=level,
            numbers=numbers or Numbers(),
            oldest_due_at=None if oldest_due is None else instant_of(oldest_due),
            total_points=score.total if score is not None else None,
            rank=places.get((code, level)),
        )


def _sums(index: Index, kind: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for _, (name,), value in index.rows(kind):
        found[name] = found.get(name, 0) + value
    return found
