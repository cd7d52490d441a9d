"""What a period says of its own time: procedures as they stood, what was never public, desks.

See `indicator_cases` for the calendar. Ten working days after a decision of Monday 2/3 end with
Monday 16/3; five with Monday 9/3. Procedure 1.000002 has a fee by the catalogue.
"""

from datetime import date
from typing import Any, Final

import pytest

from shared.events import catalogue as c
from shared.events import dossier as d
from shared.events.fields import ServiceLevel

from .indicator_cases import Case, Said, counted, on, received, recounted

YES, NO, NONE = (1, 1), (0, 1), (0, 0)
PUBLIC, RATED = "1.2", "one_stop_desks_and_officers_rated"
OWED: Final = "late_dossiers_explained_and_apologised"
LEVEL, PAYABLE, ENDED = (
    c.ProcedureServiceLevelSet, c.ProcedurePaymentIntegrated, c.ProcedureRetired,
)  # fmt: skip
OTHER: Final = "H44.01-260302-0002"


def case(sentence: str, measure: str, gives: tuple[int, int], *said: Said, **asked: Any) -> Case:
    """A case about one measure."""
    return Case(sentence, said, measure, gives, **asked)


def offer(
    kind: type[c.ProcedureEvent], when: str = "03-02 09:00", code: str = "1.000001", **said: Any
) -> Said:
    """A fact about a procedure of Sở Xây dựng."""
    return on(when, kind, code, **said)


def decided(day: int = 2, **said: Any) -> Said:
    """A decision of a day in March announces it."""
    return offer(c.ProcedureAnnounced, f"03-{day:02d} 09:00", decided_on=date(2026, 3, day), **said)


def shown(day: int, decision: int = 2) -> Said:
    """A decision is made public on a day in March."""
    return offer(
        c.ProcedurePublished, f"03-{day:02d} 10:00", decided_on=date(2026, 3, decision),
        published_on=date(2026, 3, day),
    )  # fmt: skip


NEVER_PUBLIC = [
    case("announced and never public is late once its last day is over", PUBLIC, NO, decided()),
    case("on its last day nobody can call it late", PUBLIC, NONE, decided(), now="03-16 23:59"),
    case("after that day it is", PUBLIC, NO, decided(), now="03-17 00:00"),
    case("public in time it counts at once", PUBLIC, YES, decided(), shown(3), now="03-03 12:00"),
    case("public after its day it was not in time", PUBLIC, NO, decided(), shown(17)),
    case("a province's own has five days", PUBLIC, NO, decided(provincial=True), now="03-10 00:00"),
    case("and until then none", PUBLIC, NONE, decided(provincial=True), now="03-09 23:00"),
    case("a decision that ended in time need not be public", PUBLIC, NONE, decided(),
         offer(ENDED, "03-10 09:00")),
    case("one that ended after its day should have been", PUBLIC, NO, decided(),
         offer(ENDED, "03-18 09:00")),
    case("another decision made public does not help the first", PUBLIC, NO, decided(2),
         shown(4, 3)),
    case("it counts in the month of its last day", PUBLIC, NONE, decided(20), now="04-20 09:00"),
    case("in April, for a decision of 20 March", PUBLIC, NO, decided(20), now="04-20 09:00",
         period="2026-04"),
    case("announced in time and never public fails both halves of the target",
         "procedures_announced_and_public_on_time", NO,
         decided(law_effective_on=date(2026, 4, 30))),
]  # fmt: skip

FULL, NOT_ONLINE = ({"service_level": level} for level in (ServiceLevel.FULL, ServiceLevel.NONE))
LATER: Final = {"now": "05-04 09:00"}
STANDING = [
    case("online since April it was not in March", "3.1", NO, decided(),
         offer(LEVEL, "04-10 09:00", **FULL), **LATER),
    case("but it is in April", "3.1", YES, decided(), offer(LEVEL, "04-10 09:00", **FULL),
         period="2026-04", **LATER),
    case("a quarter is judged by its end", "3.1", YES, decided(),
         offer(LEVEL, "03-30 09:00", **FULL), offer(LEVEL, "04-10 09:00", **NOT_ONLINE),
         period="2026-Q1", **LATER),
    case("before anybody offered it there was none", "3.1", NONE, decided(), period="2026-02",
         **LATER),
    case("ended in April it was in force in March", "3.1", YES, offer(LEVEL, **FULL),
         offer(ENDED, "04-02 09:00"), **LATER),
    case("ended in April it is not in force then", "3.1", NONE, offer(LEVEL, **FULL),
         offer(ENDED, "04-02 09:00"), period="2026-04", **LATER),
    case("changed twice in a month the last word stands", "3.1", NO, offer(LEVEL, **FULL),
         offer(LEVEL, "03-20 09:00", **NOT_ONLINE), **LATER),
    case("payable since April it was not in March", "3.5a", NO,
         offer(PAYABLE, integrated=False), offer(PAYABLE, "04-10 09:00"), **LATER),
    case("a text made whole in April was not whole in March", "1.3", NO, shown(3),
         offer(c.ProcedureUpdated, "04-10 09:00", content_full=True), **LATER),
]  # fmt: skip

WITH_FEE: Final = "1.000002"
FEES = [
    case("a fee that only the catalogue knows of", "3.5a", NO, offer(LEVEL, code=WITH_FEE, **FULL)),
    case("its payment online counts", "3.5b", YES, offer(LEVEL, code=WITH_FEE, **FULL),
         received(code=WITH_FEE), on("03-03 09:00", d.DossierPaid, amount_vnd=5, online=True)),
    case("a fact that there is none wins over the catalogue", "3.5a", NONE,
         offer(LEVEL, code=WITH_FEE, **FULL), offer(PAYABLE, code=WITH_FEE, has_fee=False)),
    case("without a fee in either there is none", "3.5a", NONE, offer(LEVEL, **FULL)),
]  # fmt: skip

Q1, Q2 = {"desk_code": "Q1"}, {"desk_code": "Q2"}
CB1, CB2 = {"officer_code": "CB-1"}, {"officer_code": "CB-2"}
LIKED: Final = {"satisfied": True}


def rated(**who: Any) -> Said:
    """The applicant rates the dossier on the day after its receipt."""
    return on("03-03 09:00", d.DossierRated, **(LIKED | who))


SEATS = [
    case("a desk and an officer that nobody rated", RATED, (0, 2), received(**Q1, **CB1)),
    case("a rating is of the desk and the officer of the receipt", RATED, (2, 2),
         received(**Q1, **CB1), rated()),
    case("a rating that names another officer is of that one", RATED, (2, 3),
         received(**Q1, **CB1), rated(**CB2)),
    case("two dossiers at one desk are one desk", RATED, YES, received(**Q1), rated(),
         on("03-02 10:00", d.DossierReceived, OTHER, procedure_code="1.000001", **Q1)),
    case("a desk and an officer of the same code are two", RATED, (0, 2),
         received(desk_code="A", officer_code="A")),
    # Beside them: Q1 and Q9 of H44.02 and Q2 of H44.102, which the catalogue lists.
    case("the same code at two agencies is two officers", RATED, (0, 3 + 2), received(**CB1),
         on("03-02 10:00", d.DossierReceived, OTHER, procedure_code="1.000001",
            agency_code="H44.02", **CB1), node="H44"),
    case("an officer of two months is one in the quarter", RATED, YES, received(**CB1), rated(),
         on("02-03 10:00", d.DossierReceived, OTHER, procedure_code="1.000001", **CB1),
         period="2026-Q1"),
    case("without codes nobody knows a desk", RATED, NONE, received(), rated()),
    case("a dossier sent on stays with the desk that received it", RATED, (0, 1), received(**Q2),
         on("03-03 09:00", d.DossierTransferred, to_agency_code="H44.02")),
]  # fmt: skip

# Received on 30/3 at 9:00 with two working days: due on 1/4 at 9:00.
LATE = received("03-30 09:00")
OWED_THEN = [
    case("overdue since April it owed nothing in March", OWED, NONE, LATE, **LATER),
    case("in the half year it does", OWED, NO, LATE, period="2026-H1", **LATER),
    case("asked twice and overdue since April it owed nothing in March either", OWED, NONE, LATE,
         on("03-30 10:00", d.DossierSupplementRequested),
         on("03-30 10:10", d.DossierSupplemented),
         on("03-30 10:20", d.DossierSupplementRequested),
         on("03-30 10:30", d.DossierSupplemented), **LATER),
    case("ended late in April it is a late dossier of March", OWED, NO, LATE,
         on("04-03 09:00", d.DossierResolved), **LATER),
]  # fmt: skip
CASES = [*NEVER_PUBLIC, *STANDING, *FEES, *SEATS, *OWED_THEN]


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.sentence)
def test_a_period_says_what_was_so_in_its_own_time(one: Case) -> None:
    assert counted(one) == one.ratio, one.sentence
    assert recounted(one) == one.ratio, one.sentence


def test_no_sentence_of_the_table_stands_twice() -> None:
    assert len({one.sentence for one in CASES}) == len(CASES)
