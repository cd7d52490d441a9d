"""What is worked out from the lists from time to time: what is late, what differs, the shares."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from services.postal_gateway.domain.limits import Limits, overrun
from services.postal_gateway.domain.shares import PostShare, share_of
from services.postal_gateway.ledger import PostLedger
from services.postal_gateway.metrics import Figures
from shared.calendar import WorkingCalendar
from shared.calendar.civil_time import civil_day, epoch_of
from shared.observability import Labels

_QUARTER_MONTHS: Final = 3


def figures_of(
    ledger: PostLedger, calendar: WorkingCalendar, now: datetime, *, agencies: Iterable[str],
    procedures: int, limits: Sequence[Limits],
) -> Figures:  # fmt: skip
    """All of them as of now."""
    late: Counter[Labels] = Counter()
    for row in ledger.lists.open_parcels():
        due = overrun(row, calendar, epoch_of(now), limits)
        if due is not None:
            late[row.agency, row.carrier, row.leg, due.stage.value] += 1
    differ: Counter[Labels] = Counter((one.kind, one.owner) for one in ledger.lists.differences())
    shares: dict[str, PostShare] = {
        period: share_of(
            ledger.fold.counters.values, first=first, last=last, agencies=agencies,
            procedures=procedures,
        )
        for period, (first, last) in _months(civil_day(now)).items()
    }  # fmt: skip
    return Figures(late, differ, shares)


def _months(today: date) -> dict[str, tuple[str, str]]:
    """The first and last month of the current month, quarter and year."""
    last = f"{today:%Y-%m}"
    begun = (today.month - 1) // _QUARTER_MONTHS * _QUARTER_MONTHS + 1
    return {
        "month": (last, last),
        "quarter": (f"{today.year}-{begun:02d}", last),
        "year": (f"{today.year}-01", last),
    }
