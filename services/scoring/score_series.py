"""The series of indicators, targets, points and ranks."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from shared.observability import GaugeSeries, Page
from shared.rules.indicator_sets import IndicatorSet, in_force
from shared.rules.targets import Plan, Target

from .domain.indicator_words import names_vi
from .domain.scores import Unit


class ScoreSeries:
    """Families of one page; what a unit no longer has vanishes from it."""

    def __init__(self, page: Page) -> None:
        """Declare the families."""
        labels = ("agency", "indicator", "period")
        self.numerator = page.gauge(
            "dvc_indicator_numerator",
            "Numerator of an indicator or target, with everything below the agency.",
            labels,
        )
        self.denominator = page.gauge(
            "dvc_indicator_denominator",
            "Denominator of an indicator or target, with everything below the agency.",
            labels,
        )
        self.difference = page.gauge(
            "dvc_reconciliation_difference",
            "Counted from facts minus reported by another system, where both exist.",
            (*labels, "part"),
        )
        self.target = page.gauge(
            "dvc_target_ratio",
            "What the plans in force demand of an indicator, as a ratio from 0 to 1.",
            ("plan", "indicator", "level"),
        )
        self.info = page.gauge(
            "dvc_indicator_info",
            "Names of indicators and targets; always 1.",
            ("indicator", "name"),
        )
        self._shown: dict[tuple[str, str], Unit] = {}
        self._declare_points(page)

    def _declare_points(self, page: Page) -> None:
        self.points = page.gauge(
            "dvc_score_points",
            "Points of a group of indicators (QĐ 766/QĐ-TTg).",
            ("agency", "group", "period"),
        )
        self.max_points = page.gauge(
            "dvc_score_max_points", "Points a group can bring.", ("group",)
        )
        self.total = page.gauge(
            "dvc_score_total_points", "Sum of the six groups, out of 100.", ("agency", "period")
        )
        self.rank = page.gauge(
            "dvc_score_rank",
            "Place by total points among the units of a level, and of all levels.",
            ("agency", "level", "period"),
        )

    @property
    def legal(self) -> tuple[GaugeSeries, ...]:
        """What may be seen only while the fold is whole."""
        return (
            self.numerator, self.denominator, self.difference, self.points, self.total, self.rank,
        )  # fmt: skip

    def clear(self) -> None:
        """Take every number off the page."""
        for series in self.legal:
            series.clear()
        self._shown.clear()

    def show(self, agency: str, name: str, unit: Unit) -> None:
        """Show one unit in one period, in place of what was there."""
        was = self._shown.get((agency, name))
        if was is unit:
            return
        self._shown[agency, name] = unit
        before = was.measures if was is not None else {}
        for one in before.keys() - unit.measures.keys():
            self.numerator.set((agency, one, name), None)
            self.denominator.set((agency, one, name), None)
        for one, known in unit.measures.items():
            if before.get(one) != known:
                self.numerator.set((agency, one, name), known.measure.numerator)
                self.denominator.set((agency, one, name), known.measure.denominator)
        self._show_differences(agency, name, was, unit)
        score = unit.score
        if score is None:
            self.total.set((agency, name), None)
            for group, points in (was.score.groups if was and was.score else {}).items():
                del points
                self.points.set((agency, group, name), None)
            return
        self.total.set((agency, name), float(score.total))
        for group, points in score.groups.items():
            self.points.set((agency, group, name), float(points))

    def _show_differences(self, agency: str, name: str, was: Unit | None, unit: Unit) -> None:
        for one in (was.differences.keys() if was is not None else set()) | unit.differences.keys():
            both = unit.differences.get(one, (None, None))
            for part, value in zip(("numerator", "denominator"), both, strict=True):
                self.difference.set((agency, one, name, part), value)

    def show_ranks(self, name: str, places: Mapping[tuple[str, str], int]) -> None:
        """Show the places of one period, in place of those before."""
        known = {(agency, level) for agency, level, one in self.rank if one == name}
        for agency, level in known - places.keys():
            self.rank.set((agency, level, name), None)
        for (agency, level), place in places.items():
            self.rank.set((agency, level, name), place)

    def show_rules(self, rules: IndicatorSet | None, plans: Iterable[Plan], day: date) -> None:
        """Show names, the maxima of the set, and the targets that bind on a day, and no others."""
        self.max_points.clear()
        self.target.clear()
        for one, name in names_vi().items():
            self.info.set((one, name), 1)
        for group in rules.group if rules is not None else ():
            self.max_points.set((group.code,), float(group.max))
        for plan in plans:
            for target in plan.target:
                if target.overlaps(day, day):
                    self._show_target(plan, target)

    def keep_rules(self, plans: Iterable[Plan], today: Callable[[], date]) -> Callable[[], None]:
        """Return what shows the rules of `today`, anew on every day that is another one."""
        known, shown_on = tuple(plans), date.min

        def refresh() -> None:
            nonlocal shown_on
            day = today()
            if day != shown_on:
                shown_on = day
                self.show_rules(in_force(day), known, day)

        refresh()
        return refresh

    def _show_target(self, plan: Plan, target: Target) -> None:
        for level in target.scope:
            self.target.set((plan.id, target.measure, level.value), target.threshold)
