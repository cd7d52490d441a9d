"""How a dossier comes in: submitted, received, scanned, paid, passed to an officer."""

from typing import Final

from motcua.simulate.life import HOUR, MINUTE, Arrival, Life
from motcua.simulate.plan import Mark
from shared.calendar.civil_time import instant_of
from shared.events import dossier
from shared.events.fields import ApplicantKind, Channel, ResultDelivery

_KINDS: Final = (ApplicantKind.CITIZEN,) * 8 + (ApplicantKind.BUSINESS, ApplicantKind.AGENCY)


def submitted(arrival: Arrival) -> dossier.DossierSubmitted:
    """What an applicant hands in, online or by post."""
    channel = arrival.decided.channel
    return dossier.DossierSubmitted(
        agency_code=arrival.desk.agency_code,
        procedure_code=arrival.offer.procedure.code,
        channel=channel,
        pickup_wanted=channel is Channel.POSTAL,
    )


def comes_in(life: Life) -> None:
    """From the applicant to the officer who will handle it."""
    arrival, world, story = life.arrival, life.world, life.story
    online = arrival.decided.channel is Channel.ONLINE
    if arrival.decided.channel is not Channel.DIRECT:
        story.tell(arrival.submitted, submitted(arrival))
    story.tell(arrival.received, _received(life, online=online))
    marks = arrival.decided.marks
    if marks & Mark.SYNCED:
        synced = dossier.DossierSynced(agency_code=life.agency_code)
        story.tell(arrival.received + world.between(5 * MINUTE, 2 * HOUR), synced)
    if marks & (Mark.REUSED | Mark.PERSONAL_STORAGE | Mark.POPULATION_DATA):
        reused = dossier.DossierReused(
            agency_code=life.agency_code,
            digitised_data=bool(marks & Mark.REUSED),
            personal_storage=bool(marks & Mark.PERSONAL_STORAGE),
            population_data=bool(marks & Mark.POPULATION_DATA),
        )
        story.tell(arrival.received + MINUTE, reused)
    if not marks & Mark.REUSED and world.happens(world.chances.components_only):
        scanned = dossier.DossierDigitised(agency_code=life.agency_code, components=True)
        story.tell(arrival.received + 3 * MINUTE, scanned)
    life.now = world.later(arrival.received, world.between(3 * MINUTE, 18 * MINUTE))
    assigned = dossier.DossierAssigned(
        agency_code=life.agency_code, officer_code=life.officer, step_code="thu-ly"
    )
    story.tell(life.now, assigned)


def _received(life: Life, *, online: bool) -> dossier.DossierReceived:
    marks = life.arrival.decided.marks
    procedure = life.arrival.offer.procedure
    delivery = ResultDelivery.COUNTER
    if life.by_post:
        delivery = ResultDelivery.POSTAL
    elif marks & Mark.ELECTRONIC_RESULT and online:
        delivery = ResultDelivery.ELECTRONIC
    return dossier.DossierReceived(
        agency_code=life.agency_code,
        procedure_code=procedure.code,
        field_code=procedure.field,
        channel=life.arrival.decided.channel,
        due_at=instant_of(life.due),
        limit_working_hours=procedure.limit_working_hours,
        applicant_kind=_KINDS[life.world.between(0, len(_KINDS))],
        identified=bool(marks & Mark.IDENTIFIED),
        own_account=bool(marks & Mark.OWN_ACCOUNT) if online else None,
        service_level=procedure.service_level,
        result_delivery=delivery,
        desk_code=life.desk_code,
        officer_code=f"TN-{life.world.between(1, 12):03d}",
    )


def is_paid(life: Life) -> None:
    """The fee, where the dossier owes one, soon after it came in."""
    marks = life.arrival.decided.marks
    if not marks & Mark.FEE:
        return
    received, amount = life.arrival.received, life.arrival.offer.fee_vnd
    assessed = dossier.DossierFeeAssessed(agency_code=life.agency_code, amount_vnd=amount)
    life.story.tell(received + MINUTE, assessed)
    online = bool(marks & Mark.PAID_ONLINE)
    paid = dossier.DossierPaid(
        agency_code=life.agency_code,
        amount_vnd=amount,
        online=online,
        national_gateway=online and life.world.happens(0.7),
    )
    life.story.tell(received + life.world.between(2 * MINUTE, 15 * MINUTE), paid)
