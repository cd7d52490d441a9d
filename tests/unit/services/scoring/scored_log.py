"""Scoring over a log in memory, as the service wires it, beside what a recount says."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from services.scoring.domain.index import Index
from services.scoring.domain.rules import Rules
from services.scoring.handlers import SCHEMA
from services.scoring.ledger import ScoringProjection, State, load_rules, version_of
from services.scoring.metrics import Metrics
from services.scoring.numbers import Numbers
from services.scoring.scorebook import Scorebook
from shared.calendar import load_calendar
from shared.catalogue.model import Catalogue
from shared.ledger.fold import Fold
from shared.ledger.store import Store
from shared.observability import Page
from shared.observability.fold_series import FoldStanding
from tests.support.recount_indicators import Ratio, Recount

from .builders import Log
from .indicator_histories import CATALOGUE


@cache
def judged_by() -> Rules:
    """The shipped rules with the small province's catalogue."""
    return load_rules(load_calendar(), CATALOGUE)


def _not_asked() -> FoldStanding:
    return FoldStanding(0, 0, 0, None)


class ScoredLog(Log):
    """A log folded into a file, with what scoring shows of it."""

    def __init__(self, catalogue: Catalogue, rules: Rules, path: Path | str = ":memory:") -> None:
        self.bodies: list[bytes] = []
        self.projection = ScoringProjection(rules, version_of_rules(rules))
        self.store = Store(path, version=self.projection.version, schema=SCHEMA)
        self.fold: Fold[State] = Fold(self.projection, self.store, self.fetch)
        metrics = Metrics(Page(with_process=False), catalogue, standing=_not_asked)
        self.numbers = Numbers(self.fold, metrics, catalogue)

    def shown_at(self, now: int) -> Scorebook:
        """What is shown of every unit at an instant."""
        self.fold.advance(now)
        self.numbers.refresh(now, units_max=10**9)
        book = self.numbers.book
        assert book is not None
        return book

    def index(self) -> Index:
        """All counters, arranged for questions."""
        index = Index()
        for key, value in self.fold.counters.values.items():
            index.put(key, value)
        return index


_VERSIONS: dict[int, str] = {}


def version_of_rules(rules: Rules) -> str:
    """The version of rules, worked out once for each."""
    if id(rules) not in _VERSIONS:
        _VERSIONS[id(rules)] = version_of(rules)
    return _VERSIONS[id(rules)]


def measured(book: Scorebook) -> dict[tuple[str, str], dict[str, Ratio]]:
    """(node, period) -> measure -> ratio, without what is 0 of 0."""
    return {
        (node, book.periods[name]): _known(
            (one, (known.measure.numerator or 0, known.measure.denominator or 0))
            for one, known in unit.measures.items()
        )
        for (node, name), unit in book.units.items()
    }


def _known(ratios: Iterable[tuple[str, Ratio]]) -> dict[str, Ratio]:
    return {one: ratio for one, ratio in ratios if ratio != (0, 0)}


def differences(
    shown: dict[tuple[str, str], dict[str, Ratio]], recount: Recount, periods: Sequence[str]
) -> dict[tuple[str, str, str], tuple[Ratio, Ratio]]:
    """(node, period, measure) -> (shown, recounted), where the two are not the same."""
    wanted = {
        (node, period): _known(ratios.items())
        for period in periods
        for node, ratios in recount.period(period).items()
    }
    return {
        (*at, one): (ours.get(one, (0, 0)), theirs.get(one, (0, 0)))
        for at in shown.keys() | wanted.keys()
        for ours, theirs in [(shown.get(at, {}), wanted.get(at, {}))]
        for one in ours.keys() | theirs.keys()
        if ours.get(one) != theirs.get(one)
    }
