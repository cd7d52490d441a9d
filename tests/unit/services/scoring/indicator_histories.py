"""Histories of everything that feeds indicators, in a small province, and scoring over them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from shared.catalogue.model import Agency, Catalogue, Field, Level, Procedure
from shared.events import catalogue as c
from shared.events import dossier as d
from shared.events import petition as p
from shared.events.envelope import Fact
from shared.events.fields import Channel, Event, PetitionAbout, ResultDelivery, ServiceLevel
from tests.support.recount_subjects import Province

from .builders import told

START = datetime(2026, 3, 16, 1, tzinfo=UTC)  # Monday 08:00 in Viet Nam; a quarter ends in it
DAYS = 30
DOSSIERS = ("H44.01-260316-0001", "H44.01-260316-0002", "H44.02-260316-0003")
PETITIONS = ("PA-1", "PA-2")
LETTERS, COPIES = ("VB-1", "VB-2"), ("CT-1", "CT-2")
PROCEDURES = ("1.000001", "1.000001.000.00.00.H44", "1.000002", "1.999999")
# Two departments; a desk whose catalogue parent is not what its dots say; two communes; an office
# of a commune and a stranger that the catalogue lacks.
# A district that a commune took over; its own numbers stay, and are the commune's as well.
CLOSED, SUCCESSOR = "H44.90", "H44.101"
AGENCIES = (CLOSED, "H44.01", "H44.02", "H44.01.03", "H44.101", "H44.102", "H44.101.05", "G09.20")
CATALOGUE = Catalogue(
    province="H44",
    agencies=(
        Agency(code="H44", name="Tỉnh Ví Dụ", short_name="Tỉnh", level=Level.PROVINCE),
        *(
            Agency(code=code, name=code, short_name=code, level=level, parent=parent, desks=desks)
            for code, level, parent, desks in (
                ("H44.01", Level.DEPARTMENT, "H44", ()),
                ("H44.02", Level.DEPARTMENT, "H44", ("Q1", "Q9")),  # nobody names Q9
                ("H44.01.03", Level.DEPARTMENT, "H44.02", ()),
                ("H44.101", Level.COMMUNE, "H44", ()),
                ("H44.102", Level.COMMUNE, "H44", ("Q2",)),
            )
        ),
        Agency(
            code=CLOSED,
            name="Huyện cũ",
            short_name="Huyện",
            level=Level.DISTRICT,
            parent="H44",
            valid_to=date(2025, 7, 1),
            successor=SUCCESSOR,
            desks=("Q7",),  # ended with its agency
        ),
    ),
    fields=(Field(code="dat-dai", name="Đất đai"), Field(code="y-te", name="Y tế")),
    procedures=(
        Procedure(code="1.000001", name="Đăng ký", field="dat-dai", limit_working_hours=16),
        Procedure(
            code="1.000002", name="Xác nhận", field="y-te", limit_working_hours=4, has_fee=True
        ),
    ),
)


def province_of(catalogue: Catalogue) -> Province:
    """What the recount may know of a catalogue today, in plain words (D22)."""
    return Province(
        root=catalogue.province or "",
        parent={one.code: one.successor or one.parent for one in catalogue.agencies},
        level={one.code: one.level.value for one in catalogue.agencies if not one.successor},
        procedures={one.code: (one.field, one.limit_working_hours) for one in catalogue.procedures},
        field_names={one.code: one.name for one in catalogue.fields},
        with_fee=frozenset(one.code for one in catalogue.procedures if one.has_fee),
        desks=frozenset(
            (one.code, desk)
            for one in catalogue.agencies
            if not one.successor
            for desk in one.desks
        ),
    )


# ------------------------------------------------------------------------------ what happens

INSTANTS = st.one_of(
    # Quarters of an hour meet openings, closings and due times; a few fall beside them.
    st.builds(
        lambda quarter, beside: START + timedelta(minutes=15 * quarter, milliseconds=beside),
        st.integers(0, DAYS * 96),
        st.sampled_from([0, 0, 0, 1, 999, 1000]),
    ),
    st.builds(  # the midnight between two quarters
        lambda beside: datetime(2026, 3, 31, 17, tzinfo=UTC) + timedelta(milliseconds=beside),
        st.sampled_from([-1000, -1, 0, 1]),
    ),
)
CIVIL_DAYS = INSTANTS.map(lambda at: at.date())
AGENCY = st.sampled_from(AGENCIES)
DUE = st.one_of(
    st.just({}),
    st.builds(lambda at: {"due_at": at}, INSTANTS),
    st.builds(lambda on: {"due_on": on}, CIVIL_DAYS),
)
MAYBE = st.sampled_from([None, True, False])


def _event(kind: type[Event], **said: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"agency_code": AGENCY, **said}).map(lambda known: kind(**known))


def _dated(kind: type[Event], **said: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    known = st.fixed_dictionaries({"agency_code": AGENCY, **said})
    return st.builds(lambda one, due: kind(**one, **due), known, DUE)


SEATS = {
    "desk_code": st.sampled_from([None, "Q1", "Q2"]),
    "officer_code": st.sampled_from([None, "CB-1", "CB-2"]),
}
PROCEDURE = st.sampled_from(PROCEDURES)
FIELD = st.sampled_from([None, "y-te", "dat-dai", "la"])
RECEIVED = _dated(
    d.DossierReceived, procedure_code=PROCEDURE, field_code=FIELD,
    channel=st.sampled_from(Channel), limit_working_hours=st.sampled_from([None, 8, 20]),
    identified=MAYBE, own_account=MAYBE, **SEATS,
)  # fmt: skip
CORRECTED = _dated(
    d.DossierCorrected, received_at=st.none() | INSTANTS,
    procedure_code=st.sampled_from([None, *PROCEDURES]), field_code=FIELD,
    channel=st.sampled_from([None, *Channel]), void=st.sampled_from([False] * 5 + [True]),
)  # fmt: skip
MONEY = st.sampled_from([0, 5_000, 200_000])
DELIVERY = st.sampled_from([None, *ResultDelivery])
FLAG = st.booleans()
COURSE = st.one_of(
    RECEIVED, RECEIVED, CORRECTED,
    _event(d.DossierTransferred, to_agency_code=AGENCY),
    *[_dated(one) for one in (d.DossierSupplemented, d.DossierResumed, d.DossierExtended)],
    *[_event(one) for one in (
        d.DossierSubmitted, d.DossierSupplementRequested, d.DossierSupplementRequested,
        d.DossierFinancialDutyRequested, d.DossierSuspended, d.DossierStopped, d.DossierRejected,
        d.DossierWithdrawn, d.DossierExplained, d.DossierApologised,
    )],
    _event(d.DossierResolved, electronic_result=MAYBE),
    _event(d.DossierReturned, electronic_result=MAYBE, delivery=DELIVERY),
)  # fmt: skip
DEEDS = st.one_of(
    _event(d.DossierDigitised, components=FLAG, result=FLAG),
    _event(d.DossierReused, digitised_data=FLAG, personal_storage=FLAG, population_data=FLAG),
    _event(d.DossierFeeAssessed, amount_vnd=MONEY),
    _event(d.DossierPaid, amount_vnd=MONEY, online=FLAG, national_gateway=FLAG),
    _event(d.DossierRated, satisfied=FLAG, **SEATS),
    _event(d.DossierSynced),
)
PETITION_RECEIVED = _event(
    p.PetitionReceived, repeated=FLAG, dossier_code=st.sampled_from([None, *DOSSIERS]),
    about=st.sampled_from(PetitionAbout),
)  # fmt: skip
PETITIONED = st.one_of(
    PETITION_RECEIVED,
    _event(p.PetitionTransferred, to_agency_code=AGENCY),
    *[_event(one) for one in (
        p.PetitionSupplementRequested, p.PetitionAnswered, p.PetitionPublished,
    )],
    _event(p.PetitionRated, satisfied=FLAG),
)  # fmt: skip
OFFERED = st.one_of(
    _event(
        c.ProcedureAnnounced, decided_on=CIVIL_DAYS, law_effective_on=st.none() | CIVIL_DAYS,
        provincial=FLAG, eligible_full_online=MAYBE,
    ),
    _event(
        c.ProcedurePublished, decided_on=CIVIL_DAYS, published_on=CIVIL_DAYS, provincial=FLAG,
        content_full=MAYBE,
    ),
    _event(c.ProcedureUpdated, content_full=MAYBE),
    _event(c.ProcedureServiceLevelSet, service_level=st.sampled_from(ServiceLevel)),
    _event(c.ProcedurePaymentIntegrated, has_fee=FLAG, integrated=FLAG),
    _event(c.ProcedureRetired),
)  # fmt: skip
OF_DOSSIER = st.tuples(st.sampled_from(DOSSIERS), INSTANTS, st.one_of(COURSE, COURSE, DEEDS))
OF_PETITION = st.tuples(st.sampled_from(PETITIONS), INSTANTS, PETITIONED)
OF_PROCEDURE = st.tuples(PROCEDURE, INSTANTS, OFFERED)
OF_LETTER = st.one_of(
    st.tuples(st.sampled_from(LETTERS), INSTANTS, _event(c.DocumentProcessed, on_network=FLAG)),
    st.tuples(
        st.sampled_from(COPIES), INSTANTS, _event(c.DocumentCertifiedCopyIssued, electronic=FLAG)
    ),
)
ASKED = (
    _event(d.DossierSupplementRequested),
    _dated(d.DossierSupplemented),
    _event(d.DossierSupplementRequested),
    _dated(d.DossierSupplemented),
)
NOWS = st.lists(st.integers(0, (DAYS + 60) * 86_400), min_size=1, max_size=2)


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Facts of some dossiers, each most likely with a receipt, petitions, procedures, letters."""
    happened = draw(st.lists(OF_DOSSIER, max_size=10))
    for code in DOSSIERS[: draw(st.integers(0, 3))]:
        # A receipt and what likely comes after it; now and then papers are asked for and come.
        course = draw(st.lists(COURSE, max_size=3))
        course[:0] = [draw(one) for one in ASKED[: draw(st.sampled_from([0, 0, 1, 2, 3, 4]))]]
        happened += _in_order(draw, code, [draw(RECEIVED), *course])
    for code in PETITIONS[: draw(st.integers(0, 2))]:
        after = draw(st.lists(PETITIONED, max_size=3))
        happened += _in_order(draw, code, [draw(PETITION_RECEIVED), *after])
    for kind in (OF_PETITION, OF_PROCEDURE, OF_LETTER):
        happened += draw(st.lists(kind, max_size=3))
    return [told(one, at, number=n, code=code) for n, (code, at, one) in enumerate(happened)]


def _in_order(
    draw: st.DrawFn, code: str, events: Sequence[Event]
) -> list[tuple[str, datetime, Event]]:
    instants = draw(st.lists(INSTANTS, min_size=len(events), max_size=len(events)))
    return [(code, at, one) for at, one in zip(sorted(instants), events, strict=True)]
