"""Periods that were closed: which are due, and what the log says of each. Pure.

A period is closed once, by a fact that names the digest of its report and the position in the log
up to which it was counted. Later facts make numbered corrections; nothing is changed in silence.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import midnight_epoch
from shared.events.alert import IndicatorCorrected, IndicatorPeriodClosed

from .periods import last_day_of, months_before, quarter_of
from .rules import DAY_SECONDS, SECOND_US, Rules


class Figures(Struct, frozen=True):
    """One publication of a period: number 0 closed it, the others correct it."""

    number: int
    digest: str  # SHA-256 of the report
    position: int  # of the log, up to which it was counted
    at: int  # epoch seconds


class PeriodState(Struct, array_like=True, gc=False, tag="k"):
    """One closed period of one agency; the publications stand side by side."""

    agency: str = ""
    period: str = ""
    numbers: tuple[int, ...] = ()
    digests: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()
    times: tuple[int, ...] = ()

    @property
    def figures(self) -> list[Figures]:
        """The closing and its corrections, by number."""
        rows = zip(self.numbers, self.digests, self.positions, self.times, strict=True)
        return sorted((Figures(*row) for row in rows), key=lambda one: one.number)


def _say(state: PeriodState, data: Any, at: int, number: int) -> None:
    state.agency, state.period = data.agency_code, data.period
    if number in state.numbers:
        return  # what was published stays what it was
    state.numbers += (number,)
    state.digests += (data.digest,)
    state.positions += (data.position,)
    state.times += (at // SECOND_US,)


def _closed(state: PeriodState, data: IndicatorPeriodClosed, at: int, _rules: Rules) -> None:
    _say(state, data, at, 0)


def _corrected(state: PeriodState, data: IndicatorCorrected, at: int, _rules: Rules) -> None:
    _say(state, data, at, data.number)


CHANGES: Final[dict[str, Callable[[Any, Any, int, Rules], None]]] = {
    IndicatorPeriodClosed.event_type: _closed,
    IndicatorCorrected.event_type: _corrected,
}
"""What each fact changes: called with (state, data, microseconds, rules)."""


def end_of_period(period: str) -> int:
    """The first epoch second after a period, in Asia/Ho_Chi_Minh."""
    return midnight_epoch(last_day_of(period)) + DAY_SECONDS


def closes_at(period: str, calendar: WorkingCalendar, grace_working_days: float) -> int:
    """The epoch second from which a period may be closed: its end and the grace after it."""
    grace = round(grace_working_days * calendar.working_day_seconds)
    end = end_of_period(period)
    return calendar.add_working_epoch(end, grace) if grace else end


def ended_last(month: str) -> tuple[str, ...]:
    """The month, quarter, half and year that ended last before a current month.

    What ended earlier is closed on request only: figures from before this system watched are not
    its own to publish.
    """
    before = months_before(month, 2)[0]
    year, number = int(month[:4]), int(month[5:])
    first_of_quarter = f"{year}-{3 * ((number - 1) // 3) + 1:02d}"
    quarter = quarter_of(months_before(first_of_quarter, 2)[0])
    half = f"{year}-H1" if number > 6 else f"{year - 1}-H2"  # noqa: PLR2004 - June
    return (before, quarter, half, str(year - 1))


class Settling:
    """Waits until something stands still: a history that is just being told is not closed halfway.

    What moves all day long is not waited for longer than the patience.
    """

    def __init__(self, quiet_seconds: float, patience_seconds: float) -> None:
        self._quiet, self._patience = quiet_seconds, patience_seconds
        self._seen: dict[str, tuple[str, float, float]] = {}

    def is_settled(self, key: str, mark: str, now: float) -> bool:
        """Say whether the mark of `key` has been the same for long enough; `now` in seconds."""
        was, since, first = self._seen.get(key, ("", now, now))
        if mark != was:
            since = now
        self._seen[key] = (mark, since, first)
        return now - since >= self._quiet or now - first >= self._patience

    def forget(self, key: str) -> None:
        """Begin anew with `key`: what it waited for was done."""
        self._seen.pop(key, None)
