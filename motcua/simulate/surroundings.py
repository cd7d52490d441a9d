"""What a province says besides dossiers and procedures: petitions, letters, signs of life."""

from typing import Final

from motcua.simulate.days import OpenDay
from motcua.simulate.desks import Desk
from motcua.simulate.life import DAY, HOUR, MINUTE, World
from motcua.simulate.wire import Story, Told, encoded
from shared.calendar.civil_time import day_of_epoch
from shared.catalogue.model import Level
from shared.events import catalogue, petition
from shared.events.fields import PetitionAbout

# Working days to answer, to ask for more, and to refuse. Source: [PORTAL-2026].
_ANSWER_DAYS: Final = 15
_SUPPLEMENT_DAYS: Final = 5
_REFUSAL_DAYS: Final = 2
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
        repeated=world.happens(world.chances.petition_repeated),
    )
    story.tell(sent, received)
    now = sent
    if world.happens(world.chances.petition_transferred):
        near = world.neighbours[desk.source]
        to = near[world.between(0, len(near))].agency_code
        if to != agency:
            now = world.later(now, world.some_days(1.0))
            moved = petition.PetitionTransferred(agency_code=agency, to_agency_code=to)
            story.tell(now, moved)
            agency = to
    now = _answered(world, story, agency, now)
    day = world.calendar.working_day_seconds
    now = world.later(now, world.between(HOUR, 2 * day))
    story.tell(now, petition.PetitionPublished(agency_code=agency))
    if world.happens(world.chances.petition_rated):
        satisfied = world.happens(world.chances.petition_satisfied)
        liked = petition.PetitionRated(agency_code=agency, satisfied=satisfied)
        story.tell(now + world.between(HOUR, 4 * DAY), liked)
    return story.told


def _answered(world: World, story: Story, agency: str, now: int) -> int:
    """Answer it, refuse it within two days, or ask for more and answer then; return when."""
    day = world.calendar.working_day_seconds
    if world.happens(world.chances.petition_refused):
        now = world.later(now, world.between(HOUR, _REFUSAL_DAYS * day))
        story.tell(now, petition.PetitionAnswered(agency_code=agency, refused=True))
        return now
    if world.happens(world.chances.petition_supplement):
        now = world.later(now, world.between(HOUR, _SUPPLEMENT_DAYS * day))
        story.tell(now, petition.PetitionSupplementRequested(agency_code=agency))
    taken = world.between(day, (_ANSWER_DAYS - 1 - _SUPPLEMENT_DAYS) * day)
    if world.happens(world.chances.petition_late):
        taken += _ANSWER_DAYS * day
    now = world.later(now, taken)
    story.tell(now, petition.PetitionAnswered(agency_code=agency))
    return now


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
