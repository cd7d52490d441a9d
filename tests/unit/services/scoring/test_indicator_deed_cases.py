"""What was done for a dossier, petitions, procedures and letters: a table to check by hand.

See `indicator_cases` for the calendar. Fifteen working days from Monday 2/3 at 9:00 end on Monday
23/3 at 9:00.
"""

from datetime import date
from typing import Any, Final

import pytest

from shared.events import catalogue as c
from shared.events import dossier as d
from shared.events import petition as p
from shared.events.fields import Channel, ResultDelivery, ServiceLevel

from .indicator_cases import DOSSIER, Case, Said, counted, on, received, recounted

YES, NO, NONE = (1, 1), (0, 1), (0, 0)
DONE, BACK, RATED = d.DossierResolved, d.DossierReturned, d.DossierRated
FEE, PAID, DATA, AGAIN = d.DossierFeeAssessed, d.DossierPaid, d.DossierDigitised, d.DossierReused
ASKED, SENT_ON, ANSWER = p.PetitionSupplementRequested, p.PetitionTransferred, p.PetitionAnswered
SHOWN, LIKED = p.PetitionPublished, p.PetitionRated
ONLINE: Final = received(channel=Channel.ONLINE)
POSTAL: Final = received(channel=Channel.POSTAL)
COUNTER: Final = received()
OTHER: Final = "H44.01-260302-0002"


def case(sentence: str, measure: str, gives: tuple[int, int], *said: Said, **asked: Any) -> Case:
    """A case about one measure."""
    return Case(sentence, said, measure, gives, **asked)


def deed(kind: type[d.DossierEvent], **said: Any) -> Said:
    """Something done for the dossier on the day after its receipt."""
    return on("03-03 09:00", kind, **said)


def petition(when: str, kind: type[p.PetitionEvent] = p.PetitionReceived, **said: Any) -> Said:
    """A fact about the one petition."""
    return on(when, kind, "PA-1", **said)


def offer(kind: type[c.ProcedureEvent], code: str = "1.000001", **said: Any) -> Said:
    """A fact about a procedure of Sở Xây dựng, unless it says another agency."""
    return on("03-02 09:00", kind, code, **said)


FULL, PARTLY = ({"service_level": level} for level in (ServiceLevel.FULL, ServiceLevel.PARTIAL))
LEVEL, PAYABLE = c.ProcedureServiceLevelSet, c.ProcedurePaymentIntegrated
BY_POST, AT_COUNTER = {"delivery": ResultDelivery.POSTAL}, {"delivery": ResultDelivery.COUNTER}
CHANNELS_AND_MONEY = [
    case("a dossier filed online is one", "3.3", YES, ONLINE),
    case("a dossier sent by post is not filed online", "3.3", NO, POSTAL),
    case("a corrected channel counts", "3.3", YES, COUNTER,
         deed(d.DossierCorrected, channel=Channel.ONLINE)),
    case("a fee paid online is", "3.6", YES, COUNTER, deed(FEE, amount_vnd=50_000),
         deed(PAID, amount_vnd=50_000, online=True)),
    case("a fee paid at the counter is not paid online", "3.6", NO, COUNTER,
         deed(FEE, amount_vnd=50_000), deed(PAID, amount_vnd=50_000)),
    case("a fee that nobody paid is not paid online", "3.6", NO, COUNTER,
         deed(FEE, amount_vnd=50_000)),
    case("a fee of 0 đồng is none", "3.6", NONE, COUNTER, deed(FEE, amount_vnd=0)),
    case("one fee above 0 among several is a duty to pay", "3.6", NO, COUNTER,
         deed(FEE, amount_vnd=50_000), deed(FEE, amount_vnd=0)),
    case("whoever paid owed something, though nobody said how much", "3.6", YES, COUNTER,
         deed(PAID, amount_vnd=50_000, online=True)),
    case("a payment through the national gateway is one made online", "3.6", YES, COUNTER,
         deed(PAID, amount_vnd=50_000, national_gateway=True)),
    case("of payments the share made online", "online_payment_transactions", (1, 2), ONLINE,
         deed(PAID, amount_vnd=50_000, online=True),
         received("03-02 10:00")._replace(subject=OTHER),
         on("03-03 09:00", PAID, OTHER, amount_vnd=50_000)),
    case("who files by an own account does it from afar", "remote_online_users", YES,
         received(channel=Channel.ONLINE, own_account=True)),
    case("an own account at the counter is no online user", "remote_online_users", NONE,
         received(own_account=True)),
]  # fmt: skip
DIGITAL = [
    case("a result with a file is an electronic one", "4.1", YES, COUNTER,
         deed(DONE, electronic_result=True)),
    case("a result of which nobody says how it is, is not", "4.1", NO, COUNTER, deed(DONE)),
    case("a result handed over electronically is an electronic one", "4.1", YES, COUNTER,
         deed(BACK, delivery=ResultDelivery.ELECTRONIC)),
    case("a later result that says there is no file takes it back", "4.1", NO, COUNTER,
         deed(DONE, electronic_result=True), on("03-03 10:00", DONE, electronic_result=False)),
    case("a hand-over on paper takes no file away", "4.1", YES, COUNTER,
         deed(DONE, electronic_result=True), deed(BACK, electronic_result=False, **AT_COUNTER)),
    case("papers and result as data, told one by one, are a digitised dossier", "4.2", YES,
         COUNTER, deed(DATA, components=True), on("03-04 09:00", DATA, result=True)),
    case("papers alone are not", "4.2", NO, COUNTER, deed(DATA, components=True)),
    case("data held already and used again are", "4.3", YES, COUNTER,
         deed(AGAIN, digitised_data=True)),
    case("papers from the citizen's own store are no digitised data used again", "4.3", NO,
         COUNTER, deed(AGAIN, personal_storage=True)),
    case("they are papers from the citizen's own store", "4.4", YES, COUNTER,
         deed(AGAIN, personal_storage=True)),
    case("an identified account", "4.5b", YES, received(identified=True)),
    case("a later receipt that says the contrary wins", "4.5b", NO, received(identified=True),
         received("03-02 10:00", identified=False)),
    case("a later receipt that says nothing of it changes nothing", "4.5b", YES,
         received(identified=True), received("03-02 10:00")),
    case("a dossier on the national portal is synced", "1.4", YES, COUNTER,
         deed(d.DossierSynced)),
    case("online to an electronic result, nothing on paper: handled fully online",
         "dossiers_handled_fully_online", YES, ONLINE, deed(DONE, electronic_result=True)),
    case("with a paper over the counter it is not",
         "dossiers_handled_fully_online", NO, ONLINE, deed(DONE, electronic_result=True),
         deed(BACK, **AT_COUNTER)),
]  # fmt: skip
PEOPLE = [
    case("a dossier in time of which nobody complains", "5.4", YES, COUNTER, deed(DONE)),
    case("a late one does not satisfy, whatever its applicant says", "5.4", NO, COUNTER,
         on("03-05 09:00", DONE), on("03-05 10:00", RATED, satisfied=True)),
    case("a dislike is a complaint", "5.4", NO, COUNTER, deed(DONE), deed(RATED, satisfied=False)),
    case("the last rating of several is the applicant's word", "5.4", YES, COUNTER, deed(DONE),
         deed(RATED, satisfied=False), on("03-04 09:00", RATED, satisfied=True)),
    case("a petition about a dossier is a complaint", "5.4", NO, COUNTER, deed(DONE),
         petition("03-04 09:00", dossier_code=DOSSIER)),
    case("a petition from before the receipt is one as well", "5.4", NO, COUNTER, deed(DONE),
         petition("03-01 09:00", dossier_code=DOSSIER)),
    case("a petition about another dossier is not", "5.4", YES, COUNTER, deed(DONE),
         petition("03-04 09:00", dossier_code=OTHER)),
    case("satisfaction is a share of those who were asked", "satisfaction_procedures", YES,
         COUNTER, deed(RATED, satisfied=True), received("03-02 10:00")._replace(subject=OTHER)),
    case("land has a satisfaction of its own", "satisfaction_land_construction_investment", NO,
         COUNTER, deed(RATED, satisfied=False)),
    case("health is not land", "satisfaction_land_construction_investment", NONE,
         received(code="1.000002"), deed(RATED, satisfied=False)),
    case("a field that the source gave stands above the catalogue's",
         "satisfaction_land_construction_investment", NONE, received(field_code="y-te"),
         deed(RATED, satisfied=True)),
    case("what came by post", "dossiers_received_by_bcci", YES, POSTAL),
    case("what goes home by post is by post too", "dossiers_received_and_returned_by_bcci", YES,
         COUNTER, deed(BACK, **BY_POST)),
    case("what is fetched at the counter is not", "dossiers_received_and_returned_by_bcci", NO,
         COUNTER, deed(BACK, **AT_COUNTER)),
]  # fmt: skip
PETITIONS = [
    case("an answer at the last second of the fifteenth working day is in time", "5.2", YES,
         petition("03-02 09:00"), petition("03-23 09:00", ANSWER)),
    case("an answer a minute later is not", "5.2", NO,
         petition("03-02 09:00"), petition("03-23 09:01", ANSWER)),
    case("an open petition is in time until then", "5.2", YES, petition("03-02 09:00"),
         now="03-23 09:00"),
    case("an open petition is late a second later", "5.2", NO, petition("03-02 09:00"),
         now="03-23 09:00:01"),
    case("a petition whose time ran on after the month is in time in its report", "5.2", YES,
         petition("03-30 09:00"), now="04-25 09:00"),
    case("publication stands for an answer that nobody told of", "5.2", YES,
         petition("03-02 09:00"), petition("03-20 09:00", SHOWN)),
    case("asking the sender for more in time is in time", "5.2", YES,
         petition("03-02 09:00"), petition("03-06 09:00", ASKED), petition("03-30 09:00", ANSWER)),
    case("whoever gets it has fifteen days anew", "5.2", YES, petition("03-02 09:00"),
         petition("03-16 09:00", SENT_ON, to_agency_code="H44.02"),
         petition("03-30 09:00", ANSWER), node="H44.02"),
    case("whoever passed it on has not to answer any more", "5.2", NONE, petition("03-02 09:00"),
         petition("03-16 09:00", SENT_ON, to_agency_code="H44.02")),
    case("a refusal before it was passed on does not answer for the next agency", "5.2", NO,
         petition("03-02 09:00"), petition("03-03 09:00", ANSWER, refused=True),
         petition("03-03 10:00", SENT_ON, to_agency_code="H44.02"), node="H44.02",
         now="03-24 10:00:01"),
    case("a petition that was repeated does not satisfy", "5.3", NO,
         petition("03-02 09:00", repeated=True), petition("03-03 09:00", ANSWER)),
    case("more dislikes than likes do not satisfy", "5.3", NO, petition("03-02 09:00"),
         petition("03-03 09:00", ANSWER), petition("03-03 10:00", LIKED, satisfied=False)),
    case("as many likes as dislikes do", "5.3", YES, petition("03-02 09:00"),
         petition("03-03 09:00", ANSWER), petition("03-03 10:00", LIKED, satisfied=False),
         petition("03-03 11:00", LIKED, satisfied=True)),
    case("what was never received is not counted", "5.2", NONE, petition("03-03 09:00", ANSWER)),
]  # fmt: skip


def announced(decided: int, effective: int | None = 30, **said: Any) -> Said:
    """Announced by a decision of a day in March; the law takes effect on Monday 30/3."""
    law = date(2026, 3, effective) if effective else None
    return offer(
        c.ProcedureAnnounced, decided_on=date(2026, 3, decided), law_effective_on=law, **said
    )


def published(day: int, **said: Any) -> Said:
    """Made public on a day in March after a decision of Monday 2/3."""
    decided, shown = date(2026, 3, 2), date(2026, 3, day)
    return offer(c.ProcedurePublished, decided_on=decided, published_on=shown, **said)


PROCEDURES = [
    case("twenty working days before the law: Monday 2/3 is in time", "1.1", YES, announced(2)),
    case("Tuesday 3/3 is too late", "1.1", NO, announced(3)),
    case("a provincial procedure has five: Monday 23/3 is in time", "1.1", YES,
         announced(23, provincial=True)),
    case("a provincial procedure on Tuesday 24/3 is too late", "1.1", NO,
         announced(24, provincial=True)),
    case("without the law's day nobody can call it late", "1.1", YES, announced(30, None)),
    case("one late announcement of two makes a procedure late", "1.1", NO, announced(2),
         announced(3)),
    case("public within ten working days, Monday 16/3", "1.2", YES, published(16)),
    case("public on Tuesday 17/3 is too late", "1.2", NO, published(17)),
    case("a provincial one has five, until Monday 9/3", "1.2", NO, published(10, provincial=True)),
    case("a public text with all its parts", "1.3", YES, published(16, content_full=True)),
    case("a text that lost a part", "1.3", NO, published(16, content_full=True),
         offer(c.ProcedureUpdated, content_full=False)),
    case("partly online is online", "3.1", YES, offer(LEVEL, **PARTLY)),
    case("announced and no more is not online", "3.1", NO, announced(2)),
    case("a procedure that ended is not in force", "3.1", NONE, offer(LEVEL, **FULL),
         offer(c.ProcedureRetired)),
    case("saying that an ended one is payable does not revive it", "3.1", NONE, announced(2),
         offer(c.ProcedureRetired), offer(PAYABLE, integrated=False)),
    case("announcing it anew does", "3.1", NO, offer(c.ProcedureRetired), announced(2)),
    case("one procedure at two agencies is one", "3.1", YES, offer(LEVEL, **FULL),
         offer(LEVEL, agency_code="H44.02", **PARTLY), node="H44"),
    case("with its local ending it is the same procedure", "3.1", YES, offer(LEVEL, **FULL),
         offer(LEVEL, "1.000001.000.00.00.H44", **PARTLY)),
    case("an online procedure with an online dossier", "3.2", YES, offer(LEVEL, **FULL), ONLINE),
    case("an online procedure with dossiers at the counter only", "3.2", NO,
         offer(LEVEL, **FULL), COUNTER),
    case("a fee that can be paid online", "3.5a", YES, offer(PAYABLE)),
    case("a fee that no longer can", "3.5a", NO, offer(PAYABLE), offer(PAYABLE, integrated=False)),
    case("without a fee there is nothing to pay", "3.5a", NONE, offer(PAYABLE, has_fee=False)),
    case("a fee that somebody paid online", "3.5b", YES, offer(PAYABLE), COUNTER,
         deed(PAID, amount_vnd=5_000, online=True)),
    case("of those that could be fully online, one is", "fully_online_services_offered", (1, 2),
         announced(2, eligible_full_online=True), offer(LEVEL, **FULL),
         offer(c.ProcedureAnnounced, "1.000002", decided_on=date(2026, 3, 2),
               eligible_full_online=True), offer(LEVEL, "1.000002", **PARTLY)),
    case("a procedure of which one result became data", "procedures_with_digitised_results", YES,
         COUNTER, deed(DATA, result=True)),
    case("a procedure is used where its dossier is handled now", "bcci_procedures_with_dossiers",
         YES, POSTAL, deed(d.DossierTransferred, to_agency_code="H44.02"), node="H44.02"),
    case("and no longer where the dossier was received", "bcci_procedures_with_dossiers", NONE,
         POSTAL, deed(d.DossierTransferred, to_agency_code="H44.02")),
    case("a procedure of which one dossier came by post", "bcci_procedures_with_dossiers", YES,
         COUNTER, received("03-02 10:00", channel=Channel.POSTAL)._replace(subject=OTHER)),
]  # fmt: skip
COPY, LETTER = c.DocumentCertifiedCopyIssued, c.DocumentProcessed
LETTERS = [
    case("letters handled on the network", "documents_processed_on_network", (1, 2),
         on("03-02 09:00", LETTER, "VB-1", on_network=True),
         on("03-02 09:00", LETTER, "VB-2", on_network=False)),
    case("electronic copies among the copies", "electronic_certified_copies", (1, 2),
         on("03-02 09:00", COPY, "CT-1", electronic=True),
         on("03-02 09:00", COPY, "CT-2", electronic=False)),
    case("of two communes one issues electronic copies", "4.6", (1, 2),
         on("03-02 09:00", COPY, "CT-1", electronic=True, agency_code="H44.101"), node="H44"),
    case("a copy of a commune's office is the commune's", "4.6", (1, 2),
         on("03-02 09:00", COPY, "CT-1", electronic=True, agency_code="H44.101.05"), node="H44"),
    case("where communes certify on paper only none issues electronic ones", "4.6", (0, 2),
         on("03-02 09:00", COPY, "CT-1", electronic=False, agency_code="H44.101"), node="H44"),
    case("a commune itself is not judged by its communes", "4.6", NONE,
         on("03-02 09:00", COPY, "CT-1", electronic=True, agency_code="H44.101"), node="H44.101"),
    case("where nobody told of copies nothing is known", "4.6", NONE, COUNTER, node="H44"),
]  # fmt: skip
CASES = [*CHANNELS_AND_MONEY, *DIGITAL, *PEOPLE, *PETITIONS, *PROCEDURES, *LETTERS]


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.sentence)
def test_what_was_done_counts_as_the_table_says(one: Case) -> None:
    assert counted(one) == one.ratio
    assert recounted(one) == one.ratio


def test_no_sentence_of_the_table_stands_twice() -> None:
    assert len({one.sentence for one in CASES}) == len(CASES)
