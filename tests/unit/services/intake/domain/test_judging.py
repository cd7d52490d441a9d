"""What may become a fact: both sides of every limit."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.judging import (
    Fault,
    Judgement,
    NoticeCode,
    Rules,
    is_dossier_code,
    judgement,
    sharpened,
)
from shared.calendar import load_calendar
from shared.catalogue.model import Agency, Catalogue, Field, Level, Procedure
from shared.errors import InvalidFact, RejectReason
from shared.events import catalogue as catalogue_events
from shared.events import dossier, petition, postal
from shared.events.envelope import Fact, fact
from shared.events.fields import Event, Leg

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)  # Wednesday, 10:00 in Việt Nam
CODE = "H99.12-20260302-0000001"
CATALOGUE = Catalogue(
    agencies=(
        Agency(code="H99.12", name="Sở Mẫu", short_name="Sở Mẫu", level=Level.DEPARTMENT),
        Agency(code="H99.55", name="Huyện Cũ", short_name="Huyện Cũ", level=Level.DISTRICT),
        Agency(
            code="H99.60", name="Xã Mới", short_name="Xã Mới", level=Level.COMMUNE,
            valid_from=date(2026, 3, 1), valid_to=date(2026, 4, 1),
        ),
    ),
    fields=(Field(code="TP", name="Tư pháp"),),
    procedures=(Procedure(code="1.004194", name="Mẫu", field="TP"),),
)  # fmt: skip
RULES = Rules(
    catalogue=CATALOGUE,
    calendar=load_calendar(),
    accepted_nouns=frozenset({"dossier", "petition", "procedure"}),
)


def received(**more: Any) -> dossier.DossierReceived:
    given = {"agency_code": "H99.12", "procedure_code": "1.004194", **more}
    return dossier.DossierReceived(**given)


def said(event: Event, *, at: datetime = NOW - timedelta(hours=1), subject: str = CODE) -> Fact:
    return fact(event, id="1", source="mcdt-tinh", subject=subject, time=at)


def judged(one: Fact, pattern: str | None = None) -> Judgement:
    own = re.compile(pattern) if pattern else None
    return judgement(one, dossier_pattern=own, now=NOW, rules=RULES)


def reason(one: Fact, pattern: str | None = None) -> RejectReason | None:
    fault = judged(one, pattern).fault
    return fault.reason if fault else None


def test_a_received_dossier_of_a_known_agency_passes_without_a_remark() -> None:
    assert judged(said(received(due_on=date(2026, 3, 6)))) == Judgement()


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("000.00.18.H02-240412-0001", True),
        ("G09.20-20260609-0092637", True),
        ("H44-260302-0001", True),
        ("H44.01.02.003-20260302-1234567", True),
        ("G09.20-20260230-0092637", False),  # no thirtieth of February
        ("000.00.18.H02-241301-0001", False),  # no thirteenth month
        ("000.00.18.H02-240229-0001", True),  # a leap day
        ("000.00.18.H02-230229-0001", False),
        ("G09.20-18260609-0092637", False),  # not in this century
        ("G09.20-20260609-123", False),
        ("G09.20-20260609-12345678", False),
        ("g09.20-20260609-0092637", False),
        ("G09.20-20260609-0092637\n", False),
        ("G09.20-२०२६०६०९-0092637", False),
        ("", False),
    ],
)
def test_a_dossier_code_has_one_of_two_forms_with_a_real_date(code: str, *, fits: bool) -> None:
    assert is_dossier_code(code, None) is fits


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 9_999_999))
def test_every_day_of_the_century_makes_a_dossier_code(day: date, number: int) -> None:
    assert is_dossier_code(f"H44.08-{day:%Y%m%d}-{number:07}", None)
    assert is_dossier_code(f"000.00.18.H02-{day:%y%m%d}-{number % 10_000:04}", None)


@given(st.text(max_size=90))
def test_any_text_is_judged_as_a_dossier_code_without_an_error(text: str) -> None:
    assert is_dossier_code(text, None) in {True, False}


def test_the_publishers_own_pattern_wins() -> None:
    assert reason(said(received(), subject="case-10011"), r"case-\d{1,8}") is None
    assert reason(said(received()), r"case-\d{1,8}") is RejectReason.INVALID_DOSSIER_CODE
    assert reason(said(received(), subject="case-10011")) is RejectReason.INVALID_DOSSIER_CODE


def test_a_petition_has_a_code_of_its_own() -> None:
    assert reason(said(petition.PetitionReceived(agency_code="H99.12"), subject="PAKN-1")) is None


def test_a_procedure_is_named_by_its_code() -> None:
    retired = catalogue_events.ProcedureRetired(agency_code="H99.12")

    assert reason(said(retired, subject="1.004194")) is None
    assert reason(said(retired, subject="PAKN-1")) is RejectReason.INVALID_PROCEDURE_CODE


def test_another_services_noun_is_not_accepted() -> None:
    lost = postal.PostalLost(agency_code="H99.12", leg=Leg.RETURN)

    assert reason(said(lost)) is RejectReason.TYPE_NOT_ACCEPTED


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (NOW + timedelta(minutes=5), None),
        (NOW + timedelta(minutes=5, microseconds=1), RejectReason.TIME_IN_FUTURE),
        (datetime(2000, 1, 1, tzinfo=UTC), None),
        (datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC), RejectReason.TIME_TOO_OLD),
    ],
)
def test_time_lies_between_the_year_2000_and_the_tolerance(
    at: datetime, why: RejectReason | None
) -> None:
    assert reason(said(dossier.DossierSynced(agency_code="H99.12"), at=at)) is why


@given(st.datetimes(datetime(1901, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - the strategy wants bounds without a zone
def test_every_instant_in_the_data_is_judged_without_an_error(at: datetime) -> None:
    corrected = dossier.DossierCorrected(agency_code="H99.12", received_at=at, due_at=at)

    assert reason(said(corrected)) in {None, RejectReason.INVALID_FIELD}


def test_a_day_that_no_calendar_reckons_with_is_refused() -> None:
    far = said(received(due_on=date(2150, 12, 31)))

    assert judged(far).fault == Fault(
        RejectReason.INVALID_FIELD, "data.due_on: out of range", "data.due_on"
    )


@pytest.mark.parametrize(
    ("due", "why"),
    [
        ({"due_at": NOW - timedelta(hours=1)}, None),  # at the very instant of the receipt
        ({"due_at": NOW - timedelta(hours=1, seconds=1)}, RejectReason.DUE_BEFORE_RECEIVED),
        ({"due_on": date(2026, 3, 4)}, None),  # the same civil day
        ({"due_on": date(2026, 3, 3)}, RejectReason.DUE_BEFORE_RECEIVED),
    ],
)
def test_a_dossier_is_due_after_it_was_received(
    due: dict[str, Any], why: RejectReason | None
) -> None:
    assert reason(said(received(**due))) is why


def test_a_correction_may_not_make_a_dossier_due_before_its_receipt() -> None:
    wrong = dossier.DossierCorrected(agency_code="H99.12", received_at=NOW, due_on=date(2026, 3, 3))

    assert reason(said(wrong)) is RejectReason.DUE_BEFORE_RECEIVED


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (datetime(2025, 6, 30, 16, 59, tzinfo=UTC), None),  # 30/06, 23:59 in Việt Nam
        (datetime(2025, 6, 30, 17, 0, tzinfo=UTC), RejectReason.DISTRICT_CLOSED),  # 01/07, 00:00
    ],
)
def test_a_district_receives_nothing_from_july_2025_on(
    at: datetime, why: RejectReason | None
) -> None:
    event = received(agency_code="H99.55")

    assert reason(said(event, at=at, subject="H99.55-20250630-0000001")) is why


def test_a_closed_district_may_still_end_what_it_received() -> None:
    resolved = dossier.DossierResolved(agency_code="H99.55")

    assert reason(said(resolved)) is None


def test_an_unknown_agency_or_procedure_is_accepted_and_remarked() -> None:
    verdict = judged(said(received(agency_code="H99.77", procedure_code="9.999999")))

    assert verdict.fault is None
    assert [(n.code, n.field) for n in verdict.notices] == [
        (NoticeCode.UNKNOWN_AGENCY, "data.agency_code"),
        (NoticeCode.UNKNOWN_PROCEDURE, "data.procedure_code"),
    ]


def test_a_procedure_is_known_also_with_its_local_suffix() -> None:
    assert judged(said(received(procedure_code="1.004194.000.00.00.H02"))).notices == ()


@pytest.mark.parametrize(
    ("at", "known"),
    [
        (datetime(2026, 2, 28, 16, 59, tzinfo=UTC), False),
        (datetime(2026, 2, 28, 17, 0, tzinfo=UTC), True),  # 01/03 in Việt Nam
    ],
)
def test_an_agency_is_known_from_its_first_day(at: datetime, *, known: bool) -> None:
    notices = judged(said(received(agency_code="H99.60"), at=at)).notices

    assert (notices == ()) is known


def test_a_due_date_on_a_day_off_is_kept_and_remarked() -> None:
    saturday = judged(said(received(due_on=date(2026, 3, 7))))
    friday = judged(said(received(due_on=date(2026, 3, 6))))

    assert [notice.code for notice in saturday.notices] == [NoticeCode.DUE_ON_DAY_OFF]
    assert friday.notices == ()


def test_a_malformed_code_is_told_from_any_other_malformed_field() -> None:
    code = InvalidFact(RejectReason.INVALID_FIELD, "x", field="data.procedure_code")
    subject = InvalidFact(RejectReason.INVALID_FIELD, "x", field="subject")

    assert sharpened(code, b"").reason is RejectReason.INVALID_PROCEDURE_CODE
    assert sharpened(subject, b'"dossier.received.v1"').reason is RejectReason.INVALID_DOSSIER_CODE
    assert sharpened(subject, b'"petition.rated.v1"').reason is RejectReason.INVALID_FIELD
