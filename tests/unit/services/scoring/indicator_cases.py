"""What a case of the tables says: facts told in Viet Nam's civil time, a question, an answer.

2/3/2026 is a Monday, and no holiday falls in March. Offices are open 7:30-11:30 and 13:00-17:00.
Procedure 1.000001 (đất đai) has 16 working hours: received on Monday at 9:00, due on Wednesday at
9:00. 1.000002 (y tế) has 4: due the same Monday at 14:30. Nobody knows 1.999999.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from services.scoring.domain.contribution import (
    ANNOUNCED,
    CLOSED,
    FACETS,
    OFFER,
    PUBLISHED,
    SEAT,
    USE,
)
from services.scoring.domain.index import Index
from services.scoring.domain.periods import last_day_of, months_of
from services.scoring.domain.tally import Measures, Tally
from shared.catalogue.model import Catalogue
from shared.events import dossier as d
from shared.events.envelope import Fact
from shared.events.fields import Event
from shared.rules.measures import load_measures
from tests.support.recount_indicators import Ratio, Recount

from .builders import epoch, told
from .indicator_histories import CATALOGUE, province_of
from .scored_log import ScoredLog, judged_by

FEEDING: Final = (FACETS, CLOSED, USE, OFFER, ANNOUNCED, PUBLISHED, SEAT)
DOSSIER: Final = "H44.01-260302-0001"
END_OF_MARCH: Final = "03-31 17:00"


class Said(NamedTuple):
    """One fact: what happened, when, and to what."""

    event: Event
    when: str
    subject: str = DOSSIER


class Case(NamedTuple):
    """A sentence about the trade, and the numbers that hold it."""

    sentence: str
    said: Sequence[Said]
    measure: str
    ratio: Ratio
    now: str = END_OF_MARCH
    period: str = "2026-03"
    node: str = "H44.01"


def on(when: str, kind: type[Event], subject: str = DOSSIER, **said: Any) -> Said:
    """A fact at Sở Xây dựng (H44.01), unless it says another agency."""
    return Said(kind(**{"agency_code": "H44.01"} | said), when, subject)


def received(when: str = "03-02 09:00", code: str = "1.000001", **said: Any) -> Said:
    """A receipt: of a procedure with two working days, unless it says another."""
    return on(when, d.DossierReceived, procedure_code=code, **said)


def _facts(case: Case) -> list[Fact]:
    return [
        told(one.event, f"2026-{one.when}", number=f"{number:03d}", code=one.subject)
        for number, one in enumerate(case.said)
    ]


def asked_of(
    index: Index, catalogue: Catalogue, period: str
) -> dict[tuple[str, str], dict[str, Ratio]]:
    """What scoring counts in one period: (node, period) -> measure -> ratio, without 0 of 0."""
    months = {"asked": months_of(period)}
    tally = Tally(Measures(load_measures()), catalogue, last_day_of(period), months)
    tally.put_all(index)
    tally.refresh(index)
    found = {
        (node, period): tally.ratios(tally.vector(index, node, "asked")) for node in tally.nodes
    }
    return {
        at: {one: ratio for one, ratio in ratios.items() if ratio != (0, 0)}
        for at, ratios in found.items()
    }


def counted(case: Case) -> Ratio:
    """What scoring counts."""
    log, now = ScoredLog(CATALOGUE, judged_by()), epoch(f"2026-{case.now}")
    asyncio.run(log.take(_facts(case), now))
    log.fold.advance(now)
    found = asked_of(log.index(), CATALOGUE, case.period)
    return found.get((case.node, case.period), {}).get(case.measure, (0, 0))


def recounted(case: Case) -> Ratio:
    """What the independent recount says of the same bytes."""
    log, now = ScoredLog(CATALOGUE, judged_by()), epoch(f"2026-{case.now}")
    log.batch(_facts(case))
    found = Recount(log.bodies, now, province_of(CATALOGUE)).period(case.period)
    return found.get(case.node, {}).get(case.measure, (0, 0))
