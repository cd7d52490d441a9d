"""How one dossier is judged: a table that a clerk can check by hand (see `indicator_cases`)."""

from datetime import date
from typing import Any, Final

import pytest

from shared.events import dossier as d

from .builders import at
from .indicator_cases import DOSSIER, Case, Said, counted, on, received, recounted

ASK, SENT = d.DossierSupplementRequested, d.DossierSupplemented
PAY_FIRST, HOLD, GO_ON = d.DossierFinancialDutyRequested, d.DossierSuspended, d.DossierResumed
DONE, BACK = d.DossierResolved, d.DossierReturned
MOVED, PASSED_ON = d.DossierExtended, d.DossierTransferred
SORRY, BECAUSE = d.DossierApologised, d.DossierExplained
NOBODY_KNOWS: Final = "1.999999"
SHORT: Final = "1.000002"
YES, NO, NONE = (1, 1), (0, 1), (0, 0)


def due_on(month: int, day: int) -> Any:
    """A due date as the receipt says it."""
    return {"due_on": date(2026, month, day)}


TWICE: Final = (on("03-02 10:00", ASK), on("03-02 11:00", SENT), on("03-02 14:00", ASK))
LATE: Final = (received(), on("03-05 09:00", DONE))


def case(sentence: str, *said: Said, gives: tuple[int, int], **asked: Any) -> Case:
    """A case about 2.1, unless it asks for another measure."""
    return Case(sentence, said, asked.pop("measure", "2.1"), gives, **asked)


FINISHED = [
    case("a result a day before the due time is on time",
         received(), on("03-03 16:00", DONE), gives=YES),
    case("a result at the due second is on time", received(), on("03-04 09:00", DONE), gives=YES),
    case("a result a thousandth of a second after the due second is late",
         received(), on("03-04 09:00:00.001", DONE), gives=NO),
    case("four working hours from Monday 9:00 last until 14:30, after the noon break",
         received(code=SHORT), on("03-02 14:30", DONE), gives=YES),
    case("a minute later they are over",
         received(code=SHORT), on("03-02 14:31", DONE), gives=NO),
    case("a limit from Friday noon goes on on Monday",
         received("03-06 11:30", SHORT), on("03-06 17:00", DONE), gives=YES),
    case("a limit from Friday 16:00 ends on Monday at 10:30",
         received("03-06 16:00", SHORT), on("03-09 10:30", DONE), gives=YES),
    case("a limit from Friday 16:00 is over on Monday at 10:31",
         received("03-06 16:00", SHORT), on("03-09 10:31", DONE), gives=NO),
    case("a due date lasts until that working day ends",
         received(**due_on(3, 5)), on("03-05 17:00", DONE), gives=YES),
    case("a minute after the working day of the due date it is late",
         received(**due_on(3, 5)), on("03-05 17:01", DONE), gives=NO),
    case("a due time at midnight is a due date, and lasts until that working day ends",
         received(due_at=at("2026-03-05 00:00")), on("03-05 16:59", DONE), gives=YES),
    case("a due time that the source gave stands above the catalogue's limit",
         received(due_at=at("2026-03-03 10:00")), on("03-03 10:01", DONE), gives=NO),
    case("the limit of the receipt stands above the catalogue's",
         received(limit_working_hours=8), on("03-03 09:01", DONE), gives=NO),
    case("a return stands for the result where nobody told of one",
         received(), on("03-04 08:00", BACK), gives=YES),
    case("the result decides, not the return after it",
         received(), on("03-04 08:00", DONE), on("03-10 08:00", BACK), gives=YES),
    case("the result decides, even where the return came first",
         received(), on("03-03 08:00", BACK), on("03-05 08:00", DONE), gives=NO),
    case("work that was stopped in time is on time",
         received(), on("03-03 08:00", d.DossierStopped), gives=YES),
    case("a dossier that was taken back after its due time is late",
         received(), on("03-04 10:00", d.DossierWithdrawn), gives=NO),
    case("a refusal after receipt ends a dossier",
         received(), on("03-03 08:00", d.DossierRejected), gives=YES),
    case("a dossier that was refused at the desk was never received",
         on("03-02 08:00", d.DossierSubmitted), on("03-02 09:00", d.DossierRejected), gives=NONE),
    case("a refusal before receipt ends nothing",
         on("03-02 08:00", d.DossierRejected), received(), gives=NONE, measure="dossiers_on_time"),
    case("without a due time and a limit nobody can call a result on time",
         received(code=NOBODY_KNOWS), on("03-02 09:30", DONE), gives=NO),
    case("a dossier that was only handed in counts nowhere",
         on("03-02 08:00", d.DossierSubmitted), gives=NONE),
]  # fmt: skip
OPEN = [
    case("an open dossier is on time at its due second", received(), gives=YES, now="03-04 09:00"),
    case("an open dossier is late a second later", received(), gives=NO, now="03-04 09:00:01"),
    case("without a due time and a limit nobody can call an open dossier on time",
         received(code=NOBODY_KNOWS), gives=NO, now="03-02 09:30"),
    case("a dossier that waits for papers was on time when it was asked for them",
         received(), on("03-03 09:00", ASK), gives=YES),
    case("a dossier that waits for papers with its due date behind it is judged by the asking",
         received(**due_on(3, 5)), on("03-05 16:00", ASK), gives=YES),
    case("a dossier that was asked for papers after its due date is late, though it waits",
         received(**due_on(3, 5)), on("03-06 08:00", ASK), gives=NO),
    case("a dossier that waits for a tax is judged by when it began to wait",
         received(**due_on(3, 5)), on("03-05 16:00", PAY_FIRST), gives=YES),
    case("a dossier whose work was suspended is judged by when it was",
         received(**due_on(3, 5)), on("03-09 16:00", HOLD), gives=NO),
    case("of two reasons to wait the earlier one judges",
         received(**due_on(3, 5)), on("03-03 08:00", HOLD), on("03-06 08:00", ASK), gives=YES),
    case("a dossier that works again is judged by now",
         received(**due_on(3, 5)), on("03-03 08:00", HOLD), on("03-04 08:00", GO_ON), gives=NO),
    case("work that goes on with a new date is judged by that date",
         received(**due_on(3, 5)), on("03-03 08:00", HOLD),
         on("03-30 08:00", GO_ON, **due_on(4, 2)), gives=YES),
]  # fmt: skip
PAUSED = [
    case("time of waiting for papers is deducted: eight hours were left on Monday",
         received(), on("03-03 09:00", ASK), on("03-09 09:00", SENT), on("03-10 09:00", DONE),
         gives=YES),
    case("a minute after the deducted time it is late",
         received(), on("03-03 09:00", ASK), on("03-09 09:00", SENT), on("03-10 09:01", DONE),
         gives=NO),
    case("time of waiting for a tax is deducted",
         received(), on("03-03 09:00", PAY_FIRST), on("03-09 09:00", GO_ON),
         on("03-10 09:00", DONE), gives=YES),
    case("waiting over a weekend only costs nobody anything",
         received("03-06 16:00", SHORT), on("03-06 17:00", ASK), on("03-09 07:30", SENT),
         on("03-09 10:30", DONE), gives=YES),
    case("a decided date does not move because papers were asked for",
         received(**due_on(3, 5)), on("03-03 09:00", ASK), on("03-09 09:00", SENT),
         on("03-09 10:00", DONE), gives=NO),
    case("papers that came with a new date move it",
         received(**due_on(3, 5)), on("03-03 09:00", ASK),
         on("03-09 09:00", SENT, **due_on(3, 12)), on("03-12 10:00", DONE), gives=YES),
    case("a dossier asked for papers twice is late, however soon its result came",
         received(), *TWICE, on("03-02 15:00", SENT), on("03-02 16:00", DONE), gives=NO),
    case("a dossier asked for papers twice is late while it waits", received(), *TWICE, gives=NO),
    case("asking again before the papers came is the same request",
         received(), on("03-02 10:00", ASK), on("03-02 11:00", ASK), gives=YES),
    case("what was asked before receipt is not asked twice by asking after it",
         on("03-01 10:00", ASK), received(), on("03-02 10:00", ASK), gives=YES),
    case("a request after the result asks for nothing",
         received(), on("03-02 10:00", ASK), on("03-02 11:00", SENT), on("03-02 14:00", DONE),
         on("03-02 15:00", ASK), gives=YES),
    case("being held up by a tax after papers were asked for is no second request",
         received(), on("03-02 10:00", ASK), on("03-02 11:00", SENT), on("03-02 14:00", PAY_FIRST),
         gives=YES),
    case("a dossier asked for papers twice still ended on time by the clock of the plans",
         received(), *TWICE, on("03-02 15:00", SENT), on("03-02 16:00", DONE), gives=YES,
         measure="dossiers_on_time"),
]  # fmt: skip
MOVED_OR_VOID = [
    case("a new date given in time is the one that counts",
         received(**due_on(3, 5)), on("03-04 09:00", MOVED, **due_on(3, 10)),
         on("03-10 09:00", DONE), gives=YES),
    case("a second new date is accepted as well",
         received(**due_on(3, 5)), on("03-04 09:00", MOVED, **due_on(3, 10)),
         on("03-10 09:00", MOVED, **due_on(3, 20)), on("03-19 09:00", DONE), gives=YES),
    case("a new date may be an earlier one",
         received(**due_on(3, 20)), on("03-04 09:00", MOVED, **due_on(3, 10)),
         on("03-12 09:00", DONE), gives=NO),
    case("a dossier recorded by mistake counts nowhere",
         *LATE, on("03-06 09:00", d.DossierCorrected, void=True), gives=NONE),
    case("a corrected due date judges in place of the wrong one",
         *LATE, on("03-06 09:00", d.DossierCorrected, **due_on(3, 9)), gives=YES),
    case("a corrected procedure brings its own limit",
         received(), on("03-03 09:00", DONE),
         on("03-03 10:00", d.DossierCorrected, procedure_code=SHORT), gives=NO),
    case("a corrected day of receipt moves a dossier to its month",
         *LATE, on("03-06 09:00", d.DossierCorrected, received_at=at("2026-02-27 09:00")),
         gives=NO, period="2026-02"),
    case("a dossier passed on is judged where it is handled now",
         received(), on("03-03 09:00", PASSED_ON, to_agency_code="H44.02"), gives=NO,
         node="H44.02"),
    case("a dossier passed on is not judged where it was received",
         received(), on("03-03 09:00", PASSED_ON, to_agency_code="H44.02"), gives=NONE),
    case("the province judges it once, wherever it is",
         received(), on("03-03 09:00", PASSED_ON, to_agency_code="H44.02"), gives=NO, node="H44"),
    case("passing on a finished dossier moves nothing",
         *LATE, on("03-06 09:00", PASSED_ON, to_agency_code="H44.02"), gives=NO),
    case("a desk counts where the catalogue puts it, not where its dots do",
         received(agency_code="H44.01.03"), gives=NO, node="H44.02"),
    case("an office that the catalogue lacks counts where its dots put it",
         received(agency_code="H44.101.05"), gives=NO, node="H44.101"),
    case("a stranger's dossiers are not the province's",
         received(agency_code="G09.20"), gives=NONE, node="H44"),
]  # fmt: skip
MONTHS = [
    case("the last second of March is March", received("03-31 23:59:59"), gives=YES,
         now="04-01 08:00"),
    case("midnight is April", received("04-01 00:00"), gives=NONE, now="04-01 08:00"),
    case("a dossier that was due after a month's end is on time in that month's report",
         received("03-30 09:00"), gives=YES, now="04-10 09:00"),
    case("the same dossier is late in the year, which has not ended",
         received("03-30 09:00"), gives=NO, now="04-10 09:00", period="2026"),
    case("the same dossier is on time in the quarter, which has ended",
         received("03-30 09:00"), gives=YES, now="04-10 09:00", period="2026-Q1"),
    case("a dossier that was due within the month is late in its report",
         received(), gives=NO, now="04-10 09:00"),
    case("once it has ended too late it is late in its month's report as well",
         received("03-30 09:00"), on("04-03 09:00", DONE), gives=NO, now="04-10 09:00"),
    case("one that was asked for papers only after its due date was on time when the month ended",
         received("03-30 09:00", **due_on(4, 2)), on("04-07 09:00", ASK), gives=YES,
         now="04-10 09:00"),
    case("in the year, which has not ended, it is late",
         received("03-30 09:00", **due_on(4, 2)), on("04-07 09:00", ASK), gives=NO,
         now="04-10 09:00", period="2026"),
    case("asked for papers twice it is late in an ended month as well",
         received("03-30 09:00", **due_on(4, 2)), on("03-30 10:00", ASK), on("03-30 11:00", SENT),
         on("03-30 14:00", ASK), on("03-30 15:00", SENT), gives=NO, now="04-10 09:00"),
    case("a result counts for the plans in the month in which it came",
         received("03-31 09:00"), on("04-01 09:00", DONE), gives=YES, now="04-10 09:00",
         period="2026-04", measure="dossiers_on_time"),
    case("and not in the month of receipt",
         received("03-31 09:00"), on("04-01 09:00", DONE), gives=NONE, now="04-10 09:00",
         measure="dossiers_on_time"),
]  # fmt: skip
EARLY = [
    case("a result on the civil day before the due day is early",
         received(), on("03-03 17:00", DONE), gives=YES, measure="dossiers_early"),
    case("a result on the due day is not early", received(), on("03-04 07:30", DONE), gives=NO,
         measure="dossiers_early"),
    case("a limit of less than a working day knows no early",
         received("03-06 16:00", SHORT), on("03-06 16:30", DONE), gives=NO,
         measure="dossiers_early"),
    case("early ones are a share of all that ended, also of those without a due time",
         received(code=NOBODY_KNOWS), on("03-02 10:00", DONE), gives=NO,
         measure="dossiers_early"),
]  # fmt: skip
DUTIES = [
    case("a late dossier owes an explanation and an apology", *LATE, gives=NO),
    case("with both it owes nothing", *LATE, on("03-06 09:00", BECAUSE), on("03-06 10:00", SORRY),
         gives=YES),
    case("an explanation alone is not enough", *LATE, on("03-06 09:00", BECAUSE), gives=NO),
    case("a letter from before it was late does not answer for it",
         received(), on("03-03 09:00", BECAUSE), on("03-03 09:00", SORRY), on("03-05 09:00", DONE),
         gives=NO),
    case("a dossier in time owes nothing", received(), on("03-03 09:00", DONE), gives=NONE),
    case("an overdue dossier owes them before it ends", received(), gives=NO, now="03-04 09:00:01"),
    case("a new date after the due date does not undo that it was late",
         received(), on("03-05 09:00", MOVED, **due_on(3, 10)), on("03-09 09:00", DONE), gives=NO),
    case("a new date before the due date leaves nothing owed",
         received(), on("03-03 09:00", MOVED, **due_on(3, 10)), on("03-09 09:00", DONE),
         gives=NONE),
]  # fmt: skip
CASES = [*FINISHED, *OPEN, *PAUSED, *MOVED_OR_VOID, *MONTHS, *EARLY] + [
    one._replace(measure="late_dossiers_explained_and_apologised") for one in DUTIES
]


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.sentence)
def test_a_dossier_is_judged_as_the_table_says(one: Case) -> None:
    assert counted(one) == one.ratio
    assert recounted(one) == one.ratio


def test_no_sentence_of_the_table_stands_twice() -> None:
    assert len({one.sentence for one in CASES}) == len(CASES)
    assert all(said.subject == DOSSIER for one in CASES for said in one.said)
