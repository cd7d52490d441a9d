"""What another system reports of some agencies: the month that ended and the year so far.

It counts the same dossiers, and knows one more at every third agency: so there is something to
reconcile. Of 4.5a only it knows anything.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from motcua.simulate.days import OpenDay
from motcua.simulate.desks import Desk
from motcua.simulate.life import HOUR, Arrival
from motcua.simulate.plan import Mark
from motcua.simulate.profiles import Profile
from motcua.simulate.wire import Story, Told
from shared.events.catalogue import MeasureReported
from shared.events.fields import Channel

_KNOWS_MORE_EVERY: Final = 3
_CONNECTED_SHARE: Final = 0.3  # of its procedures, to the population database

Pair = tuple[int, int]
"""Numerator and denominator."""


class OtherSystem:
    """Counts along, and reports on the first working day of a month what ended with the last."""

    def __init__(self, profile: Profile, desks: Sequence[Desk]) -> None:
        self._source = profile.sources.report or profile.publishers[0]
        self._desks = desks
        self._codes = {desk.agency_code for desk in self._desks}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._year_counts: Counter[tuple[str, str]] = Counter()
        self._month: date | None = None

    def saw(self, arrival: Arrival) -> None:
        """Count a dossier received this month."""
        agency = arrival.desk.agency_code
        if agency not in self._codes:
            return
        marks = arrival.decided.marks
        true = {
            "received": True,
            "online": arrival.decided.channel is Channel.ONLINE,
            "synced": bool(marks & Mark.SYNCED),
            "fee": bool(marks & Mark.FEE),
            "paid_online": bool(marks & Mark.PAID_ONLINE),
        }
        self._counts.update((agency, name) for name, is_true in true.items() if is_true)

    def report(self, day: OpenDay) -> list[Told]:
        """What it says on this working day: the month before, if that has just ended."""
        before, self._month = self._month, day.day.replace(day=1)
        if before is None or before == self._month:
            return []
        self._year_counts.update(self._counts)
        told: list[Told] = []
        for number, desk in enumerate(self._desks):
            more = number % _KNOWS_MORE_EVERY == 0
            for period, counts in (
                (f"{before:%Y-%m}", self._counts), (f"{before:%Y}", self._year_counts),
            ):  # fmt: skip
                for indicator, pair in _measures(desk, counts, knows_more=more).items():
                    told.append(self._said(desk.agency_code, indicator, period, pair, day))
        self._counts.clear()
        if before.year != self._month.year:
            self._year_counts.clear()
        return told

    def _said(self, agency: str, indicator: str, period: str, pair: Pair, day: OpenDay) -> Told:
        story = Story(f"{agency}/{indicator}/{period}", self._source)
        measure = MeasureReported(
            agency_code=agency,
            indicator_id=indicator,
            period=period,
            numerator=pair[0],
            denominator=pair[1],
        )
        # The year so far is said again every month: each time another saying.
        story.tell(day.opening + HOUR, measure, revision=day.day.month)
        return story.told[0]


def _measures(
    desk: Desk, counts: Mapping[tuple[str, str], int], *, knows_more: bool
) -> dict[str, Pair]:
    found = {name: counts[desk.agency_code, name] for name in
             ("received", "online", "synced", "fee", "paid_online")}  # fmt: skip
    received = found["received"] + knows_more
    procedures = len(desk.offers)
    return {
        "1.4": (found["synced"], received),
        "3.3": (found["online"], received),
        "3.6": (found["paid_online"], found["fee"]),
        "4.5a": (round(procedures * _CONNECTED_SHARE), procedures),
    }
