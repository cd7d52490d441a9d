"""Every series that scoring exposes. Legal numbers are shown only while the fold is caught up."""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from shared.catalogue.model import Catalogue
from shared.ledger.subject import CounterKey
from shared.observability import GaugeSeries, Labels, Page
from shared.observability.build import Running
from shared.observability.fold_series import FoldSeries, FoldStanding

from .domain.contribution import CLOSED, DUTY, OPEN, OVERDUE, OVERDUE_DUE, PETITION, RECEIVED
from .domain.periods import current_periods, months_of
from .domain.rules import UNKNOWN
from .score_series import ScoreSeries

SERVICE = "scoring"
UNKNOWN_FIELD_VI = "Chưa rõ lĩnh vực"
_Values = Mapping[CounterKey, int]


class Metrics:
    """The page's families. `show` takes one changed counter; `finish` follows a run of them."""

    def __init__(
        self, page: Page, catalogue: Catalogue, *, standing: Callable[[], FoldStanding]
    ) -> None:
        self._catalogue = catalogue
        self.fold = FoldSeries(page, SERVICE, standing)
        self._open_health(page)
        self._agency_info = page.gauge(
            "dvc_agency_info",
            "Names of agencies; always 1. Level is unknown for a code outside the catalogue.",
            ("agency", "name", "short_name", "level", "parent"),
        )
        self._field_info = page.gauge(
            "dvc_field_info", "Names of fields; always 1.", ("field", "name")
        )
        self._open_counts(page)
        self._plain: dict[str, GaugeSeries] = {
            OPEN: self.open,
            OVERDUE: self.overdue,
            DUTY: self.duties,
            PETITION: self.petitions,
        }
        self.scores = ScoreSeries(page)
        self._legal = (
            *self._plain.values(), self.oldest, self.received, self.closed, self.corrections,
        )  # fmt: skip
        self._heaps: defaultdict[str, list[int]] = defaultdict(list)
        self._moved: set[str] = set()
        self._months: dict[str, tuple[str, ...]] = {}
        self._periods: defaultdict[str, list[str]] = defaultdict(list)  # the months, turned round
        self._sums: dict[str, defaultdict[Labels, int]] = {
            kind: defaultdict(int) for kind in (RECEIVED, CLOSED)
        }
        self._known: set[tuple[str, str]] = set()

    def _open_health(self, page: Page) -> None:
        self.sources = page.gauge(
            "dvc_source_last_event_timestamp_seconds",
            "When the newest event of a source happened, in epoch seconds; heartbeats count.",
            ("source",),
        )
        self.hours = page.gauge(
            "dvc_business_hours", "1 while offices are open by the working calendar, else 0."
        )
        self._desks = page.gauge(
            "dvc_desk_info",
            "Where a service's desk is, as browsers see it; always 1. For the links of the boards.",
            ("service", "url"),
        )
        self.running = Running(page, SERVICE)

    def _open_counts(self, page: Page) -> None:
        self.open = page.gauge(
            "dvc_dossiers_open",
            "Dossiers received and not ended, by stage: not_due, due_soon, overdue, paused.",
            ("agency", "field", "stage"),
        )
        self.overdue = page.gauge(
            "dvc_dossiers_overdue",
            "Open dossiers past their due time by working days overdue: le1 le3 le5 le10 gt10.",
            ("agency", "age_band"),
        )
        self.oldest = page.gauge(
            "dvc_oldest_overdue_due_timestamp_seconds",
            "Due time of the open dossier that is overdue longest, in epoch seconds.",
            ("agency",),
        )
        self.received = page.gauge(
            "dvc_period_dossiers_received",
            "Dossiers received in the current month, quarter or year, by the receiving agency.",
            ("agency", "field", "channel", "period"),
        )
        self.closed = page.gauge(
            "dvc_period_dossiers_closed",
            "Dossiers ended in the current month, quarter or year: early, on_time, late, unknown.",
            ("agency", "field", "period", "timeliness"),
        )
        self.duties = page.gauge(
            "dvc_duties_open",
            "Late dossiers whose explanation or apology is still owed.",
            ("agency", "duty"),
        )
        self.petitions = page.gauge(
            "dvc_petitions_open",
            "Petitions without an answer, by stage: not_due, due_soon, overdue, paused.",
            ("agency", "stage"),
        )
        self.corrections = page.gauge(
            "dvc_corrections",
            "Facts recorded in a later month than they happened in, over the whole log.",
        )

    # ---------------------------------------------------------------- legal numbers

    def clear(self) -> None:
        """Take every legal number off the page."""
        for series in self._legal:
            series.clear()
        self.scores.clear()
        self._heaps.clear()
        self._moved.clear()
        for sums in self._sums.values():
            sums.clear()

    def turn_to(self, month: str) -> bool:
        """Make `month` the current one; True where it was not: then show all counters anew."""
        months = {name: months_of(period) for name, period in current_periods(month).items()}
        if months == self._months:
            return False
        self._months = months
        self._periods.clear()
        for period, some in months.items():
            for one in some:
                self._periods[one].append(period)
        return True

    def show(self, key: CounterKey, value: int, was: int) -> None:
        """Show a counter that changed: what it is now, 0 where it is gone, and what was shown."""
        kind = key[0]
        plain = self._plain.get(kind)
        if plain is not None:
            plain.set(key[1:], value or None)
        elif kind == RECEIVED:
            _, agency, field, channel, month = key
            for period in self._periods.get(month, ()):
                self._add(kind, (agency, field, channel, period), value - was)
        elif kind == CLOSED:
            _, agency, field, month, timeliness = key
            for period in self._periods.get(month, ()):
                self._add(kind, (agency, field, period, timeliness), value - was)
        elif kind == OVERDUE_DUE:
            if value:
                heapq.heappush(self._heaps[key[1]], int(key[2]))
            self._moved.add(key[1])

    def _add(self, kind: str, labels: Labels, change: int) -> None:
        sums = self._sums[kind]
        total = sums[labels] = sums[labels] + change
        series = self.received if kind == RECEIVED else self.closed
        series.set(labels, total or None)

    def finish(self, values: _Values) -> None:
        """Bring what hangs on several counters up to date: the oldest overdue ones."""
        for agency in self._moved:
            heap = self._heaps[agency]
            while heap and (OVERDUE_DUE, agency, str(heap[0])) not in values:
                heapq.heappop(heap)
            self.oldest.set((agency,), heap[0] if heap else None)
        self._moved.clear()

    def oldest_due(self, agency: str) -> int | None:
        """The due time of the agency's oldest overdue dossier, in epoch seconds."""
        value = self.oldest.value((agency,))
        return None if value is None else int(value)

    # ---------------------------------------------------------------- the rest

    def show_names(self, agencies: Iterable[str], fields: Iterable[str]) -> None:
        """Name the catalogue's agencies and fields, and every other code that has a number."""
        for one in self._catalogue.agencies:
            labels = (one.code, one.name, one.short_name, one.level.value, one.parent or "")
            self._agency_info.set(labels, 1)
        for field in self._catalogue.fields:
            self._field_info.set((field.code, field.name), 1)
        for code in agencies:
            if code not in self._catalogue.agency_by_code:
                self._agency_info.set((code, code, code, UNKNOWN, ""), 1)
        for code in fields:
            if code not in self._catalogue.field_by_code:
                name = UNKNOWN_FIELD_VI if code == UNKNOWN else code
                self._field_info.set((code, name), 1)

    def show_desks(self, desks: Iterable[str]) -> None:
        """Say where the desks are, `name=address` each; what is not so is passed over."""
        for one in desks:
            name, _, url = one.partition("=")
            if url:
                self._desks.set((name, url.rstrip("/")), 1)

    def show_sources(self, sources: Mapping[str, datetime]) -> None:
        """Show when the newest event of each source happened."""
        for name, at in sources.items():
            self.sources.set((name,), at.timestamp())
