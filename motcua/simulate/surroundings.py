"""What a province says besides dossiers: petitions, letters, procedures, signs of life."""

from datetime import timedelta
from typing import Final

from motcua.simulate.days import OpenDay
from motcua.simulate.desks import Desk
from motcua.simulate.life import DAY, HOUR, MINUTE, World
from motcua.simulate.names import fields_of_work, procedures_of
from motcua.simulate.wire import Story, Told, encoded
from shared.calendar.civil_time import day_of_epoch
from shared.catalogue.model import Level
from shared.events import catalogue, petition
from shared.events.fields import Event, PetitionAbout, ServiceLevel

# Working days to answer, and to publish the answer. Source: [PORTAL-2026].
_ANSWER_DAYS: Final = 15
_ABOUT: Final = (PetitionAbout.PROCEDURE,) * 3 + (PetitionAbout.STAFF,)


def petition_of(world: World, desk: Desk, dossier_code: str, number: int, epoch: int) -> list[Told]:
    """A petition about a dossier, sent some hours after `epoch`, and how it was answered."""
    agency = desk.agency_code
    sent = epoch + world.between(HOUR, 3 * DAY)
    code = f"PAKN-{world.profile.province.code}-{day_of_epoch(sent):%Y%m%d}-{number:04d}"
    story = Story(code, world.profile.sources.petition)
    received = petition.PetitionReceived(
        agency_code=agency,
        about=_ABOUT[world.between(0, len(_ABOUT))],
        dossier_code=dossier_code,
        repeated=world.happens(0.05),
    )
    story.tell(sent, received)
    now = sent
    if world.happens(world.chances.petition_transferred):
        near = world.neighbours[desk.source]
        to = near[world.between(0, len(near))].agency_code
        now = world.later(now, world.some_days(1.0))
        moved = petition.PetitionTransferred(agency_code=agency, to_agency_code=to)
        story.tell(now, moved)
        agency = to
    day = world.calendar.working_day_seconds
    taken = world.between(day, (_ANSWER_DAYS - 1) * day)
    if world.happens(world.chances.petition_late):
        taken += _ANSWER_DAYS * day
    now = world.later(now, taken)
    answered = petition.PetitionAnswered(agency_code=agency, refused=world.happens(0.05))
    story.tell(now, answered)
    now = world.later(now, world.between(HOUR, 2 * day))
    story.tell(now, petition.PetitionPublished(agency_code=agency))
    if world.happens(0.6):
        liked = petition.PetitionRated(agency_code=agency, satisfied=world.happens(0.75))
        story.tell(now + world.between(HOUR, 4 * DAY), liked)
    return story.told


def opening_of(world: World, desk: Desk, epoch: int) -> list[Told]:
    """A desk's procedures as they stand when it opens: online how far, payable online or not."""
    told: list[Told] = []
    for offer in desk.offers:
        procedure = offer.procedure
        said: list[Event] = []
        if procedure.service_level is not ServiceLevel.NONE:
            said.append(
                catalogue.ProcedureServiceLevelSet(
                    agency_code=desk.agency_code, service_level=procedure.service_level
                )
            )
        if procedure.has_fee:
            integrated = world.happens(world.chances.payment_integrated)
            said.append(
                catalogue.ProcedurePaymentIntegrated(
                    agency_code=desk.agency_code, integrated=integrated
                )
            )
        for event in said:
            what = event.event_type.removesuffix(".v1")
            identity = f"{desk.agency_code}:{procedure.code}:{what}:1"
            told.append((epoch, encoded(
                event, id=identity, source=desk.source, subject=procedure.code, epoch=epoch
            )))  # fmt: skip
    return told


def letters_of(world: World, desk: Desk, number: str, epoch: int) -> list[Told]:
    """An official letter handled, or at a commune a certified copy, beside a dossier."""
    told: list[Told] = []
    if world.happens(world.chances.document):
        story = Story(f"VB-{number}", desk.source)
        on_network = world.happens(world.chances.document_on_network)
        handled = catalogue.DocumentProcessed(agency_code=desk.agency_code, on_network=on_network)
        story.tell(epoch, handled)
        told += story.told
    if desk.level is not Level.DEPARTMENT and world.happens(world.chances.certified_copy):
        story = Story(f"CT-{number}", desk.source)
        electronic = world.happens(world.chances.certified_copy_electronic)
        copied = catalogue.DocumentCertifiedCopyIssued(
            agency_code=desk.agency_code, electronic=electronic
        )
        story.tell(epoch, copied)
        told += story.told
    return told


def announcement(world: World, number: int, open_day: OpenDay) -> list[Told]:
    """A procedure announced by the province and made public, in time or late."""
    fields = fields_of_work()
    field = fields[number % len(fields)]
    known = procedures_of(field, limit_days_max=world.profile.limit_days_max)
    procedure = known[number // len(fields) % len(known)]
    agency = world.profile.province.code
    late = world.happens(world.chances.announced_late)
    epoch = open_day.opening + world.between(HOUR, 3 * HOUR)
    published = world.later(epoch, world.some_days(8.0 if late else 0.5))
    story = Story(procedure.code, world.profile.publishers[0])
    announced = catalogue.ProcedureAnnounced(
        agency_code=agency,
        decided_on=open_day.day,
        law_effective_on=open_day.day + timedelta(days=2 if late else 30),
        provincial=True,
        field_code=field.code,
        limit_working_hours=procedure.limit_working_hours,
        eligible_full_online=procedure.service_level is ServiceLevel.FULL,
    )
    story.tell(epoch, announced, number)
    public = catalogue.ProcedurePublished(
        agency_code=agency,
        decided_on=open_day.day,
        published_on=day_of_epoch(published),
        provincial=True,
        content_full=not late,
    )
    story.tell(published, public, number)
    return story.told


def signs_of_life(world: World, open_day: OpenDay) -> list[Told]:
    """Every publishing system says in the morning that it is there."""
    told: list[Told] = []
    for source in world.profile.publishers:
        epoch = open_day.opening - 10 * MINUTE
        beat = catalogue.SourceHeartbeat(pending_count=0)
        identity = f"{source}:source.heartbeat:{epoch}"
        told.append((epoch, encoded(
            beat, id=identity, source=source, subject=source, epoch=epoch
        )))  # fmt: skip
    return told
