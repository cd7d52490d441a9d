"""What rules would have raised over a stretch of the past, and how well "due soon" foretold. Pure.

Every subject's facts are told again in order; between two facts only time moves, so it is looked
at exactly when its next stage would begin. Sources and channels are left out: they are not facts
about what an agency did.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from services.notifier.domain.clocks import Clock
from services.notifier.domain.decisions import DueAlert, base_id, due_alerts, next_look_at
from services.notifier.domain.foretelling import Watched
from services.notifier.domain.rules import AlertRules
from services.notifier.domain.subjects import FoldedState, SubjectProjection, clocks_of
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import epoch_of
from shared.events.envelope import Fact


class Backtest(Struct, frozen=True):
    """Alerts raised within the period, by stage; and what became of the early warnings."""

    raised: dict[str, int]
    warned_count: int  # early warnings of the due time
    warned_late_count: int  # of these, dossiers that then passed that due time unfinished
    late_count: int  # dossiers that passed their due time in the period, warned or not
    subject_count: int
    watched: tuple[Watched, ...] = ()  # the due times of the period

    @property
    def precision(self) -> float | None:
        """Of the warned, the share that did become late: 0 to 1; None where nobody was warned."""
        return self.warned_late_count / self.warned_count if self.warned_count else None


def backtest(
    facts: Iterable[Fact],
    rules: AlertRules,
    projection: SubjectProjection,
    *,
    first: int,
    end: int,
) -> Backtest:
    """Tell the facts again by `rules`; count what became true in [first, end), epoch seconds."""
    by_key: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        for key in projection.keys_of(fact):
            by_key[key].append(fact)
    raised: Counter[str] = Counter()
    warned: set[tuple[str, int]] = set()
    passed: set[tuple[str, int]] = set()
    watched: list[Watched] = []
    early = {s.code for s in rules.by_clock.get(Clock.DUE, ()) if s.is_early}
    for key, told in by_key.items():
        history = _History(key, rules, projection, end)
        for alert, start in history.run(told):
            if first <= alert.since < end:
                raised[alert.stage] += 1
                if alert.stage in early:
                    warned.add((key, start))
        passed |= {(key, due) for due in history.passed}
        watched += [one for one in history.watched() if first <= one.due < end]
    late = {one for one in passed if first <= one[1] < end}
    return Backtest(
        dict(raised), len(warned), len(warned & passed), len(late), len(by_key), tuple(watched)
    )


class _History:
    """One subject, told again."""

    def __init__(
        self, key: str, rules: AlertRules, projection: SubjectProjection, end: int
    ) -> None:
        self._key = key
        self._rules = rules
        self._projection = projection
        self._calendar: WorkingCalendar = projection.calendar
        self._end = end
        self._seen: set[str] = set()
        self.passed: set[int] = set()  # due times that were over while it was open
        self._running: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)

    def watched(self) -> list[Watched]:
        """Every due time that it ever ran towards."""
        return [
            Watched(due, tuple(stretches), due in self.passed)
            for due, stretches in self._running.items()
        ]

    def run(self, told: Sequence[Fact]) -> list[tuple[DueAlert, int]]:
        """Every alert it would have owed, with the last good second it was counted from."""
        found: list[tuple[DueAlert, int]] = []
        state: FoldedState | None = None
        ordered = sorted(told, key=lambda fact: fact.order)
        for fact, following in zip(ordered, [*ordered[1:], None], strict=True):
            state = self._projection.step(state, fact, self._key)
            until = self._end if following is None else min(epoch_of(following.time), self._end)
            now: int | None = epoch_of(fact.time)
            while now is not None and now < until:
                found += self._looked(state, now)
                now = next_look_at(state, now, self._rules, calendar=self._calendar)
            self._note_running(state, epoch_of(fact.time), until)
        return found

    def _looked(self, state: FoldedState, now: int) -> list[tuple[DueAlert, int]]:
        starts = {
            base_id(stage.code, self._key, running.start, running.part): running.start
            for running in clocks_of(state)
            for stage in self._rules.by_clock.get(running.clock, ())
        }
        found = []
        alerts = due_alerts([(self._key, state)], now, self._rules, calendar=self._calendar)
        for alert in alerts:
            if alert.base_id not in self._seen:
                self._seen.add(alert.base_id)
                found.append((alert, starts[alert.base_id]))
        return found

    def _note_running(self, state: FoldedState, since: int, until: int) -> None:
        for running in clocks_of(state):
            if running.clock is not Clock.DUE:
                continue
            if since < until:
                self._running[running.start].append((since, until))
            if until > running.start + 1:
                self.passed.add(running.start)
